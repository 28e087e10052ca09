"""Products that have vanished from the catalog leave the index: only when that is certain."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from catalog.errors import StoreUnavailable
from ingest.ledger import Ledger
from ingest.readers import open_catalog

Pictures = Callable[..., bytes]


@pytest.fixture
def ten(shop: Any) -> Any:
    """An ingested shop of ten products, two of which are then taken out of the catalog."""
    for number in range(10):
        shop.add(f"p{number}")
    shop.write()
    shop.ingest()
    del shop.rows[3], shop.rows[6]
    shop.write()
    return shop


def ids(shop: Any) -> set[str]:
    return {product_id for product_id, _ in shop.points()}


KEPT = {"p0", "p1", "p2", "p4", "p5", "p6", "p8", "p9"}
ALL = KEPT | {"p3", "p7"}


def test_vanished_products_leave_index_and_ledger(ten: Any) -> None:
    report = ten.ingest(max_prune=20.0)
    assert report.outcomes == {"unchanged": 8}
    assert (report.pruned.products, report.pruned.points, report.pruned.refused) == (2, 2, None)
    assert report.to_json()["pruned"] == {"products": 2, "points": 2, "refused": None}
    assert ids(ten) == KEPT
    again = ten.ingest(max_prune=0.0)
    assert (again.pruned.products, again.pruned.refused) == (0, None)
    with Ledger(ten.data / "ledger.db", ten.info().created_at) as ledger:
        assert len(ledger) == 8


def test_nothing_goes_when_it_was_not_asked_for(ten: Any) -> None:
    report = ten.ingest()
    assert report.pruned is None
    assert "pruned" not in report.to_json()
    assert ids(ten) == ALL


def test_nothing_goes_when_more_vanished_than_may(ten: Any) -> None:
    report = ten.ingest(max_prune=19.9)
    assert (report.pruned.products, report.pruned.points) == (2, 0)
    assert "2 of 10" in report.pruned.refused
    assert "--max-prune 21" in report.pruned.refused
    assert ids(ten) == ALL


def test_new_products_do_not_make_room_for_vanished_ones(ten: Any) -> None:
    for number in range(20):
        ten.add(f"new{number}", image="images/p0.jpg")
    ten.write()
    assert "2 of 10" in ten.ingest(max_prune=15.0).pruned.refused
    assert ids(ten) >= ALL


def test_an_empty_catalog_empties_no_index(ten: Any) -> None:
    ten.rows.clear()
    ten.write()
    assert "10 of 10" in ten.ingest(max_prune=99.0).pruned.refused
    assert ids(ten) == ALL


def test_a_product_whose_row_was_rejected_has_not_vanished(ten: Any) -> None:
    ten.file("images/p0.jpg", b"")
    ten.rows[1]["image"] = ""
    ten.write()
    report = ten.ingest(max_prune=20.0)
    assert report.reasons == {"empty_body": 1, "no_image": 1}
    assert report.pruned.products == 2
    assert ids(ten) == KEPT


def test_nothing_goes_while_a_row_does_not_tell_which_product_it_is(ten: Any) -> None:
    text = (ten.root / "catalog.csv").read_text()
    ten.write(text.replace("p5,Thing", "p5,A, Thing"))
    report = ten.ingest(max_prune=50.0)
    assert "line 6" in report.pruned.refused
    assert ids(ten) == ALL
    ten.write(text)
    assert ten.ingest(max_prune=50.0).pruned.products == 2


def test_nothing_goes_after_an_incomplete_reading(ten: Any) -> None:
    limited = open_catalog(ten.root / "catalog.csv", source="shop", limit=8)
    assert ten.ingest(catalog=limited, max_prune=50.0).pruned is None
    polls = iter(range(100))
    stopped = ten.ingest(stop=lambda: next(polls) >= 8, max_prune=50.0)
    assert stopped.interrupted
    assert stopped.pruned is None
    assert ten.ingest(retry_failed=True, max_prune=50.0).pruned is None
    assert ids(ten) == ALL


def test_nothing_goes_when_the_catalog_changed_while_it_was_read(ten: Any) -> None:
    catalog = open_catalog(ten.root / "catalog.csv", source="shop")

    def rows() -> Any:
        yield from catalog
        ten.write()

    report = ten.ingest(catalog=replace(catalog, open_rows=rows), max_prune=50.0)
    assert "changed while" in report.pruned.refused
    assert ids(ten) == ALL


def test_products_of_another_source_stay(ten: Any) -> None:
    other = replace(ten, data=ten.data / "other")
    catalog = open_catalog(ten.root / "catalog.csv", source="another shop")
    other.ingest(catalog=catalog)
    assert ten.store.count() == 18
    ten.ingest(max_prune=20.0)
    sources = [point.payload["source"] for point in ten.store.scroll()]
    assert (sources.count("shop"), sources.count("another shop")) == (8, 8)


def test_all_images_of_a_vanished_product_go(shop: Any) -> None:
    shop.add("a")
    shop.add("b", image="images/a.jpg|images/a.jpg|images/a.jpg")
    shop.write()
    shop.ingest()
    assert shop.store.count() == 4
    del shop.rows[1]
    shop.write()
    pruned = shop.ingest(max_prune=50.0).pruned
    assert (pruned.products, pruned.points) == (1, 3)
    assert sorted(shop.points()) == [("a", 0)]


def test_more_products_than_fit_into_one_page_go(shop: Any) -> None:
    shop.add("a")
    for number in range(700):
        shop.add(f"p{number}", image="images/a.jpg")
    shop.write()
    shop.ingest(batch=64)
    kept = shop.rows[:1] + shop.rows[1::7]
    shop.rows[:] = kept
    shop.write()
    assert shop.ingest(max_prune=90.0).pruned.products == 600
    assert ids(shop) == {row["id"] for row in kept}


def test_a_store_that_cannot_delete_ends_the_run_and_the_next_one_prunes(
    ten: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(ids: Any) -> None:
        raise StoreUnavailable("the server is unreachable · delete · start it")

    monkeypatch.setattr(ten.store, "delete", fail)
    with pytest.raises(StoreUnavailable):
        ten.ingest(max_prune=20.0)
    monkeypatch.undo()
    assert ten.ingest(max_prune=20.0).pruned.points == 2
    assert ids(ten) == KEPT
