"""Prepared images through the model and on to the writer, in batches."""

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
from ingest.prepare import Prepared
from ingest.report import Outcome
from ingest.tally import Tally
from ingest.work import Failure, Job, RowWork
from ingest.writer import Writer
from vision.cache import FeatureCache

if TYPE_CHECKING:
    from vision.embedder import Embedder
    from vision.head import Encoded

# Payloads rewritten at a time: each costs one read of the store and one write. Also the rows
# whose surplus points are deleted at a time.
REFRESH = 256


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
    """What the model thread holds at a time. For one thread."""

    def __init__(
        self,
        embedder: "Embedder",
        cache: FeatureCache,
        writer: Writer,
        tally: Tally,
        size: int,
        thumbs: Thumbs,
    ) -> None:
        self._embedder = embedder
        self._cache = cache
        self._writer = writer
        self._tally = tally
        self._size = size
        self._thumbs = thumbs
        self._images: list[Prepared] = []
        self._refreshes: list[_Refresh] = []
        self._shrunk: list[RowWork] = []
        self.lost: list[Job] = []
        """Points that the ledger knows and the store does not: to be done from the start."""

    def add(self, image: Prepared) -> None:
        """One image that was read."""
        if image.features is None and image.pixels is None:
            self.refresh(image.job, image.image_sha256, image.signature)
            return
        self._images.append(image)
        if len(self._images) >= self._size:
            self._flush_images()

    def refresh(self, job: Job, image_sha256: str, signature: str | None) -> None:
        """One point whose image is the one in the store."""
        self._refreshes.append(_Refresh(job, image_sha256, signature))
        if len(self._refreshes) >= REFRESH:
            self._flush_refreshes()

    def flush(self) -> None:
        """Everything that is held goes to the writer, or to `lost`."""
        self._flush_images()
        self._flush_refreshes()

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

    def _flush_images(self) -> None:
        if not self._images:
            return
        images, self._images = self._images, []
        features = self._features(images)
        # what overflows is told below, row by row, and needs no warning of numpy's
        with np.errstate(over="ignore", invalid="ignore"):
            encoded = self._embedder.head(np.stack([features[i.image_sha256] for i in images]))
        points, entries, done = [], [], []
        for index, image in enumerate(images):
            job = image.job
            if not self._has_direction(job, encoded.vectors[index]):
                continue
            stamp = self._stamp(image.image_sha256, encoded, index)
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

    def _features(self, images: list[Prepared]) -> dict[str, np.ndarray]:
        """By image sha256. The backbone sees each picture once, however many products show it."""
        known = {i.image_sha256: i.features for i in images if i.features is not None}
        fresh = {i.image_sha256: i.pixels for i in images if i.pixels is not None}
        # a batch that was under way when these were looked up may have held the same picture
        known |= self._cache.get([sha256 for sha256 in fresh if sha256 not in known])
        todo = {sha256: pixels for sha256, pixels in fresh.items() if sha256 not in known}
        if todo:
            with self._tally.report.stages.busy("embed"):
                features = self._embedder.features(np.stack(list(todo.values())))
            embedded = dict(zip(todo, features, strict=True))
            # a broken one may be the fault of the moment: the next run shall try again
            self._cache.put({key: one for key, one in embedded.items() if np.isfinite(one).all()})
            known |= embedded
        self._tally.report.embedded += len(todo)
        self._tally.report.cached += len(images) - len(todo)
        return known

    def _stamp(self, image_sha256: str, encoded: "Encoded", index: int) -> Stamp:
        category, confidence = self._embedder.predicted(encoded, index)
        return replace(
            self._plain_stamp(image_sha256),
            predicted_category=category,
            predicted_confidence=confidence,
        )

    def _plain_stamp(self, image_sha256: str) -> Stamp:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        run_id = self._tally.report.run_id
        return Stamp(image_sha256, self._embedder.fingerprint, run_id, now)

    def _flush_refreshes(self) -> None:
        refreshes, self._refreshes = self._refreshes, []
        changed = [r.job.point_id for r in refreshes if r.outcome == "payload_only"]
        stored = self._writer.read(changed) if changed else {}
        lost = set(changed) - set(stored)
        self.lost += [r.job.forgotten() for r in refreshes if r.job.point_id in lost]
        payloads, entries = {}, []
        kept = [r for r in refreshes if r.job.point_id not in lost]
        for refresh in kept:
            job, stamp = refresh.job, self._plain_stamp(refresh.image_sha256)
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


def _restamped(payload: Mapping[str, Any], stamp: Stamp) -> Stamp:
    """The stored prediction stays: the model has not looked at the picture again."""
    stored = Stamp.from_payload(payload)
    return replace(stored, run_id=stamp.run_id, updated_at=stamp.updated_at)
