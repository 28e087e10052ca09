"""What a catalog of any size needs: memory, disk, nodes, hours. Arithmetic, nothing is opened.

Bytes and seconds throughout; a GB is 10^9 bytes.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from catalog import coefficients as known
from catalog.graph import GRAPH_FROM, LINKS, QUANTIZE_FROM, expected_s

Engine = Literal["embedded", "server"]
Originals = Literal["cached", "cold"]


@dataclass(frozen=True)
class Plan:
    """What is asked. `dim` numbers a vector, `payload` bytes of JSON a product."""

    images: int
    dim: int = 272
    payload: int = 830
    features: int | None = None
    """Numbers that the backbone gives; None: as many as a vector has."""
    engine: Engine | None = None
    quantization: str | None = None
    """A key of `coefficients.QUANTIZED`; None: what `optimize` sets for this size."""
    originals: Originals | None = None
    """The tier of whole vectors on a server; None: cold beside a copy in memory, else cached."""
    linked: bool | None = None
    """Whether the embedded engine has a graph; None: where `optimize` builds one."""
    links: int = LINKS
    replicas: int = 1
    workers: int = 1
    images_per_second: float = known.PACE
    node_memory: int = 64_000_000_000
    node_disk: int | None = None


@dataclass(frozen=True)
class Need:
    """The answer. Parts are of all replicas; whole sums include what must stay free."""

    engine: Engine
    quantization: str
    originals: Originals
    linked: bool
    own_memory: Mapping[str, int] = field(default_factory=dict)
    """Must be there, or processes are killed."""
    cached: Mapping[str, int] = field(default_factory=dict)
    """Files that searches read: slow where they do not fit."""
    disk: Mapping[str, int] = field(default_factory=dict)
    memory_bytes: int = 0
    disk_bytes: int = 0
    nodes: int = 1
    shards: int = 1
    home: Mapping[str, int] = field(default_factory=dict)
    """Beside the index: thumbnails, ledger, features."""
    ingest_hours: float = 0
    written_at_most: bool = False
    """The workers could do more than the engine can write."""
    link_hours: float = 0
    """Processor hours of one `optimize` of the embedded engine."""
    optimize_disk: int = 0
    """Free disk that it wants while it runs."""
    scan_ms: float = 0
    walk_ms: float | None = None
    measured: bool = True
    """Whether something of this size was measured; else carried on from what was."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def need(plan: Plan) -> Need:
    engine = plan.engine or _engine(plan)
    return _embedded(plan) if engine == "embedded" else _server(plan)


def json_bytes(payload: Mapping[str, Any]) -> int:
    """A payload's length as a Plan counts it."""
    return len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())


def stored(payload: int) -> int:
    """What the engine keeps of a payload of so many bytes of JSON."""
    return round(known.PAYLOAD_SHARE * payload + known.PAYLOAD_MORE)


def graph(points: int, links: int = LINKS) -> int:
    return round(points * known.PACKED_LINKS * links * math.log2(points + 2) / 8)


def _engine(plan: Plan) -> Engine:
    alone = plan.replicas == plan.workers == 1 and plan.quantization in (None, "none")
    return "embedded" if alone and plan.images <= known.EMBEDDED_MOST else "server"


def _embedded(plan: Plan) -> Need:
    count = plan.images
    linked = count >= GRAPH_FROM if plan.linked is None else plan.linked
    vectors, payloads = count * plan.dim * known.FLOAT, count * stored(plan.payload)
    log = 3 * known.LOG_FILE if linked else _log(plan)
    links = {"graph": graph(count, plan.links)} if linked else {}
    grown = known.PAGES_MORE + count * known.INDEXES[False]
    disk = {
        "vectors": vectors,
        "payloads": payloads,
        "payload indexes": count * known.INDEXES[linked],
        **links,
        "ids": count * known.IDS,
        "log": log,
    }
    own = {"indexes and ids": known.OWN_FIXED + count * known.OWN[linked]}
    cached = {
        "vectors": vectors if linked else math.ceil(vectors / known.PIECE) * known.PIECE,
        **links,
        "payloads": min(payloads, known.PAYLOADS_READ),
        "payload indexes": max(known.PAGES, 0 if linked else grown),
        "log": _log(plan),
        "the engine itself": known.LIBRARY,
    }
    whole = sum(disk.values())
    return Need(
        engine="embedded",
        quantization="none",
        originals="cached",
        linked=linked,
        own_memory=own,
        cached=cached,
        disk=disk,
        memory_bytes=sum(own.values()) + sum(cached.values()),
        disk_bytes=whole,
        link_hours=expected_s(count, plan.dim) / 3600 if linked else 0,
        optimize_disk=2 * whole if linked else 0,
        scan_ms=_scan_ms(count, plan.dim),
        walk_ms=_walk_ms(count, plan.dim) if linked else None,
        measured=count <= known.EMBEDDED_MOST,
        home=_home(plan),
        **_ingest(plan, known.WRITES["embedded"]),
    )


def _server(plan: Plan) -> Need:
    quantization = plan.quantization or _advised(plan)
    originals = plan.originals or ("cached" if quantization == "none" else "cold")
    base = plan.images * plan.replicas
    vectors = base * plan.dim * known.FLOAT
    copies = {"quantized vectors": round(base * plan.dim * known.QUANTIZED[quantization])}
    copies = copies if copies["quantized vectors"] else {}
    links = graph(base, plan.links)
    own = {**copies, "indexes and ids": base * known.OWN[True]}
    cached = {"vectors": vectors} if originals == "cached" else {}
    cached["graph"] = links
    disk = {
        "vectors": vectors,
        **copies,
        "payloads": base * stored(plan.payload),
        "payload indexes": base * known.INDEXES[True],
        "graph": links,
        "ids": base * known.IDS,
    }
    memory_bytes = round(known.HEADROOM * (sum(own.values()) + sum(cached.values())))
    disk_bytes = round(known.HEADROOM * sum(disk.values()))
    nodes = _nodes(plan, base, memory_bytes, disk_bytes)
    shards = nodes * known.SHARDS_A_NODE if nodes > 1 else 1
    return Need(
        engine="server",
        quantization=quantization,
        originals=originals,
        linked=True,
        own_memory=own,
        cached=cached,
        disk=disk,
        memory_bytes=memory_bytes,
        disk_bytes=disk_bytes,
        nodes=nodes,
        shards=shards,
        scan_ms=_scan_ms(plan.images / shards, plan.dim),
        walk_ms=_walk_ms(plan.images / shards, plan.dim),
        measured=False,
        home=_home(plan),
        **_ingest(plan, known.WRITES["server"] * nodes / plan.replicas),
    )


def _advised(plan: Plan) -> str:
    """As `ServerStore.optimize` sets it."""
    return "scalar" if plan.images * plan.dim * known.FLOAT >= QUANTIZE_FROM else "none"


def _nodes(plan: Plan, base: int, memory_bytes: int, disk_bytes: int) -> int:
    least = known.NODES_WITH_REPLICAS if plan.replicas > 1 else 1
    by_disk = math.ceil(disk_bytes / (known.FULL * plan.node_disk)) if plan.node_disk else 1
    by_memory = math.ceil(memory_bytes / (known.FULL * plan.node_memory))
    return max(least, plan.replicas, by_memory, by_disk, math.ceil(base / known.NODE_POINTS))


def _log(plan: Plan) -> int:
    """Bytes written to the log of an index that grew by ingest."""
    return min(
        plan.images * (plan.dim * known.FLOAT + plan.payload + known.LOG_MORE), known.LOG_KEPT
    )


def _home(plan: Plan) -> dict[str, int]:
    features = plan.features or plan.dim
    each = {"thumbnails": known.THUMBNAIL, "ledger": known.LEDGER, "features": _features(features)}
    return {name: plan.images * size for name, size in each.items()}


def _features(count: int) -> int:
    """A row of the feature cache: two bytes a number, its key of 64 letters, and SQLite's own.

    A row beyond 1,002 bytes goes to pages of 4,096 of its own, all but its first 489 bytes.
    """
    row = 2 * count + 69
    return round(1.32 * row) if row <= 1_002 else 680 + 4_096 * math.ceil((row - 489) / 4_092)


def _ingest(plan: Plan, writes: float) -> dict[str, Any]:
    embedded = plan.workers * plan.images_per_second
    hours = plan.images / min(embedded, writes) / 3600
    return {"ingest_hours": hours, "written_at_most": writes < embedded}


def _scan_ms(points: float, dim: int) -> float:
    return known.SCAN_MS + known.SCAN_MS_A_NUMBER * points * dim


def _walk_ms(points: float, dim: int) -> float:
    decades = math.log10(max(points, known.WALK_FROM) / known.WALK_FROM)
    return (known.WALK_MS + known.WALK_MS_A_DECADE * decades) * dim / known.WALK_DIM
