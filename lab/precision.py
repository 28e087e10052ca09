"""What it costs to compute a model's vectors in fewer bits, and what it brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from lab.judge import Judge
from lab.models import Baseline, compare
from lab.sides import Sample, encode_again, encode_side
from vision.progress import Progress, unwatched

# Share of P@9 and of top-1 that int8 may lose and still be what a model serves with.
ALLOWED = 0.005
# With fewer photos one that changes sides is several points.
LEAST_PHOTOS = 20
BATCHES = (1, 8)
_ROUNDS = 5
_NAMES = {"p_at_9": "P@9", "top1": "top-1", "p_at_1": "P@1"}


@dataclass(frozen=True)
class Cost:
    """Both precisions of one model on the same photos."""

    photos: int
    """That asked."""
    fp32: dict[str, float | None]
    """p_at_9, and top1 (None without categories); p_at_1 too where one product is sought, which
    may have a single picture: its P@9 is at most 1/9. Shares."""
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
    excluded = set(exclude_labels)
    shelf, asked = (
        encode_side(name, samples, cheap.embedder, cheap.cache, excluded, progress)
        for name, samples in (("gallery", gallery), ("queries", queries))
    )
    judge = Judge(shelf, asked, relevant_by)
    _, int8, fp32 = compare(cheap.embedder, shelf, asked, judge, full, progress)
    seen = encode_again(asked, full.embedder, full.cache, progress)
    cosine = (asked.encoded.vectors * seen.vectors).sum(axis=1)
    names = [name for name in _NAMES if name != "p_at_1" or relevant_by == "product_id"]
    return Cost(
        len(judge.scored),
        {name: fp32[name] for name in names},
        {name: int8[name] for name in names},
        {"least": round(float(cosine.min()), 4), "mean": round(float(cosine.mean()), 5)},
        speed(
            cheap.embedder.features, full.embedder.features, cheap.embedder.backbone.preprocess.size
        ),
    )


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
