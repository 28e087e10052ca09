"""Unfiltered search by a scan of all vectors: what an engine's index is held against."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from lab.judge import Judge
from lab.metrics import Ranking
from lab.sides import Side

# Queries of one matrix product: against 100,000 pictures their scores take 100 MB.
_AT_ONCE = 256


class ExactSearch:
    """Ids of a gallery by cosine; ties in the gallery's order."""

    def __init__(self, shelf: Side, vectors: np.ndarray) -> None:
        """`vectors`: (N, D) of unit norm, a row for each sample of `shelf`."""
        self._ids = np.array([one.product.point_id for one in shelf.samples])
        self._vectors = vectors

    def nearest(self, vectors: np.ndarray, depths: Sequence[int]) -> Iterator[list[str]]:
        """For each of the (Q, D) `vectors` as many ids as its depth says, best first."""
        for start in range(0, len(vectors), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            scored = vectors[rows] @ self._vectors.T
            yield from map(self._best, scored, depths[rows])

    def _best(self, scores: np.ndarray, k: int) -> list[str]:
        k = min(k, len(scores))
        near = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        best: list[str] = self._ids[near[np.argsort(-scores[near], kind="stable")[:k]]].tolist()
        return best

    def rankings(self, vectors: np.ndarray, judge: Judge, indices: Sequence[int]) -> list[Ranking]:
        """Answers to these queries of the judge, as `vectors` ask them; deep enough to score."""
        asked = [(judge.own[index], judge.relevant[index]) for index in indices]
        found = self.nearest(vectors, [depth(right) + len(own) for own, right in asked])
        return [
            Ranking((one for one in ids if one not in own), right)
            for ids, (own, right) in zip(found, asked, strict=True)
        ]


def depth(relevant: Collection[str]) -> int:
    """Far enough for the whole top R of map_at_r, and for every fixed k."""
    return max(len(relevant), 10)
