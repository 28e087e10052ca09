"""Which categories to look in, if any: a filter that must not hide the right product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalog.store import Hit
from search.request import CategoryGuess, Route

SHOWN_GUESSES = 5
# Neighbours that vote where the model has no classifier: 30 as in Alibaba's visual search
# (Zhang et al., KDD 2018, arXiv 2102.04674).
VOTERS = 30
# Sharpness of a vote: a neighbour 0.1 nearer in cosine counts e times as much.
_VOTE_SHARPNESS = 10.0


@dataclass(frozen=True)
class Routing:
    """How sure a set of categories must be before it becomes a filter."""

    coverage: float = 0.95
    """Target probability that the right category is in the set, (0, 1]."""
    most: int = 5
    """A set larger than this narrows too little to be worth its risk: no filter."""

    def route(self, guesses: Sequence[CategoryGuess]) -> Route:
        """The smallest set of the most probable categories that reaches the coverage."""
        shown = tuple(guesses[:SHOWN_GUESSES])
        if not guesses:
            return Route("none", (), "No category is known, so everything is searched.", shown)
        sums = np.cumsum([guess.probability for guess in guesses])
        # Sums may miss 1 by rounding, or by the neighbours that have no category to vote for.
        size = int(np.searchsorted(sums, self.coverage - 1e-6)) + 1
        if size > min(self.most, len(guesses)) or size == len(guesses) > 1:
            reason = (
                f"Unsure: {guesses[0].name} is the best guess with "
                f"{guesses[0].probability:.0%}, so everything is searched."
            )
            return Route("none", (), reason, shown)
        names = tuple(guess.name for guess in guesses[:size])
        reason = f"Looking in {_listed(names)}: together {sums[size - 1]:.0%} sure."
        return Route("routed", names, reason, shown)


def rank(probabilities: np.ndarray, labels: Sequence[str]) -> list[CategoryGuess]:
    """(C,) probabilities → guesses, most probable first; ties in label order."""
    order = np.argsort(-probabilities, kind="stable")
    return [CategoryGuess(labels[i], float(probabilities[i])) for i in order]


def vote(neighbours: Sequence[Hit]) -> list[CategoryGuess]:
    """Categories by their share among a photo's nearest products, nearer ones counting more.

    A product without a category abstains, and its weight counts: where many abstain the shares
    sum to far less than 1, so that they do not route a search past those products. The shares
    are no calibrated probabilities.
    """
    total = 0.0
    weights: dict[str, float] = {}
    for hit in neighbours:
        weight = float(np.exp(_VOTE_SHARPNESS * hit.score))
        total += weight
        if hit.product.category is not None:
            weights[hit.product.category] = weights.get(hit.product.category, 0.0) + weight
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return [CategoryGuess(name, weight / total) for name, weight in ranked]


def widened(route: Route, found: int, wanted: int) -> Route:
    """The route when its categories held fewer products than asked for."""
    reason = (
        f"{_listed(route.categories)} held only {found} of the {wanted} results asked for, "
        "so everything is searched."
    )
    return Route("none", (), reason, route.guesses)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
