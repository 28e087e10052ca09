"""What it costs to compute a model's vectors in fewer bits, and what it brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from lab.errors import LabError
from lab.judge import Judge
from lab.models import Baseline, compare
from lab.sides import Sample, encode_side
from vision.progress import Progress, unwatched

# Share of P@9 and of top-1 that int8 may lose and still be what a model serves with.
ALLOWED = 0.005
# With fewer photos one that changes sides is several points.
LEAST_PHOTOS = 20
BATCHES = (1, 8)
_ROUNDS = 5
_NAMES = {
    "p_at_9": "P@9",
    "top1": "top-1",
    "p_at_1": "P@1",
    "raw_p_at_9": "P@9 of the backbone alone",
}


@dataclass(frozen=True)
class Cost:
    """Both precisions of one model on the same photos."""

    photos: int
    """That asked."""
    fp32: dict[str, float | None]
    """Shares: p_at_9; top1, None without categories; p_at_1 where one product is sought, which may
    have a single picture, so that its P@9 is at most 1/9; raw_p_at_9, without the head, which may
    remember the photos that ask: it has learned from them."""
    int8: dict[str, float | None]
    cosine: dict[str, float]
    """Least and mean, of the queries' vectors in the two precisions."""
    speed: dict[str, float]
    """Batch size → how many times as fast int8 was, a median."""

    def objections(self) -> list[str]:
        """Why int8 should not be what the model serves with; none: it may be."""
        found = [
            f"it loses {100 * (full - low):.1f} points of {_NAMES[name]} ({full:.3f} → {low:.3f}), "
            f"{100 * ALLOWED:g} are allowed"
            for name in self.fp32
            if (full := self.fp32[name]) is not None
            and (low := self.int8[name]) is not None
            and full - low > ALLOWED + 1e-9
        ]
        if self.photos < LEAST_PHOTOS:
            found.append(
                f"{self.photos} photos cannot judge it, at least {LEAST_PHOTOS} are wanted"
            )
        return found


def cost(
    cheap: Baseline,
    full: Baseline,
    gallery: Sequence[Sample],
    queries: Sequence[Sample],
    *,
    relevant_by: str,
    exclude_labels: Sequence[str] = (),
    progress: Progress = unwatched,
) -> Cost:
    """Unfiltered exact search of the gallery with both, int8's vectors among int8's.

    Raises LabError when no picture can be read, or no query has anything to find.
    """
    low, whole = (
        _scored(one, gallery, queries, relevant_by, set(exclude_labels), progress)
        for one in (cheap, full)
    )
    if low.vectors.shape != whole.vectors.shape:
        raise LabError("pictures could be read for one precision but not for the other; try again")
    size = full.embedder.backbone.preprocess.size
    cosine = (low.vectors * whole.vectors).sum(axis=1)
    return Cost(
        low.photos,
        whole.scores,
        low.scores,
        {"least": round(float(cosine.min()), 4), "mean": round(float(cosine.mean()), 5)},
        speed(cheap.embedder.features, full.embedder.features, size),
    )


@dataclass(frozen=True)
class _Scored:
    photos: int
    scores: dict[str, float | None]
    vectors: np.ndarray
    """(Q, D) of the queries."""


def _scored(
    one: Baseline,
    gallery: Sequence[Sample],
    queries: Sequence[Sample],
    relevant_by: str,
    excluded: set[str],
    progress: Progress,
) -> _Scored:
    shelf, asked = (
        encode_side(name, samples, one.embedder, one.cache, excluded, progress)
        for name, samples in (("gallery", gallery), ("queries", queries))
    )
    judge = Judge(shelf, asked, relevant_by)
    raw, own = compare(one.embedder, shelf, asked, judge, None, progress)
    names = ["p_at_9", "top1"] + ["p_at_1"] * (relevant_by == "product_id")
    scores = {name: own[name] for name in names} | {"raw_p_at_9": raw["p_at_9"]}
    return _Scored(len(judge.scored), scores, asked.encoded.vectors)


def speed(
    cheap: Callable[[np.ndarray], np.ndarray], full: Callable[[np.ndarray], np.ndarray], size: int
) -> dict[str, float]:
    """How many times as fast `cheap` is at each of BATCHES; calls take turns, medians count."""
    found = {}
    for count in BATCHES:
        batch = np.random.default_rng(0).normal(size=(count, 3, size, size)).astype(np.float32)
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(_ROUNDS + 1):
            for way, times in zip((cheap, full), spent, strict=True):
                began = perf_counter()
                way(batch)
                if number:  # the first call compiles
                    times.append(perf_counter() - began)
        found[str(count)] = round(median(spent[1]) / median(spent[0]), 2)
    return found
