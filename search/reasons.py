"""The reasons for each hit of an answer."""

from collections.abc import Callable, Sequence

import numpy as np

from catalog.store import Hit
from search.match import match
from search.result import Route
from search.routing import listed
from search.sought import Sought
from search.why import MEANINGS, Known, Why, agreement
from vision.calibration import MatchScores
from vision.colours import colours

Heat = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""`vision.embedder.Embedder.heat`."""


def reasons(
    hits: Sequence[Hit],
    route: Route,
    sought: Sought,
    text: str,
    matches: MatchScores | None,
    heat: Heat,
) -> dict[str, Why]:
    """Hit id → why it is here. `text` are the words that were asked for."""
    known = _known(sought, route, text)
    inside = len(hits) - route.kept
    return {
        hit.id: Why(
            MEANINGS[match(hit.score, matches)],
            agreement(hit, known),
            _found(route, kept=place >= inside),
            None if sought.map is None or hit.vector is None else heat(sought.map, hit.vector),
        )
        for place, hit in enumerate(hits)
    }


def _known(sought: Sought, route: Route, text: str) -> Known:
    product = sought.product
    if product is not None:
        return Known(product.category, product.brand, product.colors, product.attributes, text)
    return Known(
        category=route.guesses[0].name if route.guesses else None,
        colors=colours(sought.image) if sought.image else (),
        words=text,
    )


def _found(route: Route, *, kept: bool) -> str:
    if kept:
        return f"the nearest outside {listed(route.categories)}, in case it is something else"
    return f"among the nearest in {listed(route.categories) if route.categories else 'the index'}"
