"""The embedded engine by size: pace, memory, disk, scan and graph, and what they find."""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import BATCH, Point, open_store

DIM = 272
KINDS = 40
CHUNK = 8192
FINGERPRINT, DAY = "0f" * 32, "2026-01-01T00:00:00Z"
BRANDS = [f"Brand {number}" for number in range(40)]
COLOURS = ("black", "white", "red", "blue", "green", "grey", "brown")
Vectors = NDArray[np.float32]


def unit(vectors: NDArray[np.floating]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def disturbed(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """At a cosine of about .7 from where they were."""
    return unit(vectors + unit(rng.standard_normal(vectors.shape, dtype=np.float32)))


@dataclass(frozen=True)
class Shelf:
    size: int
    folder: Path

    @property
    def clumps(self) -> int:
        return max(self.size // 100, 10)

    @property
    def clump_of(self) -> NDArray[np.int64]:
        return np.random.default_rng(1).integers(self.clumps, size=self.size)

    @property
    def file(self) -> Path:
        return self.folder / f"vectors-{self.size}.npy"

    def write_vectors(self) -> None:
        rng = np.random.default_rng(0)
        centres = unit(rng.standard_normal((self.clumps, DIM), dtype=np.float32))
        out = np.lib.format.open_memmap(self.file, "w+", np.float32, (self.size, DIM))
        clump_of = self.clump_of
        for start in range(0, self.size, CHUNK):
            out[start : start + CHUNK] = disturbed(centres[clump_of[start : start + CHUNK]], rng)
        out.flush()

    def points(self) -> Iterator[Sequence[Point]]:
        vectors = np.load(self.file, mmap_mode="r")
        clump_of = self.clump_of
        stamp = Stamp("ab" * 32, FINGERPRINT, "bench", DAY)
        for start in range(0, self.size, BATCH):
            batch = []
            for number in range(start, min(start + BATCH, self.size)):
                kind = int(clump_of[number]) % KINDS
                product = Product(
                    source="bench",
                    product_id=f"p{number:07}",
                    title=f"A thing of the kind that number {number} is",
                    description="What a shop writes about a product, in two sentences. " * 4,
                    brand=BRANDS[number % 40],
                    category=f"Kind {kind}",
                    category_path=("All", f"All > Kind {kind}"),
                    price=float(number % 500) + 0.5,
                    currency="EUR",
                    colors=(COLOURS[number % 7],),
                    available=number % 5 != 0,
                    url=f"https://shop.test/p{number}",
                    image_url=f"https://shop.test/p{number}.jpg",
                    attributes={"material": "linen", "season": "summer"},
                )
                batch.append(
                    Point(product.point_id, np.array(vectors[number]), product.to_payload(stamp))
                )
            yield batch


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(argv)
    info = CollectionInfo(FINGERPRINT, DIM, "made", "cd" * 32, DAY)
    for size in options.sizes:
        shelf = Shelf(size, options.folder)
        shelf.write_vectors()
        begun = time.perf_counter()
        with open_store(options.folder / f"scan-{size}") as store:
            store.ensure(info)
            for done, batch in enumerate(shelf.points()):
                store.upsert(batch)
                if done % 400 == 399:
                    took = time.perf_counter() - begun
                    print(size, (done + 1) * BATCH, f"{took:.0f} s", flush=True)
        print(size, "done", f"{time.perf_counter() - begun:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
