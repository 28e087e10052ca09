"""What a photo may show: the classifier's word blended with the vote of its neighbours."""

from collections.abc import Sequence

import numpy as np

from catalog.store import Hit
from search.request import CategoryGuess
from vision.calibration import Calibration, vote


def rank(probabilities: np.ndarray, names: Sequence[str]) -> list[CategoryGuess]:
    """(C,) probabilities → guesses, most probable first; ties in the order of the names."""
    order = np.argsort(-probabilities, kind="stable")
    return [CategoryGuess(names[i], float(probabilities[i])) for i in order]


def weight(labels: Sequence[str], calibration: Calibration) -> float:
    """The classifier's part in the blend, [0, 1]; a model without labels leaves all to the vote."""
    return calibration.classifier_weight if labels else 0.0


def blend(
    probabilities: np.ndarray,
    labels: Sequence[str],
    neighbours: Sequence[Hit],
    calibration: Calibration,
) -> list[CategoryGuess]:
    """weight · classifier + (1 - weight) · vote, for the model's labels and the voters' categories.

    (C,) probabilities of the C labels, and the photo's nearest products. Where many of those have
    no category the guesses sum to far less than 1, so that nothing routes past them.
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
    own = weight(labels, calibration)
    said = np.zeros(len(names))
    said[: len(labels)] = probabilities
    return rank(own * said + (1 - own) * shares, names)
