"""Photos to learn from, as numbers: features, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Targets:
    """What N photos teach."""

    classes: np.ndarray
    """(N,) int: the class that the classifier is to name; -1: none."""
    groups: np.ndarray
    """(N,) int: photos of one group are to lie together; -1: of none."""
    levels: Sequence[np.ndarray] = ()
    """For each level above the classes, leaf to root: (K,) number of each class's ancestor."""

    def take(self, rows: np.ndarray) -> "Targets":
        return replace(self, classes=self.classes[rows], groups=self.groups[rows])


@dataclass(frozen=True)
class Part:
    """Some photos; rows of all fields belong together."""

    features: np.ndarray
    """(N, F) float32."""
    targets: Targets
    products: np.ndarray
    """(N,) int: the photos of one product share a number."""
    gallery: np.ndarray | None = None
    """(N,) bool: the pictures that a search looks among; the others only show what shoppers
    send. None: all of them are."""

    def __len__(self) -> int:
        return len(self.products)

    def take(self, rows: Sequence[int] | np.ndarray) -> "Part":
        rows = np.asarray(rows, int)
        gallery = None if self.gallery is None else self.gallery[rows]
        return Part(self.features[rows], self.targets.take(rows), self.products[rows], gallery)

    def searched(self) -> "Part":
        """The gallery's pictures alone."""
        return self if self.gallery is None else self.take(np.flatnonzero(self.gallery))

    def sample(self, most: int) -> "Part":
        """At most `most` of the photos, drawn at random but always the same."""
        if len(self) <= most:
            return self
        return self.take(np.random.default_rng(0).choice(len(self), most, replace=False))
