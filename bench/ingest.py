"""Ingest beside the pure forward pass of the same backbone: what everything else costs.

    python -m bench.ingest CATALOG [--model SPEC] [--limit 512] [--rounds 3]

Both are measured in one process, by turns, because a shared machine is never the same for long:
compare within a row, not between runs. Each round ingests into a new store with an empty feature
cache. `forward` feeds the same number of ready batches to the backbone and does nothing else.
Processor time per image is the steadier number where others compute beside us.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from catalog.contract import CollectionInfo
from catalog.store import open_store
from catalog.thumbs import Thumbs
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.pipeline import BATCH, ingest
from ingest.readers import Catalog, open_catalog
from ingest.rejects import Rejects
from ingest.report import Report
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder

MODEL = "snapshelf:mini-1"


@dataclass(frozen=True)
class Pace:
    """What `images` cost: wall and processor seconds, the latter over all threads."""

    images: int
    wall: float
    cpu: float

    def __add__(self, other: "Pace") -> "Pace":
        return Pace(self.images + other.images, self.wall + other.wall, self.cpu + other.cpu)

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.wall

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds per image."""
        return 1000 * self.cpu / self.images


@dataclass(frozen=True)
class Round:
    forward: Pace
    ingest: Pace
    stages: dict[str, float]
    """Busy seconds of ingest's stages, over all threads."""


def paced(work: Callable[[], int]) -> Pace:
    """`work` returns how many images it did."""
    wall, cpu = time.perf_counter(), time.process_time()
    images = work()
    return Pace(images, time.perf_counter() - wall, time.process_time() - cpu)


def forward(embedder: Embedder, images: int, batch: int) -> Pace:
    """The backbone alone, on batches that are ready."""
    size = embedder.backbone.preprocess.size
    pixels = np.random.default_rng(0).normal(size=(batch, 3, size, size)).astype(np.float32)
    embedder.features(pixels)
    batches = max(1, images // batch)

    def work() -> int:
        for _ in range(batches):
            embedder.features(pixels)
        return batches * batch

    return paced(work)


def ingest_once(catalog: Catalog, embedder: Embedder, batch: int) -> Report:
    """A first ingest: nothing is known, everything is written."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        info = CollectionInfo(
            fingerprint=embedder.fingerprint,
            dim=embedder.dim,
            backbone=embedder.spec,
            labels_hash=embedder.labels_hash,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with (
            open_store(data / "store") as store,
            Fetcher(catalog.root) as fetcher,
            Ledger(data / "ledger.db", info.created_at) as ledger,
            FeatureCache(data / "features.db") as cache,
            Rejects(data / "rejects.csv", catalog.columns) as rejects,
        ):
            store.ensure(info)
            return ingest(
                catalog,
                embedder=embedder,
                store=store,
                fetcher=fetcher,
                ledger=ledger,
                thumbs=Thumbs(data / "thumbs"),
                cache=cache,
                rejects=rejects,
                run_id="bench",
                batch=batch,
            )


def measure(catalog: Catalog, embedder: Embedder, batch: int) -> Round:
    """One turn: half of the forward passes before the ingest and half after it."""
    half = catalog.count_rows() // 2
    before = forward(embedder, half, batch)
    reports: list[Report] = []

    def work() -> int:
        reports.append(ingest_once(catalog, embedder, batch))
        return reports[0].embedded

    # by ingest's own clock: making and removing the store is not part of it
    whole = replace(paced(work), wall=reports[0].seconds)
    return Round(before + forward(embedder, half, batch), whole, reports[0].stages.seconds())


def table(rounds: Sequence[Round]) -> str:
    """Markdown, one line per round and one of the medians."""
    lines = [
        "| round | images | forward img/s | ingest img/s | ratio "
        "| forward CPU ms/img | ingest CPU ms/img |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, one in enumerate(rounds, 1):
        lines.append(_line(f"{number} | {one.ingest.images}", [one]))
    lines.append(_line("median |", rounds))
    busy = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in rounds[-1].stages.items())
    return "\n".join([*lines, "", f"Busy seconds in the last round, over all threads: {busy}."])


def _line(label: str, rounds: Sequence[Round]) -> str:
    values = (
        f"{median(r.forward.rate for r in rounds):.1f}",
        f"{median(r.ingest.rate for r in rounds):.1f}",
        f"{median(r.ingest.rate / r.forward.rate for r in rounds):.2f}",
        f"{median(r.forward.cpu_ms for r in rounds):.1f}",
        f"{median(r.ingest.cpu_ms for r in rounds):.1f}",
    )
    return f"| {label} | {' | '.join(values)} |"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__.split("\n")[0])
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--model", default=MODEL, help="a backbone spec or a model folder")
    parser.add_argument("--limit", type=int, default=512, help="rows per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=BATCH)
    options = parser.parse_args(argv)
    catalog = open_catalog(options.catalog, limit=options.limit)
    embedder = open_embedder(options.model)
    rounds = [measure(catalog, embedder, options.batch) for _ in range(options.rounds)]
    print(f"{embedder.spec}, batches of {options.batch}, {os.cpu_count()} processors\n")
    print(table(rounds))


if __name__ == "__main__":
    main()
