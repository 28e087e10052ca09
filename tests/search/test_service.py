"""A photo to products over the real embedded engine, with a backbone of random weights."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import picture
from made_shop import info, sure_of

from catalog.errors import IndexMismatch, NoIndex
from catalog.product import Product, Stamp
from catalog.store import Hit, Point, Store, open_store
from search.request import ANY, SearchRequest
from search.service import SearchService
from search.sought import Sought
from vision.calibration import VOTERS, Calibration, MatchScores
from vision.embedder import Embedder
from vision.errors import UnreadableImage
from vision.head import bare_head, unit

NOW = "2026-01-01T00:00:00+00:00"
CATEGORIES = ("Hat", "Shoes")


def fill(store: Store, embedder: Embedder, count: int = 12) -> None:
    """Products 0 … count-1; even ones are hats."""
    store.ensure(info(embedder))
    images = [embedder.decode(picture(seed)) for seed in range(count)]
    points = []
    for seed, vector in enumerate(embedder.encode(images).vectors):
        product = Product("s", str(seed), category=CATEGORIES[seed % 2])
        stamp = Stamp("0" * 64, embedder.fingerprint, "run", NOW)
        points.append(Point(product.point_id, vector, product.to_payload(stamp)))
    store.upsert(points)


@pytest.fixture
def store(tiny: Embedder, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as store:
        fill(store, tiny)
        yield store


def taught(tiny: Embedder, calibration: Calibration) -> Embedder:
    """The bare backbone, except that it can tell a strange photo: its novelty is its features'."""
    whitening = np.eye(tiny.backbone.feature_size, dtype=np.float32)
    head = replace(bare_head(tiny.backbone.feature_size), whitening=whitening)
    return Embedder(tiny.backbone, head, (), calibration)


class Counting:
    """A store that remembers how many neighbours were asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def query(self, vector: np.ndarray, k: int, *rest: Any, **more: Any) -> list[Hit]:
        self.asked.append(k)
        return self._store.query(vector, k, *rest, **more)


def test_a_product_is_its_own_nearest_neighbour(store: Store, tiny: Embedder) -> None:
    service = SearchService(tiny, store)
    for seed in range(12):
        hits = service.search(SearchRequest(picture(seed), k=3, category=ANY)).hits
        assert hits[0].product.product_id == str(seed)
        assert hits[0].score == pytest.approx(1, abs=1e-3)


def test_hits_are_sorted_and_as_many_as_asked_for(store: Store, tiny: Embedder) -> None:
    hits = SearchService(tiny, store).search(SearchRequest(picture(99), k=7)).hits
    scores = [hit.score for hit in hits]
    assert len(hits) == 7
    assert scores == sorted(scores, reverse=True)


def test_a_chosen_category_is_the_only_one_searched(store: Store, tiny: Embedder) -> None:
    result = SearchService(tiny, store).search(SearchRequest(picture(0), category="Shoes"))
    assert {hit.product.category for hit in result.hits} == {"Shoes"}
    assert result.route.kind == "chosen"


def test_a_sure_classifier_routes_and_what_it_left_out_keeps_a_seat(
    tmp_path: Path, tiny: Embedder
) -> None:
    embedder = sure_of(tiny, category="Hat")
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        result = SearchService(embedder, other).search(SearchRequest(picture(1), k=4))
    assert result.route.categories == ("Hat",)
    assert [hit.product.category for hit in result.hits] == ["Hat"] * 3 + ["Shoes"]
    assert result.hits[-1].product.product_id == "1"  # the photo itself, a shoe
    assert result.route.kept == 1
    assert result.route.reason == (
        "Looking in Hat: 100% sure. The nearest from Shoes is kept at the end."
    )
    assert result.route.guesses[0].probability > 0.99


@pytest.fixture(scope="module")
def crowd(tiny: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """200 random vectors of six categories, some without one, some seen as another."""
    rng = np.random.default_rng(5)
    names = (*"abcdef", None)
    with open_store(tmp_path_factory.mktemp("crowd")) as store:
        store.ensure(info(labelled(tiny)))
        vectors = unit(rng.normal(size=(200, tiny.dim)))
        points = []
        for place, vector in enumerate(vectors):
            product = Product("s", str(place), category=names[rng.integers(7)])
            seen = names[rng.integers(7)]
            stamp = Stamp("0" * 64, "1" * 64, "run", NOW, seen, seen and 0.9)
            points.append(Point(product.point_id, vector, product.to_payload(stamp)))
        store.upsert(points)
        yield store


def labelled(tiny: Embedder, calibration: Calibration | None = None) -> Embedder:
    features = tiny.backbone.feature_size
    head = replace(
        bare_head(features),
        weight=np.zeros((features, 6), np.float32),
        bias=np.zeros(6, np.float32),
    )
    return Embedder(tiny.backbone, head, tuple("abcdef"), calibration)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(1, 20), st.floats(0, 1), st.floats(0.01, 0.6))
def test_whatever_is_routed_every_category_of_the_unfiltered_answer_is_still_there(
    crowd: Store, tiny: Embedder, seed: int, k: int, weight: float, least: float
) -> None:
    thresholds = {"0.8": least, "0.95": least / 2}
    calibration = Calibration(9, thresholds, classifier_weight=weight)
    service = SearchService(labelled(tiny, calibration), crowd)
    rng = np.random.default_rng(seed)
    vector, chances = unit(rng.normal(size=(1, tiny.dim)))[0], rng.dirichlet(np.full(6, 0.5))
    request = SearchRequest(k=k, one_per_product=False)
    hits, route, _ = service.finder.find(service.shelf(Sought(vector, chances), request), request)
    everywhere = crowd.query(vector, k)
    assert {hit.product.category for hit in everywhere} <= {hit.product.category for hit in hits}
    assert len({hit.id for hit in hits}) == k
    begins = k - route.kept
    for part in (hits[:begins], hits[begins:]):
        scores = [hit.score for hit in part]
        assert scores == sorted(scores, reverse=True)


def test_a_category_with_too_few_products_hides_nothing(tmp_path: Path, tiny: Embedder) -> None:
    embedder = sure_of(tiny, category="Hat")
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        result = SearchService(embedder, other).search(SearchRequest(picture(1), k=9))
    assert len(result.hits) == 9
    assert result.route.kind == "none"
    assert result.hits[0].product.product_id == "1"
    assert "held only 6 of the 9" in result.route.reason


def test_a_route_admits_what_the_catalog_labelled_badly_but_the_model_recognised(
    tmp_path: Path, tiny: Embedder
) -> None:
    embedder = sure_of(tiny, category="Hat")
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        vector = embedder.encode([embedder.decode(picture(50))]).vectors[0]
        unlabelled = Product("s", "unlabelled", category="Not sure")
        stamp = Stamp("0" * 64, embedder.fingerprint, "run", NOW, "Hat", 0.9)
        other.upsert([Point(unlabelled.point_id, vector, unlabelled.to_payload(stamp))])
        result = SearchService(embedder, other).search(SearchRequest(picture(50), k=4))
    assert result.route.categories == ("Hat",)
    assert result.hits[0].product.product_id == "unlabelled"


def test_without_a_classifier_the_neighbours_vote(store: Store, tiny: Embedder) -> None:
    service = SearchService(tiny, store)
    vector = tiny.encode([tiny.decode(picture(3))]).vectors[0]
    shelf = service.shelf(Sought(vector, np.zeros(0)), SearchRequest())
    assert {guess.name for guess in service.finder.guesses(shelf)} == set(CATEGORIES)


def test_products_that_pull_and_push_do_not_change_what_the_photo_shows(
    store: Store, tiny: Embedder
) -> None:
    service = SearchService(tiny, store)
    plain = service.search(SearchRequest(picture(3)))
    judged = service.search(SearchRequest(picture(3), liked=("4", "6"), disliked=("3", "5")))
    assert judged.route.guesses == plain.route.guesses
    assert [hit.id for hit in judged.hits] != [hit.id for hit in plain.hits]


@pytest.mark.parametrize(
    ("k", "category", "asked"),
    [
        # one query tells the vote and what keeps a seat, another fills the shelf
        # twice the page and whether there is another, because views of one product are one hit
        (4, None, [VOTERS, 10]),
        (4, ANY, [VOTERS]),
        (4, "Hat", [VOTERS, 10]),
        (50, ANY, [102]),
    ],
)
def test_no_search_asks_the_engine_for_neighbours_more_than_twice(
    tmp_path: Path, tiny: Embedder, k: int, category: str | None, asked: list[int]
) -> None:
    calibration = Calibration(9, {"0.8": 0.4}, classifier_weight=0.5, vote_sharpness=0)
    embedder = sure_of(tiny, "Hat", calibration)
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        counting = Counting(other)
        service = SearchService(embedder, counting)
        service.search(SearchRequest(picture(1), k=k, category=category))
    assert counting.asked == asked


def test_what_the_shopper_chose_is_taken_at_its_word_but_the_likely_is_still_said(
    tmp_path: Path, tiny: Embedder
) -> None:
    embedder = sure_of(tiny, category="Hat")
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        service = SearchService(embedder, other)
        chosen = service.search(SearchRequest(picture(0), k=4, category="Shoes")).route
        anywhere = service.search(SearchRequest(picture(0), k=4, category=ANY)).route
    assert (chosen.kind, chosen.categories, chosen.kept) == ("chosen", ("Shoes",), 0)
    assert (anywhere.kind, anywhere.categories) == ("none", ())
    assert chosen.category_set == anywhere.category_set == ("Hat",)


MATCHES = MatchScores(same_product=0.99, very_similar=0.9, same_style=0.5)


@pytest.mark.parametrize(
    ("strange", "matches", "novelty", "best", "refused"),
    [
        (2.0, MATCHES, 2.1, 0.98, True),
        (2.0, MATCHES, 2.1, 0.99, False),  # the same product is here, however odd the photo
        (2.0, MATCHES, 2.0, 0.1, False),
        (2.0, None, 2.1, 1.0, True),
        (None, MATCHES, 99.0, 0.1, False),
    ],
)
def test_a_strange_photo_is_refused_unless_its_product_is_here(
    store: Store,
    tiny: Embedder,
    strange: float | None,
    matches: MatchScores | None,
    novelty: float,
    best: float,
    refused: bool,
) -> None:
    calibration = Calibration(9, matches=matches, strange=strange)
    service = SearchService(Embedder(tiny.backbone, bare_head(tiny.dim), (), calibration), store)
    stamp = Stamp("0" * 64, "1" * 64, "run", NOW)
    hits = [Hit(Product("s", str(score)), score, stamp, str(score)) for score in (0.05, best)]
    assert service.refuses(novelty, hits) is refused


def test_a_model_that_measured_nothing_refuses_nothing(store: Store, tiny: Embedder) -> None:
    assert not SearchService(tiny, store).refuses(1e9, [])


def test_a_strange_photo_still_gets_the_nearest_and_what_they_are_worth(
    tmp_path: Path, tiny: Embedder
) -> None:
    # random weights see all these pictures alike: other ones reach .9964
    scores = MatchScores(same_product=0.9995, very_similar=0.9, same_style=0.5)
    embedder = taught(tiny, Calibration(9, matches=scores, strange=0.0))
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        service = SearchService(embedder, other)
        strange = service.search(SearchRequest(picture(99), k=3))
        known = service.search(SearchRequest(picture(1), k=3))
    assert strange.nothing_like_this
    assert len(strange.hits) == 3
    assert [strange.match(hit) for hit in strange.hits] == ["very similar"] * 3
    assert not known.nothing_like_this
    assert known.match(known.hits[0]) == "same product"
    data = known.to_json()
    assert data["nothing_like_this"] is False
    assert data["hits"][0]["match"] == "same product"


def test_the_index_of_another_model_is_refused_with_what_mends_it(
    store: Store, tiny: Embedder
) -> None:
    with pytest.raises(IndexMismatch, match="snapshelf") as caught:
        SearchService(sure_of(tiny, "Hat"), store)
    assert tiny.fingerprint[:8] in str(caught.value)


def test_an_empty_folder_holds_no_index_and_stays_empty(tmp_path: Path, tiny: Embedder) -> None:
    with pytest.raises(NoIndex), open_store(tmp_path / "nothing") as nothing:
        SearchService(tiny, nothing)
    assert not (tmp_path / "nothing").exists()


def test_a_bad_photo_is_refused_and_the_service_goes_on(store: Store, tiny: Embedder) -> None:
    service = SearchService(tiny, store)
    with pytest.raises(UnreadableImage):
        service.search(SearchRequest(b"<html>"))
    assert service.search(SearchRequest(picture(2), k=1)).hits


def test_the_result_as_json_has_the_contracts_names(store: Store, tiny: Embedder) -> None:
    data = SearchService(tiny, store).search(SearchRequest(picture(2), k=2)).to_json()
    assert set(data) == {
        "route", "nothing_like_this", "words", "hits", "more", "facets", "related", "regions",
        "timings_ms",
    }  # fmt: skip
    assert set(data["route"]) == {
        "kind", "categories", "category_set", "kept", "reason", "guesses",
    }  # fmt: skip
    assert {"score", "match", "product_id", "category", "model"} <= set(data["hits"][0])
    assert data["hits"][0]["match"] is None  # a bare backbone never measured its scores
    assert json.loads(json.dumps(data)) == data
    assert data["timings_ms"]["total"] > 0
