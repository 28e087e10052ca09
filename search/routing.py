"""Which categories a photo may show, and which of them are searched first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catalog.store import Hit
from search.result import CategoryGuess, Route
from vision.calibration import Calibration

SHOWN_GUESSES = 5
UNCALIBRATED = Calibration(photos=0)
# A longer list of names is cut short.
_NAMED = 3


@dataclass(frozen=True)
class Routing:
    """How sure a category must be to be named, and to be a filter.

    The set that is named is to hold the right category almost always. The filter may be narrower:
    what it leaves out keeps a seat (`search/seats.py`).
    """

    coverage: float = 0.95
    """Target probability that the right category is in the set, (0, 1]."""
    focus: float = 0.8
    """The same for the filter of a calibrated model; above `coverage` it means `coverage`."""
    most: int = 5
    """A filter of more categories than this narrows too little to be worth it: none."""

    def route(
        self, guesses: Sequence[CategoryGuess], calibration: Calibration = UNCALIBRATED
    ) -> Route:
        """Where to look, by guesses that come most probable first."""
        if not guesses:
            reason = "No category is known, so everything is searched."
            return Route("none", (), reason, cause="unknown")
        shown = tuple(guesses[:SHOWN_GUESSES])
        likely = _names(guesses[: max(1, _size(guesses, self.coverage, calibration))])
        size = _size(guesses, self._focus(calibration), calibration)
        if not 0 < size <= min(self.most, len(guesses)) or size == len(guesses) > 1:
            reason = (
                f"Unsure: {guesses[0].name} is the best guess with "
                f"{guesses[0].probability:.0%}, so everything is searched."
            )
            return Route("none", (), reason, shown, likely, cause="unsure")
        names = _names(guesses[:size])
        sure = sum(guess.probability for guess in guesses[:size])
        together = "together " if size > 1 else ""
        reason = f"Looking in {listed(names)}: {together}{sure:.0%} sure."
        return Route("routed", names, reason, shown, likely, cause="sure")

    def _focus(self, calibration: Calibration) -> float:
        """Nobody checked what an uncalibrated model's sums are worth: its filter is the set."""
        focus = min(self.focus, self.coverage)
        return self.coverage if calibration.threshold(focus) is None else focus


def widened(route: Route, found: int, wanted: int) -> Route:
    """The route when its categories held fewer products than asked for."""
    reason = (
        f"{listed(route.categories)} held only {found} of the {wanted} results asked for, "
        "so everything is searched."
    )
    tried = route.categories
    return replace(
        route, kind="none", categories=(), reason=reason, cause="few", tried=tried, held=found
    )


def keeping(route: Route, kept: Sequence[Hit], offset: int = 0) -> Route:
    """The route when the first page's last seats are kept for what its filter left out."""
    if not kept:
        return route
    names = [hit.product.category or "no category" for hit in kept]
    more = len(names) - _NAMED
    if more > 1:
        names = [*names[:_NAMED], f"{more} other categories"]
    is_kept = "is" if len(kept) == 1 else "are"
    where = " of the first page" if offset else ""
    reason = f"{route.reason} The nearest from {listed(names)} {is_kept} kept at the end{where}."
    return replace(route, kept=0 if offset else len(kept), reason=reason)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _size(guesses: Sequence[CategoryGuess], target: float, calibration: Calibration) -> int:
    """How many of the first guesses make a set that holds the right one with chance `target`.

    Calibrated: all that reach the fitted threshold (least ambiguous sets: Sadinle et al., JASA
    2019, arXiv 1609.00451), perhaps none. Else the fewest that sum to the target; one more than
    there are when all of them do not.
    """
    least = calibration.threshold(target)
    chances = np.array([guess.probability for guess in guesses])
    if least is not None:
        return int((chances >= least).sum())
    # Sums may miss 1 by rounding.
    return int(np.searchsorted(np.cumsum(chances), target - 1e-6)) + 1


def _names(guesses: Sequence[CategoryGuess]) -> tuple[str, ...]:
    return tuple(guess.name for guess in guesses)
