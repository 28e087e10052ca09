"""The embedded engine by size: pace, memory, disk; scan and graph, and what they find.

    python -m bench.engine [--sizes 1000 10000 100000 1000000] [--local 10000 100000]
        [--asked 100] [--folder FOLDER]

Made products: vectors of the bundled model's length in clumps of a hundred, as products come in
kinds, with the payload of a usual catalog. A clump is of one category, so that the filter by
category goes with the picture; colours and prices are independent of it. A query is a product's
vector, disturbed, and its own category.

"scan" is the index as ingest leaves it, "graph" the same after `snapshelf optimize --force`. Both
are open at once and asked in turn, through `Store.query`, which makes products of the answers.
Recall is the share of numpy's ten nearest among the ten. "cpu" is what the processors spent on a
query: on a busy machine the steadier number. A search is photo to answer, so for its growth the
bundled model's time for a photo is added, taken in the same run.

What was built is kept in FOLDER, with how long it took: a million products take minutes to write
and the longer part of an hour to link. "local" is the same filtered search in qdrant-client's own
engine (`:memory:`).
"""

import argparse
import io
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from bench.bounds import Bound, told
from bench.shelf import CASES, INFO, KINDS, K, Queries, Shelf, Vectors
from catalog.graph import GRAPH_FROM
from catalog.store import Filter, Store, open_store
from vision.embedder import open_embedder
from vision.spec import BUNDLED_MODEL

# what must be shown
FILTERED_MS, GROWTH, RECALL = 5.0, 3.0, 0.99
FILTERED_AT = 100_000


@dataclass(frozen=True)
class Row:
    size: int
    case: str
    index: str
    recall: float
    p50: float
    p95: float
    cpu: float
    """Milliseconds, all three."""


class Clock:
    """What each of several queries took, and found."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self.recall: list[float] = []

    def ask(self, store: Store, vector: Vectors, where: Filter, true: set[str]) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        hits = store.query(vector, K, where)
        self.wall.append((time.perf_counter() - wall) * 1e3)
        self.cpu.append((time.process_time() - cpu) * 1e3)
        self.recall.append(len(true & {hit.product.product_id for hit in hits}) / len(true))

    def row(self, size: int, case: str, index: str) -> Row:
        p50, p95 = np.percentile(self.wall, (50, 95))
        return Row(size, case, index, float(np.mean(self.recall)), p50, p95, np.median(self.cpu))


def measure(queries: Queries, stores: dict[str, Store]) -> Iterator[Row]:
    for name, case in CASES.items():
        clocks = {index: Clock() for index in stores}
        for number, vector in enumerate(queries.vectors):
            where, passing = case(queries, number)
            true = queries.best(number, passing)
            for index, store in stores.items():
                clocks[index].ask(store, vector, where, true)
        for index, clock in clocks.items():
            yield clock.row(queries.shelf.size, name, index)


@dataclass(frozen=True)
class Built:
    """Seconds that writing and linking took."""

    write: float
    link: float


def build(shelf: Shelf, folder: Path) -> Built:
    """Both indexes, unless they are there."""
    scan, graph = (folder / f"{index}-{shelf.name}" for index in ("scan", "graph"))
    note = folder / f"built-{shelf.name}.json"
    if note.exists():
        return Built(**json.loads(note.read_text()))
    for left in (scan, graph):
        shutil.rmtree(left, ignore_errors=True)
    begun = time.perf_counter()
    with open_store(scan) as store:
        store.ensure(shelf.info)
        for some in shelf.points():
            store.upsert(some)
    written = time.perf_counter()
    shutil.copytree(scan, graph)
    copied = time.perf_counter()
    with open_store(graph) as store:
        store.optimize(force=True)
    built = Built(written - begun, time.perf_counter() - copied)
    note.write_text(json.dumps(vars(built)))
    return built


def memory(path: Path, vectors: Vectors) -> tuple[float, float]:
    """MB that a process has more for an index that it searches: its own, and mapped files."""
    processes = multiprocessing.get_context("spawn")
    with processes.Pool(1) as pool:
        return pool.apply(_grown, (path, vectors))


def _grown(path: Path, vectors: Vectors) -> tuple[float, float]:
    own, mapped = resident()
    with open_store(path) as store:
        for number, vector in enumerate(vectors):
            store.query(vector, K)
            store.query(vector, K, Filter(any_of={"category": (f"Kind {number % KINDS}",)}))
        now_own, now_mapped = resident()
    return now_own - own, now_mapped - mapped


def resident() -> tuple[float, float]:
    """MB of this process: its own, and files; pages that are mapped twice count once."""
    told = Path("/proc/self/smaps_rollup").read_text()
    own, mapped = (int(told.partition(f"{name}:")[2].split()[0]) / 2**10 for name in
                   ("Pss_Anon", "Pss_File"))  # fmt: skip
    return own, mapped


def disk(path: Path) -> float:
    """MB that its files take."""
    return sum(file.stat().st_blocks * 512 for file in path.rglob("*")) / 2**20


def photo_ms(asked: int) -> float:
    """What the bundled model needs from a photo's bytes to its vector, p50."""
    embedder, file = open_embedder(BUNDLED_MODEL), io.BytesIO()
    blocks = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    Image.fromarray(blocks).resize((800, 600)).save(file, "JPEG")
    took = []
    for _ in range(asked):
        begun = time.perf_counter()
        embedder.encode([embedder.decode(file.getvalue())])
        took.append((time.perf_counter() - begun) * 1e3)
    return float(np.median(took))


def local(shelf: Shelf, queries: Queries) -> Iterator[Row]:
    """The filtered search in qdrant-client's own engine, of a few queries: each takes seconds."""
    few = Queries(shelf, queries.vectors[:5], queries.origin, queries.scores)
    with open_store(":memory:") as store:
        store.ensure(INFO)
        for some in shelf.points():
            store.upsert(some)
        for name in ("own category, 2.5 %", "colour and price, 10 %"):
            clock = Clock()
            for number, vector in enumerate(few.vectors):
                where, passing = CASES[name](few, number)
                clock.ask(store, vector, where, few.best(number, passing))
            yield clock.row(shelf.size, name, "local")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.engine", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--local", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--asked", type=int, default=100)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(argv)
    rows: list[Row] = []
    with ExitStack() as opened:
        folder = options.folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        print("| products | written, a second | linked in s | index | disk | own memory | mapped |")
        print("|---|---|---|---|---|---|---|")
        for size in options.sizes:
            rows += _of_size(Shelf(size, folder), folder, options)
    photo = photo_ms(options.asked)
    print("\n| products | filter, passing | index | recall@10 | p50 ms | p95 ms | cpu ms |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.size:,} | {row.case} | {row.index} | {row.recall:.4f} | {row.p50:.2f} "
            f"| {row.p95:.2f} | {row.cpu:.2f} |"
        )
    return _verdict(rows, photo)


def _of_size(shelf: Shelf, folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    built, queries = build(shelf, folder), Queries.made(shelf, options.asked)
    for index in ("scan", "graph"):
        path = folder / f"{index}-{shelf.size}"
        own, mapped = memory(path, queries.vectors)
        print(
            f"| {shelf.size:,} | {shelf.size / built.write:,.0f} | {built.link:.0f} | {index} "
            f"| {_each(disk(path), shelf)} | {_each(own, shelf)} | {_each(mapped, shelf)} |",
            flush=True,
        )
    with ExitStack() as opened:
        stores = {
            index: opened.enter_context(open_store(folder / f"{index}-{shelf.size}"))
            for index in ("scan", "graph")
        }
        yield from measure(queries, stores)
    if shelf.size in options.local:
        yield from local(shelf, queries)


def _each(mb: float, shelf: Shelf) -> str:
    return f"{mb:,.0f} MB, {mb * 2**10 / shelf.size:.2f} KB each"


def _verdict(rows: Sequence[Row], photo: float) -> int:
    """What is served at each size: the graph from where `optimize` builds one."""
    served = [row for row in rows if row.index == ("scan", "graph")[row.size >= GRAPH_FROM]]
    engine = {row.size: row.p50 for row in served if row.case == "none"}
    first, last = engine[min(engine)], engine[max(engine)]
    growth = (photo + last) / (photo + first)
    recall = min(row.recall for row in served)
    filtered = [row.p50 for row in served if row.size == FILTERED_AT and row.case != "none"]
    print(f"\nA photo to its vector: {photo:.1f} ms; the engine's part grows {last / first:.1f} ×")
    span = f"{min(engine):,} to {max(engine):,} products"
    bounds = [
        Bound(f"search, {span}", growth, GROWTH, "×", at_most=True),
        Bound("worst recall@10", recall, RECALL),
    ]
    if filtered:
        what = f"filtered at {FILTERED_AT:,}, the slowest filter's p50"
        bounds.append(Bound(what, max(filtered), FILTERED_MS, "ms", at_most=True))
    return told(bounds)


if __name__ == "__main__":
    raise SystemExit(main())
