"""Ledger against collection: what the one knows and the other does not."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

from catalog.product import Product, Stamp
from catalog.store import Store, Stored
from ingest.ledger import PAGE, Entry, Ledger
from ingest.work import payload_hash

# What may be wrong with a point; one that is wrong in several ways is counted under the first.
Finding = Literal["missing", "unknown", "model", "image", "payload"]
FINDINGS: Mapping[Finding, str] = {
    "missing": "the ledger knows it, the collection does not have it",
    "unknown": "it is in the collection, and the ledger does not know it",
    "model": "another model made its vector than the ledger says",
    "image": "it shows another image than the ledger says",
    "payload": "its payload says something else than the catalog said",
}
EXAMPLES = 5
# A signature that no file has: the image is looked at again.
_UNSEEN = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point that is not as it should be."""

    point_id: str
    source: str
    product_id: str
    line: int | None = None


@dataclass
class Verification:
    """What was found in one pass over both."""

    points: int = 0
    """In the collection, of the sources that were looked at."""
    known: int = 0
    """In the ledgers."""
    findings: Counter[Finding] = field(default_factory=Counter)
    examples: dict[Finding, list[Point]] = field(default_factory=dict)
    """The first few of each kind."""
    mended: bool = False
    """The ledgers now say what the collection holds: the next ingest does the rest."""
    unread: list[str] = field(default_factory=list)
    """Ledgers that could not be read, each with what to do; what they know is `unknown`."""

    @property
    def clean(self) -> bool:
        return not (self.findings or self.unread)

    def add(self, finding: Finding, point: Point) -> None:
        self.findings[finding] += 1
        examples = self.examples.setdefault(finding, [])
        if len(examples) < EXAMPLES:
            examples.append(point)

    def to_json(self) -> dict[str, Any]:
        return {
            "points": self.points,
            "known": self.known,
            "findings": {finding: self.findings[finding] for finding in FINDINGS},
            "examples": {
                finding: [asdict(point) for point in points]
                for finding, points in self.examples.items()
            },
            "mended": self.mended,
            "unread": self.unread,
        }


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    source: str
    entry: Entry
    ledger: Ledger


def verify(
    store: Store,
    ledgers: Mapping[str, Sequence[Ledger]],
    *,
    others: bool = False,
    mend: bool = False,
) -> Verification:
    """Every point of some sources, by name; with `others` also those of sources without ledger.

    Both are read in the order of the ids, so memory does not depend on their number. `mend`
    takes the collection's word: the ledgers forget what is missing and learn what is there, so
    that the next ingest writes whatever differs from the catalog. Nothing in the collection is
    changed. A source that was ingested in partitions has several ledgers; which of them should
    know a point that none knows stays open, so such a point is told and not mended. Raises
    NoIndex, StoreUnavailable.
    """
    found = Verification(mended=mend)
    every = [(source, ledger) for source, some in ledgers.items() for ledger in some]
    menders = {id(ledger): _Mender(ledger) for _, ledger in every} if mend else {}
    sides: list[Iterable[Any]] = [_known(source, ledger) for source, ledger in every]
    sides.append(s for s in store.scroll() if others or s.payload.get("source") in ledgers)
    by_id = attrgetter("id")
    for _, pair in groupby(heapq.merge(*sides, key=by_id), by_id):
        first, *_, last = [*pair] * 2  # the ledger's side comes first
        known = first if isinstance(first, _Known) else None
        stored = last if isinstance(last, Stored) else None
        found.known += known is not None
        found.points += stored is not None
        if (finding := _judge(known, stored)) is not None:
            point = _point(first)
            found.add(finding, point)
            candidates = [known.ledger] if known else ledgers.get(point.source, ())
            if mend and len(candidates) == 1:
                menders[id(candidates[0])].add(point.point_id, stored)
    for mender in menders.values():
        mender.flush()
    return found


def _known(source: str, ledger: Ledger) -> Iterator[_Known]:
    return (_Known(entry.point_id, source, entry, ledger) for entry in ledger)


def _judge(known: _Known | None, stored: Stored | None) -> Finding | None:
    if stored is None:
        return "missing"
    if known is None:
        return "unknown"
    entry, payload = known.entry, stored.payload
    if payload.get("model") != entry.model:
        return "model"
    if payload.get("image_sha256") != entry.image_sha256:
        return "image"
    return None if _agrees(payload, entry) else "payload"


def _point(one: _Known | Stored) -> Point:
    if isinstance(one, _Known):
        return Point(one.id, one.source, one.entry.product_id, one.entry.line)
    payload = one.payload
    return Point(one.id, str(payload.get("source", "")), str(payload.get("product_id", "")))


def _agrees(payload: Mapping[str, Any], entry: Entry) -> bool:
    try:
        product = Product.from_payload(payload)
    except (KeyError, TypeError, ValueError):
        # not of our making any more
        return False
    if payload_hash(product) == entry.payload_hash:
        return True
    # a row that names no colours may have been given those of its picture
    return payload_hash(replace(product, colors=())) == entry.payload_hash


class _Mender:
    """Writes into one ledger what the collection holds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._points: dict[str, Stored | None] = {}

    def add(self, point_id: str, stored: Stored | None) -> None:
        self._points[point_id] = stored
        if len(self._points) >= PAGE:
            self.flush()

    def flush(self) -> None:
        points, self._points = self._points, {}
        entries = [entry for stored in points.values() if stored and (entry := _entry(stored))]
        self._ledger.remove(list(points))
        self._ledger.put(entries)


def _entry(stored: Stored) -> Entry | None:
    """What the ledger would know, had it been told; None for a payload that is not ours."""
    try:
        product, stamp = Product.from_payload(stored.payload), Stamp.from_payload(stored.payload)
    except (KeyError, TypeError, ValueError):
        return None
    if stored.id != product.point_id:
        return None
    return Entry(
        point_id=stored.id,
        product_id=product.product_id,
        image_ref=product.image_url or "",
        signature=_UNSEEN,
        image_sha256=stamp.image_sha256,
        payload_hash=payload_hash(product),
        model=stamp.model,
        line=0,
        run_id=stamp.run_id,
        updated_at=stamp.updated_at,
    )
