"""Machine-made requests of every described path, on the real engine: none may bring it down."""

import json
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from made import picture
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from catalog.thumbs import Thumbs
from search.service import SearchService
from ui.api import Api
from ui.api_policy import Policy
from ui.build import info_of
from ui.page.server import build_page, serve
from vision.embedder import Embedder

pytestmark = pytest.mark.slow

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


def points(embedder: Embedder) -> Iterator[Point]:
    stamp = Stamp("ab" * 32, embedder.fingerprint, "run", "2026-01-01T00:00:00Z")
    for number in range(12):
        product = Product(
            source="shop",
            product_id=f"p{number}",
            title=f"Shoe number {number}",
            category=("Shoes", "Hats")[number % 2],
            brand="Acme",
            price=float(number),
            colors=("red",),
            related={"also viewed": ("p1", "p2")},
        )
        encoded = embedder.encode([embedder.decode(picture(number))])
        yield Point(product.point_id, encoded.vectors[0], product.to_payload(stamp))


@pytest.fixture(scope="module")
def url(tiny: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("fuzzed")
    with open_store(folder / "store") as store:
        store.ensure(info_of(tiny))
        store.upsert(list(points(tiny)))
        service, thumbs = SearchService(tiny, store), Thumbs(folder / "thumbs")
        page = build_page(service, thumbs=thumbs)
        yield serve(
            page, Api(service, thumbs, Policy(per_minute=0)), port=None, prevent_thread_lock=True
        )
        page.close(verbose=False)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_is_too_strange(url: str, mode: GenerationMode) -> None:
    """Such as the description allows, and such as it forbids."""
    document = httpx.get(f"{url}v1/openapi.json", trust_env=False).json()
    if mode is GenerationMode.NEGATIVE:  # the generator fails at files that are to be wrong
        document = json.loads(json.dumps(document).replace('"format": "binary", ', ""))
    described = schemathesis.openapi.from_dict(document)
    described.config.base_url = url.rstrip("/")
    paths = []
    for found in described.get_all_operations():
        operation = found.ok()
        paths.append(operation.path)

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS)

        with suppress(Unsatisfiable):  # a path without any field cannot be asked wrongly
            ask()
    assert len(paths) == 8


def test_the_same_engine_answers_a_plain_request(url: str) -> None:
    """Otherwise all of the above may have failed on the same first check."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        found = client.post("/v1/search", files={"image": picture(3)}, data={"k": 1}).json()
        assert found["hits"][0]["product_id"] == "p3"
        assert found["related"]["also viewed"][0]["product_id"] in ("p1", "p2")
        similar = client.get("/v1/products/p3/similar", params={"k": 11}).json()
        assert "p3" not in [hit["product_id"] for hit in similar["hits"]]
