"""What an index is told to hold, against what was ingested."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from made import TINY, picture

from catalog.contract import collection_name
from ingest.ledger import Ledger
from ingest.partition import Partition
from ingest.readers import open_catalog
from ui.build import Target, rejects_path, run_ingest
from ui.inventory import Inventory, known_source, take_stock
from ui.reindexing import change_model
from ui.settings import Settings

Written = Callable[..., Path]


@pytest.fixture
def target(home: Path) -> Target:
    return Target(Settings(home=home, model=TINY), str(home / "store"), "products")


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """A catalog of these rows, (id, category, picture)."""

    def made(name: str, rows: list[tuple[str, str, str]]) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for n in range(9):
            (folder / f"{n}.jpg").write_bytes(picture(n))
        lines = ["nr,category,image", *(",".join(row) for row in rows)]
        (folder / "list.csv").write_text("\n".join(lines))
        return folder / "list.csv"

    return made


def bring(path: Path, target: Target, **how: object) -> None:
    catalog = open_catalog(path, mapping={"id": "nr"})
    rejects = rejects_path(catalog, target.settings)
    run_ingest(catalog, None, target, rejects=rejects, **how)  # type: ignore[arg-type]


def stock(target: Target) -> Inventory:
    found = take_stock(target)
    assert found is not None
    return found


def test_nothing_is_told_of_a_store_that_is_not_there(target: Target) -> None:
    assert take_stock(target) is None
    assert known_source(target, "a/list.csv") is None
    assert not Path(target.store).exists()


def test_products_pictures_and_categories_are_counted(target: Target, written: Written) -> None:
    bring(written("a", [("A", "Hats", "0.jpg|1.jpg"), ("B", "", "2.jpg")]), target)
    bring(written("b", [("A", "Shoes", "3.jpg"), ("X", "Shoes", "none.jpg")]), target)
    found = stock(target)
    assert (found.products, found.pictures, found.without_category) == (3, 4, 1)
    assert found.categories == {"Hats": 2, "Shoes": 1}
    assert [one.source for one in found.sources] == ["a/list.csv", "b/list.csv"]
    assert (found.labels, found.calibrated, found.embedded) == (0, False, True)
    assert found.collection == collection_name(found.info.fingerprint)


def test_a_source_tells_where_it_is_and_how_its_last_run_went(
    target: Target, written: Written
) -> None:
    path = written("b", [("A", "Shoes", "3.jpg"), ("X", "Shoes", "none.jpg")])
    bring(path, target)
    known = known_source(target, "b/list.csv")
    assert known is not None
    assert known.run is not None
    assert (known.path, known.root, known.products, known.rejected) == (path, path.parent, 1, 1)
    assert (known.run.format, known.run.fields["id"], known.run.stopped) == (
        "own (CSV)",
        "nr",
        False,
    )
    assert known.run.report["outcomes"]["rejected"] == 1
    assert "none.jpg" in Path(str(known.run.rejects)).read_text()
    (path.parent / "none.jpg").write_bytes(picture(7))
    bring(path, target)
    known = known_source(target, "b/list.csv")
    assert known is not None
    assert known.run is not None
    assert (known.rejected, known.run.rejects) == (0, None)


def test_a_run_that_was_stopped_is_told_so(target: Target, written: Written) -> None:
    bring(written("a", [("A", "Hats", "0.jpg")]), target, stop=lambda: True)
    known = known_source(target, "a/list.csv")
    assert known is not None
    assert known.run is not None
    assert known.run.stopped


def test_the_shares_of_several_workers_are_one_source(target: Target, written: Written) -> None:
    path = written("a", [(f"P{n}", "Hats", f"{n}.jpg") for n in range(8)])
    for index in range(2):
        bring(path, target, partition=Partition(index, 2))
    found = stock(target)
    assert [(one.products, one.pictures) for one in found.sources] == [(8, 8)]
    assert found.products == 8


def test_what_another_machine_ingested_is_counted_all_the_same(
    target: Target, written: Written
) -> None:
    bring(written("a", [("A", "Hats", "0.jpg|1.jpg"), ("B", "Hats", "2.jpg")]), target)
    for file in target.settings.ledgers.glob("*"):
        file.unlink()
    found = stock(target)
    assert (found.products, found.sources) == (2, ())


def test_a_ledger_is_read_while_another_writes_and_is_not_touched(
    target: Target, written: Written
) -> None:
    path = written("a", [("A", "Hats", "0.jpg")])
    bring(path, target)
    info = stock(target).info
    ledger = target.ledger("a/list.csv", info)
    with Ledger(ledger, info.stamp):
        other = sqlite3.connect(ledger, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        before = ledger.read_bytes()
        assert [one.products for one in stock(target).sources] == [1]
        other.execute("ROLLBACK")
        other.close()
        assert ledger.read_bytes() == before


def test_a_ledger_of_an_older_edition_or_no_ledger_at_all_is_no_fault(
    target: Target, written: Written
) -> None:
    bring(written("a", [("A", "Hats", "0.jpg")]), target)
    info = stock(target).info
    with sqlite3.connect(target.ledger("a/list.csv", info)) as db:
        db.execute("DROP TABLE last_run")
        db.execute("DROP TABLE failures")
    (target.settings.ledgers / "x.sqlite").write_bytes(b"no database at all" * 100)
    [known] = stock(target).sources
    assert (known.products, known.rejected, known.run) == (1, 0, None)


def test_an_index_that_was_made_again_holds_nothing_of_what_its_ledger_remembers(
    target: Target, written: Written
) -> None:
    path = written("a", [("A", "Hats", "0.jpg")])
    bring(path, target)
    info = stock(target).info
    with sqlite3.connect(target.ledger("a/list.csv", info)) as db:
        db.execute("UPDATE about SET stamp = '2/another'")
    known = known_source(target, "a/list.csv")
    assert known is not None
    assert (known.products, known.pictures, known.path) == (0, 0, path)


def test_after_a_change_of_model_the_catalogs_can_be_run_again(
    target: Target, written: Written
) -> None:
    path = written("a", [("A", "Hats", "0.jpg"), ("B", "Hats", "1.jpg")])
    bring(path, target)
    before = stock(target).info
    change_model(TINY.replace("64", "96"), target, None, roots={})
    found = stock(target)
    assert found.info.fingerprint != before.fingerprint
    assert found.previous == before
    [known] = found.sources
    assert known.run is not None
    assert (known.path, known.products, known.run.fields["id"]) == (path, 2, "nr")


@pytest.mark.parametrize(
    ("store", "shown"),
    [
        ("/srv/store", "/srv/store"),
        ("http://user:secret@qdrant:6333", "http://qdrant:6333"),
        ("https://qdrant.example/path?api_key=secret", "https://qdrant.example/path"),
    ],
)
def test_where_the_index_is_tells_no_secrets(store: str, shown: str) -> None:
    from ui.inventory import _without_credentials

    assert _without_credentials(store) == shown
