"""Ingest beside what the processors could do at best: is anything but the model in the way?

    python -m bench.ingest CATALOG [--model SPEC] [--limit 512] [--rounds 3] [--profile]

Each round measures, by turns and in one process, because a shared machine is never the same for
long: compare within a row, not between runs.

ceiling   processors ÷ processor seconds that one thread needs to decode a picture, bring it to the
          network's size and run the network; the pictures are in memory, nothing else is done
at best   the same work by wall clock, one process on each processor: what was to be had just now
disk      a first ingest from the catalog's own folder: new store, empty feature cache
http      the same from a local host that answers after 50 ms

The thumbnail that ingest makes of each picture is in no ceiling; its price is told below.
"""

import argparse
import csv
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.bounds import Bound, told
from bench.flaky import Faults, serving
from bench.kinds import Kinds, cpu_s
from bench.ready import ready
from ingest.fetch import Fetcher
from ingest.readers import Catalog, Record, open_catalog
from ingest.trial import BATCH
from ingest.web import Web, WebLimits
from vision.embedder import Embedder, open_embedder
from vision.image import decode, thumbnail
from vision.memory import keep_memory
from vision.processors import processors

MODEL = "snapshelf:mini-1"
LATENCY_S = 0.05
# What an ingest from disk shall reach of it.
CEILING = 0.92
# As many as ingest has threads that fetch; the default is kinder to a stranger's host, and lets
# one with this latency send 160 pictures a second.
PER_HOST = 16
PROCESSORS = processors()
_PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Pace:
    """What `images` cost: wall and processor seconds, the latter over all threads and decoders."""

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
    ceiling: Pace
    """Of one thread: see `ceiling_rate`."""
    at_best: float
    """Images per second."""
    disk: Pace
    http: Pace | None

    @property
    def ceiling_rate(self) -> float:
        """Images per second if every processor did nothing else."""
        return PROCESSORS * 1000 / self.ceiling.cpu_ms


def paced(work: Callable[[], int]) -> Pace:
    """`work` returns how many images it did."""
    wall, cpu = time.perf_counter(), cpu_s()
    images = work()
    return Pace(images, time.perf_counter() - wall, cpu_s() - cpu)


def decode_and_embed(embedder: Embedder, pictures: Sequence[bytes], batch: int) -> int:
    """The work that no ingest can do without, by one thread."""
    side = embedder.backbone.preprocess.size
    with embedder.threads():
        for start in range(0, len(pictures), batch):
            images = [decode(data, min_side=side) for data in pictures[start : start + batch]]
            embedder.features(np.stack([embedder.preprocess(image) for image in images]))
    return len(pictures)


class AtBest:
    """A process for each processor, with the model loaded and the pictures in memory."""

    def __init__(self, model: str, pictures: Sequence[bytes], batch: int) -> None:
        self._images = len(pictures)
        self._barrier = _PROCESSES.Barrier(PROCESSORS + 1)
        self._workers = [
            _PROCESSES.Process(
                target=_repeat, args=(self._barrier, model, pictures[n::PROCESSORS], batch),
                daemon=True,
            )
            for n in range(PROCESSORS)
        ]  # fmt: skip
        for worker in self._workers:
            worker.start()

    def rate(self) -> float:
        """Images per second, just now."""
        self._barrier.wait()
        began = time.perf_counter()
        self._barrier.wait()
        return self._images / (time.perf_counter() - began)

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()


def _repeat(barrier: Any, model: str, pictures: Sequence[bytes], batch: int) -> None:
    keep_memory()
    embedder = open_embedder(model)
    decode_and_embed(embedder, pictures[:batch], batch)
    while True:
        barrier.wait()
        decode_and_embed(embedder, pictures, batch)
        barrier.wait()


def ingest_once(
    catalog: Catalog,
    embedder: Embedder,
    batch: int,
    allow: Sequence[str] = (),
    measure: Callable[[Callable[[], int]], Pace] = paced,
) -> Pace:
    """A first ingest: nothing is known, everything is written. Making the store is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        web = Web(allow, WebLimits(per_host=PER_HOST))
        with ready(catalog, Path(folder), embedder, web=web) as ingest:
            return measure(lambda: ingest(batch=batch).embedded)


def _serve(folder: Path, told: Any) -> None:
    with serving(lambda path: (folder / path[1:]).read_bytes(), Faults(latency_s=LATENCY_S)) as at:
        told.put(at)
        time.sleep(24 * 3600)


@contextmanager
def on_the_web(catalog: Catalog) -> Iterator[tuple[Catalog, str]]:
    """The same rows with their pictures at a host, a process of its own."""
    told = _PROCESSES.Queue()
    server = _PROCESSES.Process(target=_serve, args=(catalog.root, told), daemon=True)
    server.start()
    host = told.get()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "image"])
            for row in catalog:
                if isinstance(row, Record):
                    url = f"http://{host}/{row.images[0]}"
                    writer.writerow([row.product.product_id, url])
        yield open_catalog(path), host
    server.kill()


def table(rounds: Sequence[Round]) -> str:
    """Markdown: medians over the rounds, and of ratios the least and the greatest as well."""
    ceiling, best = [r.ceiling_rate for r in rounds], [r.at_best for r in rounds]
    rows = [
        ("ceiling", ceiling, [r.ceiling for r in rounds]),
        ("at best", best, []),
        ("disk", [r.disk.rate for r in rounds], [r.disk for r in rounds]),
    ]
    if http := [r.http for r in rounds if r.http is not None]:
        # no processor time: the host's is among it
        rows.append(("http", [pace.rate for pace in http], []))
    lines = ["| | images/s | ÷ ceiling | ÷ at best | processor ms an image |", "|---" * 5 + "|"]
    for name, rates, paces in rows:
        spent = f"{median(pace.cpu_ms for pace in paces):.2f}" if paces else ""
        lines.append(
            f"| {name} | {median(rates):.1f} | {_ratio(rates, ceiling)} | {_ratio(rates, best)} "
            f"| {spent} |"
        )
    bound = median(r.ceiling.cpu_ms / r.disk.cpu_ms for r in rounds)
    return "\n".join([
        *lines, "", f"What an image costs allows {bound:.2f} of the ceiling, if no processor is "
        "ever idle, and nobody else uses them.",
    ])  # fmt: skip


def _ratio(rates: Sequence[float], others: Sequence[float]) -> str:
    ratios = [rate / other for rate, other in zip(rates, others, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def profile(catalog: Catalog, embedder: Embedder, batch: int) -> str:
    """Markdown: where the processor time of one more ingest from disk goes."""
    kinds = Kinds()

    def watched(work: Callable[[], int]) -> Pace:
        with kinds:
            return paced(work)

    pace = ingest_once(catalog, embedder, batch, measure=watched)
    lines = ["| threads | processor ms an image |", "|---|---|"]
    lines += [
        f"| {kind} | {1000 * spent / pace.images:.2f} |" for kind, spent in kinds.seconds.items()
    ]
    return "\n".join(lines)


def thumbnail_ms(embedder: Embedder, pictures: Sequence[bytes]) -> float:
    images = [decode(data, min_side=embedder.backbone.preprocess.size) for data in pictures]
    return paced(lambda: len([thumbnail(image) for image in images])).cpu_ms


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__.split("\n")[0])
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--model", default=MODEL, help="a backbone spec or a model folder")
    parser.add_argument("--limit", type=int, default=512, help="rows per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--disk-only", action="store_true", help="leave the host out")
    parser.add_argument(
        "--profile",
        action="store_true",
        help="one more ingest, whose processor time is told by kind of thread",
    )
    options = parser.parse_args(argv)
    keep_memory()
    catalog = open_catalog(options.catalog, limit=options.limit)
    embedder, batch = open_embedder(options.model), options.batch
    with Fetcher(catalog.root) as fetcher:
        pictures = [fetcher.fetch(r.images[0]) for r in catalog if isinstance(r, Record)]
    ingest_once(replace(catalog, limit=2 * batch), embedder, batch)  # decoders begin
    at_best, few = AtBest(options.model, pictures, batch), pictures[: len(pictures) // 2]
    rounds = []
    with on_the_web(catalog) as (remote, host):
        for _ in range(options.rounds):
            ceiling = paced(lambda: decode_and_embed(embedder, few, batch))
            before = at_best.rate()
            disk = ingest_once(catalog, embedder, batch)
            http = None if options.disk_only else ingest_once(remote, embedder, batch, [host])
            best = (before + at_best.rate()) / 2
            rounds.append(Round(ceiling, best, disk, http))
    at_best.close()
    print(
        f"{embedder.spec}, {len(pictures)} images, batches of {batch}, {PROCESSORS} processors, "
        f"{len(rounds)} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print(table(rounds))
    if options.profile:
        print(f"\n{profile(catalog, embedder, batch)}\n")
    print(f"A thumbnail takes {thumbnail_ms(embedder, few):.2f} processor ms, in no ceiling.")
    share = median(one.disk.rate / one.ceiling_rate for one in rounds)
    return told([Bound("ingest from disk, share of the ceiling", share, CEILING)])


if __name__ == "__main__":
    sys.exit(main())
