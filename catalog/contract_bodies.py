"""Requests that a service can send to Qdrant as they stand: `docs/contract.md` shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.contract import VECTOR_NAME
from catalog.product import Product

SEEN = Product("spring-catalog", "B00123").point_id
DISLIKED = Product("spring-catalog", "B00789").point_id
# as `/v1/embed` gives it, but for the length
VECTOR = (0.8, 0.6, 0.0)
_CARD = ["product_id", "title", "price", "currency", "url"]
_NEAR = {"query": list(VECTOR), "using": VECTOR_NAME}
_HATS = {"key": "category", "match": {"any": ["Hat"]}}
_BUYABLE = {"key": "available", "match": {"value": True}}


@dataclass(frozen=True)
class Body:
    """One request: POST `body` to `/collections/ALIAS/<path>`."""

    title: str
    path: str
    body: Mapping[str, Any]
    note: str = ""


BODIES: Mapping[str, Body] = {
    "near": Body(
        "Products that look like a photo, in one category, up to a price",
        "points/query",
        {
            **_NEAR,
            "limit": 9,
            "filter": {"must": [_HATS, {"key": "price", "range": {"lte": 30.0}}]},
            "with_payload": _CARD,
        },
        "`query` is the `vector` of `/v1/embed`: as many numbers as the metadata's `dim`, here cut "
        "to 3. Leave `filter` out to look everywhere. Every image is a point: a product with "
        "several may come more than once.",
    ),
    "filtered": Body(
        "The same with more filters: colours, words of the title, an attribute, and what not",
        "points/query",
        {
            **_NEAR,
            "limit": 9,
            "filter": {
                "must": [
                    _BUYABLE,
                    {"key": "colors", "match": {"any": ["beige", "blue"]}},
                    {"key": "title", "match": {"text": "straw"}},
                    {"key": "attributes.material", "match": {"value": "straw"}},
                ],
                "must_not": [{"key": "brand", "match": {"any": ["Nobody"]}}],
            },
            "with_payload": _CARD,
        },
        "Attributes have no index: a server in strict mode refuses to filter by them, and a large "
        "one is slow at it beside no other filter.",
    ),
    "grouped": Body(
        "One result for each product, with up to 3 of its images",
        "points/query/groups",
        {
            **_NEAR,
            "group_by": "product_id",
            "limit": 9,
            "group_size": 3,
            "filter": {"must": [_BUYABLE]},
            "with_payload": _CARD,
        },
    ),
    "next": Body(
        "The second page of nine",
        "points/query",
        {**_NEAR, "limit": 9, "offset": 9, "with_payload": _CARD},
        "Deep pages cost what all pages before them cost: stop at a few hundred, or scroll.",
    ),
    "similar": Body(
        "More like a product of the catalog",
        "points/query",
        {
            "query": SEEN,
            "using": VECTOR_NAME,
            "limit": 9,
            "filter": {"must": [_BUYABLE]},
            "with_payload": _CARD,
        },
        "By the id of one of its points, which is not among the results.",
    ),
    "recommend": Body(
        "Near to what is liked, away from what is not",
        "points/query",
        {
            "query": {
                "recommend": {
                    "positive": [list(VECTOR), SEEN],
                    "negative": [DISLIKED],
                    "strategy": "best_score",
                }
            },
            "using": VECTOR_NAME,
            "limit": 9,
            "with_payload": _CARD,
        },
        "Vectors and points' ids may be mixed; a point named is not among the results. The score "
        "is no cosine here: it is above 0 where something liked is nearest, below 0 where "
        "something disliked is.",
    ),
    "facet": Body(
        "How many images each brand has in a category",
        "facet",
        {"key": "brand", "limit": 100, "exact": True, "filter": {"must": [_HATS]}},
        "For every key with a keyword index.",
    ),
    "views": Body(
        "Every image of one product",
        "points/scroll",
        {
            "filter": {"must": [{"key": "product_id", "match": {"value": "B00123"}}]},
            "limit": 20,
            "with_payload": True,
        },
    ),
    "scroll": Body(
        "All products, page by page, in the order of the ids",
        "points/scroll",
        {"offset": SEEN, "limit": 256, "with_payload": True, "with_vector": False},
        "Leave `offset` out at first; then give `next_page_offset` of the page before, until it "
        "is null.",
    ),
}
