"""What a photo may show: the classifier's word blended with the vote of its neighbours."""

from collections.abc import Sequence

import numpy as np

from catalog.store import Hit
from search.result import CategoryGuess
from vision.calibration import VOTERS, Calibration, vote


def rank(probabilities: np.ndarray, names: Sequence[str]) -> list[CategoryGuess]:
    """(C,) probabilities → guesses, most probable first; ties in the order of the names."""
    order = np.argsort(-probabilities, kind="stable")
    return [CategoryGuess(names[i], float(probabilities[i])) for i in order]


def voters(labels: Sequence[str], calibration: Calibration) -> int:
    """How many neighbours are heard: none where the classifier alone is as good."""
    return VOTERS if not labels or calibration.classifier_weight < 1 else 0


def blend(
    probabilities: np.ndarray,
    labels: Sequence[str],
    neighbours: Sequence[Hit],
    calibration: Calibration,
) -> list[CategoryGuess]:
    """For the model's labels and the voters' categories, most probable first.

    (C,) probabilities of the C labels, and the photo's nearest products. A model without labels
    leaves all to the vote; where many voters have no category, its shares sum to far less than 1,
    so that nothing routes past them.
    """
    voted = [hit.product.category for hit in neighbours]
    names = list(dict.fromkeys([*labels, *sorted({name for name in voted if name is not None})]))
    number: dict[str | None, int] = {name: place for place, name in enumerate(names)}
    shares = vote(
        np.array([hit.score for hit in neighbours]),
        [number.get(name, -1) for name in voted],
        len(names),
        calibration.vote_sharpness,
    )
    if not labels:
        return rank(shares, names)
    classified = np.zeros(len(names))
    classified[: len(labels)] = probabilities
    return rank(calibration.blend(classified, shares), names)
