"""What `catalog/sizing.py` computes with: sizes in bytes, times in ms, and where each is from.

Measured here on 2026-11-29 (qdrant-edge-py 0.9.0, two cores of an AMD EPYC; `python -m bench.size`
measures again), or one of Qdrant's pages, which docs/scale.md names in full.
"""

from collections.abc import Mapping

from catalog.graph import LINKS

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

# `serve` without an index, the bundled model in OpenVINO (bench.start, 2026-11-28).
SERVE = 450_000_000

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
