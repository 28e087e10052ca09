"""Each request of docs/contract.md, sent as it stands: what it must find among these products."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from catalog.contract_bodies import BODIES, VECTOR
from catalog.contract_page import EXAMPLE, page
from catalog.product import Product
from catalog.store import Point, Store, open_store

Answer = list[str] | dict[str, int]

# the product ids, best first; of a scroll in any order; of a facet its counts
FOUND: dict[str, Answer] = {
    "near": ["B00123", "B00123", "B00456"],
    "filtered": ["B00123", "B00123"],
    "grouped": ["B00123", "B00456", "B00789"],
    "next": [],
    "similar": ["B00123", "B00456", "B00789"],
    "recommend": ["B00123", "B00456", "B00999"],
    "facet": {"Acme": 2, "Nobody": 1},
    "views": ["B00123", "B00123"],
}


def put_products(store: Store, kit: Any) -> None:
    """A hat as on the page, twice, a hat of another brand, a bag, and a hat nobody can buy."""
    shop = {"source": EXAMPLE.source, "category": "Hat", "price": 20.0, "available": True}
    hat = shop | {
        "product_id": "B00123",
        "title": EXAMPLE.title,
        "brand": "Acme",
        "colors": ("beige", "blue"),
        "attributes": {"material": "straw"},
    }
    products = {
        (0.8, 0.6, 0.0): Product(**hat),
        (0.6, 0.8, 0.0): Product(**hat, image_slot=1),
        (0.0, 1.0, 0.0): Product(**shop | {"product_id": "B00456", "brand": "Nobody"}),
        (0.0, 0.0, 1.0): Product(**shop | {"product_id": "B00789", "category": "Bag"}),
        (0.0, 0.8, 0.6): Product(
            **shop | {"product_id": "B00999", "price": 99.0, "available": False}
        ),
    }
    store.ensure(kit.info(dim=3))
    store.upsert(
        [
            Point(product.point_id, np.float32(vector), product.to_payload(kit.stamp()))
            for vector, product in products.items()
        ]
    )


def by_client(client: QdrantClient, path: str, body: Any) -> Any:
    """The body through the client's own models, which refuse keys that the protocol lacks."""
    if path == "facet":
        asked = models.FacetRequest(**body)
        return client.facet("products", asked.key, asked.filter, asked.limit, asked.exact)
    if path == "points/scroll":
        scroll = models.ScrollRequest(**body)
        records, _ = client.scroll(
            "products", scroll.filter, scroll.limit, offset=scroll.offset, with_payload=True
        )
        return records
    grouped = path.endswith("groups")
    query = (models.QueryGroupsRequest if grouped else models.QueryRequest)(**body)
    given = query.model_dump(exclude_none=True, exclude={"filter", "query"})
    ask: Callable[..., Any] = client.query_points_groups if grouped else client.query_points
    return ask("products", query=query.query, query_filter=query.filter, **given)


def answer_of(path: str, said: Any) -> Answer:
    """The part of an answer that FOUND tells, from the client's objects."""
    if path == "facet":
        return {str(hit.value): hit.count for hit in said.hits}
    if path.endswith("groups"):
        return [str(group.id) for group in said.groups]
    points = said if path == "points/scroll" else said.points
    return [point.payload["product_id"] for point in points]


@pytest.fixture
def client(kit: Any) -> Iterator[QdrantClient]:
    made = QdrantClient(":memory:")
    with open_store(":memory:", client=made) as store:
        put_products(store, kit)
    yield made
    made.close()


@pytest.mark.parametrize("name", BODIES)
def test_a_request_of_the_page_finds_what_it_says(client: QdrantClient, name: str) -> None:
    asked = BODIES[name]
    answer = answer_of(asked.path, by_client(client, asked.path, asked.body))
    if name == "scroll":  # from one product's id on: which come after it is up to the ids
        assert isinstance(answer, list)
        assert answer[0] == "B00123"
    else:
        assert answer == FOUND[name]


@pytest.mark.qdrant
def test_a_real_server_takes_every_request_of_the_page(server: Any, kit: Any) -> None:
    with server.open() as store:
        put_products(store, kit)
    url = f"{os.environ['QDRANT_URL']}/collections/{server.alias}"
    headers = {"api-key": os.environ.get("QDRANT_API_KEY", "")}
    for name, asked in BODIES.items():
        said = httpx.post(f"{url}/{asked.path}", json=asked.body, headers=headers)
        assert said.status_code == 200, f"{name}: {said.text}"
        result = said.json()["result"]
        if name == "facet":
            assert {hit["value"]: hit["count"] for hit in result["hits"]} == FOUND[name]
        elif name == "grouped":
            assert [group["id"] for group in result["groups"]] == FOUND[name]
        elif name != "scroll":
            found = [point["payload"]["product_id"] for point in result["points"]]
            assert found == FOUND[name], name


def test_every_request_is_on_the_page_with_its_address() -> None:
    text = page()
    assert all(f"### {one.title}" in text for one in BODIES.values())
    assert all(f"`POST /collections/products/{one.path}`" in text for one in BODIES.values())
    assert str(list(VECTOR)) in text
