"""What a shopper asks."""

import math
from dataclasses import dataclass

from catalog.store import EVERYTHING, Filter
from search.choices import Measure, Order, Variant
from vision.box import Box

ANY = "any"
"""In place of a category's name: look in all of them."""
MAX_K = 200
MAX_OFFSET = 1000
MAX_TEXT = 500
"""Characters of `SearchRequest.text`."""
MAX_JUDGED = 50
"""Products liked, and products disliked."""
MAX_ATTRIBUTES = 20
"""Of one question: each is a condition that the engine holds against every product."""


@dataclass(frozen=True)
class SearchRequest:
    """What to look for, how, and what to tell. One of image, text, like and liked must be given.

    Product ids are the catalog's own. Raises ValueError for values outside their ranges.
    """

    image: bytes = b""
    """The file as it came: JPEG, PNG, …"""
    k: int = 9
    """Results wanted, as in the student systems; at most MAX_K."""
    category: str | None = None
    """None: predict and route. ANY: everywhere. Else only in that category."""
    crop: Box | None = None
    """Only this part of the photo."""
    text: str = ""
    """Words: by the text tower where the model has one, else they must be in the title."""
    text_weight: float = 0.5
    """Of the words beside a photo or a product, [0, 1]; for a text tower."""
    like: str | None = None
    """A product, by its first picture: more like this. It is not among the hits."""
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    """Products that pull the answer and push it (best score: the nearest of them decides). They
    are not among the hits."""
    where: Filter = EVERYTHING
    """Brand, colours, price, availability, attributes: what a hit must be. Its `either` is the
    routing's own."""
    variant: Variant | None = None
    """Cheaper than, or in none of the colours of, the product asked for or the nearest hit."""
    offset: int = 0
    """Hits to skip: the pages of one question fit together, as long as k stays the same."""
    least: float = -1.0
    """Cut-off: hits below this cosine (below this normalised score, with "linear") are left out."""
    diversity: float = 0.0
    """[0, 1]: how much likeness to earlier hits counts against likeness to the query (MMR)."""
    order: Order = "match"
    """By price: the look-alikes among the nearest, those without a price last."""
    one_per_product: bool = True
    """Else each view of a product is a hit of its own."""
    measure: Measure = "cosine"
    facets: bool = False
    """Count brands, colours, … among the products that look alike."""
    why: bool = False
    """Explain each hit, with the region of the photo that matched."""
    crops: bool = False
    """Suggest parts of the whole photo to search for; nothing is suggested within a crop."""

    def __post_init__(self) -> None:
        _within("k", self.k, 1, MAX_K)
        _within("offset", self.offset, 0, MAX_OFFSET)
        _within("least", self.least, -1, 1)
        _within("diversity", self.diversity, 0, 1)
        _within("text_weight", self.text_weight, 0, 1)
        _within("the number of characters of text", len(self.text), 0, MAX_TEXT)
        _within("the number of liked products", len(self.liked), 0, MAX_JUDGED)
        _within("the number of disliked products", len(self.disliked), 0, MAX_JUDGED)
        if self.image and self.like is not None:
            raise ValueError("both a photo and a product to be like; put the product into liked")
        if self.where.either:
            raise ValueError("where.either is kept for the routing; use where.any_of")


def _within(name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{name} is {value}; it must be between {least} and {most}")
