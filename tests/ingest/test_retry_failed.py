"""Rows that were rejected: remembered, tried again alone, and forgotten once they are taken."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

import ingest.pipeline
from catalog.product import Product
from ingest.errors import BadCatalog
from ingest.ledger import Ledger
from ingest.readers import open_catalog
from ingest.records import Record

Pictures = Callable[..., bytes]


@pytest.fixture
def faulty(shop: Any) -> Any:
    """An ingested shop of six, of which p1, p3 and p5 have no picture."""
    for number in range(6):
        missing = f"images/none{number}.jpg"
        shop.add(f"p{number}", image=missing if number % 2 else None)
    shop.write()
    assert shop.ingest().outcomes == {"new": 3, "rejected": 3}
    return shop


def failed(shop: Any) -> dict[str, int]:
    """Attempts by id, as the rejects tell them."""
    return {row["id"]: int(row["attempts"]) for row in shop.rejected()}


def test_only_rejected_rows_are_taken_and_who_succeeds_leaves_the_rejects(
    faulty: Any, picture_of: Pictures
) -> None:
    faulty.file("images/none3.jpg", picture_of(3))
    faulty.add("new since")
    faulty.write()
    report = faulty.ingest(retry_failed=True)
    assert (report.rows, report.outcomes) == (3, {"new": 1, "rejected": 2})
    assert failed(faulty) == {"p1": 2, "p5": 2}
    assert ("p3", 0) in faulty.points()
    for name in ("none1", "none5"):
        faulty.file(f"images/{name}.jpg", picture_of(7))
    assert faulty.ingest(retry_failed=True).outcomes == {"new": 2}
    assert not faulty.rejects_path.exists()
    assert faulty.ingest(retry_failed=True).rows == 0
    assert faulty.ingest().outcomes == {"unchanged": 6, "new": 1}


def test_attempts_add_up_over_all_runs(shop: Any, httpserver: HTTPServer) -> None:
    host = f"localhost:{httpserver.port}"
    httpserver.expect_request("/gone.jpg").respond_with_data("gone", status=410)
    shop.add("a", image=f"http://{host}/gone.jpg")
    shop.write()
    for run in range(1, 4):
        assert shop.ingest(allow_hosts=[host], retry_failed=run == 2).reasons == {"http_410": 1}
        assert failed(shop) == {"a": run}


def test_a_full_run_forgets_rows_that_were_corrected_or_have_left_the_catalog(
    faulty: Any, picture_of: Pictures
) -> None:
    faulty.file("images/none1.jpg", picture_of(1))
    del faulty.rows[3]
    faulty.write()
    faulty.ingest()
    assert failed(faulty) == {"p5": 2}


@pytest.mark.parametrize("options", [{}, {"retry_failed": True}])
def test_a_run_that_is_stopped_keeps_the_rejects_that_it_did_not_reach(
    faulty: Any, picture_of: Pictures, options: dict[str, bool]
) -> None:
    faulty.file("images/none1.jpg", picture_of(1))
    polls = iter(range(100))
    report = faulty.ingest(stop=lambda: next(polls) >= 4, **options)
    assert report.interrupted
    assert failed(faulty) == {"p3": 2, "p5": 1}


def test_a_limited_run_keeps_the_rejects_beyond_it(faulty: Any, picture_of: Pictures) -> None:
    faulty.file("images/none1.jpg", picture_of(1))
    catalog = open_catalog(faulty.root / "catalog.csv", source="shop", limit=2)
    assert faulty.ingest(catalog=catalog).outcomes == {"unchanged": 1, "new": 1}
    assert failed(faulty) == {"p3": 1, "p5": 1}


def test_a_row_that_could_not_be_read_is_tried_again_on_its_line(shop: Any) -> None:
    shop.add("a")
    shop.add("b", image="images/a.jpg")
    text = shop.write().read_text()
    shop.write(text.replace("b,Thing b", "b,Thing, b"))
    assert shop.ingest().reasons == {"extra_columns": 1}
    report = shop.ingest(retry_failed=True)
    assert (report.rows, report.reasons) == (1, {"extra_columns": 1})
    assert [row["attempts"] for row in shop.rejected()] == ["2"]
    shop.write(text)
    assert shop.ingest(retry_failed=True).outcomes == {"new": 1}
    assert shop.rejected() == []
    assert sorted(shop.points()) == [("a", 0), ("b", 0)]


def test_duplicates_stay_in_the_rejects_and_are_never_taken_for_the_product(faulty: Any) -> None:
    faulty.add("p0", image="images/p2.jpg", title="An impostor")
    faulty.add("p1", image="images/p2.jpg", title="Another")
    faulty.write()
    assert faulty.ingest().outcomes == {"unchanged": 3, "rejected": 3, "duplicate": 2}
    report = faulty.ingest(retry_failed=True)
    assert (report.rows, report.outcomes) == (3, {"rejected": 3})
    assert [row["reason"] for row in faulty.rejected()].count("duplicate") == 2
    assert {key for key, _ in faulty.points()} == {"p0", "p2", "p4"}
    assert faulty.points()["p0", 0].payload["title"] == "Thing p0"


def test_what_was_rejected_is_remembered_when_an_error_ends_the_run(
    faulty: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest.pipeline, "LOOK", 2)
    faulty.rows[1]["image"] = ""  # rejected before any file is looked for
    faulty.write()
    before = faulty.rejects_path.read_text()
    catalog = open_catalog(faulty.root / "catalog.csv", source="shop")

    def torn() -> Any:
        yield from list(catalog)[:4]
        raise BadCatalog("the disk is gone · catalog.csv · mount it")

    with pytest.raises(BadCatalog):
        faulty.ingest(catalog=replace(catalog, open_rows=torn))
    assert faulty.rejects_path.read_text() == before
    assert faulty.ingest(retry_failed=True).outcomes == {"rejected": 3}
    assert failed(faulty)["p1"] == 3
    assert failed(faulty)["p5"] == 2


def test_a_new_collection_keeps_the_memory_of_rejected_rows(faulty: Any) -> None:
    with Ledger(faulty.data / "ledger.db", "another collection") as ledger:
        assert len(ledger) == 0
        assert [reject.product_id for reject in ledger.failures] == ["p1", "p3", "p5"]


def test_more_rejects_than_fit_into_one_write_are_told_in_the_order_of_their_lines(
    shop: Any,
) -> None:
    for number in range(600):
        shop.add(f"p{599 - number:03}", image="none.jpg")
    shop.write()
    assert shop.ingest().outcomes == {"rejected": 600}
    assert [int(row["line"]) for row in shop.rejected()] == list(range(2, 602))
    assert shop.ingest(retry_failed=True).rows == 600
    assert set(failed(shop).values()) == {2}


def test_any_format_can_be_tried_again_from_its_own_source(shop: Any, picture_of: Pictures) -> None:
    rows = [{"asin": f"B{number}", "picture": f"B{number}.jpg"} for number in range(3)]
    shop.write("id,title,image\n")
    catalog = open_catalog(shop.root / "catalog.csv", source="shop")

    def lines() -> Any:
        for number, row in enumerate(rows, 1):
            product = Product(source="shop", product_id=row["asin"])
            yield Record(number, product, (row["picture"],), {"json": json.dumps(row)})

    other = replace(catalog, open_rows=lines, columns=("json",))
    shop.file("B1.jpg", picture_of(1))
    assert shop.ingest(catalog=other).outcomes == {"new": 1, "rejected": 2}
    shop.file("B2.jpg", picture_of(2))
    assert shop.ingest(catalog=other, retry_failed=True).outcomes == {"new": 1, "rejected": 1}
    with Ledger(shop.data / "ledger.db", shop.info().created_at) as ledger:
        (reject,) = ledger.failures
    assert (reject.product_id, reject.attempts) == ("B0", 2)
    assert reject.row == {"json": json.dumps(rows[0])}
