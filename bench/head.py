"""A head beside the backbone's pure forward pass: what a catalog that knows its features waits.

    python -m bench.head [--photos 100000] [--features 1280] [--taught 4000] [--model SPEC]

Features are made up: 20 categories that overlap. A head is trained on `taught` of them; then
`photos` cached ones are read from a feature cache on disk, pass through it and are written to an
embedded store, in batches, as a new ingest of a catalog with a new head does. `forward` is the
backbone on as many ready batches as fit into a few seconds, half of them before and half after.
Compare within one table: a shared machine is never the same for long.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from bench.ingest import MODEL, Pace, paced
from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import BATCH, Point, open_store
from vision.artefact import head_fingerprint
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder
from vision.head import Encoded, Head
from vision.parts import Part, Targets
from vision.train import fit_head

CATEGORIES = 20
FORWARD_IMAGES = 128
NOW = datetime.now(UTC).isoformat(timespec="seconds")


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


@dataclass
class Steps:
    """What each step of the whole cost, by name."""

    paces: dict[str, Pace] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str, images: int) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        pace = Pace(images, time.perf_counter() - wall, time.process_time() - cpu)
        self.paces[name] = self.paces.get(name, Pace(0, 0.0, 0.0)) + pace

    def together(self, *names: str) -> Pace:
        """Of steps that every image takes."""
        some = [self.paces[name] for name in names]
        return Pace(some[0].images, sum(one.wall for one in some), sum(one.cpu for one in some))


def made_up(count: int, size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(count, size) float32 features and the (count,) category of each."""
    centres = np.random.default_rng(0).normal(size=(CATEGORIES, size)).astype(np.float32)
    random = np.random.default_rng([1, seed])
    categories = random.integers(CATEGORIES, size=count)
    noise = random.standard_normal((count, size), np.float32)
    # Non-negative, as features behind a ReLU are.
    return np.maximum(0.3 * centres[categories] + noise, 0), categories


def batches(photos: int) -> Iterator[range]:
    for start in range(0, photos, BATCH):
        yield range(start, min(start + BATCH, photos))


def keys_of(rows: range) -> list[str]:
    return [sha256(str(row).encode()).hexdigest() for row in rows]


def train(taught: int, size: int, steps: Steps) -> Head:
    features, categories = made_up(taught, size, seed=0)
    part = Part(features, Targets(categories, categories), np.arange(taught))
    with steps.timed("train a head", taught):
        return fit_head(part, np.arange(CATEGORIES)).head


def fill(cache: FeatureCache, photos: int, size: int) -> None:
    for number, rows in enumerate(batches(photos), start=1):
        features, _ = made_up(len(rows), size, seed=number)
        cache.put(dict(zip(keys_of(rows), features, strict=True)))


def rehead(cache: FeatureCache, head: Head, photos: int, folder: Path, steps: Steps) -> None:
    """Every cached photo through the head into a new store."""
    model = head_fingerprint("made up", head, ())
    with open_store(folder) as store:
        store.ensure(CollectionInfo(model, head.dim, "made up", "", NOW))
        for rows in batches(photos):
            with steps.timed("read", len(rows)):
                known = cache.get(keys_of(rows))
                features = np.stack(list(map(known.__getitem__, keys_of(rows))))
            with steps.timed("head", len(rows)):
                encoded = head(features)
            with steps.timed("write", len(rows)):
                store.upsert(points(rows, encoded, model))
        with steps.timed("write", 0):
            store.flush()


def points(rows: range, encoded: Encoded, model: str) -> list[Point]:
    made = []
    for place, row in enumerate(rows):
        best = int(encoded.probabilities[place].argmax())
        product = Product("made-up", str(row), title=f"Product {row}", price=9.5, currency="EUR")
        confidence = float(encoded.probabilities[place, best])
        stamp = Stamp(f"{row:064x}", model, "bench", NOW, f"Category {best}", min(confidence, 1.0))
        vector = encoded.vectors[place]
        made.append(Point(product.point_id, vector, product.to_payload(stamp)))
    return made


def table(steps: Steps, reference: Pace) -> str:
    """Markdown, one line per step."""
    shown = {"forward, for comparison": reference, **steps.paces,
             "re-head: read, head, write": steps.together("read", "head", "write")}  # fmt: skip
    lines = ["| step | images | seconds | images/s | times the forward pass |",
             "|---|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {name} | {pace.images} | {pace.wall:.1f} | {pace.rate:.0f} "
        f"| {pace.rate / reference.rate:.1f} |"
        for name, pace in shown.items()
    ]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.head", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=int, default=100_000, help="cached photos to re-head")
    parser.add_argument("--features", type=int, default=1280, help="length of a feature vector")
    parser.add_argument("--taught", type=int, default=4000, help="photos to train on")
    parser.add_argument("--model", default=MODEL, help="backbone of the forward pass")
    options = parser.parse_args(argv)
    embedder, steps = open_embedder(options.model), Steps()
    before = forward(embedder, FORWARD_IMAGES // 2, batch=16)
    head = train(options.taught, options.features, steps)
    with tempfile.TemporaryDirectory() as folder:
        with FeatureCache(Path(folder) / "features.db") as cache:
            fill(cache, options.photos, options.features)
        with FeatureCache(Path(folder) / "features.db") as cache:
            rehead(cache, head, options.photos, Path(folder) / "store", steps)
    reference = before + forward(embedder, FORWARD_IMAGES // 2, batch=16)
    print(f"{options.features} features, vectors of {head.dim}; forward: {embedder.spec}; "
          f"{os.cpu_count()} processors\n")  # fmt: skip
    print(table(steps, reference))


if __name__ == "__main__":
    main()
