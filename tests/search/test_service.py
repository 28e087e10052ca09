"""A photo to products over the real embedded engine, with a backbone of random weights."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made import picture

from catalog.contract import CollectionInfo
from catalog.errors import IndexMismatch, NoIndex
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store
from search.request import ANY, SearchRequest
from search.service import SearchService
from vision.embedder import Embedder
from vision.errors import UnreadableImage
from vision.head import Head

NOW = "2026-01-01T00:00:00+00:00"
CATEGORIES = ("Hat", "Shoes")


def info(embedder: Embedder) -> CollectionInfo:
    return CollectionInfo(
        embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, created_at=NOW
    )


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


def sure_of(tiny: Embedder, category: int) -> Embedder:
    """An embedder whose classifier always names one category."""
    features = tiny.backbone.feature_size
    bias = np.full(2, -5.0, np.float32)
    bias[category] = 5
    head = Head(
        np.zeros(features, np.float32), np.ones(features, np.float32),
        np.eye(features, dtype=np.float32), np.zeros((features, 2), np.float32), bias,
    )  # fmt: skip
    return Embedder(tiny.backbone, head, CATEGORIES)


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


def test_a_sure_classifier_routes_and_the_answer_says_where(tmp_path: Path, tiny: Embedder) -> None:
    embedder = sure_of(tiny, category=0)
    with open_store(tmp_path / "other") as other:
        fill(other, embedder)
        result = SearchService(embedder, other).search(SearchRequest(picture(1), k=4))
    assert result.route.categories == ("Hat",)
    assert {hit.product.category for hit in result.hits} == {"Hat"}
    assert result.route.guesses[0].probability > 0.99


def test_a_category_with_too_few_products_hides_nothing(tmp_path: Path, tiny: Embedder) -> None:
    embedder = sure_of(tiny, category=0)
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
    embedder = sure_of(tiny, category=0)
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
    names = {guess.name for guess in service.guesses(vector, np.zeros(0))}
    assert names == set(CATEGORIES)


def test_the_index_of_another_model_is_refused_with_what_mends_it(
    store: Store, tiny: Embedder
) -> None:
    with pytest.raises(IndexMismatch, match="snapshelf") as caught:
        SearchService(sure_of(tiny, 0), store)
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
    assert set(data) == {"route", "hits", "timings_ms"}
    assert {"score", "product_id", "category", "model"} <= set(data["hits"][0])
    assert data["timings_ms"]["total"] > 0
