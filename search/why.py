"""Why a hit is here: what it has in common with what is sought, and where the photo shows it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catalog.store import Hit
from search.match import Match
from vision.colours import plain_name

MEANINGS: Mapping[Match | None, str] = {
    "same product": "so near that on held-out photos hardly any other product was",
    "very similar": "so near that on held-out photos it was nearly always a right one",
    "same style": "so near that on held-out photos it mostly was a right one",
    "weak": "the nearest there is, but on held-out photos such nearness said little",
    None: "nobody measured what such a score is worth for this model",
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Known:
    """What is known of what is sought, besides its vector."""

    category: str | None = None
    """The likeliest of the photo, or the product's own."""
    brand: str | None = None
    colors: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class Why:
    """The reasons for one hit."""

    meaning: str
    """What its match label says, in words."""
    agrees: Mapping[str, str]
    """Payload key → the value that what is sought has, too (`title`: the words)."""
    found: str
    """Which part of the search found it."""
    heat: np.ndarray | None = None
    """(h, w) float32 in [0, 1]: how much each place of the photo speaks for it."""

    def to_json(self) -> dict[str, Any]:
        heat = None if self.heat is None else np.round(self.heat.astype(float), 2).tolist()
        agrees = dict(self.agrees)
        return {"meaning": self.meaning, "found": self.found, "agrees": agrees, "heat": heat}


def agreement(hit: Hit, known: Known) -> dict[str, str]:
    """Payload key → value of what the hit's product and `known` share."""
    return dict(_shared(hit, known))


def _shared(hit: Hit, known: Known) -> Iterator[tuple[str, str]]:
    product = hit.product
    if known.category and known.category in (product.category, hit.stamp.predicted_category):
        own = known.category == product.category
        yield "category" if own else "predicted_category", known.category
    if known.brand and known.brand == product.brand:
        yield "brand", known.brand
    names = {plain_name(word) or word for word in known.colors}
    colors = [word for word in product.colors if (plain_name(word) or word) in names]
    if colors:
        yield "colors", ", ".join(colors)
    for name, value in product.attributes.items():
        if known.attributes.get(name) == value:
            yield f"attributes.{name}", value
    asked = set(_WORD.findall(known.words.casefold()))
    words = [word for word in _WORD.findall(product.title or "") if word.casefold() in asked]
    if words:
        yield "title", " ".join(words)
