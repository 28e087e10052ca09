"""How many threads, and how many pictures at a time, embed quickest on this machine."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision.accelerator import CPU
from vision.processors import processors

if TYPE_CHECKING:
    from vision.embedder import Embedder

# Pictures per forward pass, unless a trial or the user says otherwise. One thread's cache holds a
# few: in torch MobileNetV2 took 15 ms an image in batches of 1 or 2, 19 in 8, 22 in 16; a net of
# many small layers 6.4 alone and 4.7 in 8 or 16. In OpenVINO mini-1 took 7.8, 6.8 and 6.7.
BATCH = 8
# The others that are tried.
_BATCHES = (4, 16, 32)
# An accelerator wants many at a time: not tried, for none was at hand.
_ACCELERATED = 64
# With fewer pictures a trial costs more than it gains.
WORTH = 512
# For all of a trial, and for one setting at least, seconds.
_TRIAL_S, _ONE_S = 1.0, 0.15
# A setting has to be this much quicker than the usual one to take its place: a neighbour on the
# machine makes as much of a difference.
_CLEARLY = 1.05


@dataclass(frozen=True, slots=True)
class Pace:
    """Threads that decode and embed, and how many pictures each embeds at a time."""

    threads: int
    batch: int
    rate: float | None = None
    """Pictures a second through the network alone; None when nothing was tried."""
    seconds: float = 0.0
    """Of the trial."""

    def __str__(self) -> str:
        told = f"{self.threads} thread{'s' * (self.threads != 1)} × batches of {self.batch}"
        if self.rate is None:
            return told
        return f"{told}: {self.rate:.3g} images/s in a trial of {self.seconds:.1f} s"


def pace_of(
    embedder: "Embedder",
    pictures: int | None,
    threads: int | None = None,
    batch: int | None = None,
) -> Pace:
    """What is given stays; the rest is tried when there are enough `pictures` to embed.

    `pictures` is the most there may be, None when nobody knows.
    """
    processors_compute = embedder.backbone.device == CPU
    usual = Pace(threads or processors(), batch or (BATCH if processors_compute else _ACCELERATED))
    if not processors_compute or (threads and batch) or pictures is None or pictures < WORTH:
        return usual
    batches = [usual.batch] if batch else [BATCH, *_BATCHES]
    # half of them, because two threads of one core share what a network needs
    counts = [usual.threads // 2] if usual.threads >= 4 and not threads else []
    with embedder.threads():
        return _Trial(embedder).quickest(usual.threads, batches, counts)


class _Trial:
    """Drawn pictures through the network, as an ingest sends them."""

    def __init__(self, embedder: "Embedder") -> None:
        self._embedder = embedder
        side = embedder.backbone.preprocess.size
        shape = (max(BATCH, *_BATCHES), 3, side, side)
        self._pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        self._embed(1)  # the first time compiles
        self._began = time.perf_counter()
        self._one_s = min(self._seconds(1) for _ in range(3))

    def quickest(self, threads: int, batches: Sequence[int], counts: Sequence[int]) -> Pace:
        """The first of `batches` unless another is clearly quicker, then so with `counts`."""
        best = Pace(threads, batches[0])
        if self._fits(best):
            best = replace(best, rate=self._rate(best))
            for batch in batches[1:]:
                best = self._better(best, Pace(threads, batch))
            for count in counts:
                best = self._better(best, Pace(count, best.batch))
        return replace(best, seconds=time.perf_counter() - self._began)

    def _better(self, best: Pace, other: Pace) -> Pace:
        if not self._fits(other):
            return best
        other = replace(other, rate=self._rate(other))
        return other if (other.rate or 0) > _CLEARLY * (best.rate or 0) else best

    def _fits(self, pace: Pace) -> bool:
        """Whether there is time; a slow network gains nothing from batches, and has none."""
        needed = pace.batch * self._one_s + max(_ONE_S, pace.batch * self._one_s)
        return time.perf_counter() + needed < self._began + _TRIAL_S

    def _rate(self, pace: Pace) -> float:
        """Images per second."""
        with ThreadPoolExecutor(pace.threads) as pool:
            list(pool.map(self._embed, [pace.batch] * pace.threads))  # memory is asked for
            began = time.perf_counter()
            until = [began + _ONE_S] * pace.threads
            done = sum(pool.map(lambda end: self._embed_until(end, pace.batch), until))
            return done / (time.perf_counter() - began)

    def _embed_until(self, end: float, batch: int) -> int:
        """How many; at least one batch."""
        done = self._embed(batch)
        while time.perf_counter() < end:
            done += self._embed(batch)
        return done

    def _seconds(self, batch: int) -> float:
        began = time.perf_counter()
        self._embed(batch)
        return time.perf_counter() - began

    def _embed(self, batch: int) -> int:
        self._embedder.features(self._embedder.normalised(self._pixels[:batch]))
        return batch
