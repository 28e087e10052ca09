"""A shop whose nearest products to a photo are known, and models that are sure of a category."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from made import picture

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store
from vision.calibration import Calibration
from vision.embedder import Embedder
from vision.head import Head, unit

NOW = "2026-01-01T00:00:00+00:00"
CATEGORIES = ("Hat", "Shoes", "Bag")
COLORS = ("red", "Navy Blue", "green")
ENGINES = ["edge", "memory", pytest.param("server", marks=pytest.mark.qdrant)]
PHOTO = picture(0)


def products() -> list[Product]:
    """40 products, 0 … 39; each third has two views."""
    return [
        Product(
            "s", str(n), image_slot=slot, title=f"{'straw' if n % 4 == 0 else 'felt'} thing {n}",
            category=CATEGORIES[n % 3], brand=("Acme", "Bolt")[n % 2], price=49.0 - n,
            currency="EUR", colors=(COLORS[n % 3],), available=n % 5 != 0,
            attributes={"material": "straw" if n % 4 == 0 else "felt"},
            related={"also_bought": (str((n + 7) % 40), "gone", str((n + 3) % 40))},
        )
        for n in range(40)
        for slot in range(2 if n % 3 == 0 else 1)
    ]  # fmt: skip


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Store]:
    """An empty store of one of ENGINES."""
    place = {"edge": str(folder / "store"), "memory": ":memory:"}.get(engine)
    if place is None and not os.environ.get("QDRANT_URL"):
        pytest.skip("QDRANT_URL is not set: NOT PROVEN here is that a real server answers alike")
    alias = f"test-{uuid.uuid4().hex[:8]}"
    key = os.environ.get("QDRANT_API_KEY")
    with open_store(place or os.environ["QDRANT_URL"], alias=alias, api_key=key) as store:
        yield store


def info(embedder: Embedder) -> CollectionInfo:
    return CollectionInfo(
        embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, created_at=NOW
    )


def fill(store: Store, embedder: Embedder) -> None:
    """`products()`, each view a little farther from PHOTO than the one before."""
    store.ensure(info(embedder))
    own = embedder.encode([embedder.decode(PHOTO)]).vectors[0]
    noise = np.random.default_rng(1).normal(size=(len(products()), embedder.dim))
    far = np.linspace(0.05, 2, len(noise))[:, None]
    vectors = unit(own + far * unit(noise)).astype(np.float32)
    stamp = Stamp("0" * 64, embedder.fingerprint, "run", NOW)
    store.upsert(
        [
            Point(one.point_id, vector, one.to_payload(stamp))
            for one, vector in zip(products(), vectors, strict=True)
        ]
    )


def sure_of(
    tiny: Embedder,
    category: str,
    calibration: Calibration | None = None,
    labels: tuple[str, ...] = CATEGORIES[:2],
) -> Embedder:
    """An embedder whose classifier names the same category for every photo."""
    features = tiny.backbone.feature_size
    bias = np.full(len(labels), -5.0, np.float32)
    bias[labels.index(category)] = 5
    head = Head(
        np.zeros(features, np.float32), np.ones(features, np.float32),
        np.eye(features, dtype=np.float32), np.zeros((features, len(labels)), np.float32), bias,
    )  # fmt: skip
    return Embedder(tiny.backbone, head, labels, calibration)
