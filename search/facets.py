"""What there is to narrow by among the products that look alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

from catalog.store import Hit, attribute

# Values told of each key, and attributes told at all: a menu that is longer is not read.
VALUES = 20
ATTRIBUTES = 10


def count(hits: Sequence[Hit]) -> dict[str, dict[str, float]]:
    """Filter key → value → products, most frequent first; under `price` min and max instead.

    A product counts once, however many of its views are among `hits`. Keys that none of them has
    are absent, and attributes that no filter could name.
    """
    counts: dict[str, Counter[str]] = {}
    products = {(hit.product.source, hit.product.product_id): hit for hit in hits}
    for hit in products.values():
        for key, value in _facts(hit):
            counts.setdefault(key, Counter())[value] += 1
    names = [key for key in ("category", "brand", "colors", "available") if key in counts]
    # the attributes that most products have
    others = sorted(counts.keys() - set(names), key=lambda key: (-counts[key].total(), key))
    facets = {key: _most(counts[key]) for key in (*names, *others[:ATTRIBUTES])}
    prices = [hit.product.price for hit in hits if hit.product.price is not None]
    return {**facets, "price": {"min": min(prices), "max": max(prices)}} if prices else facets


def _facts(hit: Hit) -> Iterator[tuple[str, str]]:
    product = hit.product
    if product.category is not None:
        yield "category", product.category
    if product.brand is not None:
        yield "brand", product.brand
    if product.available is not None:
        yield "available", str(product.available).lower()
    for color in product.colors:
        yield "colors", color
    for name, value in product.attributes.items():
        with suppress(ValueError):
            yield attribute(name), value


def _most(counts: Counter[str]) -> dict[str, float]:
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ranked[:VALUES])
