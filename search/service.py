"""What is asked to the catalog's most similar products."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.contract import ALIAS
from catalog.store import Filter, Hit, Store, Vector, open_store
from search import facets, measures
from search.clock import Clock
from search.crops import regions
from search.finder import Finder, inside_of
from search.match import match
from search.models import model_of
from search.reasons import reasons
from search.related import related
from search.request import SearchRequest
from search.result import CategoryGuess, Route, SearchResult
from search.routing import UNCALIBRATED, Routing
from search.shelf import Shelf
from search.sought import Sought, seek
from search.variants import varied
from vision.box import Box
from vision.calibration import MatchScores
from vision.embedder import Embedder, open_embedder

# What facets are counted over, and what the scores of a measure are normalised over.
CANDIDATES = 200


@dataclass(frozen=True)
class Embedded:
    """A photo as the index's own model sees it, for those who ask the engine themselves."""

    vector: Vector
    """(D,) float32, unit norm."""
    guesses: tuple[CategoryGuess, ...]
    """Every category, most probable first."""
    fingerprint: str
    """Of the model, as the collection remembers it."""


class SearchService:
    """Searches one index with the model that made it. Safe for several threads.

    Raises NoIndex or IndexMismatch (catalog) when the index is absent or another model's.
    """

    def __init__(self, embedder: Embedder, store: Store, routing: Routing | None = None) -> None:
        self.index = store.require(embedder.fingerprint)
        self._embedder = embedder
        self._store = store
        self._calibration = embedder.calibration or UNCALIBRATED
        self.finder = Finder(embedder.labels, self._calibration, routing or Routing())

    def search(self, request: SearchRequest) -> SearchResult:
        """At most `request.k` hits. Raises UnreadableImage, UnknownProduct, ValueError."""
        clock = Clock()
        sought = seek(request, self._embedder, self._store, clock)
        shelf = self._shelf(sought, clock, request)
        where, varies = varied(_asked(request, sought), request.variant, shelf)
        scale = self._scale(request, shelf, where)
        shelf.least = scale.cosine(request.least)
        hits, route, more = self.finder.find(shelf, request, where)
        first = sought.product or (hits[0].product if hits else None)
        matches = self._matches(sought)
        return SearchResult(
            hits=tuple(hits),
            route=replace(route, reason=f"{route.reason} {varies}".strip()),
            matches=matches,
            nothing_like_this=self.refuses(sought.novelty, hits),
            more=more,
            views=shelf.views(hits) if request.one_per_product else {},
            words=sought.words,
            measured={} if request.measure == "cosine" else {h.id: scale.of(h.score) for h in hits},
            facets=self._facets(shelf, where, route, matches) if request.facets else {},
            why=self._why(hits, route, sought, request, matches) if request.why else {},
            related=related(first, shelf),
            regions=self._regions(request, sought, clock) if request.crops else (),
            timings_ms=clock.timings_ms(),
        )
