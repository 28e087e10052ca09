"""Scores of rankings: lists of ids, best first. No vectors, no engine."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

import numpy as np

# Enough for two decimals of a 95 % interval, a fraction of a second for thousands of queries.
RESAMPLES = 1000


class Ranking:
    """One query's answer, without its ids: there may be thousands for each of thousands."""

    def __init__(self, ranked: Iterable[str], relevant: Collection[str]) -> None:
        """`ranked` ids, best first, and all ids that would have been right."""
        if not relevant:
            raise ValueError("a query with nothing to find must be left out, not scored")
        self.right = np.fromiter((one in relevant for one in ranked), bool)
        """(n,) which of the ranked ones are right."""
        self.total = len(relevant)
        """All that would have been right."""


def precision_at(k: int, ranking: Ranking) -> float:
    """Share of the top k that is right. A list shorter than k is not excused.

    Relevant {a, b}, ranked a x b: 1 at k = 1, 2/9 at k = 9.
    """
    return float(ranking.right[:k].sum() / k)


def found_at(k: int, ranking: Ranking) -> float:
    """1 when a right one is in the top k, else 0.

    Its mean is the recall at k of Stanford Online Products, not the share of all right ones.
    """
    return float(ranking.right[:k].any())


def average_precision_at_r(ranking: Ranking) -> float:
    """With R right ones, the precision at each right one of the top R, summed, divided by R.

    Musgrave et al., "A Metric Learning Reality Check", ECCV 2020 (arXiv 2003.08505).
    Relevant {a, b}, ranked a x b: R = 2, the top 2 is a x: (1/1) / 2 = 0.5.
    """
    top = ranking.right[: ranking.total]
    precisions = np.cumsum(top) / np.arange(1, len(top) + 1)
    return float(precisions[top].sum() / ranking.total)


def reciprocal_rank(ranking: Ranking) -> float:
    """1 / rank of the first right one, 0 when none is in the list."""
    return 1.0 / (int(ranking.right.argmax()) + 1) if ranking.right.any() else 0.0


SCORES: dict[str, Callable[[Ranking], float]] = {
    **{f"p_at_{k}": partial(precision_at, k) for k in (1, 5, 9)},
    **{f"recall_at_{k}": partial(found_at, k) for k in (1, 5, 9, 10)},
    "map_at_r": average_precision_at_r,
    "mrr": reciprocal_rank,
}


def retrieval_scores(
    rankings: Sequence[Ranking], names: Iterable[str] = tuple(SCORES)
) -> dict[str, float]:
    """Means over queries of the named SCORES, each in [0, 1]."""
    if not rankings:
        raise ValueError("no query has anything to find; check the labels of gallery and queries")
    return {name: float(np.mean([SCORES[name](one) for one in rankings])) for name in names}


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean over queries, by the percentile bootstrap; the same every time."""
    random, seen = np.random.default_rng(0), np.asarray(values)
    means = [random.choice(seen, len(seen)).mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)
