"""Rows, not pictures: memory by the catalog's length, and a second run over what is unchanged.

    python -m bench.rows [--rows 100000] [--few 10000]

Each run is a process of its own, over a CSV of distinct ids that show the same few pictures: first
`few` rows, then all of them, each into a new data folder, then all of them again. The network is
tiny and has random weights.

Peak memory is what the process has for itself, looked at every 20 ms. With the embedded engine
that holds the engine's payload indexes too, which grow with the store, so that ingest's own need
shows only where the store is in another process, as a server's is. Pages of the engine's files,
which the system takes back when it needs them, are told apart.
"""

import argparse
import csv
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from bench.bounds import Bound, told
from bench.ready import ready
from catalog.contract import CollectionInfo
from catalog.store import Point
from ingest.readers import open_catalog
from ui.build import info_of

MODEL = "timm:test_resnet?pretrained=false&size=64"
PICTURES = 50
# What the peak over all rows may be of the peak over few, and the rows per second of another run.
MEMORY = 1.15
PACE = 20_000


@dataclass(frozen=True)
class Run:
    name: str
    report: dict[str, Any]
    own_mb: float
    resident_mb: float
    """With the pages of files that are mapped."""

    @property
    def rate(self) -> float:
        """Rows per second."""
        return float(self.report["rows"] / self.report["seconds"])


def write_catalog(root: Path, rows: int) -> Path:
    root.mkdir()
    for number in range(PICTURES):
        blocks = np.random.default_rng(number).integers(0, 256, (6, 6, 3), np.uint8)
        picture = Image.fromarray(blocks).resize((96, 96), Image.Resampling.NEAREST)
        picture.save(root / f"{number}.jpg")
    with (root / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "category", "price", "color", "image"])
        for number in range(rows):
            shown = f"{number % PICTURES}.jpg"
            facts = f"No {number}", "Things", number % 90 + 0.5, "red"
            writer.writerow([f"p{number:07}", *facts, shown])
    return root / "catalog.csv"


class Away:
    """In the place of a server: takes points, and keeps none of them in this process."""

    def __init__(self, info: CollectionInfo) -> None:
        self._info = info

    def require(self, fingerprint: str) -> CollectionInfo:
        return self._info

    def upsert(self, points: Sequence[Point]) -> None:
        """Gone."""

    def flush(self) -> None:
        """Nothing is here."""


class Peak:
    """The most of its own memory that this process has had, MB."""

    def __init__(self) -> None:
        self.mb = 0.0
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text()
            self.mb = max(self.mb, int(status.partition("RssAnon:")[2].split()[0]) / 2**10)
            time.sleep(0.02)


def work(path: Path, data: Path, away: bool, told: Any) -> None:
    """One run as the command line builds it."""
    from vision.embedder import open_embedder

    peak, embedder = Peak(), open_embedder(MODEL)
    catalog = open_catalog(path, source="shop")
    with ready(catalog, data, embedder, store=Away(info_of(embedder)) if away else None) as ingest:
        report = ingest()
    resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    told.put((report.to_json(), peak.mb, resident_mb))


def run(name: str, path: Path, data: Path, *, away: bool = False) -> Run:
    processes = multiprocessing.get_context("spawn")
    told = processes.Queue()
    worker = processes.Process(target=work, args=(path, data, away, told))
    worker.start()
    report, own_mb, resident_mb = told.get()
    worker.join()
    return Run(name, report, own_mb, resident_mb)


def table(runs: Sequence[Run]) -> str:
    lines = [
        "| run | rows | seconds | rows/s | embedded | outcomes | own MB | with files MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in runs:
        outcomes = {name: count for name, count in one.report["outcomes"].items() if count}
        lines.append(
            f"| {one.name} | {one.report['rows']} | {one.report['seconds']:.1f} | {one.rate:,.0f} "
            f"| {one.report['images']['embedded']} | {outcomes} "
            f"| {one.own_mb:.0f} | {one.resident_mb:.0f} |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.rows", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=10_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        few = write_catalog(root / "few", options.few)
        all_ = write_catalog(root / "all", options.rows)
        runs = [
            run("first, few, store away", few, root / "few away", away=True),
            run("first, all, store away", all_, root / "all away", away=True),
            run("first, few, embedded", few, root / "few here"),
            run("first, all, embedded", all_, root / "all here"),
            run("again, all, embedded", all_, root / "all here"),
        ]
    few_away, all_away, few_here, all_here, again = runs
    growth = all_away.own_mb / few_away.own_mb
    engine_kb = 1000 * (all_here.own_mb - few_here.own_mb) / (options.rows - options.few)
    print(table(runs))
    print(
        f"\nWith the embedded engine memory grows {all_here.own_mb / few_here.own_mb:.3f} ×; "
        f"its indexes take {engine_kb:.1f} kB a product"
    )
    embedded_again = again.report["images"]["embedded"]
    return told([
        Bound("ingest's memory, all rows beside few", growth, MEMORY, "×", at_most=True),
        Bound("unchanged rows read again", again.rate, PACE, "rows/s"),
        Bound("pictures embedded again", embedded_again, 0, at_most=True),
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
