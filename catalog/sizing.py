"""What a catalog of any size needs: memory, disk, nodes, hours. Arithmetic, nothing is opened.

Each coefficient says where it comes from: measured here on 2026-11-29 (qdrant-edge-py 0.9.0, two
cores of an AMD EPYC; `python -m bench.size` measures again), or one of Qdrant's pages, which
docs/scale.md names in full. Bytes and seconds throughout; a GB is 10^9 bytes.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from catalog.graph import GRAPH_FROM, LINKS, QUANTIZE_FROM, expected_s

Engine = Literal["embedded", "server"]
Originals = Literal["cached", "cold"]
FLOAT = 4
# Bytes that each number of a vector takes in the copy in memory (Capacity planning, Quantization).
QUANTIZED: Mapping[str, float] = {
    "none": 0, "scalar": 1, "turbo4": 1 / 2, "turbo2": 1 / 4, "turbo1": 1 / 8, "binary": 1 / 8,
}  # fmt: skip

# One product in the engine's files, as ingest leaves them and as `optimize` does. Measured at
# 10,000 to 1,000,000 products with the contract's eleven payload indexes.
INDEXES = {False: 480, True: 440}
IDS = 29
# A payload of so many bytes of JSON (599 to 4,636, English texts) takes .72 of them and 120, ±7 %.
PAYLOAD_SHARE, PAYLOAD_MORE = 0.72, 120
# Links are packed: each takes log2(points) bits. 27 a product with LINKS at 100,000 and 1,000,000.
PACKED_LINKS = 27 / LINKS
# The log: a point as it was sent, until a file of 32 MB is full and written off. `optimize` copies
# three such files with all that is reserved in them.
LOG_MORE, LOG_KEPT, LOG_FILE = 235, 45_000_000, 32 * 2**20
# The vectors of an index without a graph lie in pieces of 32 MB, which memory holds whole.
PIECE = 32 * 2**20

# A process that searches: its own memory, which must be free …
OWN = {False: 1_425, True: 800}
OWN_FIXED = 4_500_000
# … and files that it maps: pages reserved for payload indexes, which an index without a graph fills
# one after the other, the engine's library, and payloads around the products found lately.
PAGES, PAGES_MORE, LIBRARY, PAYLOADS_READ = 80_000_000, 23_000_000, 12_000_000, 70_000_000

# A server: room for the system's cache and for rebuilding, and how full a node may be (Capacity
# planning); more than 100 million points make a node slow whatever its memory (the same).
HEADROOM, FULL, NODE_POINTS = 1.2, 0.8, 100_000_000
# With replicas, so that one node may be down (Horizontal scaling); shards a node, to grow into.
NODES_WITH_REPLICAS, SHARDS_A_NODE = 3, 2
# More was not measured with the embedded engine.
EMBEDDED_MOST = 1_000_000

# Beside the index, in SNAPSHELF_HOME: a thumbnail on a disk of 4 KB blocks (9,600 to 12,400 bytes
# in three catalogs), a ledger's row (540 to 790), the cached features (see `_features`).
THUMBNAIL, LEDGER = 12_400, 720
# Disks formatted as ext4 by default hold one file for each so many bytes (mke2fs.conf).
BYTES_A_FILE = 16_384

# Images a second of one worker of two cores with the bundled model, from disk (bench.ingest).
PACE = 159
# Points a second that are written: embedded (bench.engine); a server's node that also links them,
# 8 cores, 512 numbers (Large-scale search).
WRITES = {"embedded": 3_100, "server": 4_000}

# One search without a filter, p50 in ms, of one shard: scan and walk (bench.engine, 272 numbers).
SCAN_MS, SCAN_MS_A_NUMBER = 0.9, 2.84e-7
WALK_MS, WALK_MS_A_DECADE, WALK_FROM, WALK_DIM = 2.4, 4.1, 100_000, 272


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
    """A key of QUANTIZED; None: what `optimize` sets for this size."""
    originals: Originals | None = None
    """The tier of whole vectors on a server; None: cold beside a copy in memory, else cached."""
    linked: bool | None = None
    """Whether the embedded engine has a graph; None: where `optimize` builds one."""
    links: int = LINKS
    replicas: int = 1
    workers: int = 1
    images_per_second: float = PACE
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
    return round(PAYLOAD_SHARE * payload + PAYLOAD_MORE)


def graph(points: int, links: int = LINKS) -> int:
    return round(points * PACKED_LINKS * links * math.log2(points + 2) / 8)


def _engine(plan: Plan) -> Engine:
    alone = plan.replicas == plan.workers == 1 and plan.quantization in (None, "none")
    return "embedded" if alone and plan.images <= EMBEDDED_MOST else "server"


def _embedded(plan: Plan) -> Need:
    count = plan.images
    linked = count >= GRAPH_FROM if plan.linked is None else plan.linked
    vectors, payloads = count * plan.dim * FLOAT, count * stored(plan.payload)
    log = 3 * LOG_FILE if linked else _log(plan)
    links = {"graph": graph(count, plan.links)} if linked else {}
    disk = {
        "vectors": vectors,
        "payloads": payloads,
        "payload indexes": count * INDEXES[linked],
        **links,
        "ids": count * IDS,
        "log": log,
    }
    own = {"indexes and ids": OWN_FIXED + count * OWN[linked]}
    cached = {
        "vectors": vectors if linked else math.ceil(vectors / PIECE) * PIECE,
        **links,
        "payloads": min(payloads, PAYLOADS_READ),
        "payload indexes": PAGES if linked else max(PAGES, PAGES_MORE + count * INDEXES[False]),
        "log": _log(plan),
        "the engine itself": LIBRARY,
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
        measured=count <= EMBEDDED_MOST,
        home=_home(plan),
        **_ingest(plan, WRITES["embedded"]),
    )


def _server(plan: Plan) -> Need:
    quantization = plan.quantization or _advised(plan)
    originals = plan.originals or ("cached" if quantization == "none" else "cold")
    base = plan.images * plan.replicas
    vectors = base * plan.dim * FLOAT
    copies = {"quantized vectors": round(base * plan.dim * QUANTIZED[quantization])}
    copies = copies if copies["quantized vectors"] else {}
    links = graph(base, plan.links)
    own = {**copies, "indexes and ids": base * OWN[True]}
    cached = {"vectors": vectors} if originals == "cached" else {}
    cached["graph"] = links
    disk = {
        "vectors": vectors,
        **copies,
        "payloads": base * stored(plan.payload),
        "payload indexes": base * INDEXES[True],
        "graph": links,
        "ids": base * IDS,
    }
    memory_bytes = round(HEADROOM * (sum(own.values()) + sum(cached.values())))
    disk_bytes = round(HEADROOM * sum(disk.values()))
    nodes = _nodes(plan, base, memory_bytes, disk_bytes)
    shards = nodes * SHARDS_A_NODE if nodes > 1 else 1
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
        **_ingest(plan, WRITES["server"] * nodes / plan.replicas),
    )


def _advised(plan: Plan) -> str:
    """As `ServerStore.optimize` sets it."""
    return "scalar" if plan.images * plan.dim * FLOAT >= QUANTIZE_FROM else "none"


def _nodes(plan: Plan, base: int, memory_bytes: int, disk_bytes: int) -> int:
    least = NODES_WITH_REPLICAS if plan.replicas > 1 else 1
    by_disk = math.ceil(disk_bytes / (FULL * plan.node_disk)) if plan.node_disk else 1
    by_memory = math.ceil(memory_bytes / (FULL * plan.node_memory))
    return max(least, plan.replicas, by_memory, by_disk, math.ceil(base / NODE_POINTS))


def _log(plan: Plan) -> int:
    """Bytes written to the log of an index that grew by ingest."""
    return min(plan.images * (plan.dim * FLOAT + plan.payload + LOG_MORE), LOG_KEPT)


def _home(plan: Plan) -> dict[str, int]:
    features = plan.features or plan.dim
    each = {"thumbnails": THUMBNAIL, "ledger": LEDGER, "features": _features(features)}
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
    return SCAN_MS + SCAN_MS_A_NUMBER * points * dim


def _walk_ms(points: float, dim: int) -> float:
    decades = math.log10(max(points, WALK_FROM) / WALK_FROM)
    return (WALK_MS + WALK_MS_A_DECADE * decades) * dim / WALK_DIM
