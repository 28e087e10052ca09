"""A live collection held against the contract: what another service would stumble over."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np

from catalog import guard
from catalog.contract import INDEXES, SCHEMA, CollectionInfo, collection_name, payload_schema
from catalog.errors import IndexMismatch
from catalog.facts import Facts
from catalog.product import Product
from catalog.store import BATCH, HNSW_BREADTH, OVERSAMPLING, Store, Stored

SAMPLE = 256
# a stored vector's norm may differ so much from 1: float32 rounds far less
_NORM = 1e-3
_AGAIN = "ingest its products again (snapshelf ingest SOURCE)"
# strict mode's limits, and what Snapshelf's own requests need of them
_AT_LEAST = {
    "max_query_limit": BATCH,
    "search_max_hnsw_ef": HNSW_BREADTH,
    "search_max_oversampling": OVERSAMPLING,
    "upsert_max_batchsize": BATCH,
}
_ALLOWED = {
    "search_allow_exact": "the lab's exact scans are refused",
    "unindexed_filtering_retrieve": "filters by attributes are refused, which have no index",
}


@dataclass(frozen=True)
class Finding:
    """One way in which the collection breaks the contract."""

    check: str
    """Which part: alias, metadata, vectors, indexes, strict mode, points."""
    what: str
    mend: str
    points: tuple[str, ...] = ()
    """Ids of all points of the sample that show it."""


@dataclass(frozen=True)
class Probe:
    """What was looked at, and what was found."""

    facts: Facts
    sampled: int
    """Points."""
    unproven: Mapping[str, str]
    """Checks that could not be made, and why."""
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "alias": self.facts.alias,
            "collection": self.facts.collection,
            "model": self.facts.metadata.get("fingerprint"),
            "schema": self.facts.metadata.get("schema"),
            "sampled": self.sampled,
            "unproven": dict(self.unproven),
            "findings": [
                {"check": f.check, "what": f.what, "mend": f.mend, "points": list(f.points)}
                for f in self.findings
            ],
        }


def probe(store: Store, sample: int = SAMPLE) -> Probe:
    """Look at the collection, and at up to `sample` of its points; changes nothing.

    The points are the first in the order of their ids, which are hashes: a fair sample. Raises
    NoIndex, and what a read of the store raises.
    """
    facts = store.inspect()
    unproven = {}
    findings = [*_alias(facts)]
    if facts.indexes is None:
        unproven["indexes"] = "this engine has none"
    else:
        findings += _indexes(facts.indexes)
    if facts.limits is None:
        unproven["strict mode"] = "this engine has none"
    else:
        findings += _strict(facts.limits)
    points: list[Stored] = []
    try:
        info = guard.check_facts(facts, facts.alias)
    except IndexMismatch as error:
        findings.append(Finding("metadata", str(error), error.mend))
        unproven["points"] = "without the collection's metadata nothing says what they should be"
    else:
        findings += _version(info)
        if facts.collection == collection_name(info.fingerprint, facts.alias):
            points = _sample(store, sample)
            findings += _points(points, info)
        if not points:
            unproven["points"] = "none were found behind the alias"
    return Probe(facts, len(points), unproven, tuple(findings))


def _sample(store: Store, count: int) -> list[Stored]:
    """With vectors, which a scroll does not bring."""
    ids = [point.id for point in islice(store.scroll(batch=min(count, BATCH)), count)]
    return [*store.get(ids, with_vectors=True).values()]


def _alias(facts: Facts) -> Iterator[Finding]:
    if facts.collection == facts.alias:
        yield Finding(
            "alias",
            f"{facts.alias!r} is a collection, not an alias: a change of the model cannot replace "
            "it in one step",
            "ingest under another name (--collection NAME), and let readers use that",
        )
        return
    fingerprint = str(facts.metadata.get("fingerprint", ""))
    if fingerprint and facts.collection != collection_name(fingerprint, facts.alias):
        yield Finding(
            "alias",
            f"{facts.alias!r} means {facts.collection!r}, which is named after another model than "
            f"its metadata tell ({fingerprint[:12]})",
            f"let the alias mean {collection_name(fingerprint, facts.alias)!r}, or ingest again",
        )


def _version(info: CollectionInfo) -> Iterator[Finding]:
    if info.schema != SCHEMA:
        yield Finding(
            "metadata",
            f"the contract's version is {info.schema}, this edition knows {SCHEMA}",
            "use the edition of snapshelf that wrote it, or ingest again with this one",
        )


def _indexes(found: Mapping[str, str]) -> Iterator[Finding]:
    for key, kind in INDEXES.items():
        if found.get(key) != kind:
            yield Finding(
                "indexes",
                f"{key} should have an index of kind {kind}, and has {found.get(key, 'none')}",
                "on a server the next `snapshelf ingest` makes one that lacks; another kind has to "
                "be deleted first; the embedded engine wants a new folder",
            )


def _strict(limits: Mapping[str, Any]) -> Iterator[Finding]:
    for name, least in _AT_LEAST.items():
        limit = limits.get(name)
        if limit is not None and limit < least:
            yield Finding(
                "strict mode",
                f"{name} is {limit}, which refuses Snapshelf's own requests",
                f"allow {least} at least, in the collection's strict_mode_config",
            )
    for name, harm in _ALLOWED.items():
        if limits.get(name) is False:
            yield Finding(
                "strict mode",
                f"{name} is off: {harm}",
                "allow it in the collection's strict_mode_config, or do without",
            )


def _points(points: Sequence[Stored], info: CollectionInfo) -> Iterator[Finding]:
    """One finding for each kind of fault, with the points that have it."""
    validator = jsonschema.Draft202012Validator(payload_schema())
    faulty: defaultdict[str, list[str]] = defaultdict(list)
    for point in points:
        for fault in _faults(point, info, validator):
            faulty[fault].append(point.id)
    for fault, ids in faulty.items():
        yield Finding("points", fault, _AGAIN, tuple(ids))


def _faults(point: Stored, info: CollectionInfo, validator: Any) -> Iterator[str]:
    errors = list(validator.iter_errors(point.payload))
    yield from {_broken(error) for error in errors}
    if not errors and _id(point) != point.id:
        yield "the id is not that of source, product_id and image_slot"
    if point.payload.get("model") not in (None, info.fingerprint):
        yield f"the vector is of another model than the collection's ({info.fingerprint[:12]})"
    if point.vector is None or point.vector.shape != (info.dim,):
        yield f"there is no vector of {info.dim} numbers"
    elif not math.isclose(float(np.linalg.norm(point.vector)), 1.0, abs_tol=_NORM):
        yield "the vector's norm is not 1"


def _id(point: Stored) -> str | None:
    """The id that the product would have, if it is one."""
    try:
        return Product.from_payload(point.payload).point_id
    except ValueError:
        return None


def _broken(error: jsonschema.ValidationError) -> str:
    """Without the value, so that many points show one fault."""
    if error.validator == "required":
        return f"the payload breaks the schema: {error.message}"
    path = ".".join(map(str, error.path))
    return f"the payload breaks the schema: {path} ({error.validator} {error.validator_value})"
