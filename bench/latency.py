"""Where a search's time goes: the photo, the model, the engine, and what is ours.

    python -m bench.latency [--sizes 1000 10000 100000] [--asked 200] [--clients 8] [--model SPEC]
        [--photos FOLDER]

Products are made up around 300 drawn ones: each has the vector of one of them, moved a little, and
its category, so that votes are clear and the routed search asks the engine twice. They have the
payload of a usual catalog. Asked are phone photos of the drawn products, or those of a folder.

`decode` and `encode` are calls of the embedder, `engine` those of the embedded engine itself, and
`own` is all else: total - decode - encode - engine, search by search. That holds routing, seats,
payloads to products. With several clients each step also waits for the processors and for Python's
lock, so that `own` of one client is the one to judge by. `to JSON` comes after the total.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from bench.bounds import Bound, told
from catalog.edge import EdgeStore
from catalog.product import Stamp
from catalog.store import BATCH, Point, batches
from catalog.thumbs import Thumbs
from ingest.drawn.catalog import draw_catalog, draw_queries
from ingest.readers import open_catalog
from search.request import SearchRequest
from search.service import SearchService
from ui.build import info_of, samples_of
from vision.embedder import Embedder, open_embedder
from vision.image import thumbnail
from vision.spec import BUNDLED_MODEL

DRAWN = 300
# Cosine of a made product to the drawn one it was made from: about .8 with 512 numbers.
SPREAD = 0.75
# Of one client at 10,000 products: the median and the 95th percentile; ours alone, at every size.
TOTAL_MS = {50: 30.0, 95: 60.0}
OWN_MS = 3.0
STEPS = ("decode", "encode", "engine", "own", "total", "to JSON")
BRANDS = [f"Brand {number}" for number in range(40)]
COLOURS = ("black", "white", "red", "blue", "green", "grey", "brown")


class Clock:
    """Milliseconds by step, of the search that this thread is at."""

    def __init__(self) -> None:
        self._local = threading.local()

    def begin(self) -> None:
        self._local.spent = defaultdict(float)

    def spent(self) -> dict[str, float]:
        return dict(self._local.spent)

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._local.spent[step] += (time.perf_counter() - start) * 1e3


class Timed:
    """Whatever `target` is; calls of its methods count for the step that `step_of` names."""

    def __init__(self, target: Any, clock: Clock, step_of: Callable[[str], str]) -> None:
        self._target, self._clock, self._step_of = target, clock, step_of
        clock.begin()  # for calls before the first search

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        def timed(*given: Any, **named: Any) -> Any:
            with self._clock.on(self._step_of(name)):
                return value(*given, **named)

        return timed


@dataclass(frozen=True)
class Row:
    products: int
    clients: int
    steps: list[dict[str, float]]
    per_second: float

    def at(self, step: str, percent: float) -> float:
        return float(np.percentile([one.get(step, 0.0) for one in self.steps], percent))


def made_points(
    embedder: Embedder, catalog: Path, count: int, thumbs: Thumbs | None = None
) -> Iterator[Point]:
    """`count` products around the drawn ones, which get thumbnails where there is a place."""
    samples = samples_of(open_catalog(catalog, source="drawn"), print)
    files = [sample.read() for sample in samples]
    pictures = [embedder.decode(file) for file in files]
    hashes = [hashlib.sha256(file).hexdigest() for file in files]
    if thumbs is not None:
        for sha256, picture in zip(hashes, pictures, strict=True):
            thumbs.put(sha256, thumbnail(picture))
    drawn = np.concatenate([embedder.encode(some).vectors for some in batches(pictures, 32)])
    random = np.random.default_rng(0)
    for number in range(count):
        like = number % len(drawn)
        stamp = Stamp(hashes[like], embedder.fingerprint, "bench", "2026-01-01T00:00:00+00:00")
        moved = drawn[like] + SPREAD * random.standard_normal(embedder.dim) / embedder.dim**0.5
        product = replace(
            samples[like].product,
            source="bench",
            product_id=f"p{number:07}",
            title=f"A thing of the kind that number {number} is",
            description="What a shop writes about a product, in two or three sentences. " * 4,
            brand=BRANDS[number % len(BRANDS)],
            price=float(number % 500) + 0.5,
            colors=(COLOURS[number % len(COLOURS)],),
            available=number % 5 != 0,
            url=f"https://shop.test/p{number}",
            attributes={"material": "linen", "season": "summer"},
        )
        vector = (moved / np.linalg.norm(moved)).astype(np.float32)
        yield Point(product.point_id, vector, product.to_payload(stamp))


def asked_photos(folder: Path | None, drawn: Path) -> list[bytes]:
    if folder is not None:
        paths = sorted(
            path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".png")
        )
        return [path.read_bytes() for path in paths[:200]]
    queries = draw_queries(drawn, per_category=10, products=DRAWN)
    return [sample.read() for sample in samples_of(open_catalog(queries), print)]


@contextmanager
def searching(
    embedder: Embedder, points: Iterator[Point], folder: Path, clock: Clock
) -> Iterator[SearchService]:
    """The service over a new store of these points, with everything below it timed."""
    with EdgeStore(folder) as store:
        store.ensure(info_of(embedder))
        while some := list(islice(points, BATCH)):
            store.upsert(some)
        # the one way to the engine's own time, without what the store does around it
        opened = store._ready()
        engine: Any = Timed(opened.shard, clock, lambda _: "engine")
        store._opened = replace(opened, shard=engine)
        model: Any = Timed(
            embedder, clock, lambda name: "decode" if name == "squeezed" else "encode"
        )
        yield SearchService(model, store)
        store._opened = opened


def ask(service: SearchService, clock: Clock, photo: bytes) -> dict[str, float]:
    clock.begin()
    start = time.perf_counter()
    result = service.search(SearchRequest(photo))
    total = (time.perf_counter() - start) * 1e3
    spent = clock.spent()
    start = time.perf_counter()
    json.dumps(result.to_json())
    told = (time.perf_counter() - start) * 1e3
    return {**spent, "own": total - sum(spent.values()), "total": total, "to JSON": told}


def measure(
    service: SearchService, clock: Clock, photos: Sequence[bytes], asked: int, clients: int
) -> tuple[list[dict[str, float]], float]:
    """What each of `asked` searches took, and how many there were in a second."""
    for photo in photos[:10]:
        ask(service, clock, photo)
    # each another file by what follows the picture, or the service would remember it
    files = [b"%s%d" % (photo, number) for number, photo in enumerate(islice(cycle(photos), asked))]
    with ThreadPoolExecutor(clients) as pool:
        start = time.perf_counter()
        steps = list(pool.map(lambda one: ask(service, clock, one), files))
        return steps, asked / (time.perf_counter() - start)


def table(rows: Sequence[Row]) -> str:
    steps = " | ".join(f"{step} p50 / p95" for step in STEPS)
    lines = [f"| products | clients | {steps} | searches/s |", "|---" * (len(STEPS) + 3) + "|"]
    for row in rows:
        cells = " | ".join(f"{row.at(step, 50):.2f} / {row.at(step, 95):.2f}" for step in STEPS)
        lines.append(f"| {row.products:,} | {row.clients} | {cells} | {row.per_second:.1f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.latency", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--model", default=BUNDLED_MODEL)
    parser.add_argument("--photos", type=Path)
    options = parser.parse_args(argv)
    embedder, clock = open_embedder(options.model), Clock()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        catalog = draw_catalog(root / "drawn", products=DRAWN)
        photos = asked_photos(options.photos, root / "drawn")
        for size in options.sizes:
            points = made_points(embedder, catalog, size)
            with searching(embedder, points, root / f"store-{size}", clock) as service:
                for clients in (1, options.clients):
                    steps, pace = measure(service, clock, photos, options.asked, clients)
                    rows.append(Row(size, clients, steps, pace))
                    print(table(rows[-1:]).splitlines()[-1], file=sys.stderr)
    print(f"Milliseconds; {options.model}, {embedder.dim} numbers a vector, 9 results a search\n")
    print(table(rows))
    alone = [row for row in rows if row.clients == 1]
    worst = max(row.at("own", 50) for row in alone)
    bounds = [Bound("own share of a search, p50", worst, OWN_MS, "ms", at_most=True)]
    for row in (row for row in alone if row.products == 10_000):
        for percent, most in TOTAL_MS.items():
            what = f"photo to answer at 10,000 products, p{percent}"
            bounds.append(Bound(what, row.at("total", percent), most, "ms", at_most=True))
    return told(bounds)


if __name__ == "__main__":
    sys.exit(main())
