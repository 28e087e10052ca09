"""Prepared images on to the model and from there to the writer, in batches."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from catalog.errors import BadVector
from catalog.guard import check_vector
from catalog.product import Stamp
from catalog.store import Point
from catalog.thumbs import Thumbs
from ingest.colours import with_colours
from ingest.forward import Embedded, Forward
from ingest.prepare import Prepared
from ingest.report import Outcome
from ingest.tally import Tally
from ingest.work import Failure, Job, RowWork
from ingest.writer import Writer
from vision.cache import FeatureCache

if TYPE_CHECKING:
    from vision.embedder import Embedder

# Payloads rewritten at a time: each costs one read of the store and one write. Also the rows
# whose surplus points are deleted at a time.
REFRESH = 256
# How long a part of a batch waits for the rest, seconds: a slow host must not hold up what others
# have sent, and a batch of one costs a CPU little more than its share of a full one.
LINGER_S = 0.1


@dataclass(frozen=True, slots=True)
class _Refresh:
    """A point whose vector stays: its payload changed, or only its file's signature."""

    job: Job
    image_sha256: str
    signature: str | None

    @property
    def outcome(self) -> Outcome:
        return self.job.outcome(self.image_sha256)


class Batches:
    """Collects images for the model and points for the writer. For one thread.

    A batch goes on when it is full, or when what is held has waited for LINGER_S.
    """

    def __init__(
        self, embedder: "Embedder", cache: FeatureCache, forward: Forward, writer: Writer,
        tally: Tally, size: int, thumbs: Thumbs,
    ) -> None:  # fmt: skip
        self._embedder = embedder
        self._cache = cache
        self._forward = forward
        self._writer = writer
        self._tally = tally
        self._size = size
        self._thumbs = thumbs
        self._fresh: dict[str, np.ndarray] = {}
        """Pictures for the next forward pass, by sha256."""
        self._waiting: dict[str, list[Prepared]] = {}
        """By the sha256 of the picture whose features they wait for."""
        self._encodable: list[tuple[Prepared, np.ndarray]] = []
        self._refreshes: list[_Refresh] = []
        self._shrunk: list[RowWork] = []
        self._since: float | None = None
        self.waiting = 0
        """Images that wait for their features."""
        self.running = 0
        """Batches with the model."""
        self.lost: list[Job] = []
        """Points that the ledger knows and the store does not: to be done from the start."""

    def add(self, image: Prepared) -> None:
        """One image that was read."""
        if image.features is not None:
            self._tally.report.cached += 1
            self._keep(image, image.features)
        elif image.pixels is not None:
            self._want(image, image.pixels)
        else:
            self.refresh(image.job, image.image_sha256, image.signature)

    def embedded(self, batch: Embedded) -> None:
        """What `forward` has told."""
        self.running -= 1
        fresh, images = len(batch.features), self._arrive(batch.features)
        self._tally.report.embedded += fresh
        self._tally.report.cached += images - fresh
        if self._fresh:
            self._touch()

    @property
    def writing(self) -> int:
        """Batches on their way to the store."""
        return self._writer.pending

    def refresh(self, job: Job, image_sha256: str, signature: str | None) -> None:
        """One point whose image is the one in the store."""
        self._touch()
        self._refreshes.append(_Refresh(job, image_sha256, signature))
        if len(self._refreshes) >= REFRESH:
            self._flush_refreshes()

    def patience(self) -> float:
        """Seconds until `flush` is due."""
        if self._since is None:
            return LINGER_S
        return max(0.0, self._since + LINGER_S - time.monotonic())

    def flush(self) -> None:
        """What is held goes on, full or not; pictures only if a thread of the model is idle."""
        self._since = None
        if self._fresh and self.running < self._forward.threads:
            self._embed()
        self._write()
        self._flush_refreshes()
        self._writer.rest()

    def hurry(self) -> None:
        """The run is about to end."""
        self._writer.hurry()

    def settle(self, row: RowWork) -> None:
        """Called after each image of a row.

        Once all of them are in the store, points of images that the row has no more are deleted;
        a row with a failure keeps what it had.
        """
        if not row.surplus or row.outcome in (None, "rejected"):
            self._tally.settle(row)
            return
        self._shrunk.append(row)
        if len(self._shrunk) >= REFRESH:
            self._delete_surplus()

    def finish(self) -> None:
        """After the last flush: until the writer has done everything."""
        self._writer.wait()
        self._delete_surplus()
        self._writer.wait()

    def _delete_surplus(self) -> None:
        rows, self._shrunk = self._shrunk, []
        if not rows:
            return
        ids = [point_id for row in rows for point_id in row.surplus]
        self._writer.delete(ids, lambda: self._count(rows))

    def _count(self, rows: Sequence[RowWork]) -> None:
        for row in rows:
            self._tally.settle(row)

    def _touch(self) -> None:
        self._since = self._since or time.monotonic()

    def _want(self, image: Prepared, pixels: np.ndarray) -> None:
        """The backbone sees each picture once, however many products show it."""
        self._touch()
        twins = self._waiting.setdefault(image.image_sha256, [])
        if not twins:
            self._fresh[image.image_sha256] = pixels
        twins.append(replace(image, pixels=None))
        self.waiting += 1
        if len(self._fresh) >= self._size:
            self._embed()

    def _embed(self) -> None:
        fresh, self._fresh = self._fresh, {}
        # a batch that was under way when these were looked up may have held the same picture
        known = self._cache.get(list(fresh))
        if todo := {sha256: pixels for sha256, pixels in fresh.items() if sha256 not in known}:
            self.running += 1
            self._forward.start(todo)
        self._tally.report.cached += self._arrive(known)

    def _arrive(self, features: Mapping[str, np.ndarray]) -> int:
        """Of how many images these are the features."""
        images = [(image, one) for key, one in features.items() for image in self._waiting.pop(key)]
        self.waiting -= len(images)
        for image, one in images:
            self._keep(image, one)
        return len(images)

    def _keep(self, image: Prepared, features: np.ndarray) -> None:
        self._touch()
        self._encodable.append((image, features))
        if len(self._encodable) >= self._size:
            self._write()

    def _write(self) -> None:
        if not self._encodable:
            return
        encodable, self._encodable = self._encodable, []
        # what overflows is told below, row by row, and needs no warning of numpy's
        with np.errstate(over="ignore", invalid="ignore"):
            encoded = self._embedder.head(np.stack([features for _, features in encodable]))
        points, entries, done = [], [], []
        now = _now()
        for index, (image, _) in enumerate(encodable):
            job = image.job
            if not self._has_direction(job, encoded.vectors[index]):
                continue
            category, confidence = self._embedder.predicted(encoded, index)
            stamp = self._stamp(image.image_sha256, now, category, confidence)
            payload = job.product.to_payload(stamp)
            points.append(Point(job.point_id, encoded.vectors[index], payload))
            entries.append(job.entry(image.image_sha256, image.signature, stamp))
            done.append((job, job.outcome(image.image_sha256)))
        self._writer.upsert(points, entries, lambda: self._finish(done))

    def _has_direction(self, job: Job, vector: np.ndarray) -> bool:
        """By the store's own rule: it would refuse the whole batch, in every run again."""
        try:
            # the query of a URL may be a key
            check_vector(vector, len(vector), name=job.ref.partition("?")[0])
        except BadVector as error:
            job.row.fail(Failure("bad_vector", str(error)))
            self.settle(job.row)
            return False
        return True

    def _stamp(
        self,
        image_sha256: str,
        now: str,
        category: str | None = None,
        confidence: float | None = None,
    ) -> Stamp:
        run_id = self._tally.report.run_id
        return Stamp(image_sha256, self._embedder.fingerprint, run_id, now, category, confidence)

    def _flush_refreshes(self) -> None:
        refreshes, self._refreshes = self._refreshes, []
        changed = [r.job.point_id for r in refreshes if r.outcome == "payload_only"]
        stored = self._writer.read(changed) if changed else {}
        lost = set(changed) - set(stored)
        self.lost += [r.job.forgotten() for r in refreshes if r.job.point_id in lost]
        payloads, entries, now = {}, [], _now()
        kept = [r for r in refreshes if r.job.point_id not in lost]
        for refresh in kept:
            job, stamp = refresh.job, self._stamp(refresh.image_sha256, now)
            entries.append(job.entry(refresh.image_sha256, refresh.signature, stamp))
            if (found := stored.get(job.point_id)) is not None:
                product = with_colours(job, refresh.image_sha256, self._thumbs).product
                payloads[job.point_id] = product.to_payload(_restamped(found.payload, stamp))
        if kept:
            done = [(r.job, r.outcome) for r in kept]
            self._writer.set_payload(payloads, entries, lambda: self._finish(done))

    def _finish(self, done: list[tuple[Job, Outcome]]) -> None:
        for job, outcome in done:
            job.row.finish(outcome)
            self.settle(job.row)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _restamped(payload: Mapping[str, Any], stamp: Stamp) -> Stamp:
    """The stored prediction stays: the model has not looked at the picture again."""
    stored = Stamp.from_payload(payload)
    return replace(stored, run_id=stamp.run_id, updated_at=stamp.updated_at)
