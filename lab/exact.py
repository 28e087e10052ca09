"""Unfiltered search by a scan of all vectors: what an engine's index is held against."""

from collections.abc import Collection

import numpy as np

from lab.judge import Judge
from lab.metrics import Ranking
from lab.sides import Side


class ExactSearch:
    """Ids of a gallery by cosine; ties in the gallery's order."""

    def __init__(self, shelf: Side, vectors: np.ndarray) -> None:
        """`vectors`: (N, D) of unit norm, a row for each sample of `shelf`."""
        self._ids = np.array([one.product.point_id for one in shelf.samples])
        self._vectors = vectors

    def nearest(self, vector: np.ndarray, k: int, without: Collection[str] = ()) -> list[str]:
        """The k nearest ids, best first, leaving out `without`."""
        order = np.argsort(-(self._vectors @ vector), kind="stable")[: k + len(without)]
        return [one for one in self._ids[order].tolist() if one not in without][:k]

    def ranking(self, vector: np.ndarray, judge: Judge, index: int) -> Ranking:
        """The answer to query `index` of the judge, as `vector` asks it; deep enough to score."""
        right = judge.relevant[index]
        return Ranking(self.nearest(vector, depth(right), judge.own[index]), right)


def depth(relevant: Collection[str]) -> int:
    """Far enough for the whole top R of map_at_r, and for every fixed k."""
    return max(len(relevant), 10)
