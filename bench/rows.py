"""Rows, not pictures: memory by the catalog's length, and a second run over what is unchanged.

    python -m bench.rows [--rows 100000] [--few 10000]

Each run is a process of its own, over a CSV of distinct ids that show the same few pictures. The
first ingests `few` rows, the second all of them, each into a new data folder; the third reads all
of them again. Peak memory is the process's own, told by the system at its end. The network is
tiny and has random weights.
"""

import argparse
import csv
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from catalog.contract import CollectionInfo
from catalog.store import open_store
from catalog.thumbs import Thumbs
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.pipeline import ingest
from ingest.readers import open_catalog
from ingest.rejects import Rejects
from vision.cache import FeatureCache

MODEL = "timm:test_resnet?pretrained=false&size=64"
PICTURES = 50
# What the peak over all rows may be of the peak over few, and the rows per second of another run.
MEMORY = 1.15
PACE = 20_000


@dataclass(frozen=True)
class Run:
    name: str
    report: dict[str, Any]
    peak_mb: float

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
        writer.writerow(["id", "title", "category", "price", "image"])
        for number in range(rows):
            shown = f"{number % PICTURES}.jpg"
            writer.writerow([f"p{number:07}", f"No {number}", "Things", number % 90 + 0.5, shown])
    return root / "catalog.csv"


def work(path: Path, data: Path, told: Any) -> None:
    """One run as the command line builds it."""
    from vision.embedder import open_embedder

    embedder = open_embedder(MODEL)
    catalog = open_catalog(path, source="shop")
    info = CollectionInfo(
        fingerprint=embedder.fingerprint,
        dim=embedder.dim,
        backbone=embedder.spec,
        labels_hash=embedder.labels_hash,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with open_store(data / "store") as store:
        store.ensure(info)
        with (
            Fetcher(catalog.root) as fetcher,
            Ledger(data / "ledger.db", store.require(info.fingerprint).created_at) as ledger,
            FeatureCache(data / "features.db") as cache,
            Rejects(data / "rejects.csv", catalog.columns) as rejects,
        ):
            report = ingest(
                catalog, embedder=embedder, store=store, fetcher=fetcher, ledger=ledger,
                thumbs=Thumbs(data / "thumbs"), cache=cache, rejects=rejects, run_id="bench",
            )  # fmt: skip
    # the system tells kilobytes, except on a Mac
    unit = 2**20 if sys.platform == "darwin" else 2**10
    told.put((report.to_json(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit))


def run(name: str, path: Path, data: Path) -> Run:
    processes = multiprocessing.get_context("spawn")
    told = processes.Queue()
    worker = processes.Process(target=work, args=(path, data, told))
    worker.start()
    report, peak_mb = told.get()
    worker.join()
    return Run(name, report, peak_mb)


def table(runs: Sequence[Run]) -> str:
    lines = [
        "| run | rows | seconds | rows/s | embedded | outcomes | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in runs:
        outcomes = {name: count for name, count in one.report["outcomes"].items() if count}
        lines.append(
            f"| {one.name} | {one.report['rows']} | {one.report['seconds']:.1f} | {one.rate:,.0f} "
            f"| {one.report['images']['embedded']} | {outcomes} | {one.peak_mb:.0f} |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.rows", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=10_000)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        few = run("first, few", write_catalog(root / "few", options.few), root / "data few")
        catalog = write_catalog(root / "all", options.rows)
        first = run("first, all", catalog, root / "data all")
        second = run("again, all", catalog, root / "data all")
    print(table([few, first, second]))
    print(f"\nBusy seconds of the first run over all: {first.report['stages']}")
    print(f"Peak of all to peak of few: {first.peak_mb / few.peak_mb:.3f} (at most {MEMORY})")
    print(f"Again: {second.rate:,.0f} rows/s (at least {PACE:,})")
    kept = first.peak_mb <= MEMORY * few.peak_mb and second.rate >= PACE
    return 0 if kept and not second.report["images"]["embedded"] else 1


if __name__ == "__main__":
    sys.exit(main())
