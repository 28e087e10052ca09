"""The engines, each behind the same interface, and what the tests put into them."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_client import QdrantClient

from catalog.contract import CollectionInfo, collection_name
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store

DIM = 16
MATERIALS = ("straw", "felt", "wool", "linen")
UNPROVEN = (
    "QDRANT_URL is not set: NOT PROVEN here is that a real Qdrant server behaves as the embedded "
    "engine does (docs/qdrant-server-tests.md)"
)


def fingerprint(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def info(name: str = "model", dim: int = DIM, **changes: Any) -> CollectionInfo:
    facts: dict[str, Any] = {
        "fingerprint": fingerprint(name),
        "dim": dim,
        "backbone": f"timm:{name}",
        "labels_hash": fingerprint("labels"),
        "created_at": "2026-01-02T03:04:05Z",
    }
    return CollectionInfo(**(facts | changes))


def unit(seed: int, count: int, dim: int = DIM) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def stamp(**changes: Any) -> Stamp:
    facts: dict[str, Any] = {
        "image_sha256": fingerprint("image"),
        "model": fingerprint("model"),
        "run_id": "run-1",
        "updated_at": "2026-01-02T03:04:05Z",
    }
    return Stamp(**(facts | changes))


def point(product_id: str, vector: NDArray[np.float32], **facts: Any) -> Point:
    product = Product(source="shop", product_id=product_id, **facts)
    return Point(product.point_id, vector, product.to_payload(stamp()))


def shelf(count: int, seed: int = 7) -> list[Point]:
    """Products whose facts are drawn at random; some lack a price, a brand or the stock flag."""
    rng = np.random.default_rng(seed)
    vectors = unit(seed, count)
    return [
        point(
            f"P{row:04}",
            vectors[row],
            title=f"{('Blue', 'Größe-M', 'RED')[row % 3]} thing {row}",
            attributes={"material": MATERIALS[row % 4], "a.b [0]": ("odd", "even")[row % 2]},
            category=str(rng.choice(("Hat", "Shoes", "Bag", "Watch"))),
            brand=str(rng.choice(("Acme", "Ünï"))) if rng.random() < 0.8 else None,
            price=round(float(rng.uniform(1, 100)), 2) if rng.random() < 0.8 else None,
            colors=tuple(map(str, rng.choice(("red", "green", "blue"), size=rng.integers(0, 4)))),
            available=bool(rng.random() < 0.5) if rng.random() < 0.8 else None,
        )
        for row in range(count)
    ]


@dataclass(frozen=True)
class Engine:
    """One way to keep products: `open` gives a store on the same data each time."""

    name: str
    alias: str
    open: Callable[[], Store]


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    """The makers above: test modules cannot import from one another."""
    return SimpleNamespace(
        dim=DIM,
        fingerprint=fingerprint,
        info=info,
        unit=unit,
        stamp=stamp,
        point=point,
        shelf=shelf,
    )


@contextmanager
def _edge(root: Path) -> Iterator[Engine]:
    yield Engine("edge", "products", lambda: open_store(root / "store"))


@contextmanager
def _memory(root: Path) -> Iterator[Engine]:
    """The oracle; its data live as long as its client, which the test owns."""
    client = QdrantClient(":memory:")
    yield Engine("memory", "products", lambda: open_store(":memory:", client=client))
    client.close()


@contextmanager
def _server(root: Path) -> Iterator[Engine]:
    """A real server, under an alias of this test's own."""
    url = os.environ.get("QDRANT_URL")
    if not url:
        pytest.skip(UNPROVEN)
    key = os.environ.get("QDRANT_API_KEY")
    alias = f"snapshelf-test-{uuid.uuid4().hex[:12]}"
    yield Engine("server", alias, lambda: open_store(url, alias=alias, api_key=key))
    client = QdrantClient(url=url, api_key=key, check_compatibility=False)
    for model in ("model", "other"):
        # deleting a collection takes the aliases that point to it along
        client.delete_collection(collection_name(fingerprint(model), alias))
    client.close()


_ENGINES = {"edge": _edge, "memory": _memory, "server": _server}
EVERY_ENGINE = ["edge", "memory", pytest.param("server", marks=pytest.mark.qdrant)]


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with _ENGINES[request.param](tmp_path) as made:
        yield made


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    with _ENGINES[request.param](tmp_path_factory.mktemp("shared")) as made, made.open() as opened:
        opened.ensure(info())
        yield opened


@pytest.fixture
def store(shared: Store) -> Store:
    """An empty index of the model "model", open. Making eleven payload indexes takes a second."""
    shared.delete([stored.id for stored in shared.scroll()])
    return shared


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Engine]:
    with _server(tmp_path) as made:
        yield made


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, list[Point]]]:
    """An index of 200 random products, shared by the tests that only read."""
    with _ENGINES[request.param](tmp_path_factory.mktemp("filled")) as made, made.open() as opened:
        opened.ensure(info())
        points = shelf(200)
        opened.upsert(points)
        yield opened, points
