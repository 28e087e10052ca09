"""What is asked to the catalog's most similar products."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from PIL import Image

from catalog.contract import ALIAS
from catalog.errors import NoIndex
from catalog.product import Product
from catalog.store import Filter, Hit, Store, Vector, open_store
from catalog.timed import Tell, untold
from search.clock import Clock
from search.crops import regions
from search.eye import Eye
from search.facets import facets
from search.finder import Finder, inside_of
from search.match import match
from search.measures import Scale, scale
from search.models import made_with
from search.reasons import reasons
from search.related import related
from search.request import SearchRequest
from search.result import CategoryGuess, Region, SearchResult
from search.routing import UNCALIBRATED, Routing
from search.shelf import CANDIDATES, Shelf
from search.sought import Sought, pictures_of, seek
from search.variants import varied
from vision.box import Box
from vision.embedder import Embedder, open_embedder


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

    `tell` hears of a search's steps: decode, encode, engine, route.
    Raises NoIndex or IndexMismatch (catalog) when the index is absent or another model's.
    """

    def __init__(
        self,
        embedder: Embedder,
        store: Store,
        routing: Routing | None = None,
        tell: Tell = untold,
    ) -> None:
        self.index = store.require(embedder.fingerprint)
        self._embedder = embedder
        self._eye = Eye(embedder)
        self._store = store
        self._tell = tell
        self._calibration = embedder.calibration or UNCALIBRATED
        self.finder = Finder(embedder.labels, self._calibration, routing or Routing())

    def warm(self) -> None:
        """Takes upon itself what the first question would wait for: decoders, networks, files."""
        buffer = BytesIO()
        Image.new("RGB", (256, 256), "grey").save(buffer, "JPEG")
        for by_place in (False, True):
            self.search(SearchRequest(buffer.getvalue(), why=by_place, facets=True))

    def search(self, request: SearchRequest) -> SearchResult:
        """At most `request.k` hits. Raises UnreadableImage, UnknownProduct, ValueError."""
        clock = Clock(self._tell)
        sought = seek(request, self._eye, self._store, clock)
        shelf = self.shelf(sought, request, clock)
        where, varies = varied(_asked(request, sought), request.variant, shelf)
        measured = self._scale(request, shelf, where)
        shelf.least = measured.cosine(request.least)
        hits, route, more = self.finder.find(shelf, request, where)
        matches = self._calibration.matches if sought.compares_pictures else None
        result = SearchResult(
            tuple(hits),
            replace(route, reason=f"{route.reason} {varies.sentence}") if varies else route,
            matches=matches,
            nothing_like_this=self.refuses(sought.novelty, hits),
            more=more,
            words=sought.words,
            views=shelf.views(hits) if request.one_per_product else {},
            measured=measured.told(hits),
            # a predicted category narrows nothing there
            facets=facets(shelf, inside_of(route, where, predicted=False), matches)
            if request.facets
            else {},
            why=reasons(hits, route, sought, request.text, matches, self._embedder.heat)
            if request.why
            else {},
            related=related(sought.product or _first(hits), shelf),
            regions=self._regions(sought, request) if request.crops else (),
            varied=varies,
        )
        return replace(result, timings_ms=clock.timings_ms())

    def product(self, product_id: str) -> Sequence[Hit]:
        """A product's pictures in the catalog's order, score 1. Raises UnknownProduct."""
        return pictures_of(self._store, [product_id])[product_id]

    def facets(self, request: SearchRequest) -> Mapping[str, Mapping[str, float]]:
        """Those of `SearchResult`, for the same request."""
        return self.search(replace(request, facets=True)).facets

    def embed(self, image: bytes, crop: Box | None = None) -> Embedded:
        """Raises UnreadableImage."""
        photo = self._eye.photo(image, crop, Clock(), by_place=False)
        shelf = self.shelf(Sought(photo.vector, photo.probabilities), SearchRequest(image))
        guesses = tuple(self.finder.guesses(shelf))
        return Embedded(photo.vector, guesses, self._embedder.fingerprint)

    def shelf(self, sought: Sought, request: SearchRequest, clock: Clock | None = None) -> Shelf:
        """The index as one question sees it."""
        return Shelf(
            self._store,
            sought,
            clock or Clock(),
            grouped=request.one_per_product,
            with_vectors=bool(request.diversity or request.why),
        )

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

    def _scale(self, request: SearchRequest, shelf: Shelf, where: Filter) -> Scale:
        """Only the linear measure has to look at the candidates."""
        linear = request.measure == "linear"
        return scale(request.measure, shelf.nearest(CANDIDATES, where) if linear else ())

    def _regions(self, sought: Sought, request: SearchRequest) -> tuple[Region, ...]:
        whole = request.crop is None
        return regions(sought, lambda box: self.embed(request.image, box).guesses) if whole else ()


@contextmanager
def open_search(
    home: str | Path = ".snapshelf",
    *,
    store: str | Path | None = None,
    model: str | Path | None = None,
    alias: str = ALIAS,
    api_key: str | None = None,
) -> Iterator[SearchService]:
    """The search over what was ingested into a data folder; closed on leaving.

    `store` is another folder of the embedded engine, or a server's URL (with its `api_key`).
    `model` is an artefact folder or a backbone spec; by default the one that the index was made
    with. Raises NoIndex, StoreLocked and what else `catalog.errors` and `vision.errors` name.
    """
    home = Path(home)
    with open_store(store or home / "store", alias=alias, api_key=api_key) as opened:
        info = opened.describe()
        if info is None:
            raise NoIndex(str(store or home / "store"), alias)
        embedder = open_embedder(model or made_with(info, home / "models"))
        yield SearchService(embedder, opened)


def _asked(request: SearchRequest, sought: Sought) -> Filter:
    """The shopper's filter, with the words that only titles can hold."""
    title = f"{request.where.title} {sought.title}".strip()
    return replace(request.where, title=title) if title else request.where


def _first(hits: Sequence[Hit]) -> Product | None:
    return hits[0].product if hits else None
