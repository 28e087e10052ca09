"""What comes back: hits, and what there is to say about them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from catalog.store import Hit
from search.match import Match, match
from search.varied import Varied
from search.why import Why
from vision.box import Box
from vision.calibration import MatchScores

Cause = Literal["sure", "unsure", "few", "chosen", "everywhere", "unknown", "no photo"]
"""Sure enough, or not; the likely categories hold too few products; as the shopper chose; no
category is known; not a photo alone is sought."""


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
    cause: Cause = "unknown"
    """What `reason` says, for those who say it in other words."""
    tried: tuple[str, ...] = ()
    """With the cause "few": categories that held only `held` hits."""
    held: int = 0


@dataclass(frozen=True)
class Region:
    """A part of the photo that may be worth a search of its own."""

    box: Box
    guesses: tuple[CategoryGuess, ...]
    """What it may show, most probable first, at most 5."""


@dataclass(frozen=True)
class SearchResult:
    """The answer: most similar first, except that the kept hits begin anew, at the end.

    Where diversity or disliked products were asked for, scores need not fall.
    """

    hits: tuple[Hit, ...]
    route: Route
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by step: decode, encode, engine, search (the engine included), total."""
    matches: MatchScores | None = None
    """Which score earns which match label; None: nobody measured that for such a question."""
    nothing_like_this: bool = False
    """The photo is unlike all that the model was taught; the hits are only what comes nearest."""
    more: bool = False
    """There is another page."""
    views: Mapping[str, int] = field(default_factory=dict)
    """Hit id → pictures of its product in the index; empty where each is a hit of its own."""
    words: Literal["vector", "title"] | None = None
    """How words were read: by the text tower, or as words of the title (then, without a photo or
    a product, a score is the share of the title's words that were asked for)."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """Hit id → the measure asked for, where it is not the cosine."""
    facets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Payload key → value → products; under `price` instead min and max."""
    why: Mapping[str, Why] = field(default_factory=dict)
    """Hit id → why it is here."""
    related: Mapping[str, tuple[Hit, ...]] = field(default_factory=dict)
    """Relation → what the catalog itself links to the product asked for, or to the first hit."""
    regions: tuple[Region, ...] = ()
    """None, or two to four."""
    varied: Varied | None = None
    """What the variant asked for is measured against."""

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
                "guesses": _guesses(self.route.guesses),
            },
            "nothing_like_this": self.nothing_like_this,
            "words": self.words,
            "hits": [self._hit(hit) for hit in self.hits],
            "more": self.more,
            "facets": {key: dict(counts) for key, counts in self.facets.items()},
            "related": {
                relation: [self._hit(hit) for hit in hits]
                for relation, hits in self.related.items()
            },
            "regions": [
                {"box": asdict(one.box), "guesses": _guesses(one.guesses)} for one in self.regions
            ],
            "timings_ms": {name: round(value, 2) for name, value in self.timings_ms.items()},
        }

    def _hit(self, hit: Hit) -> dict[str, Any]:
        """The contract's payload keys, under the score and what it means."""
        said: dict[str, Any] = {"score": round(hit.score, 4), "match": self.match(hit)}
        if hit.id in self.measured:
            said["measured"] = round(self.measured[hit.id], 4)
        if hit.id in self.views:
            said["views"] = self.views[hit.id]
        if hit.id in self.why:
            said["why"] = self.why[hit.id].to_json()
        return {**said, "id": hit.id, **hit.product.to_payload(hit.stamp)}


def _guesses(guesses: Sequence[CategoryGuess]) -> list[dict[str, Any]]:
    return [{"name": guess.name, "probability": round(guess.probability, 4)} for guess in guesses]
