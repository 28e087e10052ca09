"""Hits that do not all look the same."""

from collections.abc import Sequence

import numpy as np

from catalog.store import Hit


def diverse(hits: Sequence[Hit], diversity: float) -> list[Hit]:
    """All of `hits`, which have vectors, in the order of maximal marginal relevance.

    Each next hit is the one with the largest (1-diversity)·score - diversity·(cosine to the
    nearest of those before it) (Carbonell & Goldstein, SIGIR 1998); of equal ones the earlier.
    However many are taken from the front, they are the same.
    """
    if not diversity or not hits:
        return list(hits)
    vectors = np.stack([hit.vector for hit in hits if hit.vector is not None])
    gain = (1 - diversity) * np.array([hit.score for hit in hits])
    nearest = np.full(len(hits), -1.0)
    order: list[int] = []
    left = np.ones(len(hits), bool)
    for _ in hits:
        worth = np.where(left, gain - diversity * nearest, -np.inf)
        best = int(worth.argmax())
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return [hits[place] for place in order]
