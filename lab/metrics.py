"""Scores of rankings and of categories. Rankings are lists of ids: no vectors, no engine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

# Equal-width confidence bins, as in Guo et al., "On Calibration of Modern Neural Networks",
# ICML 2017 (arXiv 1706.04599).
ECE_BINS = 15


@dataclass(frozen=True)
class Ranking:
    """One query's answer: `ranked` ids, best first, and all ids that would have been right."""

    ranked: Sequence[str]
    relevant: Collection[str]


def retrieval_scores(rankings: Sequence[Ranking]) -> dict[str, float]:
    """Means over queries, each in [0, 1]. Queries with nothing to find must be left out before.

    - p_at_k: share of the top k that is relevant. A list shorter than k is not excused.
      Relevant {a, b}, ranked a x b: p_at_1 = 1, p_at_9 = 2/9.
    - recall_at_k: queries with a relevant one in the top k (the convention of Stanford Online
      Products; not the share of all relevant ones).
    - map_at_r: Musgrave et al., "A Metric Learning Reality Check", ECCV 2020 (arXiv 2003.08505):
      with R relevant ones, the sum over the top R of (precision up to there) at each relevant
      one, divided by R. In the example: R = 2, top 2 is a x: (1/1) / 2 = 0.5.
    - mrr: 1 / rank of the first relevant one, 0 when none is in the list.
    """
    if not rankings:
        raise ValueError("no query has anything to find; check the labels of gallery and queries")
    flags = [_flags(ranking) for ranking in rankings]
    totals = [len(set(ranking.relevant)) for ranking in rankings]
    scores = {f"p_at_{k}": _mean(hits[:k].sum() / k for hits in flags) for k in (1, 9)}
    scores |= {f"recall_at_{k}": _mean(hits[:k].any() for hits in flags) for k in (1, 5, 10)}
    scores["map_at_r"] = _mean(
        _average_precision(hits[:r], r) for hits, r in zip(flags, totals, strict=True)
    )
    scores["mrr"] = _mean(_reciprocal_rank(hits) for hits in flags)
    return scores


def category_scores(
    probabilities: np.ndarray, truth: Sequence[str], labels: Sequence[str]
) -> dict[str, object]:
    """Scores of (N, C) probabilities against N true labels, each in [0, 1].

    macro_f1 is the mean over the classes that occur in the truth. ece is the expected
    calibration error over ECE_BINS bins. A true label that the model does not know counts as
    wrong everywhere.
    """
    names = np.array(list(labels))
    true = np.array(list(truth))
    order = names[np.argsort(-probabilities, axis=1, kind="stable")]
    best = order[:, 0]
    per_class = [
        {"name": str(label), **_class_scores(true == label, best == label)}
        for label in sorted(set(truth))
    ]
    return {
        "top1": float((best == true).mean()),
        "top3": float((order[:, :3] == true[:, None]).any(axis=1).mean()),
        "macro_f1": _mean(row["f1"] for row in per_class),
        "ece": expected_calibration_error(probabilities.max(axis=1), best == true),
        "per_class": per_class,
    }


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Mean gap between confidence (N,) and accuracy over the bins, weighted by their size."""
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [
        abs(confidence[bins == bin_].mean() - correct[bins == bin_].mean()) * (bins == bin_).mean()
        for bin_ in np.unique(bins)
    ]
    return float(sum(gaps))


def _class_scores(is_it: np.ndarray, said_it: np.ndarray) -> dict[str, float]:
    both = int((is_it & said_it).sum())
    return {
        "precision": both / max(int(said_it.sum()), 1),
        "recall": both / int(is_it.sum()),
        # the harmonic mean of the two
        "f1": 2 * both / int(is_it.sum() + said_it.sum()),
        "support": int(is_it.sum()),
    }


def _flags(ranking: Ranking) -> np.ndarray:
    relevant = set(ranking.relevant)
    if not relevant:
        raise ValueError("a query with nothing to find must be left out, not scored")
    return np.array([one in relevant for one in ranking.ranked], bool)


def _average_precision(hits: np.ndarray, r: int) -> float:
    precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precisions[hits].sum() / r)


def _reciprocal_rank(hits: np.ndarray) -> float:
    return 1.0 / (int(hits.argmax()) + 1) if hits.any() else 0.0


def _mean(values: object) -> float:
    return float(np.mean(list(values)))  # type: ignore[call-overload]
