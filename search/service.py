"""A photo to the catalog's most similar products."""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np

from catalog.store import Filter, Hit, Store
from search.embedding import Embedding
from search.guesses import blend, voters
from search.match import match
from search.request import ANY, CategoryGuess, Route, SearchRequest, SearchResult
from search.routing import SHOWN_GUESSES, UNCALIBRATED, Routing, keeping, widened
from search.seats import seat
from vision.box import Box
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
        self._calibration = embedder.calibration or UNCALIBRATED
        self._voters = voters(embedder.labels, self._calibration)

    def search(self, request: SearchRequest) -> SearchResult:
        """At most `request.k` hits. Raises UnreadableImage for a bad photo."""
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
        return SearchResult(
            tuple(hits),
            route,
            {name: seconds * 1e3 for name, seconds in timings.items()},
            self._calibration.matches,
            self.refuses(float(encoded.novelty[0]), hits),
        )

    def embed(self, image: bytes, crop: Box | None = None) -> Embedding:
        """What the search makes of a photo before it searches. Raises UnreadableImage."""
        picture = self._embedder.decode(image)
        encoded = self._embedder.encode([crop.cut(picture) if crop else picture])
        vector = encoded.vectors[0]
        guesses = self.guesses(vector, encoded.probabilities[0])
        return Embedding(vector, tuple(guesses[:SHOWN_GUESSES]), self.index.fingerprint)

    def find(
        self,
        vector: np.ndarray,
        probabilities: np.ndarray,
        request: SearchRequest,
        without: Sequence[str] = (),
    ) -> tuple[list[Hit], Route]:
        """The part after the model: (D,) unit vector and (C,) probabilities to hits and route.

        Scores fall, except where the route's kept hits begin. `without` are point ids to leave
        out.
        """
        k, near = request.k, self._near(vector, request, without)
        heard = near[: self._voters]
        guesses = blend(probabilities, self._embedder.labels, heard, self._calibration)
        route = self.route(guesses, request.category)
        if route.kind == "none":
            return near[:k], route
        inside = self.look(vector, k, route, without)
        if route.kind == "chosen":
            return inside, route
        if len(inside) < k:
            return near[:k], widened(route, len(inside), k)
        staying, kept = seat(near[:k], inside)
        return [*staying, *kept], keeping(route, kept)

    def guesses(
        self, vector: np.ndarray, probabilities: np.ndarray, without: Sequence[str] = ()
    ) -> list[CategoryGuess]:
        """Every category, most probable first: the classifier's word and the neighbours' vote.

        `without` are point ids that may not vote (the photo itself, when it is in the index).
        """
        heard = self._nearest(vector, self._voters, without)
        return blend(probabilities, self._embedder.labels, heard, self._calibration)

    def route(self, guesses: Sequence[CategoryGuess], category: str | None = None) -> Route:
        """Where to look: the shopper's `category`, else what the guesses allow."""
        route = self._routing.route(guesses, self._calibration)
        if category is None:
            return route
        if category == ANY:
            reason = "All categories, as you chose."
            return replace(route, kind="none", categories=(), reason=reason)
        reason = f"Only {category}, as you chose."
        return replace(route, kind="chosen", categories=(category,), reason=reason)

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

    def refuses(self, novelty: float, hits: Sequence[Hit]) -> bool:
        """Whether the photo shows nothing like what is here: strange to the model, and unmatched.

        `novelty` as in `vision.head.Encoded`. Never for a model that has not measured it.
        """
        strange = self._calibration.strange
        if strange is None or novelty <= strange:
            return False
        scores = self._calibration.matches
        return all(match(hit.score, scores) != "same product" for hit in hits)

    def categories(self) -> dict[str, int]:
        """The index's own categories with their numbers of images, most frequent first."""
        return self._store.facet("category", limit=1000)

    def count(self) -> int:
        """Images in the index."""
        return self._store.count()

    def _near(
        self, vector: np.ndarray, request: SearchRequest, without: Sequence[str]
    ) -> list[Hit]:
        """The nearest anywhere: in one query as many as the answer and the vote need."""
        shown = request.k if request.category in (None, ANY) else 0
        return self._nearest(vector, max(shown, self._voters), without)

    def _nearest(self, vector: np.ndarray, k: int, without: Sequence[str]) -> list[Hit]:
        return self._store.query(vector, k, Filter(without_ids=tuple(without))) if k else []
