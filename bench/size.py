"""What `snapshelf size` predicts beside what is measured: disk and memory of the embedded engine.

    python -m bench.size [--most 1000000] [--folder FOLDER]

Indexes of made products, as ingest leaves them (scan) and, from 50,000 on, as `optimize` does
(graph), at 10,000, 100,000 and a million, and of vectors nearly twice as long at 10,000. Disk is
what the files take; memory is what a fresh process has more once it has opened the index and
answered 40 photos, with and without a filter: its own, and with the files that it maps. `--folder`
keeps the indexes, and uses those of `bench.engine --folder`.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.bounds import Bound, told
from bench.engine import build, disk, memory
from bench.shelf import DIM, Shelf
from catalog.graph import GRAPH_FROM
from catalog.sizing import Plan, json_bytes, need

OFF = 0.15
SHELVES = ((10_000, DIM), (10_000, 512), (100_000, DIM), (1_000_000, DIM))
PHOTOS = 20
MB = 2**20 / 1e6


@dataclass(frozen=True)
class Row:
    """In MB of 10^6 bytes."""

    shelf: Shelf
    index: str
    what: str
    predicted: float
    measured: float

    @property
    def ratio(self) -> float:
        return self.predicted / self.measured

    def line(self) -> str:
        return (
            f"| {self.shelf.size:,} | {self.shelf.dim} | {self.index} | {self.what} "
            f"| {self.predicted:,.0f} MB | {self.measured:,.0f} MB | {self.ratio:.2f} |"
        )


def measure(shelf: Shelf, folder: Path) -> Iterator[Row]:
    build(shelf, folder)
    payload = np.mean([json_bytes(point.payload) for point in next(shelf.points())])
    for index in ("scan", "graph") if shelf.size >= GRAPH_FROM else ("scan",):
        path = folder / f"{index}-{shelf.name}"
        plan = Plan(shelf.size, shelf.dim, round(payload), linked=index == "graph")
        predicted = need(plan)
        taken = disk(path) * MB  # before it is opened, which writes
        own, files = memory(path, np.array(shelf.vectors[:PHOTOS]))
        yield Row(shelf, index, "disk", predicted.disk_bytes / 1e6, taken)
        alone = sum(predicted.own_memory.values()) / 1e6
        yield Row(shelf, index, "memory, its own", alone, own * MB)
        whole = predicted.memory_bytes / 1e6
        yield Row(shelf, index, "memory, with files", whole, (own + files) * MB)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.size", description=__doc__.split("\n")[0])
    parser.add_argument("--most", type=int, default=100_000, help="products of the largest index")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args(argv)
    rows: list[Row] = []
    with ExitStack() as opened:
        folder = options.folder or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        print("| products | numbers | index | what | predicted | measured | ratio |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for size, dim in SHELVES:
            if size <= options.most:
                for row in measure(Shelf(size, folder, dim), folder):
                    rows.append(row)
                    print(row.line(), flush=True)
    return told([bound(rows, size) for size in dict.fromkeys(row.shelf.size for row in rows)])


def bound(rows: Sequence[Row], size: int) -> Bound:
    """The prediction of this size that is furthest off."""
    off = max(abs(row.ratio - 1) for row in rows if row.shelf.size == size)
    what = f"{size:,} products, predicted beside measured, furthest off"
    return Bound(what, off, OFF, at_most=True)


if __name__ == "__main__":
    raise SystemExit(main())
