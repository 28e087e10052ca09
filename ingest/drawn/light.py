"""Light maps: how a surface of one form brightens and darkens. 128 leaves a colour as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 64
Grid = NDArray[np.float64]


def _bump(t: Grid, centre: float, width: float) -> Grid:
    return np.exp(-(((t - centre) / width) ** 2))


def _turned(t: Grid) -> Grid:
    """Across a cylinder lit from the upper left."""
    edges = np.abs(2 * t - 1) ** 3
    return 132 + 42 * _bump(t, 0.28, 0.13) - 46 * edges - 18 * np.clip(t - 0.45, 0, 1)


def _soft(x: Grid, y: Grid) -> Grid:
    return 140 - 14 * x - 20 * y


def _round(x: Grid, y: Grid) -> Grid:
    return _turned(x) - 8 * y


def _log(x: Grid, y: Grid) -> Grid:
    return _turned(y) - 6 * x


def _ball(x: Grid, y: Grid) -> Grid:
    far = np.hypot(x - 0.36, y - 0.3)
    return 166 - 92 * np.clip(far, 0, 1.1) ** 1.5 + 40 * _bump(far, 0, 0.16)


def _metal(x: Grid, y: Grid) -> Grid:
    bands = 44 * _bump(x, 0.22, 0.09) + 26 * _bump(x, 0.7, 0.06)
    dark = 44 * _bump(x, 0.46, 0.1) + 40 * _bump(x, 1, 0.12) + 26 * _bump(x, 0, 0.08)
    return 134 + bands - dark - 8 * y


def _plate(x: Grid, y: Grid) -> Grid:
    """Flat polished metal: a broad diagonal gleam."""
    t = (x + y) / 2
    return 118 + 46 * _bump(t, 0.3, 0.12) + 22 * _bump(t, 0.68, 0.09) - 12 * y


def _drape(x: Grid, y: Grid) -> Grid:
    folds = np.sin(x * 17 + 2 * np.sin(y * 4)) * (0.25 + 0.75 * y)
    return 136 - 12 * x - 12 * y + 10 * folds


def _dish(x: Grid, y: Grid) -> Grid:
    """A hollow: dark where a ball is bright."""
    return 96 + 46 * x * 0.5 + 46 * y


def _pillow(x: Grid, y: Grid) -> Grid:
    swell = 1 - np.maximum(np.abs(2 * x - 1), np.abs(2 * y - 1)) ** 2.2
    return 102 + 40 * swell - 10 * x - 16 * y + 10


def _none(x: Grid, y: Grid) -> Grid:
    return np.full_like(x, 128)


_FORMS: dict[str, Callable[[Grid, Grid], Grid]] = {
    "soft": _soft,
    "round": _round,
    "log": _log,
    "ball": _ball,
    "metal": _metal,
    "plate": _plate,
    "drape": _drape,
    "dish": _dish,
    "pillow": _pillow,
    "none": _none,
}


@lru_cache(maxsize=32)
def light_map(form: str) -> Image.Image:
    """Mode L, SIDE x SIDE, spanning the bounding box of the area it is laid on."""
    axis = np.linspace(0, 1, SIDE)
    x, y = np.meshgrid(axis, axis)
    return Image.fromarray(np.clip(_FORMS[form](x, y), 0, 255).astype(np.uint8))
