"""What has not changed costs nothing: no product, no payload, no picture."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import ingest.columns
import ingest.readers_folder
from ingest.ledger import Ledger
from ingest.pipeline import LOOK
from ingest.readers import open_catalog
from ingest.records import BadRow, Unread

Pictures = Callable[..., bytes]


@pytest.fixture
def unread(shop: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the products that were made since the shop's first run."""
    for number in range(6):
        shop.add(f"p{number}")
    shop.write()
    shop.ingest()
    made: list[str] = []
    real = ingest.columns._product

    def product(source: str, values: Any, *others: Any) -> Any:
        made.append(values["id"])
        return real(source, values, *others)

    monkeypatch.setattr(ingest.columns, "_product", product)
    return made


def test_the_product_of_an_unchanged_row_is_never_made(shop: Any, unread: list[str]) -> None:
    shop.rows[3]["price"] = "1"
    shop.write()
    assert shop.ingest().outcomes == {"unchanged": 5, "payload_only": 1}
    assert unread == ["p3"]
    assert shop.ingest().outcomes == {"unchanged": 6}
    assert unread == ["p3"]


def test_a_moved_file_touches_the_payload_only(shop: Any, unread: list[str]) -> None:
    (shop.root / "moved").mkdir()
    for row in shop.rows[:4]:
        shutil.move(shop.root / row["image"], shop.root / "moved")
        row["image"] = row["image"].replace("images/", "moved/")
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"payload_only": 4, "unchanged": 2}
    assert not {"decode", "embed"} & report.stages.seconds().keys()
    assert shop.points()["p0", 0].payload["image_url"] == "moved/p0.jpg"
    assert shop.ingest().outcomes == {"unchanged": 6}


def test_a_renamed_column_with_equal_content_is_no_change(shop: Any, unread: list[str]) -> None:
    text = (shop.root / "catalog.csv").read_text()
    shop.write(text.replace("title", "product_name", 1))
    report = shop.ingest()
    assert report.outcomes == {"unchanged": 6}
    assert len(unread) == 6
    # and that it means the same is known from now on
    assert shop.ingest().outcomes == {"unchanged": 6}
    assert len(unread) == 6


def test_a_renamed_column_that_is_kept_as_an_attribute_touches_the_payload_only(shop: Any) -> None:
    shop.columns += ("wool",)
    shop.add("a", wool="merino")
    shop.write()
    shop.ingest()
    shop.write((shop.root / "catalog.csv").read_text().replace("wool", "fibre", 1))
    report = shop.ingest()
    assert report.outcomes == {"payload_only": 1}
    assert "fetch" not in report.stages.seconds()
    assert shop.points()["a", 0].payload["attributes"] == {"fibre": "merino"}


def test_another_meaning_of_the_same_columns_is_a_change(shop: Any, unread: list[str]) -> None:
    catalog = open_catalog(shop.root / "catalog.csv", source="shop", mapping={"brand": "title"})
    assert shop.ingest(catalog=catalog).outcomes == {"payload_only": 6}
    assert shop.points()["p0", 0].payload["brand"] == "Thing p0"


def test_a_new_picture_behind_an_unchanged_row_is_seen(
    shop: Any, unread: list[str], picture_of: Pictures
) -> None:
    shop.file("images/p1.jpg", picture_of(77))
    (shop.root / "images/p2.jpg").unlink()
    report = shop.ingest()
    assert report.outcomes == {"updated": 1, "rejected": 1, "unchanged": 4}
    assert report.reasons == {"not_found": 1}
    assert sorted(unread) == ["p1", "p2"]


def test_a_row_of_which_one_image_failed_is_tried_again_in_every_run(
    shop: Any, picture_of: Pictures
) -> None:
    shop.file("images/front.jpg", picture_of(1))
    shop.add("a", image="images/front.jpg|images/back.jpg")
    shop.write()
    for _ in range(2):
        assert shop.ingest().outcomes == {"rejected": 1}
    shop.file("images/back.jpg", picture_of(2))
    assert shop.ingest().outcomes == {"new": 1}
    assert shop.ingest().outcomes == {"unchanged": 1}


def test_a_warning_is_told_in_every_run(shop: Any) -> None:
    shop.add("a", price="ask us")
    shop.add("b")
    shop.write()
    for outcome in ("new", "unchanged", "unchanged"):
        report = shop.ingest()
        assert report.outcomes == {outcome: 2}
        assert report.warnings == {"unreadable_price": 1}


def test_an_id_in_another_unicode_form_is_known_too(shop: Any) -> None:
    shop.add("cafe\u0301", image="images/a.jpg")
    shop.write()
    (row,) = open_catalog(shop.root / "catalog.csv").rows()
    assert isinstance(row, Unread)
    assert row.product_id == row.read().product_id == "caf\u00e9"


def test_duplicates_are_found_within_a_look_and_across_looks(shop: Any) -> None:
    shop.add("a")
    for number in range(2 * LOOK):
        shop.add(f"p{number}", image="images/a.jpg")
    shop.add("p0", image="images/a.jpg")
    shop.add(f"p{2 * LOOK - 1}", image="images/a.jpg")
    shop.write()
    for _ in range(2):
        report = shop.ingest()
        assert report.outcomes["duplicate"] == 2
        assert report.rows == report.outcomes.total() == 2 * LOOK + 3
        lines = {row["id"]: row["message"] for row in shop.rejected()}
        assert "line 3 " in lines["p0"]
        assert f"line {2 * LOOK + 2} " in lines[f"p{2 * LOOK - 1}"]


def test_rows_without_a_digest_are_compared_by_their_products(shop: Any) -> None:
    for number in range(5):
        shop.add(f"p{number}")
    shop.write()
    catalog = open_catalog(shop.root / "catalog.csv", source="shop")

    def undigested() -> Any:
        for row in catalog:
            yield row if isinstance(row, BadRow) else replace(row, digest=None)

    plain = replace(catalog, open_rows=undigested)
    assert shop.ingest(catalog=plain).outcomes == {"new": 5}
    for once in (plain, catalog, plain, catalog):
        assert shop.ingest(catalog=once).outcomes == {"unchanged": 5}


def test_the_product_of_an_unchanged_file_of_a_folder_is_never_made(
    shop: Any, picture_of: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hats/red.jpg", " hats/ blue.jpg"):
        shop.file(name, picture_of(len(name)))
    shop.write()
    folder = open_catalog(shop.root, source="shop")
    assert shop.ingest(catalog=folder).outcomes == {"new": 2}
    monkeypatch.setattr(ingest.readers_folder, "Product", None)
    assert shop.ingest(catalog=folder).outcomes == {"unchanged": 2}


def test_a_ledger_of_the_first_edition_loses_nothing(shop: Any, unread: list[str]) -> None:
    path = shop.data / "ledger.db"
    as_the_first_edition(path)
    assert shop.ingest().outcomes == {"unchanged": 6}
    assert len(unread) == 6
    assert shop.ingest().outcomes == {"unchanged": 6}
    assert len(unread) == 6


def as_the_first_edition(path: Path) -> None:
    """The same entries in a file as the first edition wrote it."""
    with sqlite3.connect(path) as db:
        for statement in (
            "DROP INDEX by_row",
            "CREATE INDEX by_product ON points (product_id)",
            "ALTER TABLE points DROP COLUMN row_digest",
            "ALTER TABLE about DROP COLUMN source",
            "DROP TABLE failures",
            "UPDATE about SET stamp = '1' || substr(stamp, 2)",
        ):
            db.execute(statement)
    db.close()


def test_a_ledger_of_an_unknown_edition_is_emptied_and_filled_from_the_feature_cache(
    shop: Any, unread: list[str]
) -> None:
    with sqlite3.connect(shop.data / "ledger.db") as db:
        db.execute("UPDATE about SET stamp = '99' || substr(stamp, 2)")
    db.close()
    report = shop.ingest()
    assert report.outcomes == {"new": 6}
    assert (report.embedded, report.cached) == (0, 6)
    with Ledger(shop.data / "ledger.db", shop.info().created_at) as ledger:
        assert len(ledger) == 6


def test_whether_a_file_outside_the_catalog_exists_is_not_told(shop: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"there")
    shop.add("a", image="../secret.jpg")
    shop.add("b", image="../nothing.jpg")
    shop.add("c", image=str(tmp_path / "nothing.jpg"))
    shop.write()
    assert shop.ingest().reasons == {"outside_root": 3}
