"""A little shop on disk, and what an ingest of it needs: real engine, real network, tiny model."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catalog.contract import CollectionInfo
from catalog.store import Store, Stored, open_store
from catalog.thumbs import Thumbs
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.pipeline import ingest
from ingest.readers import open_catalog
from ingest.rejects import Rejects
from ingest.report import Report
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder

TINY = "timm:test_resnet?pretrained=false&size=32"


def picture(seed: int, side: int = 48) -> Image.Image:
    """Coloured noise in large blocks: no two seeds look alike, JPEG keeps them apart."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(blocks).resize((side, side), Image.Resampling.NEAREST)


def picture_bytes(seed: int, kind: str = "JPEG", side: int = 48) -> bytes:
    buffer = io.BytesIO()
    picture(seed, side).save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Shop:
    """A catalog in `root`, and the data folder that its runs share."""

    root: Path
    data: Path
    embedder: Embedder
    store: Store
    columns: tuple[str, ...] = ("id", "title", "category", "price", "image")
    runs: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)

    @property
    def rejects_path(self) -> Path:
        return self.data / "rejects.csv"

    def add(self, product_id: str, image: str | None = None, **values: str) -> None:
        """One row; without `image` it gets a picture of its own, seeded by the row's number."""
        seed = len(self.rows)
        if image is None:
            image = f"images/{product_id}.jpg"
            self.file(image, picture_bytes(seed))
        facts = {"title": f"Thing {product_id}", "category": "Things", "price": "9.50"}
        self.rows.append({"id": product_id, "image": image} | facts | values)

    def file(self, name: str, data: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def write(self, text: str | None = None) -> Path:
        """The catalog file: the rows, or `text` as it is."""
        path = self.root / "catalog.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            if text is not None:
                file.write(text)
                return path
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)
        return path

    def ingest(self, **options: Any) -> Report:
        """One run over what `write` wrote, everything else as the command line would make it."""
        self.runs += 1
        info = self.store.describe()
        assert info is not None
        options.setdefault("allow_hosts", ())
        catalog = open_catalog(self.root / "catalog.csv", source="shop")
        with (
            Fetcher(self.root, allow_hosts=options.pop("allow_hosts")) as own,
            Ledger(self.data / "ledger.db", info.created_at) as ledger,
            FeatureCache(self.data / "features.db") as cache,
            Rejects(self.rejects_path, catalog.columns) as rejects,
        ):
            return ingest(
                options.pop("catalog", catalog),
                embedder=options.pop("embedder", self.embedder),
                store=options.pop("store", self.store),
                fetcher=options.pop("fetcher", own),
                ledger=ledger,
                thumbs=Thumbs(self.data / "thumbs"),
                cache=cache,
                rejects=rejects,
                run_id=f"run-{self.runs}",
                **{"batch": 4} | options,
            )

    def rejected(self) -> list[dict[str, str]]:
        if not self.rejects_path.exists():
            return []
        with self.rejects_path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def points(self) -> dict[tuple[str, int], Stored]:
        """By product id and image slot, with vectors."""
        ids = [stored.id for stored in self.store.scroll()]
        found = self.store.get(ids, with_vectors=True).values()
        return {(s.payload["product_id"], s.payload["image_slot"]): s for s in found}

    def info(self) -> CollectionInfo:
        """What a collection for this shop's model says of itself."""
        return CollectionInfo(
            fingerprint=self.embedder.fingerprint,
            dim=self.embedder.dim,
            backbone=self.embedder.spec,
            labels_hash=self.embedder.labels_hash,
            created_at="2026-01-02T03:04:05Z",
        )

    def vector_of(self, data: bytes) -> np.ndarray:
        """As the query way makes it: one picture, one batch."""
        return self.embedder.encode([self.embedder.decode(data)]).vectors[0]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return open_embedder(TINY)


@pytest.fixture
def shop(tmp_path: Path, embedder: Embedder) -> Iterator[Shop]:
    root = tmp_path / "shop"
    root.mkdir()
    with open_store(tmp_path / "store") as store:
        made = Shop(root, tmp_path / "data", embedder, store)
        store.ensure(made.info())
        yield made


@pytest.fixture
def memory_shop(tmp_path: Path, embedder: Embedder) -> Iterator[Shop]:
    """The same over the engine that stands for a server's."""
    root = tmp_path / "shop"
    root.mkdir()
    with open_store(":memory:") as store:
        made = Shop(root, tmp_path / "data", embedder, store)
        store.ensure(made.info())
        yield made


@pytest.fixture
def picture_of() -> Callable[..., bytes]:
    return picture_bytes


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes one catalog file, byte for byte."""

    def write(content: str | bytes, name: str = "catalog.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
