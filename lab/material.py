"""The photos of one comparison: drawn, labelled, cut into parts; the same for every system."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class Photo:
    """One photo of a product."""

    path: Path
    sha256: str
    product_id: str
    label: str
    """Its category."""
    part: str
    title: str = ""
    way: tuple[str, ...] = ()
    """Its place in the catalog's tree, from the root; empty: the catalog has none."""
    words: frozenset[str] = frozenset()
    """What the catalog says of the product, in words."""

    def read(self) -> bytes:
        return self.path.read_bytes()


@dataclass(frozen=True)
class Material:
    """The photos in their parts: the gallery is what was trained on, the test photos ask."""

    photos: Sequence[Photo]
    """Training photos first, then validation, then test."""

    @property
    def labels(self) -> list[str]:
        return sorted({one.label for one in self.photos})

    @property
    def digest(self) -> str:
        """Of the photos, their parts and what the catalog says they are."""
        told = [
            [one.sha256, one.label, one.part, one.title, one.way, sorted(one.words)]
            for one in self.photos
        ]
        return sha256(json.dumps(told).encode()).hexdigest()

    def truth(self) -> np.ndarray:
        """(N,) number of each photo's label."""
        place = {name: number for number, name in enumerate(self.labels)}
        return np.array([place[one.label] for one in self.photos])

    def rows(self, part: str) -> np.ndarray:
        """Ascending."""
        return np.flatnonzero([one.part == part for one in self.photos])

    def described(self) -> dict[str, Any]:
        """Numbers of the data, for the report."""
        return {
            "classes": [
                {"name": name, **{part: self._count(name, part) for part in PARTS}}
                for name in self.labels
            ],
            "photos": {part: len(self.rows(part)) for part in PARTS},
            "samples": [
                {"label": name, "photos": [one.sha256 for one in self._of(name)[:4]]}
                for name in self.labels
            ],
            "levels": max(len(one.way) for one in self.photos),
        }

    def _of(self, label: str) -> list[Photo]:
        return [one for one in self.photos if one.label == label]

    def _count(self, label: str, part: str) -> int:
        return sum(one.part == part for one in self._of(label))
