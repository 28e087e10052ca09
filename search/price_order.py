"""Hits by what they cost instead of by how alike they are."""

from collections.abc import Sequence

from catalog.store import Hit
from search.choices import Order


def by_price(hits: Sequence[Hit], order: Order) -> list[Hit]:
    """Those of one price stay in their order; those without a price come last, either way."""
    sign = -1 if order == "-price" else 1
    return sorted(hits, key=lambda hit: _cost(hit, sign))


def _cost(hit: Hit, sign: int) -> tuple[bool, float]:
    price = hit.product.price
    return price is None, 0.0 if price is None else sign * price
