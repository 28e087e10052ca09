"""A row and its images on their way through the pipeline."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from catalog.product import Product, Stamp
from ingest.errors import FetchError
from ingest.fetch import Fetcher
from ingest.ledger import Entry, Glance, Ledger
from ingest.records import Record, Unread
from ingest.report import Outcome

# What an image needs: everything, a new payload or ledger entry, or nothing.
Need = Literal["image", "payload", "nothing"]
# A row with several images has the outcome of the one that changed most.
_RANK: dict[Outcome, int] = {"unchanged": 0, "payload_only": 1, "updated": 2, "new": 3}
# Stands for what a run adds, so that a payload's hash is one of the catalog's own facts.
_NO_STAMP = Stamp(image_sha256="", model="", run_id="", updated_at="")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an image was not indexed."""

    reason: str
    message: str
    attempts: int = 1


class RowWork:
    """One row: has its outcome once all of its images have theirs.

    `surplus` are the ids of points that an earlier run wrote for images which the row does not
    have any more.
    """

    def __init__(self, record: Record, surplus: Sequence[str] = ()) -> None:
        self.record = record
        self.surplus = tuple(surplus)
        self.failure: Failure | None = None
        self._left = len(record.images)
        self._outcome: Outcome = "updated" if surplus else "unchanged"

    @property
    def outcome(self) -> Outcome | None:
        """None while an image is still under way."""
        if self._left:
            return None
        return "rejected" if self.failure is not None else self._outcome

    def finish(self, outcome: Outcome) -> None:
        """One image is in the store."""
        self._left -= 1
        self._outcome = max(self._outcome, outcome, key=_RANK.__getitem__)

    def fail(self, failure: Failure) -> None:
        """One image is not; of several failures the first is told."""
        self._left -= 1
        self.failure = self.failure or failure


@dataclass(frozen=True, slots=True)
class Job:
    """One image of one row, with what the ledger knows of it."""

    row: RowWork
    product: Product
    point_id: str
    ref: str
    payload_hash: str
    known: Entry | None

    def forgotten(self) -> "Job":
        """The same, to be done from the start: the store does not have it."""
        return replace(self, known=None)

    def entry(self, image_sha256: str, signature: str | None, stamp: Stamp) -> Entry:
        """What the ledger will know once the store has acknowledged."""
        return Entry(
            point_id=self.point_id,
            product_id=self.product.product_id,
            image_ref=self.ref,
            signature=signature,
            image_sha256=image_sha256,
            payload_hash=self.payload_hash,
            model=stamp.model,
            line=self.row.record.line,
            run_id=stamp.run_id,
            updated_at=stamp.updated_at,
            row_digest=self.row.record.digest,
        )

    def outcome(self, image_sha256: str) -> Outcome:
        """Of a job whose image has these bytes now."""
        if self.known is None:
            return "new"
        if self.known.image_sha256 != image_sha256:
            return "updated"
        return "unchanged" if self.known.payload_hash == self.payload_hash else "payload_only"


def jobs_of(record: Record, ledger: Ledger, model: str) -> Iterator[Job]:
    """One job per image, in slot order. What another model wrote does not count as known."""
    products = [
        replace(record.product, image_slot=slot, image_url=ref)
        for slot, ref in enumerate(record.images)
    ]
    ids = [product.point_id for product in products]
    entries = ledger.of_product(record.product.product_id)
    known = {point_id: entry for point_id, entry in entries.items() if entry.model == model}
    row = RowWork(record, sorted(entries.keys() - set(ids)))
    for product, point_id, ref in zip(products, ids, record.images, strict=True):
        yield Job(row, product, point_id, ref, payload_hash(product), known.get(point_id))


def need_of(job: Job, fetcher: Fetcher) -> Need:
    """Judged without reading the image: by its reference and a local file's signature."""
    known = job.known
    if known is None or known.image_ref != job.ref:
        return "image"
    try:
        if fetcher.stat(job.ref) != known.signature:
            return "image"
    except FetchError:
        # fetching it will fail in the same way, and tell
        return "image"
    told = (known.payload_hash, known.row_digest) == (job.payload_hash, job.row.record.digest)
    return "nothing" if told else "payload"


def is_unchanged(row: Unread, known: Sequence[Glance], fetcher: Fetcher) -> bool:
    """Is every image of a row in the store, made from the same facts and the same file?"""
    if len(known) != len(row.images):
        return False
    try:
        return all(
            point.row_digest == row.digest and point.signature == fetcher.stat(point.image_ref)
            for point in known
        )
    except FetchError:
        return False


def payload_hash(product: Product) -> str:
    """Of the catalog's own facts: the same from the row and from a payload that was written."""
    payload = product.to_payload(_NO_STAMP)
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
