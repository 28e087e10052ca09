"""Scores of predicted categories: probabilities against true names, nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# Equal-width confidence bins, as in Guo et al., "On Calibration of Modern Neural Networks",
# ICML 2017 (arXiv 1706.04599).
ECE_BINS = 15


def category_scores(
    probabilities: np.ndarray, truth: Sequence[str], labels: Sequence[str]
) -> dict[str, Any]:
    """Scores of (N, C) probabilities of C `labels` against N > 0 true names.

    macro_f1 is the mean over the classes that occur in the truth. A true name that the model
    does not know counts as wrong everywhere.
    """
    best, confidence = np.array(labels)[probabilities.argmax(axis=1)], probabilities.max(axis=1)
    right = best == np.array(truth)
    per_class = _per_class(best, truth)
    return {
        **top_scores(probabilities, truth, labels),
        "macro_f1": float(np.mean([row["f1"] for row in per_class])),
        "ece": expected_calibration_error(confidence, right),
        "brier": brier_score(probabilities, truth, labels),
        "per_class": per_class,
        "confusion": confusion(best, truth),
        "reliability": reliability(confidence, right),
    }


def top_scores(
    probabilities: np.ndarray, truth: Sequence[str], labels: Sequence[str]
) -> dict[str, float]:
    """Shares of the N photos with their true category in the first place, in the first three."""
    order = np.array(labels)[np.argsort(-probabilities, axis=1, kind="stable")]
    right = order == np.array(truth)[:, None]
    return {f"top{k}": float(right[:, :k].any(axis=1).mean()) for k in (1, 3)}


def confusion(predicted: Sequence[str], truth: Sequence[str]) -> dict[str, Any]:
    """How often each true category (row) was taken for each (column); labels alphabetical."""
    labels = sorted({*map(str, predicted), *truth})
    place = {name: index for index, name in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), int)
    for true, said in zip(truth, predicted, strict=True):
        counts[place[true], place[said]] += 1
    return {"labels": labels, "counts": counts.tolist()}


def reliability(confidence: np.ndarray, correct: np.ndarray) -> list[dict[str, float]]:
    """Mean confidence and accuracy of each of the ECE_BINS bins that holds photos, ascending."""
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    return [
        {
            "confidence": float(confidence[bins == one].mean()),
            "accuracy": float(correct[bins == one].mean()),
            "photos": int((bins == one).sum()),
        }
        for one in np.unique(bins)
    ]


def expected_calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Mean gap between confidence and accuracy of the bins, weighted by their photos: [0, 1]."""
    gaps = (
        abs(row["confidence"] - row["accuracy"]) * row["photos"]
        for row in reliability(confidence, correct)
    )
    return sum(gaps) / len(confidence)


def brier_score(probabilities: np.ndarray, truth: Sequence[str], labels: Sequence[str]) -> float:
    """Mean squared distance between the probabilities and the truth as 0 and 1: [0, 2].

    A true name that is not among the labels was given the probability 0.
    """
    wanted = np.array(truth)[:, None] == np.array(labels)
    unknown = ~wanted.any(axis=1)
    return float((((probabilities - wanted) ** 2).sum(axis=1) + unknown).mean())


def level_scores(
    probabilities: np.ndarray,
    truth: Sequence[str],
    labels: Sequence[str],
    path_of: Mapping[str, Sequence[str]],
) -> list[dict[str, float]]:
    """Accuracy at each level of a tree, the root's children first.

    `path_of` is a category's way down to itself. The probabilities of all categories below a node
    are added up. A category that lies higher than a level stands there for itself.
    """
    scores = []
    for level in range(1, max(map(len, path_of.values()), default=0) + 1):
        node = {name: path[min(level, len(path)) - 1] for name, path in path_of.items() if path}
        above = [node.get(name, name) for name in labels]
        nodes = sorted(set(above))
        members = np.array([[one == name for name in nodes] for one in above], float)
        true = [node.get(name, name) for name in truth]
        top1 = top_scores(probabilities @ members, true, nodes)["top1"]
        scores.append({"level": level, "top1": top1, "classes": len(set(true))})
    return scores


def _per_class(best: np.ndarray, truth: Sequence[str]) -> list[dict[str, Any]]:
    true = np.array(truth)
    return [
        {"name": name, **_class_scores(true == name, best == name)} for name in sorted(set(truth))
    ]


def _class_scores(is_it: np.ndarray, said_it: np.ndarray) -> dict[str, float]:
    both = int((is_it & said_it).sum())
    return {
        "precision": both / max(int(said_it.sum()), 1),
        "recall": both / int(is_it.sum()),
        # the harmonic mean of the two
        "f1": 2 * both / int(is_it.sum() + said_it.sum()),
        "support": int(is_it.sum()),
    }
