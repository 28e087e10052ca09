"""What every engine promises: the same assertions over the embedded engine, memory and a server."""

from typing import Any

import numpy as np
import pytest

from catalog.errors import (
    BadVector,
    CatalogError,
    IndexMismatch,
    NoIndex,
    StoreUnavailable,
    UnknownPoints,
)
from catalog.product import Product
from catalog.store import Filter, Point, Store


def test_there_is_nothing_before_the_first_ensure(engine: Any, kit: Any) -> None:
    with engine.open() as store:
        assert store.describe() is None
        with pytest.raises(NoIndex, match="snapshelf ingest"):
            store.require(kit.fingerprint("model"))
        with pytest.raises(NoIndex):
            store.count()
        with pytest.raises(NoIndex):
            store.upsert([kit.point("A", kit.unit(0, 1)[0])])


def test_the_index_remembers_its_model(store: Store, kit: Any) -> None:
    assert store.describe() == kit.info()
    assert store.require(kit.fingerprint("model")) == kit.info()


def test_ensuring_twice_keeps_the_first_and_its_points(store: Store, kit: Any) -> None:
    store.upsert(kit.shelf(3))
    store.ensure(kit.info(created_at="2027-01-01T00:00:00Z"))
    assert store.count() == 3
    assert store.describe() == kit.info()


def test_a_point_comes_back_as_it_was_written(store: Store, kit: Any) -> None:
    product = Product(
        source="shop",
        product_id="äöü/1 \U0001f45c",
        image_slot=2,
        title="Straßen-Hut",
        description="line one\nline two",
        brand="Ünï",
        category="Hat",
        category_path=("Wear", "Wear > Hat"),
        price=20.0,
        currency="EUR",
        colors=("red", "blue"),
        available=False,
        url="https://shop.example/1?a=b",
        image_url="photos/1.jpg",
        attributes={"size": "M", "a.b[0]": "odd key"},
        related={"also_bought": ("2", "3")},
    )
    stamp = kit.stamp(predicted_category="Cap", predicted_confidence=0.75)
    vector = kit.unit(1, 1)[0]
    payload = product.to_payload(stamp)
    store.upsert([kit.point("other", -vector), Point(product.point_id, vector, payload)])
    hit = store.query(vector, 1)[0]
    assert (hit.product, hit.stamp, hit.id) == (product, stamp, product.point_id)
    stored = store.get([product.point_id], with_vectors=True)[product.point_id]
    assert stored.payload == payload
    assert stored.vector is not None
    np.testing.assert_allclose(stored.vector, vector, atol=1e-6)
    assert stored.vector.dtype == np.float32


def test_a_point_is_its_own_nearest_neighbour(filled: tuple[Store, list[Point]]) -> None:
    store, points = filled
    for point in points[::20]:
        best = store.query(point.vector, 1)[0]
        assert best.id == point.id
        assert 0.99999 < best.score <= 1.0


def test_the_opposite_scores_minus_one(store: Store, kit: Any) -> None:
    vector = kit.unit(3, 1)[0]
    store.upsert([kit.point("A", -vector)])
    assert -1.0 <= store.query(vector, 1)[0].score < -0.99999


def test_scroll_returns_each_point_once_and_always_in_the_same_order(
    filled: tuple[Store, list[Point]],
) -> None:
    store, points = filled
    seen = [stored.id for stored in store.scroll(batch=33)]
    assert sorted(seen) == sorted(point.id for point in points)
    assert seen == [stored.id for stored in store.scroll(batch=200)]
    payloads = {point.id: point.payload for point in points}
    assert all(stored.payload == payloads[stored.id] for stored in store.scroll())


def test_facet_counts_points_per_value_most_frequent_first(store: Store, kit: Any) -> None:
    vectors = kit.unit(5, 6)
    categories = ("Hat", "Hat", "Hat", "Bag", "Bag", "Watch")
    colors = (("red", "blue"), ("red",), (), ("blue",), ("red",), ())
    store.upsert(
        [
            kit.point(f"P{row}", vectors[row], category=categories[row], colors=colors[row])
            for row in range(6)
        ]
    )
    assert list(store.facet("category").items()) == [("Hat", 3), ("Bag", 2), ("Watch", 1)]
    assert list(store.facet("category", limit=2).items()) == [("Hat", 3), ("Bag", 2)]
    assert store.facet("colors", Filter(any_of={"category": ("Hat",)})) == {"red": 2, "blue": 1}
    assert store.facet("brand") == {}
    with pytest.raises(ValueError, match="category"):
        store.facet("price")


def test_a_value_whose_points_are_gone_is_not_counted(store: Store, kit: Any) -> None:
    hat, bag = (kit.point(name, kit.unit(0, 1)[0], category=name) for name in ("Hat", "Bag"))
    store.upsert([hat, bag])
    store.delete([bag.id])
    assert store.facet("category") == {"Hat": 1}


def test_writing_the_same_points_again_changes_nothing(store: Store, kit: Any) -> None:
    points = kit.shelf(40)
    store.upsert(points)
    before = list(store.scroll())
    store.upsert(points)
    assert list(store.scroll()) == before


def test_writing_a_point_again_replaces_its_vector_and_its_payload(store: Store, kit: Any) -> None:
    old, new = kit.unit(4, 2)
    store.upsert([kit.point("A", old, brand="Acme", price=5.0)])
    changed = kit.point("A", new, title="now with a title")
    store.upsert([changed])
    assert store.count() == 1
    stored = store.get([changed.id], with_vectors=True)[changed.id]
    assert stored.payload == changed.payload
    assert stored.vector is not None
    np.testing.assert_allclose(stored.vector, new, atol=1e-6)
    assert store.count(Filter(any_of={"brand": ("Acme",)})) == 0


def test_set_payload_overwrites_the_payload_and_leaves_the_vector(store: Store, kit: Any) -> None:
    points = kit.shelf(5)
    store.upsert(points)
    payload = kit.point("P0001", points[1].vector, title="cheaper", price=1.0).payload
    store.set_payload({points[1].id: payload})
    after = store.get([p.id for p in points], with_vectors=True)
    assert after[points[1].id].payload == payload
    assert after[points[0].id].payload == points[0].payload
    for point in points:
        vector = after[point.id].vector
        assert vector is not None
        np.testing.assert_allclose(vector, point.vector, atol=1e-6)
    assert store.query(points[1].vector, 1, Filter(price_max=1.0))[0].id == points[1].id


def test_set_payload_for_a_point_that_is_not_there_is_refused_before_any_is_changed(
    store: Store, kit: Any
) -> None:
    here, missing = kit.point("A", kit.unit(0, 1)[0]), kit.point("B", kit.unit(0, 1)[0])
    store.upsert([here])
    with pytest.raises(UnknownPoints, match=missing.id):
        store.set_payload({here.id: missing.payload, missing.id: missing.payload})
    assert store.get([here.id, missing.id])[here.id].payload == here.payload
    assert store.count() == 1


def test_get_returns_only_what_exists_and_no_vectors_unless_asked(store: Store, kit: Any) -> None:
    here, missing = kit.point("A", kit.unit(0, 1)[0]), kit.point("B", kit.unit(0, 1)[0])
    store.upsert([here])
    found = store.get([here.id, missing.id])
    assert list(found) == [here.id]
    assert found[here.id].vector is None
    assert store.get([]) == {}


def test_deleted_points_are_gone_and_unknown_ones_are_ignored(store: Store, kit: Any) -> None:
    points = kit.shelf(10)
    store.upsert(points)
    store.delete([points[0].id, points[1].id, kit.point("never", points[0].vector).id])
    assert store.count() == 8
    assert points[0].id not in {hit.id for hit in store.query(points[0].vector, 10)}
    assert store.get([points[0].id]) == {}


def test_nothing_to_write_is_no_error(store: Store) -> None:
    store.upsert([])
    store.set_payload({})
    store.delete([])
    store.flush()
    assert store.count() == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda v: np.where(np.arange(v.size) == 3, np.nan, v), "no direction"),
        (lambda v: np.where(np.arange(v.size) == 3, np.inf, v), "no direction"),
        (lambda v: v * 0, "no direction"),
        (lambda v: v[:-1], "shape"),
        (lambda v: v[None, :], "shape"),
    ],
    ids=["nan", "infinity", "zero", "too short", "two dimensions"],
)
def test_a_vector_that_would_poison_the_index_is_refused_with_its_whole_batch(
    store: Store, kit: Any, spoil: Any, message: str
) -> None:
    good, bad = kit.unit(0, 2)
    spoiled = spoil(bad).astype(np.float32)
    with pytest.raises(BadVector, match=message):
        store.upsert([kit.point("A", good), kit.point("B", spoiled)])
    assert store.count() == 0
    with pytest.raises(BadVector, match=message):
        store.query(spoiled, 3)


def test_asking_for_no_results_is_an_error_of_the_caller(store: Store, kit: Any) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        store.query(kit.unit(0, 1)[0], 0)


def test_a_writer_with_another_model_is_refused_and_nothing_changes(store: Store, kit: Any) -> None:
    store.upsert(kit.shelf(4))
    with pytest.raises(IndexMismatch) as caught:
        store.ensure(kit.info("other"))
    message = str(caught.value)
    assert kit.fingerprint("model")[:12] in caught.value.found
    assert kit.fingerprint("other")[:12] in caught.value.expected
    assert caught.value.found in message
    assert caught.value.expected in message
    assert "snapshelf ingest" in message
    assert store.describe() == kit.info()
    assert store.count() == 4


def test_a_reader_with_another_model_is_refused_with_both_and_the_mending_command(
    store: Store, kit: Any
) -> None:
    with pytest.raises(IndexMismatch, match="snapshelf ingest SOURCE") as caught:
        store.require(kit.fingerprint("other"))
    assert kit.fingerprint("other")[:12] in str(caught.value)
    assert "timm:model" in str(caught.value)


def test_an_index_of_another_contract_version_is_refused_to_readers_and_writers(
    engine: Any, kit: Any
) -> None:
    with engine.open() as store:
        store.ensure(kit.info(schema=2))
        with pytest.raises(IndexMismatch, match="expected version 1, found version 2"):
            store.ensure(kit.info())
        with pytest.raises(IndexMismatch, match="edition of snapshelf"):
            store.require(kit.fingerprint("model"))


def test_the_same_model_with_another_vector_length_is_refused(store: Store, kit: Any) -> None:
    with pytest.raises(IndexMismatch, match="length") as caught:
        store.ensure(kit.info(dim=kit.dim * 2))
    assert (caught.value.expected, caught.value.found) == ("32", "16")


def test_everything_is_there_after_reopening(engine: Any, kit: Any) -> None:
    points = kit.shelf(200)
    with engine.open() as store:
        store.ensure(kit.info())
        store.upsert(points)
        before = list(store.scroll())
    with engine.open() as store:
        assert store.describe() == kit.info()
        assert list(store.scroll()) == before
        assert store.query(points[5].vector, 1)[0].id == points[5].id
        assert sum(store.facet("category").values()) == len(points)


def test_a_closed_store_says_so(engine: Any, kit: Any) -> None:
    store = engine.open()
    store.ensure(kit.info())
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.count()


def test_a_payload_that_breaks_the_contract_is_named(store: Store, kit: Any) -> None:
    good = kit.point("A", kit.unit(0, 1)[0])
    store.upsert([Point(good.id, good.vector, {"title": "no id, no source"})])
    with pytest.raises(CatalogError, match=good.id):
        store.query(good.vector, 1)
