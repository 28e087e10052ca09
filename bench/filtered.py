"""Filtered search in the embedded engine: what it finds, and how long that takes.

    python -m bench.filtered [--products 100000] [--dim 256] [--queries 200]

Made vectors in clumps, as products come in kinds. Each product carries marks that chance gave it,
one for each selectivity, and a price; a query is a product's vector, disturbed. One filter is a
mark that the wanted share of products has; two are a mark and a price bound, each passed by the
square root of that share. "exact" is the index as ingest leaves it (a scan), "graph" the same
after the engine has built HNSW graphs. Recall is the share of numpy's ten nearest among the ten.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import qdrant_edge
from numpy.typing import NDArray

from catalog.contract import ALIAS, CollectionInfo, collection_name
from catalog.folder import StoreFolder
from catalog.product import Product, Stamp
from catalog.store import EVERYTHING, Filter, Point, Store, batches, open_store

SHARES = (0.5, 0.1, 0.01, 0.001)
K = 10
# what the table must show
FILTERED, UNFILTERED = 0.98, 0.99
FINGERPRINT, DAY = "0f" * 32, "2026-01-01T00:00:00Z"
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Shelf:
    """Made products: vectors (N, D) of unit norm, who has which mark (N, marks), prices (N,)."""

    vectors: Vectors
    marks: NDArray[np.bool_]
    prices: NDArray[np.float64]

    @classmethod
    def made(cls, products: int, dim: int, rng: np.random.Generator) -> "Shelf":
        clumps = _unit(rng.normal(size=(products // 100, dim)))
        near = clumps[rng.integers(len(clumps), size=products)]
        shares = [chance for _, chance in _marks()]
        return cls(
            vectors=_disturbed(near, rng),
            marks=rng.random((products, len(shares))) < shares,
            prices=rng.random(products),
        )

    def points(self) -> Iterator[Point]:
        names = np.array([name for name, _ in _marks()])
        stamp = Stamp("ab" * 32, FINGERPRINT, run_id="bench", updated_at=DAY)
        for number, vector in enumerate(self.vectors):
            product = Product(
                source="bench",
                product_id=f"P{number}",
                title=f"product {number}",
                price=float(self.prices[number]),
                colors=tuple(names[self.marks[number]]),
            )
            yield Point(product.point_id, vector, product.to_payload(stamp))


@dataclass(frozen=True)
class Case:
    """A row of the table: a filter, and which products pass it (N,)."""

    name: str
    where: Filter
    passing: NDArray[np.bool_]


def _marks() -> list[tuple[str, float]]:
    """Each mark's name and its chance: for one filter, then for one of two."""
    return [(f"{share:g}", share) for share in SHARES] + [
        (f"root of {share:g}", share**0.5) for share in SHARES
    ]


def cases(shelf: Shelf) -> Iterator[Case]:
    yield Case("none", EVERYTHING, np.ones(len(shelf.vectors), dtype=bool))
    for column, (name, chance) in enumerate(_marks()):
        marked = {"colors": (name,)}
        has = shelf.marks[:, column]
        if column < len(SHARES):
            yield Case(f"one, {chance:.1%}", Filter(any_of=marked), has)
        else:
            where = Filter(any_of=marked, price_max=chance)
            yield Case(f"two, {chance**2:.1%}", where, has & (shelf.prices <= chance))


def measure(store: Store, shelf: Shelf, case: Case, queries: Vectors) -> tuple[float, float, float]:
    """Recall at 10, and the median and 95th percentile of milliseconds."""
    ids = np.flatnonzero(case.passing)
    scores = queries @ shelf.vectors[ids].T
    found, seconds = [], []
    for query, score in zip(queries, scores, strict=True):
        begun = time.perf_counter()
        hits = store.query(query, K, case.where)
        seconds.append(time.perf_counter() - begun)
        true = {f"P{ids[place]}" for place in np.argsort(-score)[:K]}
        found.append(len(true & {hit.product.product_id for hit in hits}) / len(true))
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    return float(np.mean(found)), float(p50), float(p95)


def build_graphs(folder: Path) -> float:
    """Let the engine build its graphs; seconds. Nobody may have the store open."""
    path = StoreFolder(folder, ALIAS).shard(collection_name(FINGERPRINT))
    shard = qdrant_edge.EdgeShard.load(str(path))
    begun = time.perf_counter()
    shard.optimize()
    shard.close()
    return time.perf_counter() - begun


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--queries", type=int, default=200)
    wanted = parser.parse_args(argv)
    rng = np.random.default_rng(5)
    shelf = Shelf.made(wanted.products, wanted.dim, rng)
    chosen = shelf.vectors[rng.choice(wanted.products, wanted.queries, replace=False)]
    queries = _disturbed(chosen, rng)
    info = CollectionInfo(FINGERPRINT, wanted.dim, "made", "cd" * 32, DAY)
    worst = {True: 1.0, False: 1.0}
    print("| index | filters, share | passing | recall@10 | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        with open_store(folder) as store:
            store.ensure(info)
            for some in batches(list(shelf.points()), 1024):
                store.upsert(some)
        for index in ("exact", "graph"):
            built = build_graphs(folder) if index == "graph" else 0.0
            with open_store(folder) as store:
                for case in cases(shelf):
                    recall, p50, p95 = measure(store, shelf, case, queries)
                    filtered = case.where != EVERYTHING
                    worst[filtered] = min(worst[filtered], recall)
                    print(
                        f"| {index} | {case.name} | {case.passing.sum():,} | {recall:.4f} "
                        f"| {p50:.1f} | {p95:.1f} |",
                        flush=True,
                    )
    print(f"\nBuilding the graphs took {built:.0f} s.")
    good = worst[True] >= FILTERED and worst[False] >= UNFILTERED
    print(f"Worst recall: {worst[False]:.4f} without a filter, {worst[True]:.4f} with.")
    return 0 if good else 1


def _unit(vectors: NDArray[np.floating]) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _disturbed(vectors: Vectors, rng: np.random.Generator) -> Vectors:
    """At a cosine of about .7 from where they were."""
    return _unit(vectors + _unit(rng.normal(size=vectors.shape)))


if __name__ == "__main__":
    raise SystemExit(main())
