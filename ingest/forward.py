"""The backbone's own threads: batches of pictures to features, several at a time."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.report import Stages
from vision.cache import FeatureCache

if TYPE_CHECKING:
    from vision.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Embedded:
    """What became of one batch: (F,) float32 by image sha256."""

    features: Mapping[str, np.ndarray]


class Forward:
    """`threads` batches at a time; what became of each is told to `ready`, in any order.

    Made and used inside `embedder.threads()`: on a CPU, processors with a batch each are quicker
    than all of them on one, and none is idle while the next batch is collected.
    """

    def __init__(
        self,
        embedder: "Embedder",
        cache: FeatureCache,
        stages: Stages,
        threads: int,
        ready: Callable[[Future[Embedded]], None],
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._stages = stages
        self._ready = ready
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ingest-embed")
        self.threads = threads

    def start(self, pixels: Mapping[str, np.ndarray]) -> None:
        """One batch, (3, S, S) uint8 by image sha256."""
        self._pool.submit(self._embed, pixels).add_done_callback(self._ready)

    def close(self) -> None:
        """Batches that have not begun are given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _embed(self, pixels: Mapping[str, np.ndarray]) -> Embedded:
        with self._stages.busy("embed"):
            squares = self._embedder.normalised(np.stack(list(pixels.values())))
            found = self._embedder.features(squares)
        features = dict(zip(pixels, found, strict=True))
        # a broken one may be the fault of the moment: the next run shall try again
        self._cache.put({key: one for key, one in features.items() if np.isfinite(one).all()})
        return Embedded(features)
