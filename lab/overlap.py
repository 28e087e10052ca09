"""Which categories look alike: among whose products each product's nearest look-alikes are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Look-alikes of each product that are counted: about a page of results.
NEIGHBOURS = 10
# Rows of one block of cosines.
_AT_ONCE = 1024


@dataclass(frozen=True)
class Overlap:
    """One category among the others."""

    category: str
    products: int
    own: float
    """Share of its products' look-alikes that are of it too, in [0, 1]."""
    other: str | None
    """The category of most of the others; None: they are of none, or there are no others."""
    share: float
    """Of all look-alikes, those of `other`."""


def overlaps(vectors: np.ndarray, categories: Sequence[str | None]) -> list[Overlap]:
    """(N, D) unit vectors, a row for each of `categories` → the one that mixes most, first.

    Look-alikes of a product are its NEIGHBOURS nearest by cosine, itself left out. Two hats and a
    cap, all alike: of a hat's look-alikes half are hats, so Hats have `own` .5 and Caps 0.
    """
    near = _nearest(vectors, min(NEIGHBOURS, len(vectors) - 1))
    seen: dict[str, Counter[str | None]] = {}
    for row, category in enumerate(categories):
        if category is not None:
            of = seen.setdefault(category, Counter())
            of.update(categories[place] for place in near[row])
    size = Counter(categories)
    found = [_overlap(name, size[name], counts) for name, counts in seen.items()]
    return sorted(found, key=lambda one: (one.own, one.category))


def _overlap(name: str, products: int, counts: Counter[str | None]) -> Overlap:
    total = counts.total()
    others = [(n, other) for other, n in counts.items() if other not in (name, None)]
    most, other = max(others, key=lambda pair: (pair[0], str(pair[1])), default=(0, None))
    own = counts[name] / total if total else 1.0
    return Overlap(name, products, own, other, most / total if total else 0.0)


def _nearest(vectors: np.ndarray, k: int) -> np.ndarray:
    """(N, k) rows of the nearest others."""
    if k < 1:
        return np.zeros((len(vectors), 0), int)
    found = []
    for start in range(0, len(vectors), _AT_ONCE):
        cosines = vectors[start : start + _AT_ONCE] @ vectors.T
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = -np.inf
        found.append(np.argpartition(-cosines, k - 1, axis=1)[:, :k])
    return np.concatenate(found)
