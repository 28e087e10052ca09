"""Made products of any size, and queries to search them by: for `bench.engine`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import BATCH, EVERYTHING, Filter, Point

DIM, KINDS, K = 272, 40, 10
CHUNK = 8192
COLOURS = ("black", "white", "red", "blue", "green", "grey", "brown")
INFO = CollectionInfo("0f" * 32, DIM, "made", "cd" * 32, "2026-01-01T00:00:00Z")
STAMP = Stamp("ab" * 32, INFO.fingerprint, "bench", INFO.created_at)
Vectors = NDArray[np.float32]


def unit(vectors: NDArray[np.floating]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def disturbed(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """At a cosine of about .7 from where they were."""
    return unit(vectors + unit(rng.standard_normal(vectors.shape, dtype=np.float32)))


@dataclass(frozen=True)
class Shelf:
    """Made products of one size; their vectors are in a file, for a million are a gigabyte."""

    size: int
    folder: Path
    dim: int = DIM

    @property
    def name(self) -> str:
        return f"{self.size}" if self.dim == DIM else f"{self.size}-{self.dim}"

    @property
    def info(self) -> CollectionInfo:
        return replace(INFO, dim=self.dim)

    @cached_property
    def vectors(self) -> Vectors:
        path = self.folder / f"vectors-{self.name}.npy"
        if not path.exists():
            rng = np.random.default_rng(0)
            centres = unit(rng.standard_normal((self.clumps, self.dim), dtype=np.float32))
            made = np.lib.format.open_memmap(path, "w+", np.float32, (self.size, self.dim))
            for start in range(0, self.size, CHUNK):
                some = slice(start, start + CHUNK)
                made[some] = disturbed(centres[self.clump[some]], rng)
            made.flush()
        return np.load(path, mmap_mode="r")

    @property
    def clumps(self) -> int:
        return max(self.size // 100, 10)

    @cached_property
    def clump(self) -> NDArray[np.int64]:
        return np.random.default_rng(1).integers(self.clumps, size=self.size)

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        return self.clump % KINDS

    @cached_property
    def colour(self) -> NDArray[np.int64]:
        return np.arange(self.size) % len(COLOURS)

    @cached_property
    def price(self) -> NDArray[np.float64]:
        return (np.arange(self.size) % 500 + 0.5).astype(np.float64)

    def points(self) -> Iterator[list[Point]]:
        for start in range(0, self.size, BATCH):
            yield [self.point(number) for number in range(start, min(start + BATCH, self.size))]

    def point(self, number: int) -> Point:
        kind = f"Kind {self.kind[number]}"
        product = Product(
            source="bench",
            product_id=f"p{number:07}",
            title=f"A thing of the kind that number {number} is",
            description="What a shop writes about a product, in two sentences. " * 4,
            brand=f"Brand {number % 40}",
            category=kind,
            category_path=("All", f"All > {kind}"),
            price=float(self.price[number]),
            currency="EUR",
            colors=(COLOURS[self.colour[number]],),
            available=number % 5 != 0,
            url=f"https://shop.test/p{number}",
            image_url=f"https://shop.test/p{number}.jpg",
            attributes={"material": "linen", "season": "summer"},
        )
        return Point(product.point_id, np.array(self.vectors[number]), product.to_payload(STAMP))


@dataclass(frozen=True)
class Queries:
    """Of one shelf: vectors (Q, D), the products that they came from (Q,), cosines (Q, N)."""

    shelf: Shelf
    vectors: Vectors
    origin: NDArray[np.int64]
    scores: Vectors

    @classmethod
    def made(cls, shelf: Shelf, count: int) -> "Queries":
        rng = np.random.default_rng(7)
        origin = np.sort(rng.choice(shelf.size, count, replace=False))
        asked = disturbed(np.array(shelf.vectors[origin]), rng)
        starts = range(0, shelf.size, 8 * CHUNK)
        blocks = [asked @ shelf.vectors[start : start + 8 * CHUNK].T for start in starts]
        return cls(shelf, asked, origin, np.concatenate(blocks, axis=1))

    def best(self, number: int, passing: NDArray[np.bool_]) -> set[str]:
        ids = np.flatnonzero(passing)
        away = -self.scores[number][ids]
        places = np.argpartition(away, K)[:K] if len(ids) > K else np.arange(len(ids))
        return {f"p{one:07}" for one in ids[places]}


Case = Callable[[Queries, int], tuple[Filter, NDArray[np.bool_]]]
"""The filter of one query, and which products pass it."""


def everything(queries: Queries, number: int) -> tuple[Filter, NDArray[np.bool_]]:
    return EVERYTHING, np.ones(queries.shelf.size, dtype=bool)


def of_kind(highest: float) -> Case:
    """The query's own category, and a price."""

    def case(queries: Queries, number: int) -> tuple[Filter, NDArray[np.bool_]]:
        shelf, kind = queries.shelf, queries.shelf.kind[queries.origin[number]]
        where = Filter(any_of={"category": (f"Kind {kind}",)}, price_max=highest)
        return where, (shelf.kind == kind) & (shelf.price <= highest)

    return case


def of_colour(highest: float) -> Case:
    def case(queries: Queries, number: int) -> tuple[Filter, NDArray[np.bool_]]:
        shelf, colour = queries.shelf, number % len(COLOURS)
        where = Filter(any_of={"colors": (COLOURS[colour],)}, price_max=highest)
        return where, (shelf.colour == colour) & (shelf.price <= highest)

    return case


def of_price(highest: float) -> Case:
    def case(queries: Queries, number: int) -> tuple[Filter, NDArray[np.bool_]]:
        return Filter(price_max=highest), queries.shelf.price <= highest

    return case


CASES: dict[str, Case] = {
    "none": everything,
    "own category, 2.5 %": of_kind(500),
    "own category and price, .25 %": of_kind(50),
    "colour and price, 10 %": of_colour(350),
    "price, 50 %": of_price(250),
    "price, 10 %": of_price(50),
    "price, 1 %": of_price(5),
    "price, .2 %": of_price(1),
}
