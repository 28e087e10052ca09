"""The measures of the student systems, told beside the cosine so that systems compare.

For vectors of unit length they rank alike: the linear kernel is the cosine, and the squared
Euclidean distance is 2 - 2·cosine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.store import Hit
from search.choices import Measure


@dataclass(frozen=True)
class Scale:
    """What the scores of one question's candidates are measured in."""

    measure: Measure
    low: float
    high: float
    """Smallest and largest cosine among the candidates."""

    def of(self, cosine: float) -> float:
        """The cosine itself, a distance in [0, 2], or a normalised score in [0, 1]."""
        if self.measure == "l2":
            return math.sqrt(max(2 - 2 * cosine, 0.0))
        if self.measure == "linear":
            # candidates that are all alike are all nearest
            return (cosine - self.low) / (self.high - self.low) if self.high > self.low else 1.0
        return cosine

    def cosine(self, least: float) -> float:
        """The cosine that the cut-off `least` stands for."""
        normalised = self.measure == "linear" and least > -1
        return self.low + least * (self.high - self.low) if normalised else least

    def told(self, hits: Sequence[Hit]) -> dict[str, float]:
        """Hit id → what it measures; nothing where that is the cosine, which is the score."""
        return {} if self.measure == "cosine" else {hit.id: self.of(hit.score) for hit in hits}


def scale(measure: Measure, candidates: Sequence[Hit] = ()) -> Scale:
    scores = [hit.score for hit in candidates] or [-1.0, 1.0]
    return Scale(measure, min(scores), max(scores))
