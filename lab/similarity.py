"""How alike two pictures are, in the ways of the student systems, and what each way finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Results of a search as published.
SHOWN = (5, 9)
# "Keeps what is more alike than a half."
THRESHOLD = 0.5
# Queries of one matrix of similarities.
_AT_ONCE = 256


def cosine(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """(Q, D), (N, D) → (Q, N) in [-1, 1]."""
    return _unit(queries) @ _unit(gallery).T


def l2(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """1 / (1 + distance), in (0, 1]."""
    squares = (queries**2).sum(axis=1)[:, None] + (gallery**2).sum(axis=1)[None]
    distance = np.sqrt(np.maximum(squares - 2 * queries @ gallery.T, 0.0))
    return 1 / (1 + distance)


def linear(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """The linear kernel, each query's values spread over [0, 1] (min-max normalisation)."""
    product = queries @ gallery.T
    low, high = (end(product, axis=1, keepdims=True) for end in (np.min, np.max))
    return (product - low) / np.maximum(high - low, 1e-12)


Similarity = Callable[[np.ndarray, np.ndarray], np.ndarray]
SIMILARITIES: Mapping[str, Similarity] = {"cosine": cosine, "l2": l2, "linear": linear}


@dataclass(frozen=True)
class Found:
    """What one query finds, best first."""

    rows: np.ndarray
    """(n,) of the gallery, n at most 9; fewer where the category has fewer."""
    scores: np.ndarray


@dataclass(frozen=True)
class Shelf:
    """A gallery and the photos that ask it, as one set of features sees them."""

    gallery: np.ndarray
    """(N, D)."""
    shown: np.ndarray
    """(N,) the category of each."""
    queries: np.ndarray
    """(Q, D)."""
    truth: np.ndarray
    """(Q,) what each query shows."""
    said: np.ndarray | None
    """(Q,) what the classifier takes it for; None: there is none."""

    def search(self, similarity: Similarity, scope: str) -> Iterator[Found]:
        """In the order of the queries; `scope` is "everything" or "predicted category"."""
        for start in range(0, len(self.queries), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            scores = similarity(self.queries[rows], self.gallery)
            if scope == "predicted category":
                assert self.said is not None  # noqa: S101 - for the type checker
                scores = np.where(self.shown[None] == self.said[rows, None], scores, -np.inf)
            yield from map(_best, scores)


def cell(
    features: str, similarity: str, scope: str, answers: Sequence[Found], shelf: Shelf
) -> dict[str, object]:
    """One cell of the grid: shares over all queries. A list shorter than k is not excused."""
    right = [shelf.shown[one.rows] == true for one, true in zip(answers, shelf.truth, strict=True)]
    above = [one.scores > THRESHOLD for one in answers]
    kept = int(sum(one.sum() for one in above))
    both = int(sum((one & other).sum() for one, other in zip(right, above, strict=True)))
    return {
        "features": features, "similarity": similarity, "scope": scope,
        **{f"p_at_{k}": float(np.mean([one[:k].sum() / k for one in right])) for k in SHOWN},
        "found_at_9": float(np.mean([one.any() for one in right])),
        "kept": kept / len(answers),
        "p_kept": both / kept if kept else None,
    }  # fmt: skip


def _best(scores: np.ndarray) -> Found:
    order = np.argsort(-scores, kind="stable")[: max(SHOWN)]
    order = order[np.isfinite(scores[order])]
    return Found(order, scores[order])


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
