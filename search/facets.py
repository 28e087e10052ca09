"""What there is to narrow by among the products that look alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from catalog.store import Filter, Hit, attribute
from search.match import alike
from search.shelf import CANDIDATES, Shelf
from vision.calibration import MatchScores

# Values told of each key, and attributes told at all: a menu that is longer is not read.
VALUES = 20
ATTRIBUTES = 10


def facets(shelf: Shelf, where: Filter, matches: MatchScores | None) -> dict[str, dict[str, float]]:
    """Over the products that look alike, as `count`.

    The values of a key are counted without what `where` itself asks of it, as shops do: whoever
    chose one brand sees how many there are of the others.
    """
    told = count(_alike(shelf, where, matches))
    for key, others in _one_less(where):
        own = count(_alike(shelf, others, matches))
        told |= {key: own[key]} if key in own else {}
    return told


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


def _alike(shelf: Shelf, where: Filter, matches: MatchScores | None) -> Sequence[Hit]:
    return alike(shelf.nearest(CANDIDATES, where), matches)


def _one_less(where: Filter) -> Iterator[tuple[str, Filter]]:
    """Each key that is narrowed, and the filter without that."""
    for key in where.any_of:
        kept = {other: values for other, values in where.any_of.items() if other != key}
        yield key, replace(where, any_of=kept)
    if where.price_min is not None or where.price_max is not None:
        yield "price", replace(where, price_min=None, price_max=None)
    if where.available is not None:
        yield "available", replace(where, available=None)


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
