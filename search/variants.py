"""The same, but cheaper; the same, but in another colour."""

import math
from dataclasses import replace

from catalog.product import Product
from catalog.store import Filter
from search.choices import Variant
from search.shelf import Shelf
from search.varied import Varied, name_of
from vision.colours import colours, plain_name


def varied(where: Filter, variant: Variant | None, shelf: Shelf) -> tuple[Filter, Varied | None]:
    """The filter with what the variant adds to it, and what that varies.

    What it varies is the product asked for, else the photo or the nearest hit. Raises ValueError
    for a product that lacks the fact to be varied.
    """
    if variant is None:
        return where, None
    return _cheaper(where, shelf) if variant == "cheaper" else _recoloured(where, shelf)


def _cheaper(where: Filter, shelf: Shelf) -> tuple[Filter, Varied]:
    than = shelf.sought.product or _nearest(replace(where, price_min=where.price_min or 0.0), shelf)
    if than is None:
        return _nothing(where), Varied("cheaper")
    if than.price is None:
        raise ValueError(
            f"{name_of(than)} has no price, so nothing is cheaper; leave `variant` out"
        )
    below = math.nextafter(than.price, -math.inf)
    price_max = below if where.price_max is None else min(below, where.price_max)
    # prices of two currencies do not compare
    own = {} if than.currency is None else {"currency": (than.currency,)}
    narrowed = replace(where, price_max=price_max, any_of={**where.any_of, **own})
    return narrowed, Varied("cheaper", than)


def _recoloured(where: Filter, shelf: Shelf) -> tuple[Filter, Varied]:
    photo = shelf.sought.image
    than = shelf.sought.product or (None if photo else _nearest(where, shelf))
    names = set(colours(photo)) if photo else _plain(than.colors if than else ())
    if than is not None and not names:
        raise ValueError(f"no colour of {name_of(than)} is known; leave `variant` out")
    if not names:
        return where, Varied("other color")
    words = shelf.colors()
    same = tuple(word for word in words if _plain((word,)) & names)
    other = tuple(word for word in where.any_of.get("colors", words) if word not in same)
    narrowed = replace(
        where,
        any_of={**where.any_of, "colors": other},
        none_of={**where.none_of, "colors": (*where.none_of.get("colors", ()), *same)},
    )
    return narrowed, Varied("other color", than, tuple(sorted(names)))


def _nearest(where: Filter, shelf: Shelf) -> Product | None:
    found = shelf.nearest(1, where)
    return found[0].product if found else None


def _plain(words: tuple[str, ...]) -> set[str]:
    """The vocabulary's names, where it has one; else the shop's own words."""
    return {plain_name(word) or word for word in words}


def _nothing(where: Filter) -> Filter:
    return replace(where, ids=())
