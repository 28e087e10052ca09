"""A catalog of three products behind the page, and a searcher that needs no model."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from made_models import shop
from PIL import Image

from catalog.product import Product, Stamp
from catalog.store import Hit
from catalog.thumbs import Thumbs
from search.errors import UnknownProduct
from search.request import ANY, SearchRequest
from search.result import CategoryGuess, Region, Route, SearchResult
from search.service import Embedded
from ui.build import Target
from ui.offline import keep_to_itself
from vision.box import Box
from vision.image import decode

keep_to_itself(os.environ)  # before any test imports the page

SHA = "ab" * 32


def make_hit(place: int = 0, **facts: object) -> Hit:
    product = replace(
        Product(source="shop", product_id=f"p{place}", title=f"Product {place}", category="Shoes"),
        **facts,  # type: ignore[arg-type]
    )
    stamp = Stamp(SHA, "f" * 64, "run", "2026-01-01T00:00:00Z")
    return Hit(id=product.point_id, score=0.9 - place / 100, product=product, stamp=stamp)


@dataclass
class FakeService:
    """Answers every readable photo with the same products, and remembers what was asked."""

    hits: list[Hit] = field(default_factory=lambda: [make_hit(n) for n in range(60)])
    failure: Exception | None = None
    known: dict[str, int] = field(default_factory=lambda: {"Shoes": 40, "Hats & Caps": 20})
    asked: list[SearchRequest] = field(default_factory=list)
    regions: tuple[Region, ...] = ()

    def search(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        if self.failure:
            raise self.failure
        if request.like not in (None, "p0"):
            raise UnknownProduct(request.like)
        if request.like is None and not request.text:
            decode(request.image)
        guesses = (CategoryGuess("Shoes", 0.9), CategoryGuess("Boots", 0.1))
        route = Route("routed", ("Shoes",), "Looking in Shoes: together 95% sure.", guesses)
        if request.category == ANY:
            route = Route("none", (), "All categories, as you chose.", guesses)
        elif request.category:
            route = Route("chosen", (request.category,), "As you chose.", guesses)
        regions = self.regions if request.crops else ()
        facets = {"brand": {"Acme": 3.0}, "price": {"min": 1.5, "max": 20.0}}
        return SearchResult(
            tuple(self.hits[: request.k]), route, {"total": 12.4}, regions=regions,
            facets=facets if request.facets else {},
        )  # fmt: skip

    def product(self, product_id: str) -> list[Hit]:
        if self.failure:
            raise self.failure
        found = [hit for hit in self.hits if hit.product.product_id == product_id]
        if not found:
            raise UnknownProduct(product_id)
        return found

    def facets(self, request: SearchRequest) -> Mapping[str, Mapping[str, float]]:
        return self.search(replace(request, facets=True)).facets

    def embed(self, image: bytes, crop: Box | None = None) -> Embedded:
        self.asked.append(SearchRequest(image, crop=crop))
        if self.failure:
            raise self.failure
        decode(image)
        vector = np.array([0.6, 0.8], np.float32)
        return Embedded(vector, (CategoryGuess("Shoes", 0.9),), "f" * 64)

    def categories(self) -> dict[str, int]:
        if self.failure:
            raise self.failure
        return self.known

    def count(self) -> int:
        if self.failure:
            raise self.failure
        return len(self.hits)

    def forget(self) -> None:
        self.failure = None
        self.asked.clear()


def png(colour: str = "red", side: int = 32) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def new_service() -> type[FakeService]:
    return FakeService


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture(scope="session")
def photo_bytes() -> bytes:
    return png()


@pytest.fixture
def hit() -> Callable[..., Hit]:
    return make_hit


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    return path


@pytest.fixture
def thumbs(tmp_path: Path) -> Thumbs:
    return Thumbs(tmp_path / "thumbs")


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A shop's index; only to be read."""
    return shop(tmp_path_factory.mktemp("stocked"))
