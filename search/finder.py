"""Where to look, and in which order what is there comes: routing, kept seats, diversity, pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog.store import EVERYTHING, Filter, Hit
from search.diversity import diverse
from search.guesses import blend, voters
from search.match import alike
from search.price_order import by_price
from search.request import ANY, SearchRequest
from search.result import CategoryGuess, Route
from search.routing import Routing, keeping, widened
from search.seats import seat
from search.shelf import CANDIDATES, Shelf
from vision.calibration import Calibration

# Hits that diversity chooses among: four pages, and never fewer than these.
POOL = 100


@dataclass(frozen=True)
class Finder:
    """Finds with one model's word on categories. Safe for several threads."""

    labels: Sequence[str]
    calibration: Calibration
    routing: Routing

    def find(
        self, shelf: Shelf, request: SearchRequest, where: Filter = EVERYTHING
    ) -> tuple[list[Hit], Route, bool]:
        """One page of hits, the route, and whether there are more.

        Scores fall, except where the route's kept hits begin and where diversity was asked for.
        """
        ranked, kept, route = self._ranked(shelf, request, where)
        end = request.offset + request.k
        if request.order == "match":
            route = keeping(route, kept, request.offset)
        else:
            matches = self.calibration.matches if shelf.sought.compares_pictures else None
            ranked = by_price(alike(ranked[:CANDIDATES], matches), request.order)
        return ranked[request.offset : end], route, len(ranked) > end

    def guesses(self, shelf: Shelf) -> list[CategoryGuess]:
        """Every category, most probable first: the classifier's word and the neighbours' vote.

        None unless a photo alone is sought: the votes were fitted on nothing else.
        """
        chances = shelf.sought.probabilities
        if chances is None:
            return []
        number = voters(self.labels, self.calibration)
        # what a photo shows does not depend on what the shopper will pay for it: no filter
        heard = shelf.neighbours(number) if number else []
        with shelf.clock.step("route"):
            return blend(chances, self.labels, heard, self.calibration)

    def route(self, guesses: Sequence[CategoryGuess], category: str | None = None) -> Route:
        """Where to look: the shopper's `category`, else what the guesses allow."""
        route = self.routing.route(guesses, self.calibration)
        if category is None:
            return route
        if category == ANY:
            reason = "All categories, as you chose."
            return replace(route, kind="none", categories=(), reason=reason, cause="everywhere")
        reason = f"Only {category}, as you chose."
        return replace(route, kind="chosen", categories=(category,), reason=reason, cause="chosen")

    def _ranked(
        self, shelf: Shelf, request: SearchRequest, where: Filter
    ) -> tuple[list[Hit], list[Hit], Route]:
        """The answer as deep as the page, and whether there is another, can be told from it;
        and those of it that were kept."""
        k = request.k
        if request.category in (None, ANY):
            # asked before the vote, which then costs no query of its own
            shelf.nearest(_depth(request), where)
        route = self._route(shelf, request)
        if route.kind == "none":
            return _arranged(shelf, request, where), [], route
        inside = _arranged(shelf, request, inside_of(route, where))
        if route.kind == "chosen":
            return inside, [], route
        if len(inside) < k:
            return _arranged(shelf, request, where), [], widened(route, len(inside), k)
        staying, kept = seat(shelf.nearest(k, where), inside)
        seated = {shelf.key(hit) for hit in kept}
        rest = [hit for hit in inside[len(staying) :] if shelf.key(hit) not in seated]
        return [*staying, *kept, *rest], kept, route

    def _route(self, shelf: Shelf, request: SearchRequest) -> Route:
        if shelf.sought.probabilities is None and request.category is None:
            reason = "Only for a photo alone a category is predicted: all are searched."
            return Route("none", (), reason, cause="no photo")
        return self.route(self.guesses(shelf), request.category)


def inside_of(route: Route, where: Filter = EVERYTHING, *, predicted: bool = True) -> Filter:
    """The filter and the route together; unless `predicted`, only one that the shopper chose.

    A predicted route also admits products that the model itself puts there: a catalog's own
    label may be missing, junk or wrong. A shopper's choice is taken at its word.
    """
    if route.kind == "chosen":
        return replace(where, any_of={**where.any_of, "category": route.categories})
    if route.kind == "routed" and predicted:
        seen = dict.fromkeys(("category", "predicted_category"), route.categories)
        return replace(where, either=seen)
    return where


def _arranged(shelf: Shelf, request: SearchRequest, where: Filter) -> list[Hit]:
    """Best first, except that the hits of the pool are diversified."""
    hits = shelf.nearest(_depth(request), where)
    pool = _pool(request)
    return [*diverse(hits[:pool], request.diversity), *hits[pool:]]


def _depth(request: SearchRequest) -> int:
    """Hits that the page takes, one more, and all that diversity or a price chooses among."""
    pool = _pool(request) if request.diversity else 0
    priced = CANDIDATES if request.order != "match" else 0
    return max(request.offset + request.k + 1, pool, priced)


def _pool(request: SearchRequest) -> int:
    """The same for every page, or they would not fit together."""
    return max(POOL, 4 * request.k)
