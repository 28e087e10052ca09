"""What a shopper asks and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from catalog.store import Hit
from search.match import Match, match
from vision.calibration import MatchScores

ANY = "any"
"""In place of a category's name: look in all of them."""
MAX_K = 200


@dataclass(frozen=True)
class SearchRequest:
    """A photo and how to look. Raises ValueError for a k outside 1 … MAX_K."""

    image: bytes
    """The file as it came: JPEG, PNG, …"""
    k: int = 9
    """Results wanted, as in the student systems."""
    category: str | None = None
    """None: predict and route. ANY: everywhere. Else only in that category."""

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
