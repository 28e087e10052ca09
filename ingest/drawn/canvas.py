"""The display list of one product: what is drawn, in which order; nothing is painted here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.drawn import outline as ol
from ingest.drawn.outline import Pair, Points
from ingest.drawn.palette import RGB


@dataclass(frozen=True, slots=True)
class Pattern:
    """A repeating figure: `accent` on `base`; `name` is one of `pattern.NAMES`."""

    name: str
    base: RGB
    accent: RGB


Paint = RGB | Pattern


@dataclass(frozen=True, slots=True)
class Area:
    """A filled outline. `shade` names a light map of `light`; `edge` 0 draws no contour."""

    points: Points
    paint: Paint
    shade: str = "soft"
    edge: float = 0.016
    opacity: float = 1.0
    holes: tuple[Points, ...] = ()
    clip: Points | None = None


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of constant width; `round_` paints it as a tube with a dark and a bright side."""

    points: Points
    width: float
    paint: RGB
    round_: bool = False
    opacity: float = 1.0
    clip: Points | None = None


@dataclass
class Canvas:
    """Collects areas and strokes in product coordinates; the view fits them into the picture."""

    items: list[Area | Stroke] = field(default_factory=list)

    def area(
        self,
        outline: Sequence[Pair] | Points,
        paint: Paint,
        shade: str = "soft",
        *,
        edge: float = 0.016,
        opacity: float = 1.0,
        holes: Sequence[Points] = (),
        clip: Points | None = None,
    ) -> Points:
        made = ol.points(outline)
        self.items.append(Area(made, paint, shade, edge, opacity, tuple(holes), clip))
        return made

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        paint: Paint,
        shade: str = "soft",
        *,
        r: float = 0.0,
        edge: float = 0.016,
        opacity: float = 1.0,
        clip: Points | None = None,
    ) -> Points:
        made = ol.box(x0, y0, x1, y1, r)
        return self.area(made, paint, shade, edge=edge, opacity=opacity, clip=clip)

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        paint: Paint,
        shade: str = "soft",
        *,
        edge: float = 0.016,
        opacity: float = 1.0,
        clip: Points | None = None,
    ) -> Points:
        made = ol.oval(x, y, rx, ry)
        return self.area(made, paint, shade, edge=edge, opacity=opacity, clip=clip)

    def lathe(
        self, profile: Sequence[Pair], paint: Paint, shade: str = "round", *, curved: bool = True
    ) -> Points:
        """A turned body around x = 0; `profile` is (y, half width) from the top down."""
        return self.area(ol.lathe(profile, curved=curved), paint, shade)

    def ring(
        self, x: float, y: float, outer: float, inner: float, paint: Paint, shade: str = "ball"
    ) -> None:
        hole = ol.oval(x, y, inner, inner)
        self.area(ol.oval(x, y, outer, outer), paint, shade, holes=[hole])

    def tube(
        self,
        path: Sequence[Pair] | Points,
        width: float,
        paint: RGB,
        *,
        curved: bool = True,
        clip: Points | None = None,
    ) -> None:
        made = ol.smooth(path) if curved else ol.points(path)
        self.items.append(Stroke(made, width, paint, True, clip=clip))

    def line(
        self,
        path: Sequence[Pair] | Points,
        width: float,
        paint: RGB,
        *,
        curved: bool = False,
        opacity: float = 1.0,
        clip: Points | None = None,
    ) -> None:
        made = ol.smooth(path) if curved else ol.points(path)
        self.items.append(Stroke(made, width, paint, False, opacity, clip))

    def shine(self, x0: float, y0: float, x1: float, y1: float, opacity: float = 0.35) -> None:
        """A soft-cornered white reflection."""
        r = min(abs(x1 - x0), abs(y1 - y0)) / 2
        self.box(x0, y0, x1, y1, (255, 255, 255), "none", r=r, edge=0, opacity=opacity)

    def bounds(self, matrix: np.ndarray) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of everything after the linear map `matrix` (2, 2)."""
        low = np.full(2, np.inf)
        high = np.full(2, -np.inf)
        for item in self.items:
            if item.clip is not None:
                continue  # reaches no further than the area it is cut to
            moved = item.points @ matrix.T
            pad = item.width / 2 if isinstance(item, Stroke) else 0.0
            low = np.minimum(low, moved.min(axis=0) - pad)
            high = np.maximum(high, moved.max(axis=0) + pad)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
