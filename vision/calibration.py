"""What held-out photos taught about how far a model's word goes. Plain data, no training."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

# Neighbours that vote on a photo's category: 30 as in Alibaba's visual search (Zhang et al.,
# KDD 2018, arXiv 2102.04674).
VOTERS = 30


@dataclass(frozen=True)
class MatchScores:
    """Least cosine of each match label; see `vision/matches.py` for how they are fitted."""

    same_product: float
    very_similar: float
    same_style: float


@dataclass(frozen=True)
class Calibration:
    """How to read a model's scores. Fitted on photos that no weight was fitted on."""

    photos: int
    """Held-out photos behind these numbers."""
    set_thresholds: Mapping[str, float] = field(default_factory=dict)
    """Target coverage ("0.95") to the least blended probability of a member of its set."""
    classifier_weight: float = 1.0
    """Of the classifier in the blend with the neighbours' vote, [0, 1]."""
    vote_sharpness: float = 10.0
    """A neighbour 1/sharpness nearer in cosine counts e times as much."""
    blend_power: float = 1.0
    """The blend is raised to it and scaled to sum 1: two half-independent votes that agree are
    surer than their mean says."""
    matches: MatchScores | None = None
    strange: float | None = None
    """Novelty above which a photo shows nothing like what the model was taught."""

    def threshold(self, coverage: float) -> float | None:
        """That of the smallest fitted target that reaches `coverage`; None: none does."""
        reached = [(float(key), least) for key, least in self.set_thresholds.items()]
        enough = sorted(pair for pair in reached if pair[0] >= coverage - 1e-9)
        return enough[0][1] if enough else None

    def blend(self, classified: np.ndarray, voted: np.ndarray) -> np.ndarray:
        """(…, C) probabilities and shares → (…, C) blended probabilities that sum to 1."""
        mixed = self.classifier_weight * classified + (1 - self.classifier_weight) * voted
        raised = np.maximum(mixed, 1e-12) ** self.blend_power
        blended: np.ndarray = raised / raised.sum(axis=-1, keepdims=True)
        return blended

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Calibration":
        """Raises TypeError for unknown or missing names."""
        matches = data.get("matches")
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        return cls(**{**known, "matches": MatchScores(**matches) if matches else None})


def vote(
    cosines: np.ndarray, categories: Sequence[int] | np.ndarray, count: int, sharpness: float
) -> np.ndarray:
    """Shares of `count` categories among a photo's neighbours, (count,) summing to at most 1.

    `cosines` (n,) of the neighbours and the number of the category of each, -1 for one that
    has none: it abstains, and its weight counts, so that products without a category are not
    routed past.
    """
    numbers = np.asarray(categories, int)
    weights = np.exp(sharpness * (np.asarray(cosines, np.float64) - np.max(cosines, initial=-1)))
    known = numbers >= 0
    return np.bincount(numbers[known], weights[known], minlength=count) / max(weights.sum(), 1e-12)
