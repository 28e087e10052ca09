"""What can be done for one image before the model: the work of the pool's threads."""

import hashlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catalog.thumbs import Thumbs
from ingest.colours import coloured, with_colours
from ingest.errors import FetchError
from ingest.fetch import Fetcher
from ingest.report import Counts, Stages
from ingest.work import Failure, Job
from vision.cache import FeatureCache
from vision.errors import UnreadableImage

if TYPE_CHECKING:
    from vision.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Prepared:
    """One image, read. Neither features nor pixels: its bytes are the ones in the store."""

    job: Job
    image_sha256: str
    signature: str | None
    features: np.ndarray | None = None
    """(F,) float32, from the cache."""
    pixels: np.ndarray | None = None
    """(3, S, S) uint8, for the backbone."""


@dataclass(frozen=True, slots=True)
class Failed:
    job: Job
    failure: Failure


class Preparer:
    """Fetch, hash, look up, decode. Safe for several threads.

    Fetching waits and decoding computes: any number of threads may fetch, `decoders` decode.
    """

    def __init__(
        self,
        embedder: "Embedder",
        fetcher: Fetcher,
        cache: FeatureCache,
        thumbs: Thumbs,
        stages: Stages,
        fetched: Counts,
        decoders: int,
    ) -> None:
        self._embedder = embedder
        self._fetcher = fetcher
        self._cache = cache
        self._thumbs = thumbs
        self._stages = stages
        self._fetched = fetched
        self._decoders = threading.Semaphore(decoders)

    def __call__(self, job: Job) -> Prepared | Failed:
        """Only a fault of this one image is caught; it fails its row and no other."""
        try:
            return self._prepare(job)
        except FetchError as error:
            self._fetched.add("failed")
            return Failed(job, Failure(error.reason, error.message, error.attempts))
        except UnreadableImage as error:
            return Failed(job, Failure(error.reason, str(error)))

    def _prepare(self, job: Job) -> Prepared:
        with self._stages.busy("fetch"):
            # before reading: a file that is written meanwhile will be read again next time
            signature = self._fetcher.stat(job.ref)
            data = self._fetcher.fetch(job.ref)
        self._fetched.add("ok")
        sha256 = hashlib.sha256(data).hexdigest()
        if job.known is not None and job.known.image_sha256 == sha256:
            return Prepared(job, sha256, signature)
        features = self._cache.get([sha256]).get(sha256)
        if features is not None and self._thumbs.path(sha256) is not None:
            job = with_colours(job, sha256, self._thumbs)
            return Prepared(job, sha256, signature, features=features)
        with self._decoders, self._stages.busy("decode"):
            bare = self._thumbs.path(sha256) is None
            seen = self._embedder.read(data, thumbnail=bare, colours=not job.product.colors)
        if bare:
            self._thumbs.put(sha256, seen.thumbnail)
            job = coloured(job, seen.colours)
        else:
            job = with_colours(job, sha256, self._thumbs)
        return Prepared(job, sha256, signature, features, seen.pixels if features is None else None)
