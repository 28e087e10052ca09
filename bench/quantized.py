"""What quantization costs and saves: recall@10, milliseconds and memory, embedded engine.

    python -m bench.quantized [--features SNAPSHELF_HOME/features/….sqlite] [--size 100000]

Snapshelf's own embedded index has whole vectors; here the same engine holds them quantized, as a
Qdrant server would. Vectors are drawn in clumps, or vary the real ones of a feature cache: each is
one of them, moved along differences of others, so that they spread as real ones do.
"""

import argparse
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import qdrant_edge as engine

from bench.engine import resident
from bench.shelf import CHUNK, K, Shelf, Vectors, disturbed, unit
from catalog.contract import VECTOR_NAME
from catalog.graph import BREADTH, LINKS

PINNED = engine.Memory.Pinned
KINDS = {
    "none": None,
    "scalar": engine.ScalarQuantizationConfig(engine.ScalarType.Int8, memory=PINNED),
    "turbo4": engine.TurboQuantQuantizationConfig(
        bits=engine.TurboQuantBitSize.Bits4, memory=PINNED
    ),
    "turbo2": engine.TurboQuantQuantizationConfig(
        bits=engine.TurboQuantBitSize.Bits2, memory=PINNED
    ),
    "binary": engine.BinaryQuantizationConfig(memory=PINNED),
}
# How candidates are judged again by their whole vectors, and how many of them.
AGAIN = {
    "not again": engine.QuantizationSearchParams(rescore=False),
    "again": engine.QuantizationSearchParams(rescore=True),
    "twice as many, again": engine.QuantizationSearchParams(rescore=True, oversampling=2.0),
    "4 times as many, again": engine.QuantizationSearchParams(rescore=True, oversampling=4.0),
}
WALKED = 256


def varied(path: Path, size: int, asked: int) -> tuple[Vectors, Vectors]:
    """Vectors (size, D) and queries (asked, D) that spread as those of a feature cache."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as cache:
        rows = cache.execute("SELECT value FROM features").fetchall()
    real = unit(
        np.stack([np.frombuffer(value, np.float16) for (value,) in rows]).astype(np.float32)
    )
    rng = np.random.default_rng(0)

    def near(count: int) -> Vectors:
        one, two, three = (real[rng.integers(len(real), size=count)] for _ in range(3))
        return unit(one + 0.4 * (two - three))

    made = near(size + asked)
    return made[:size], made[size:]


def drawn(size: int, asked: int, folder: Path) -> tuple[Vectors, Vectors]:
    vectors = Shelf(size, folder).vectors
    rng = np.random.default_rng(7)
    return vectors, disturbed(np.array(vectors[rng.choice(size, asked, replace=False)]), rng)


def build(path: Path, kind: str, vectors: Vectors) -> float:
    """Seconds that writing and linking took."""
    begun = time.perf_counter()
    params = engine.EdgeVectorParams(vectors.shape[1], engine.Distance.Cosine)
    path.mkdir()
    config = engine.EdgeConfig(
        vectors={VECTOR_NAME: params},
        quantization_config=KINDS[kind],
        hnsw_config=engine.HnswIndexConfig(LINKS, BREADTH, 1, max_indexing_threads=2),
        optimizers=engine.EdgeOptimizersConfig(
            default_segment_number=1, max_segment_size=2**40, indexing_threshold=1
        ),
    )
    shard = engine.EdgeShard.create(str(path), config)
    for start in range(0, len(vectors), CHUNK):
        points = [
            engine.Point(start + number, {VECTOR_NAME: vector.tolist()}, {})
            for number, vector in enumerate(vectors[start : start + CHUNK])
        ]
        shard.update(engine.UpdateOperation.upsert_points(points))
    shard.optimize()
    shard.flush()
    shard.close()
    return time.perf_counter() - begun


def ask(path: Path, queries: Vectors, best: Sequence[set[int]]) -> list[tuple[str, float, float]]:
    """For each way to judge again: recall@10 and p50 ms; then MB of its own, and of files."""
    before = resident()
    shard = engine.EdgeShard.load(str(path))
    rows = []
    for name, how in AGAIN.items():
        found, took = [], []
        for vector, true in zip(queries, best, strict=True):
            request = engine.QueryRequest(
                limit=K,
                query=engine.Query.Nearest(vector.tolist(), using=VECTOR_NAME),
                params=engine.SearchParams(hnsw_ef=WALKED, quantization=how),
                with_payload=False,
                with_vector=False,
            )
            begun = time.perf_counter()
            hits = shard.query(request)
            took.append((time.perf_counter() - begun) * 1e3)
            found.append(len(true & {int(hit.id) for hit in hits}) / K)
        rows.append((name, float(np.mean(found)), float(np.median(took))))
    after = resident()
    shard.close()
    return [*rows, ("memory", after[0] - before[0], after[1] - before[1])]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.quantized", description=__doc__.split("\n")[0])
    parser.add_argument("--features", type=Path, help="a feature cache of real photos")
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        vectors, queries = (
            varied(options.features, options.size, options.asked)
            if options.features
            else drawn(options.size, options.asked, folder)
        )
        scores = queries @ vectors.T
        best = [{int(one) for one in np.argpartition(-row, K)[:K]} for row in scores]
        print("| quantization | judged | recall@10 | p50 ms | own MB | files MB | built in s |")
        print("|---|---|---|---|---|---|---|")
        for kind in options.kinds:
            took = build(folder / kind, kind, vectors)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                *rows, memory = pool.apply(ask, (folder / kind, queries, best))
            for name, recall, ms in rows:
                print(
                    f"| {kind} | {name} | {recall:.4f} | {ms:.2f} | {memory[1]:.0f} "
                    f"| {memory[2]:.0f} | {took:.0f} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
