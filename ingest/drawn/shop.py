"""Everything the drawn shop sells, and the words around it: brands, titles, prices."""

from __future__ import annotations

import numpy as np

from ingest.drawn import (
    cameras,
    care,
    cars,
    computers,
    crafts,
    electronics,
    garden,
    jewels,
    kitchen,
    music,
    nursery,
    pantry,
    pets,
    phones,
    rooms,
    shoes,
    tools,
    watches,
    wear,
)
from ingest.drawn.kind import Kind, Style
from ingest.drawn.pattern import adjective

KINDS: tuple[Kind, ...] = (
    *cameras.KINDS,
    *care.KINDS,
    *cars.KINDS,
    *computers.KINDS,
    *crafts.KINDS,
    *electronics.KINDS,
    *garden.KINDS,
    *jewels.KINDS,
    *kitchen.KINDS,
    *music.KINDS,
    *nursery.KINDS,
    *pantry.KINDS,
    *pets.KINDS,
    *phones.KINDS,
    *rooms.KINDS,
    *shoes.KINDS,
    *tools.KINDS,
    *watches.KINDS,
    *wear.KINDS,
)
# invented; a shopper meets few brands per category, so a brand filter has something to find
BRANDS: dict[str, tuple[str, ...]] = {
    "Pet Supplies": ("Waggletree", "Fennpaw", "Tailwick"),
    "Grocery & Gourmet Food": ("Orchard & Ember", "Millbrae Pantry", "Saltlark"),
    "Patio, Lawn & Garden": ("Mossgate", "Thornby Green", "Larkspade"),
    "Cell Phones & Accessories": ("Voltern", "Pocketloom", "Quellio"),
    "Beauty": ("Maison Velour", "Opaline Row", "Rosmére"),
    "Health & Personal Care": ("Clearbrook Care", "Bramwell Care", "Minty Fox"),
    "Clothing": ("Harrow & Finch", "Loomsby", "Nordvale"),
    "Arts, Crafts & Sewing": ("Threadneedle Lane", "Inkwillow", "Pigmentry"),
    "Baby": ("Little Sorrel", "Cooberry", "Lullamere"),
    "Musical Instruments": ("Cadenwright", "Ravenhall", "Tremolark"),
    "Automotive": ("Torquewell", "Roadmere", "Axelby"),
    "Jewelry": ("Aurelisse", "Gemwright", "Solwynne"),
    "Home Improvement": ("Hardanger Tools", "Brackenworks", "Plumbmoor"),
    "Kitchen & Dining": ("Copperhob", "Tablewright", "Saffron & Stone"),
    "Watches": ("Meridane", "Chronwick", "Tidewell"),
    "Shoes": ("Pavemore", "Stridewick", "Cobblefield"),
    "Home & Kitchen": ("Hearthlane", "Softbarrow", "Lumenhythe"),
    "Camera & Photo": ("Lichtmere", "Aperlow", "Silverfield"),
    "Electronics": ("Sonderwave", "Brightcell", "Audiorne"),
    "Computers & Accessories": ("Bytehollow", "Capsfold", "Nimbusfold"),
}
CATEGORIES: tuple[str, ...] = tuple(BRANDS)
_ENDINGS = (0.99, 0.95, 0.49, 0.0)
_PRAISE = (
    "An everyday choice, made to last.",
    "One of our most loved pieces this season.",
    "Well made, easy to care for, ready to give.",
    "Small details, thoughtful making.",
)
_LOOKS = ("Simple lines and a friendly shade of {color}.", "Goes with everything in {color}.")


def kinds_of(category: str) -> tuple[Kind, ...]:
    return tuple(kind for kind in KINDS if kind.category == category)


def title(style: Style) -> str:
    figure = "" if style.pack else adjective(style.pattern)
    words = (figure, style.material, style.noun)
    return f"{' '.join(word for word in words if word)}, {style.pack or style.color.name}"


def brand_and_price(kind: Kind, random: np.random.Generator) -> tuple[str, float]:
    """Dearer brands ask more within the kind's range; most prices lie in its lower half."""
    brands = BRANDS[kind.category]
    rank = int(random.integers(len(brands)))
    low, high = kind.price
    share = (rank + float(random.random())) / len(brands)
    price = low * (high / low) ** share
    ending = _ENDINGS[int(random.integers(len(_ENDINGS)))] if price < 200 else 0.0
    return brands[rank], max(float(int(price)) + ending, low)


def description(style: Style, random: np.random.Generator) -> str:
    """A sentence, or nothing: real catalogs have gaps too."""
    if random.random() < 0.25:
        return ""
    sentences = _PRAISE if style.pack else (*_PRAISE, *_LOOKS)
    return sentences[int(random.integers(len(sentences)))].format(color=style.color.name.lower())
