"""The points of one model's collection, made again in another model's."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from catalog.errors import BadVector
from catalog.guard import check_vector
from catalog.store import BATCH, Point, Store, Stored
from catalog.thumbs import Thumbs
from ingest.errors import FetchError
from ingest.rejects import Rejects
from ingest.sources import Sources
from ingest.work import Failure
from vision.cache import FeatureCache
from vision.errors import UnreadableImage

if TYPE_CHECKING:
    from vision.embedder import Embedder
    from vision.head import Encoded

# What the file of points that could not be carried over says of each.
COLUMNS = ("source", "product_id", "image_slot", "image_url")
# What the model decides; whatever else a payload holds, other programs' keys too, stays.
_OF_THE_MODEL = ("model", "image_sha256", "predicted_category", "predicted_confidence")
# Images per forward pass; read ahead of it; threads that read: as in the pipeline.
_FORWARD = 16
_AHEAD = 64
_READERS = 16


@dataclass
class Rebuilt:
    """How far it is; `cached`, `embedded` and `removed` are of all passes, the others of one."""

    passes: int = 0
    """Begun so far; after the first they look for what was written meanwhile."""
    total: int = 0
    """Points of the old collection."""
    points: int = 0
    """Those that this pass has looked at."""
    there: int = 0
    """Points that needed nothing: an earlier pass or run had written them."""
    cached: int = 0
    """Points made from features that were known."""
    embedded: int = 0
    """Images that went through the backbone."""
    removed: int = 0
    """Points that the old collection does not have any more."""
    failed: Counter[str] = field(default_factory=Counter)
    """Points that could not be carried over, by reason."""


@dataclass(frozen=True, slots=True)
class _Image:
    """What is known of a point's image: features, or pixels to make them of."""

    sha256: str
    features: np.ndarray | None = None
    pixels: np.ndarray | None = None
    """(3, S, S) uint8."""


class Rebuild:
    """Makes `new` hold the points of `old` as `embedder` sees them. For one thread.

    What `new` holds already is only looked at: a run that was killed goes on where it was.
    """

    def __init__(
        self,
        old: Store,
        new: Store,
        *,
        embedder: "Embedder",
        cache: FeatureCache,
        sources: Sources,
        thumbs: Thumbs,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[Rebuilt], None] = lambda rebuilt: None,
    ) -> None:
        self._old, self._new = old, new
        self._embedder = embedder
        self._cache = cache
        self._sources = sources
        self._thumbs = thumbs
        self._stop = stop
        self._progress = progress
        self._changes = 0
        self.rebuilt = Rebuilt()
        self.met: set[str] = set()
        """The sources of the points."""
        self.lost: set[str] = set()
        """Points that the last pass could not carry over; `new` may hold an older state of them."""

    def run(self, rejects: Rejects) -> int:
        """One pass over `old`: how many points of `new` it wrote or removed.

        Ends early, with a batch that is whole, when `stop` answers true.
        """
        self._changes = 0
        told = self.rebuilt
        told.passes += 1
        self.lost.clear()
        told.total, told.points, told.there, told.failed = self._old.count(), 0, 0, Counter()
        points = self._old.scroll()
        with ThreadPoolExecutor(_READERS, thread_name_prefix="reindex-read") as pool:
            while not self._stop() and (some := list(islice(points, BATCH))):
                todo = self._pending(some)
                told.points += len(some)
                told.there += len(some) - len(todo)
                self._carry(todo, pool, rejects)
                self._progress(told)
        if not self._stop():
            self._sweep()
        self._new.flush()
        return self._changes

    def _pending(self, points: Sequence[Stored]) -> list[Stored]:
        self.met |= {point.payload["source"] for point in points}
        there = self._new.get([point.id for point in points])
        return [
            point
            for point in points
            if point.id not in there or _facts(there[point.id]) != _facts(point)
        ]

    def _carry(self, points: Sequence[Stored], pool: ThreadPoolExecutor, rejects: Rejects) -> None:
        known = self._cache.get([point.payload["image_sha256"] for point in points])
        images: dict[str, _Image] = {}
        for point in points:
            sha256 = point.payload["image_sha256"]
            if sha256 in known:
                images[point.id] = _Image(sha256, known[sha256])
        self.rebuilt.cached += len(images)
        read = self._read([point for point in points if point.id not in images], pool)
        while group := list(islice(read, _FORWARD)):
            found = {}
            for point, image in group:
                if isinstance(image, Failure):
                    self._reject(point, image, rejects)
                else:
                    found[point.id] = image
            images |= self._embedded(found)
        self._write([point for point in points if point.id in images], images, rejects)

    def _read(
        self, points: Sequence[Stored], pool: ThreadPoolExecutor
    ) -> Iterator[tuple[Stored, _Image | Failure]]:
        """In the order of `points`, at most _AHEAD of them unconsumed."""
        window: deque[tuple[Stored, Future[_Image | Failure]]] = deque()
        for point in points:
            window.append((point, pool.submit(self._look, point.payload)))
            if len(window) > _AHEAD:
                first, image = window.popleft()
                yield first, image.result()
        yield from ((first, image.result()) for first, image in window)

    def _look(self, payload: Mapping[str, Any]) -> _Image | Failure:
        """Only a fault of this one image is caught."""
        if self._stop():
            self._sources.hurry()
        ref = payload.get("image_url")
        if ref is None:
            message = "the point names no image · ingest its product again, then re-index"
            return Failure("no_image", message)
        try:
            data = self._sources.fetch(payload["source"], ref)
            sha256 = hashlib.sha256(data).hexdigest()
            features = self._cache.get([sha256]).get(sha256)
            if features is not None and self._thumbs.path(sha256) is not None:
                return _Image(sha256, features)
            bare = self._thumbs.path(sha256) is None
            seen = self._embedder.read(data, thumbnail=bare)
        except FetchError as error:
            return Failure(error.reason, error.message, error.attempts)
        except UnreadableImage as error:
            return Failure(error.reason, str(error))
        if bare:
            self._thumbs.put(sha256, seen.thumbnail)
        return _Image(sha256, features, seen.pixels if features is None else None)

    def _embedded(self, images: Mapping[str, _Image]) -> dict[str, _Image]:
        """The same with features. The backbone sees equal pictures once."""
        fresh = {one.sha256: one.pixels for one in images.values() if one.pixels is not None}
        made: dict[str, np.ndarray] = {}
        if fresh:
            squares = self._embedder.normalised(np.stack(list(fresh.values())))
            made = dict(zip(fresh, self._embedder.features(squares), strict=True))
            # a broken one may be the fault of the moment: the next run shall try again
            self._cache.put({key: one for key, one in made.items() if np.isfinite(one).all()})
        self.rebuilt.embedded += len(fresh)
        self.rebuilt.cached += len(images) - len(fresh)
        return {
            point_id: _Image(one.sha256, made.get(one.sha256, one.features))
            for point_id, one in images.items()
        }

    def _write(
        self, points: Sequence[Stored], images: Mapping[str, _Image], rejects: Rejects
    ) -> None:
        if not points:
            return
        features = [images[point.id].features for point in points]
        # what overflows is rejected below, and needs no warning of numpy's
        with np.errstate(over="ignore", invalid="ignore"):
            encoded = self._embedder.head(np.stack([one for one in features if one is not None]))
        made = []
        for index, point in enumerate(points):
            vector = encoded.vectors[index]
            try:
                check_vector(vector, len(vector), name=point.id)
            except BadVector as error:
                self._reject(point, Failure("bad_vector", str(error)), rejects)
            else:
                payload = self._payload(point, images[point.id].sha256, encoded, index)
                made.append(Point(point.id, vector, payload))
        self._new.upsert(made)
        self._changes += len(made)

    def _payload(
        self, point: Stored, sha256: str, encoded: "Encoded", index: int
    ) -> dict[str, Any]:
        """The old one, run and time too: what the catalog said, and when, has not changed."""
        category, confidence = self._embedder.predicted(encoded, index)
        said = {"predicted_category": category, "predicted_confidence": confidence}
        return {
            **_facts(point),
            "model": self._embedder.fingerprint,
            "image_sha256": sha256,
            **{key: value for key, value in said.items() if value is not None},
        }

    def _sweep(self) -> None:
        """Without what the old collection has lost since a run that was killed, or swapped back."""
        points = self._new.scroll()
        while some := [point.id for point in islice(points, BATCH)]:
            gone = sorted(set(some) - self._old.get(some).keys())
            self._new.delete(gone)
            self.rebuilt.removed += len(gone)
            self._changes += len(gone)

    def _reject(self, point: Stored, failure: Failure, rejects: Rejects) -> None:
        self.rebuilt.failed[failure.reason] += 1
        self.lost.add(point.id)
        row = {name: str(point.payload.get(name, "")) for name in COLUMNS}
        number = self.rebuilt.failed.total()
        rejects.add(row, failure.reason, failure.message, number, failure.attempts)


def _facts(point: Stored) -> dict[str, Any]:
    """All that a change of model leaves alone."""
    return {key: value for key, value in point.payload.items() if key not in _OF_THE_MODEL}
