"""The two files that a run leaves: what was written, and what was not."""

import csv
from pathlib import Path

import pytest

from ingest.errors import BadLedger, BadRejects
from ingest.ledger import Entry, Ledger, fault_of
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
        assert ledger.of_product("1") == {"p1": entry("p1"), "p2": entry("p2", line=9)}
        assert len(ledger) == 2
        assert ledger.of_product("2") == {}


def test_what_was_removed_is_known_no_more(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        ledger.put([entry(f"p{number}") for number in range(3)])
        ledger.remove(["p0", "p2", "unknown"])
        assert list(ledger.of_product("1")) == ["p1"]
        ledger.remove([])
        assert len(ledger) == 1


def test_a_product_with_any_number_of_points_is_found(tmp_path: Path) -> None:
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        ledger.put([entry(f"p{number}") for number in range(40_000)])
        assert len(ledger.of_product("1")) == 40_000


def test_all_entries_come_once_and_in_pages_while_others_are_written(tmp_path: Path) -> None:
    points = [f"p{number:04}" for number in range(2_500)]
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        ledger.put([entry(point_id) for point_id in points])
        found = []
        for one in ledger:
            found.append(one.point_id)
            if len(found) == 1:
                ledger.remove(["p2499"])
        assert found == points[:-1]


def test_the_folder_of_the_images_is_remembered_until_another_collection_comes(
    tmp_path: Path,
) -> None:
    with Ledger(tmp_path / "a.db", "first") as ledger:
        assert ledger.root() is None
        ledger.remember_root(tmp_path / "elsewhere")
        ledger.remember_root(tmp_path / "shop")
    with Ledger(tmp_path / "a.db", "first") as ledger:
        assert ledger.root() == tmp_path / "shop"
    with Ledger(tmp_path / "a.db", "second") as ledger:
        assert ledger.root() is None


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


def test_a_ledger_that_is_damaged_further_in_is_refused_as_it_is_read(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.db", "c") as ledger:
        ledger.put([entry(f"p{n}") for n in range(200)])
    whole = (tmp_path / "l.db").read_bytes()
    (tmp_path / "l.db").write_bytes(whole[:8192] + b"Z" * (len(whole) - 8192))
    assert fault_of(tmp_path / "l.db") is None
    with Ledger(tmp_path / "l.db", "c") as ledger, pytest.raises(BadLedger, match="delete it"):
        list(iter(ledger))


def test_a_ledger_of_a_run_that_was_killed_at_its_start_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "l.db").touch()
    assert fault_of(tmp_path / "l.db") is None
    (tmp_path / "l.db").write_text("no database")
    assert "delete it" in str(fault_of(tmp_path / "l.db"))


@pytest.mark.parametrize("name", ["folder", "file/a.db", "file/deeper/a.db"])
def test_a_ledger_that_cannot_be_opened_is_refused_with_its_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadLedger, match=f"cannot be opened.*{name}"):
        Ledger(tmp_path / name, "stamp")


def test_two_catalogs_under_one_name_are_noticed(tmp_path: Path) -> None:
    spring, autumn = tmp_path / "spring/data/catalog.csv", tmp_path / "autumn/data/caf\udce9.csv"
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        assert ledger.moved_from(spring) is None
    with Ledger(tmp_path / "a.db", "stamp") as ledger:
        assert ledger.moved_from(spring.parent / "../data/catalog.csv") is None
        assert ledger.moved_from(autumn) == str(spring)
        assert ledger.moved_from(autumn) is None
        assert ledger.moved_from(spring) == str(autumn)
    with Ledger(tmp_path / "a.db", "another collection") as ledger:
        assert ledger.moved_from(autumn) is None


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


@pytest.mark.parametrize("spelling", ["catalog.csv", "data/../catalog.csv", "link.csv"])
def test_rejects_never_take_the_catalogs_own_place(tmp_path: Path, spelling: str) -> None:
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("id\n1\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "link.csv").symlink_to(catalog)
    with pytest.raises(BadRejects, match="the catalog itself"):
        Rejects(tmp_path / spelling, ("id",), catalog)
    assert catalog.read_text() == "id\n1\n"
    with Rejects(tmp_path / "data" / "rejects.csv", ("id",), catalog) as rejects:
        rejects.add({"id": "1"}, "not_found", "gone", line=2)
    assert len(read(tmp_path / "data" / "rejects.csv")) == 1


def test_a_folder_is_no_place_for_rejects(tmp_path: Path) -> None:
    with pytest.raises(BadRejects, match="name a file"):
        Rejects(tmp_path, ("id",))
    with pytest.raises(BadRejects, match="name a file"):
        Rejects(tmp_path, ("id",), tmp_path)


@pytest.mark.parametrize("columns", [("id",), ("id", "reason"), ("größe\nin cm", "line")])
@pytest.mark.parametrize("separator", ",;\t")
def test_rejects_that_a_spreadsheet_saved_are_replaced(
    tmp_path: Path, columns: tuple[str, ...], separator: str
) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, columns) as rejects:
        rejects.add({columns[0]: "1"}, "not_found", "gone", line=2)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    with Rejects(path, columns):
        pass
    assert not path.exists()


def test_what_is_not_ours_is_never_replaced_by_rejects(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes(b"\xff\x00")
    with pytest.raises(BadRejects, match="did not write"):
        Rejects(path, ("id",))
    with pytest.raises(BadRejects, match="did not write"):
        Rejects(Path("/dev/null"), ("id",))
    path.write_bytes(b"")
    with Rejects(path, ("id",)) as rejects:
        rejects.add({"id": "1"}, "not_found", "gone", line=2)
    assert len(read(path)) == 1


@pytest.mark.parametrize("rows", [0, 1])
def test_a_run_that_fails_leaves_the_rejects_of_the_one_before(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ("id",)) as rejects:
        rejects.add({"id": "1"}, "not_found", "gone", line=2)

    def fail() -> None:
        with Rejects(path, ("id",)) as rejects:
            for line in range(rows):
                rejects.add({"id": "2"}, "not_found", "gone", line)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        fail()
    assert [row["id"] for row in read(path)] == ["1"]
    assert list(tmp_path.iterdir()) == [path]


def test_two_runs_at_once_do_not_write_into_each_others_rejects(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    first, last = Rejects(path, ("id",)), Rejects(path, ("id",))
    for number in range(3):
        first.add({"id": f"first {number}"}, "not_found", "gone", number)
        last.add({"id": f"last {number}"}, "not_found", "gone", number)
    first.close()
    assert [row["id"] for row in read(path)] == ["first 0", "first 1", "first 2"]
    last.close()
    assert [row["id"] for row in read(path)] == ["last 0", "last 1", "last 2"]


def test_a_catalog_with_a_reason_column_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ("id", "reason")) as rejects:
        rejects.add({"id": "1", "reason": "gift"}, "not_found", "gone", line=2)
    (row,) = read(path)
    assert (row["reason"], row["reject_reason"]) == ("gift", "not_found")


def test_an_id_is_seen_once_and_its_first_line_is_remembered() -> None:
    with Seen() as seen:
        assert seen.first_lines([("a", 2), ("b", 3)]) == [None, None]
        assert seen.first_lines([("a", 4), ("c", 5), ("c", 6)]) == [2, None, 5]
        assert seen.first_lines([("A", 7), ("a", 8)]) == [None, 2]
        assert seen.first_lines([]) == []
        assert seen.met(["a", "A", "x"]) == {"a": 2, "A": 7}
