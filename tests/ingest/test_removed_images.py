"""A row that has fewer images than before: what it dropped is found no more."""

from collections.abc import Callable
from typing import Any

import pytest

import ingest.batches
from catalog.errors import StoreUnavailable
from ingest.ledger import Ledger

Pictures = Callable[..., bytes]


class Around:
    """The real store of a shop, with some of its methods replaced."""

    def __init__(self, shop: Any, **methods: Callable[..., None]) -> None:
        self._shop = shop
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._shop.store, name)


@pytest.fixture
def two_views(shop: Any, picture_of: Pictures) -> Any:
    """An ingested shop: the product a with two images, and b with one."""
    for seed, side in enumerate(("front", "back")):
        shop.file(f"images/{side}.jpg", picture_of(seed + 100))
    shop.add("a", image="images/front.jpg|images/back.jpg")
    shop.add("b")
    shop.write()
    assert shop.ingest().outcomes == {"new": 2}
    return shop


def rewrite(shop: Any, images: str) -> None:
    shop.rows[0]["image"] = images
    shop.write()


def test_a_removed_image_leaves_the_index_and_its_row_is_updated(two_views: Any) -> None:
    rewrite(two_views, "images/front.jpg")
    report = two_views.ingest()
    assert report.outcomes == {"updated": 1, "unchanged": 1}
    assert (report.embedded, report.cached) == (0, 0)
    assert sorted(two_views.points()) == [("a", 0), ("b", 0)]
    assert two_views.ingest().outcomes == {"unchanged": 2}


def test_the_other_images_keep_their_order_when_the_first_is_removed(
    two_views: Any, picture_of: Pictures
) -> None:
    rewrite(two_views, "images/back.jpg")
    assert two_views.ingest().outcomes == {"updated": 1, "unchanged": 1}
    points = two_views.points()
    assert sorted(points) == [("a", 0), ("b", 0)]
    assert points["a", 0].payload["image_url"] == "images/back.jpg"
    own = two_views.vector_of(picture_of(101))
    assert float(points["a", 0].vector @ own) > 0.9999


def test_a_failure_never_deletes(two_views: Any, picture_of: Pictures) -> None:
    two_views.file("images/front.jpg", b"")
    rewrite(two_views, "images/front.jpg")
    report = two_views.ingest()
    assert report.outcomes == {"rejected": 1, "unchanged": 1}
    assert sorted(two_views.points()) == [("a", 0), ("a", 1), ("b", 0)]
    two_views.file("images/front.jpg", picture_of(7))
    assert two_views.ingest().outcomes == {"updated": 1, "unchanged": 1}
    assert sorted(two_views.points()) == [("a", 0), ("b", 0)]


def test_a_product_that_is_not_in_the_catalog_any_more_is_left_alone(two_views: Any) -> None:
    del two_views.rows[0]
    two_views.write()
    assert two_views.ingest().outcomes == {"unchanged": 1}
    assert len(two_views.points()) == 3


def test_images_go_only_after_the_rows_writes_and_the_ledger_learns_it_last(
    two_views: Any, picture_of: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    real = {name: getattr(two_views.store, name) for name in ("upsert", "delete", "flush")}
    real["remove"] = Ledger.remove

    def told(name: str) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            calls.append(name)
            real[name](*arguments)

        return call

    two_views.file("images/front.jpg", picture_of(7))
    rewrite(two_views, "images/front.jpg")
    monkeypatch.setattr(Ledger, "remove", told("remove"))
    store = Around(two_views, **{name: told(name) for name in ("upsert", "delete", "flush")})
    assert two_views.ingest(store=store).outcomes == {"updated": 1, "unchanged": 1}
    assert calls == ["upsert", "delete", "flush", "remove"]


@pytest.mark.parametrize("at_a_time", [1, 3, 256])
def test_any_number_of_rows_may_drop_images_in_one_run(
    shop: Any, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    monkeypatch.setattr(ingest.batches, "REFRESH", at_a_time)
    for number in range(30):
        shop.add(f"p{number:02}")
    pairs = [f"{row['image']}|{shop.rows[number - 1]['image']}|{shop.rows[number - 2]['image']}"
             for number, row in enumerate(shop.rows)]  # fmt: skip
    for row, images in zip(shop.rows, pairs, strict=True):
        row["image"] = images
    shop.write()
    shop.ingest()
    assert len(shop.points()) == 90
    for number, row in enumerate(shop.rows):
        # unchanged, a new payload, or a new picture: each way through the pipeline
        first, second, _ = row["image"].split("|")
        row["image"] = second if number % 3 == 2 else first
        row["price"] = "3" if number % 3 == 1 else row["price"]
    shop.write()
    assert shop.ingest().outcomes == {"updated": 30}
    assert sorted(shop.points()) == [(f"p{number:02}", 0) for number in range(30)]
    assert shop.ingest().outcomes == {"unchanged": 30}


def test_a_store_that_cannot_delete_ends_the_run_and_the_next_one_does_it(two_views: Any) -> None:
    def fail(ids: Any) -> None:
        raise StoreUnavailable("the server is unreachable · delete · start it")

    rewrite(two_views, "images/front.jpg")
    with pytest.raises(StoreUnavailable):
        two_views.ingest(store=Around(two_views, delete=fail))
    assert len(two_views.points()) == 3
    assert two_views.ingest().outcomes == {"updated": 1, "unchanged": 1}
    assert len(two_views.points()) == 2
