"""A photo to the catalog's most similar products."""

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from catalog.store import Filter, Hit, Store
from search.request import ANY, CategoryGuess, Route, SearchRequest, SearchResult
from search.routing import SHOWN_GUESSES, VOTERS, Routing, rank, vote, widened
from vision.embedder import Embedder


class SearchService:
    """Searches one index with the model that made it. Safe for several threads.

    Raises NoIndex or IndexMismatch (catalog) when the index is absent or another model's.
    """

    def __init__(self, embedder: Embedder, store: Store, routing: Routing | None = None) -> None:
        self.index = store.require(embedder.fingerprint)
        self._embedder = embedder
        self._store = store
        self._routing = routing or Routing()

    def search(self, request: SearchRequest) -> SearchResult:
        """Best first, at most `request.k`. Raises UnreadableImage for a bad photo."""
        start = perf_counter()
        image = self._embedder.decode(request.image)
        decoded = perf_counter()
        encoded = self._embedder.encode([image])
        embedded = perf_counter()
        hits, route = self.find(encoded.vectors[0], encoded.probabilities[0], request)
        done = perf_counter()
        timings = {
            "decode": decoded - start,
            "encode": embedded - decoded,
            "search": done - embedded,
            "total": done - start,
        }
        return SearchResult(tuple(hits), route, {name: s * 1e3 for name, s in timings.items()})

    def find(
        self,
        vector: np.ndarray,
        probabilities: np.ndarray,
        request: SearchRequest,
        without: Sequence[str] = (),
    ) -> tuple[list[Hit], Route]:
        """The part after the model: (D,) unit vector and (C,) probabilities to hits and route.

        `without` are point ids to leave out.
        """
        route = self.route(self.guesses(vector, probabilities, without), request.category)
        hits = self.look(vector, request.k, route, without)
        if route.kind == "routed" and len(hits) < request.k:
            route = widened(route, len(hits), request.k)
            hits = self.look(vector, request.k, route, without)
        return hits, route

    def guesses(
        self, vector: np.ndarray, probabilities: np.ndarray, without: Sequence[str] = ()
    ) -> list[CategoryGuess]:
        """Every category, most probable first: the classifier's word, else the neighbours' vote.

        `without` are point ids that may not vote (the photo itself, when it is in the index).
        """
        if self._embedder.labels:
            return rank(probabilities, self._embedder.labels)
        return vote(self._store.query(vector, VOTERS, Filter(without_ids=tuple(without))))

    def route(self, guesses: Sequence[CategoryGuess], category: str | None = None) -> Route:
        """Where to look: the shopper's `category`, else what the guesses allow."""
        if category is None:
            return self._routing.route(guesses)
        shown = tuple(guesses[:SHOWN_GUESSES])
        if category == ANY:
            return Route("none", (), "All categories, as you chose.", shown)
        return Route("chosen", (category,), f"Only {category}, as you chose.", shown)

    def look(
        self, vector: np.ndarray, k: int, route: Route, without: Sequence[str] = ()
    ) -> list[Hit]:
        """The k nearest on the route, best first, leaving out the point ids `without`.

        A predicted route also admits products that the model itself puts there: a catalog's own
        label may be missing, junk or wrong. A shopper's choice is taken at its word.
        """
        own = {"category": route.categories} if route.kind == "chosen" else {}
        seen = dict.fromkeys(("category", "predicted_category"), route.categories)
        where = Filter(
            any_of=own, either=seen if route.kind == "routed" else {}, without_ids=tuple(without)
        )
        return self._store.query(vector, k, where)

    def categories(self) -> dict[str, int]:
        """The index's own categories with their numbers of images, most frequent first."""
        return self._store.facet("category", limit=1000)

    def count(self) -> int:
        """Images in the index."""
        return self._store.count()
