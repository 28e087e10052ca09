"""The two files that a run leaves: what was written, and what was not."""

import csv
from pathlib import Path

import pytest

from ingest.errors import BadLedger
from ingest.ledger import Entry, Ledger
from ingest.rejects import Rejects
from ingest.seen import Seen


def entry(point_id: str = "p1", line: int = 2) -> Entry:
    return Entry(
        point_id=point_id,
        product_id="1",
        image_ref="a.jpg",
        signature="10:20",
        image_sha256="0" * 64,
        payload_hash="1" * 64,
        model="2" * 64,
        line=line,
        run_id="run",
        updated_at="2026-01-02T03:04:05+00:00",
    )


def test_what_was_put_is_known_the_next_time(tmp_path: Path) -> None:
    with Ledger(tmp_path / "data" / "a.db", "stamp") as ledger:
        ledger.put([entry("p1"), entry("p2")])
        ledger.put([entry("p2", line=9)])
    with Ledger(tmp_path / "data" / "a.db", "stamp") as ledger:
        assert ledger.get(["p1", "p2", "p3"]) == {"p1": entry("p1"), "p2": entry("p2", line=9)}
        assert len(ledger) == 2
        assert ledger.get([]) == {}


def test_another_collection_empties_the_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a.db", "first") as ledger:
        ledger.put([entry()])
    with Ledger(tmp_path / "a.db", "second") as ledger:
        assert len(ledger) == 0
        ledger.put([entry()])
    with Ledger(tmp_path / "a.db", "second") as ledger:
        assert len(ledger) == 1


def test_a_batch_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        broken = entry("p2")
        object.__setattr__(broken, "line", object())
        with pytest.raises(Exception, match="type 'object' is not supported"):
            ledger.put([entry("p1"), broken])
        assert len(ledger) == 0


def test_a_file_that_is_no_ledger_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is a letter to my aunt, not a database" * 50)
    with pytest.raises(BadLedger, match="delete it"):
        Ledger(tmp_path / "a.db", "stamp")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_rejects_have_the_catalogs_columns_and_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "data" / "rejects.csv"
    with Rejects(path, ("id", "title", "image")) as rejects:
        row = {"id": "1", "title": 'Salt, "fine"\nand dry', "image": "a.jpg"}
        rejects.add(row, "not_found", "no such file", line=7, attempts=1)
        rejects.add({"id": "2"}, "http_500", "busy", line=9, attempts=4)
    assert read(path) == [
        row | {"reason": "not_found", "message": "no such file", "line": "7", "attempts": "1"},
        {"id": "2", "title": "", "image": "", "reason": "http_500", "message": "busy",
         "line": "9", "attempts": "4"},
    ]  # fmt: skip


def test_every_run_replaces_the_rejects_and_a_clean_one_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ("id",)) as rejects:
        rejects.add({"id": "1"}, "not_found", "gone", line=2)
    with Rejects(path, ("id",)) as rejects:
        rejects.add({"id": "2"}, "not_found", "gone", line=3)
        assert [row["id"] for row in read(path)] == ["1"]
    assert [row["id"] for row in read(path)] == ["2"]
    with Rejects(path, ("id",)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_catalog_with_a_reason_column_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ("id", "reason")) as rejects:
        rejects.add({"id": "1", "reason": "gift"}, "not_found", "gone", line=2)
    (row,) = read(path)
    assert (row["reason"], row["reject_reason"]) == ("gift", "not_found")


def test_an_id_is_seen_once_and_its_first_line_is_remembered() -> None:
    with Seen() as seen:
        assert seen.first_line("a", 2) is None
        assert seen.first_line("b", 3) is None
        assert seen.first_line("a", 4) == 2
        assert seen.first_line("a", 5) == 2
        assert seen.first_line("A", 6) is None
