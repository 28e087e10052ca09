"""A change of model while somebody searches: 20 queries a second, there and back.

    python -m bench.reindex [CATALOG] [--products 640] [--to SPEC] [--rate 20] [--store PATH|URL]

Without a catalog one is drawn. It is ingested with one model; then this process searches as the
page does, with photos of the catalog, while `snapshelf reindex` runs in another process, and
`snapshelf rollback` after it. Queries are sent by the clock, whether or not the last one has been
answered. An answer is mixed when its hits are of two models, or when the photo's own picture is
not its first hit with a score of 1 (vectors of another model than the collection's).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from ingest.drawn.catalog import draw_catalog
from ingest.readers import Record, open_catalog
from search.follow import Following
from search.request import ANY, SearchRequest
from ui.build import Target
from ui.reindexing import following
from ui.settings import Settings
from vision.embedder import open_embedder

MODEL = "snapshelf:mini-1"
# as long as the other's: nothing but the model tells their vectors apart
TO = "snapshelf:mini-1?size=160"
PHOTOS = 50
SAME = 0.999
WORKERS = 8


@dataclass(frozen=True)
class Answer:
    """One query: when it was due, how long it took, seconds; `wrong` is None for a good one."""

    due: float
    took: float
    model: str
    wrong: str | None


@dataclass
class Client:
    """Asks on the clock until it is told to end."""

    service: Following
    photos: Sequence[bytes]
    rate: float
    answers: list[Answer] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        began = time.perf_counter()
        with ThreadPoolExecutor(WORKERS) as pool:
            number = 0
            while not self.ended.wait(began + number / self.rate - time.perf_counter()):
                pool.submit(self.ask, number, began + number / self.rate)
                number += 1

    def ask(self, number: int, due: float) -> None:
        photo = self.photos[number % len(self.photos)]
        model, wrong = "", None
        try:
            hits = self.service.search(SearchRequest(photo, k=9, category=ANY)).hits
            models = {hit.stamp.model for hit in hits}
            model = models.pop()
            if models:
                wrong = "hits of two models"
            elif hits[0].stamp.image_sha256 != sha256(photo).hexdigest() or hits[0].score < SAME:
                wrong = f"first hit {hits[0].product.product_id} at {hits[0].score:.3f}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the shopper saw it
            wrong = f"failed: {error!r}"
        self.answers.append(Answer(due, time.perf_counter() - due, model, wrong))

    def wait_for(self, model: str, limit_s: float = 120.0) -> float:
        """Until answers are of this model; seconds."""
        began = time.perf_counter()
        while not self.answers or self.answers[-1].model != model:
            if time.perf_counter() - began > limit_s:
                raise TimeoutError(f"no answer of {model[:8]} within {limit_s:.0f} s")
            time.sleep(0.01)
        return time.perf_counter() - began


def command(home: Path, *argv: str) -> float:
    """One `snapshelf` command in a process of its own; seconds."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ui.cli", *argv],
        check=True,
        env=os.environ | {"SNAPSHELF_HOME": str(home)},
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def measure(catalog: Path, home: Path, store: str, to: str, rate: float) -> None:
    """Prints the table."""
    old, new = (open_embedder(spec).fingerprint for spec in (MODEL, to))
    command(home, "ingest", str(catalog), "--model", MODEL, "--store", store)
    marks: dict[str, float] = {}

    def step(name: str, act: Callable[[], float]) -> None:
        marks[name] = time.perf_counter()
        print(f"{name}: {act():.1f} s", flush=True)

    def look(seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    with following(MODEL, Target(Settings(home=home), store, "products")) as service:
        client = Client(service, _photos(catalog), rate)
        thread = threading.Thread(target=client.run)
        thread.start()
        try:
            client.wait_for(old)
            step("before", lambda: look(5.0))
            step("reindex", lambda: command(home, "reindex", "--model", to, "--store", store))
            step("follow", lambda: client.wait_for(new))
            step("new model", lambda: look(5.0))
            step("rollback", lambda: command(home, "rollback", "--store", store))
            step("follow back", lambda: client.wait_for(old))
            step("old model", lambda: look(5.0))
        finally:
            client.ended.set()
            thread.join()
    print(f"\n{table(client.answers, marks, {old: 'old', new: 'new'})}")


def table(answers: Sequence[Answer], marks: dict[str, float], names: dict[str, str]) -> str:
    """Markdown, one line for each step and one for all."""
    lines = [
        "| while | queries | failed | mixed | old model | new model | p50 ms | p95 ms | max ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    starts = [*marks.values(), float("inf")]
    for name, start, end in zip(marks, starts, starts[1:], strict=False):
        lines.append(_line(name, [one for one in answers if start <= one.due < end], names))
    lines.append(_line("all", answers, names))
    wrong = [f"- {one.wrong}" for one in answers if one.wrong]
    return "\n".join([*lines, *wrong[:20]])


def _line(label: str, answers: Sequence[Answer], names: dict[str, str]) -> str:
    failed = sum(one.wrong is not None and one.wrong.startswith("failed") for one in answers)
    mixed = sum(one.wrong is not None for one in answers) - failed
    models = [names.get(one.model) for one in answers]
    took = [one.took * 1e3 for one in answers] or [float("nan")]
    cells = (
        len(answers), failed, mixed, models.count("old"), models.count("new"),
        *(f"{np.percentile(took, share):.0f}" for share in (50, 95, 100)),
    )  # fmt: skip
    return f"| {label} | {' | '.join(map(str, cells))} |"


def _photos(catalog: Path) -> list[bytes]:
    rows = [row for row in open_catalog(catalog) if isinstance(row, Record)]
    some = rows[:: max(1, len(rows) // PHOTOS)][:PHOTOS]
    return [(catalog.parent / row.images[0]).read_bytes() for row in some]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.reindex", description=__doc__.split("\n")[0])
    parser.add_argument("catalog", type=Path, nargs="?", help="with its images on this disk")
    parser.add_argument("--products", type=int, default=640, help="to draw without a catalog")
    parser.add_argument("--to", default=TO, help="the new model: a spec or a folder")
    parser.add_argument("--rate", type=float, default=20.0, help="queries per second")
    parser.add_argument("--store", help="a Qdrant server's URL; default: the embedded engine")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        catalog = options.catalog or draw_catalog(home / "drawn", products=options.products)
        store = options.store or str(home / "store")
        print(f"{open_catalog(catalog).count_rows()} rows, {MODEL} to {options.to}, {store}\n")
        measure(catalog, home, store, options.to, options.rate)


if __name__ == "__main__":
    main()
