"""What a shopper asks and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.store import EVERYTHING, Filter, Hit
from search.match import Match, match
from vision.box import Box
from vision.calibration import MatchScores

ANY = "any"
"""In place of a category's name: look in all of them."""
MAX_K = 200

Variant = Literal["cheaper", "other color"]
Measure = Literal["cosine", "l2", "linear"]
"""How nearness is told: linear is the inner product, min-max normalised over the candidates."""


@dataclass(frozen=True)
class SearchRequest:
    """What to look for, how, and what to tell. One of image, text, like and liked must be given.

    Product ids are the catalog's own. Raises ValueError for values outside their ranges.
    """

    image: bytes = b""
    """The file as it came: JPEG, PNG, …"""
    k: int = 9
    """Results wanted, as in the student systems."""
    category: str | None = None
    """None: predict and route. ANY: everywhere. Else only in that category."""
    crop: Box | None = None
    """Only this part of the photo."""
    text: str = ""
    """Words: by the text tower where the model has one, else they must be in the title."""
    text_weight: float = 0.5
    """Of the words beside a photo or a product, [0, 1]."""
    like: str | None = None
    """A product: more like this. It is not among the hits."""
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    """Products that pull the answer and push it (best score: the nearest of them decides)."""
    where: Filter = EVERYTHING
    """Brand, colours, price, availability, attributes: what a hit must be."""
    variant: Variant | None = None
    """Cheaper than, or in none of the colours of, the product asked for or the nearest hit."""
    offset: int = 0
    """Hits to skip: the pages of one question fit together."""
    least: float = -1.0
    """Cut-off: hits below this cosine are left out."""
    diversity: float = 0.0
    """[0, 1]: how much unlikeness among the hits counts against likeness to the query (MMR)."""
    one_per_product: bool = True
    """Else each view of a product is a hit of its own."""
    measure: Measure = "cosine"
    facets: bool = False
    """Count brands, colours, … among the candidates."""
    why: bool = False
    """Explain each hit, with the region of the photo that matched."""
    crops: bool = False
    """Suggest parts of the photo to search for."""

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise ValueError(f"k is {self.k}; it must be between 1 and {MAX_K}")


@dataclass(frozen=True)
class CategoryGuess:
    """One category the photo may show."""

    name: str
    probability: float
    """In [0, 1]; all categories together sum to 1."""


@dataclass(frozen=True)
class Route:
    """Where the search looked, and why."""

    kind: Literal["routed", "chosen", "none"]
    """By prediction; by the shopper's choice; everywhere."""
    categories: tuple[str, ...]
    """Empty: all."""
    reason: str
    """One sentence for people."""
    guesses: tuple[CategoryGuess, ...] = ()
    """Most probable first, at most 5."""
    category_set: tuple[str, ...] = ()
    """What the photo shows is one of these, as surely as the routing was told to be."""
    kept: int = 0
    """So many of the last hits come from outside `categories`, in case it is something else."""


@dataclass(frozen=True)
class SearchResult:
    """The answer: most similar first, except that the kept hits begin anew, at the end."""

    hits: tuple[Hit, ...]
    route: Route
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by step: decode, encode, search, total."""
    matches: MatchScores | None = None
    """Which score earns which match label; None: the model never measured that."""
    nothing_like_this: bool = False
    """The photo is unlike all that the model was taught; the hits are only what comes nearest."""

    def match(self, hit: Hit) -> Match | None:
        """How alike a hit is, in words."""
        return match(hit.score, self.matches)

    def to_json(self) -> dict[str, Any]:
        """Plain data: what `snapshelf search --json` prints."""
        return {
            "route": {
                "kind": self.route.kind,
                "categories": list(self.route.categories),
                "category_set": list(self.route.category_set),
                "kept": self.route.kept,
                "reason": self.route.reason,
                "guesses": [
                    {"name": guess.name, "probability": round(guess.probability, 4)}
                    for guess in self.route.guesses
                ],
            },
            "nothing_like_this": self.nothing_like_this,
            "hits": [self._hit(hit) for hit in self.hits],
            "timings_ms": {name: round(value, 2) for name, value in self.timings_ms.items()},
        }

    def _hit(self, hit: Hit) -> dict[str, Any]:
        """The contract's payload keys, under the score and what it means."""
        said = {"score": round(hit.score, 4), "match": self.match(hit), "id": hit.id}
        return {**said, **hit.product.to_payload(hit.stamp)}
