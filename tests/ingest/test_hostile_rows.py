"""Rows that lie about ids, categories and prices, all the way into the index."""

from collections.abc import Callable
from typing import Any

import numpy as np

from catalog.product import Product, Stamp
from catalog.store import Filter, Point

Pictures = Callable[..., bytes]


def payloads(shop: Any) -> dict[str, dict[str, Any]]:
    return {product_id: stored.payload for (product_id, _), stored in shop.points().items()}


def test_of_rows_with_one_id_the_first_is_kept_and_the_others_are_counted(shop: Any) -> None:
    shop.add("a", title="first")
    shop.add("a", title="first")
    shop.add("a", title="other")
    shop.add("A", title="another case is another product")
    shop.add("caf\u00e9", title="composed")
    shop.add("cafe\u0301", title="decomposed")
    shop.add("", image="images/a.jpg")
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"new": 3, "duplicate": 3, "rejected": 1}
    assert report.reasons["no_id"] == 1
    assert report.rows == 7
    assert {key: one["title"] for key, one in payloads(shop).items()} == {
        "a": "first", "A": "another case is another product", "caf\u00e9": "composed",
    }  # fmt: skip


CATEGORIES = {
    "none": "",
    "script": "<script>alert(1)</script>",
    "emoji": "🥾 Boots & Co",
    "rtl": "أحذية",
    "path": "Shoes > Boots",
    "huge": "x" * 100_000,
    "spaces": "  Hats  ",
}


def test_any_text_is_a_category_and_what_is_too_long_for_one_is_left_out(shop: Any) -> None:
    for name, category in CATEGORIES.items():
        shop.add(name, category=category)
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"new": len(CATEGORIES)}
    assert report.warnings == {"overlong_category": 1}
    stored = {key: one.get("category") for key, one in payloads(shop).items()}
    assert stored == CATEGORIES | {
        "none": None, "huge": None, "path": "Boots", "spaces": "Hats",
    }  # fmt: skip
    assert shop.store.facet("category") == {
        "<script>alert(1)</script>": 1, "🥾 Boots & Co": 1, "أحذية": 1, "Boots": 1, "Hats": 1,
    }  # fmt: skip
    assert shop.store.count(Filter(any_of={"category": ("🥾 Boots & Co",)})) == 1


def test_ten_thousand_categories_can_be_counted_and_searched(shop: Any) -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(10_000, shop.embedder.dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    stamp = Stamp("0" * 64, shop.embedder.fingerprint, "run", "2026-01-02T03:04:05Z")
    products = [Product("shop", str(n), category=f"Category {n}") for n in range(10_000)]
    shop.store.upsert(
        [
            Point(product.point_id, vector, product.to_payload(stamp))
            for product, vector in zip(products, vectors, strict=True)
        ]
    )
    assert len(shop.store.facet("category", limit=20_000)) == 10_000
    assert len(shop.store.facet("category")) == 100
    where = Filter(any_of={"category": ("Category 7777",)})
    assert [hit.product.product_id for hit in shop.store.query(vectors[0], 9, where)] == ["7777"]


def test_a_price_is_read_or_left_out_and_no_filter_ever_fails_on_it(shop: Any) -> None:
    prices = {
        "empty": "", "german": "12,99 €", "range": "$1–$2", "negative": "-3", "nan": "NaN",
        "endless": "1e999", "words": "ask us", "dollars": "$1,299.00", "free": "0",
    }  # fmt: skip
    for name, price in prices.items():
        shop.add(name, price=price)
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"new": len(prices)}
    assert report.warnings == {"unreadable_price": 5}
    stored = payloads(shop)
    assert {key: one["price"] for key, one in stored.items() if "price" in one} == {
        "german": 12.99, "dollars": 1299.0, "free": 0.0,
    }  # fmt: skip
    assert stored["german"]["currency"] == "EUR"
    cheap = {one.payload["product_id"] for one in shop.store.scroll(Filter(price_max=100.0))}
    assert cheap == {"german", "free"}
