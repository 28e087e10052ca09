"""What a person has mistyped is told before any work, and nothing is written."""

from pathlib import Path

import pytest
from made import TINY, write_shop
from typer import BadParameter

from search.demand import DemandLog
from ui.cli import main
from ui.options import check_labels


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """Six photos of three categories, in the folder that commands are given in."""
    (tmp_path / "shop").mkdir()
    return write_shop(tmp_path / "shop", 6)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code, and what was said on one line."""
    capsys.readouterr()
    code = main(list(words))
    out, err = capsys.readouterr()
    assert (out, "Traceback" in err) == ("", False)
    return code, " ".join(err.replace("│", " ").split())


@pytest.mark.parametrize("name", ["q.csv", "report", "report.json", "q.html"])
def test_a_report_overwrites_no_file_of_another_kind_and_nothing_that_is_read(
    home: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    files = [Path(one) for one in ("q.csv", "q.json", "report.json")]
    for one in files:
        one.write_text("mine")
    asked = "q.json" if name == "q.html" else "q.csv"
    for words in (
        ("evaluate", "--model", "x", "--gallery", "x.csv", "--queries", asked, "--report", name),
        ("baselines", asked, "--out", name),
    ):
        code, said = refused(capsys, *words)
        assert code == 2
        told = "overwrite q.json" if name == "q.html" else f"cannot be {name}; give it a name in"
        assert told in said
    assert sorted(Path().glob("*.*")) == sorted(files)
    assert {one.read_text() for one in files} == {"mine"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("notes.txt/x.html", "notes.txt is a file; choose a folder"),
        ("a.html", "a.html is a folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], path: str, told: str
) -> None:
    Path("notes.txt").write_text("mine")
    Path("a.html").mkdir()
    for words in (("evaluate", "--model", "x", "--gallery", "x", "--report"),
                  ("baselines", "x", "--out")):  # fmt: skip
        code, said = refused(capsys, *words, path)
        assert code == 2
        assert told in said


@pytest.mark.parametrize("out", ["notes.txt", "notes.txt/x", "notes.txt/x/y"])
@pytest.mark.parametrize(
    "command", [("train", "shop/catalog.csv", "--backbone", "x"), ("doctor",), ("demand",)]
)
def test_an_out_below_a_file_is_no_folder(
    shop: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    out: str,
) -> None:
    Path("notes.txt").write_text("mine")
    DemandLog(home / "demand" / "log.sqlite").close()
    code, said = refused(capsys, *command, "--out", out)
    assert code == 1
    assert "error: notes.txt is a file; choose a folder (--out)" in said


@pytest.mark.parametrize(
    "command",
    [
        ("train", "shop/catalog.csv", "--out", "model", "--backbone", "x"),
        ("evaluate", "--gallery", "shop/catalog.csv", "--model", TINY),
        ("evaluate", "--gallery", "g.csv", "--queries", "shop/catalog.csv", "--model", TINY),
    ],
)
def test_an_excluded_label_that_no_row_has_is_refused_with_those_there_are(
    shop: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    Path("g.csv").write_text("id,category,image\n1,D,shop/0.jpg\n")
    labels = ("--exclude-label", " A", "--exclude-label", "Bb")
    code, said = refused(capsys, *command, *labels)
    assert code == 2
    there = "'B', 'D', 'C', 'A'" if "g.csv" in command else "'B', 'C', 'A'"
    assert f"no row has the label 'Bb'; there are: {there}" in said
    assert "Bb" not in refused(capsys, *command, *labels[:3], "C")[1]


def test_of_many_labels_those_most_like_a_mistyped_one_are_told() -> None:
    known = [f"Number {number}" for number in range(1000)]
    with pytest.raises(BadParameter, match=r"'Not sur'; there are: 'Not sure', .* and 993 more$"):
        check_labels(["Not sur"], [*known, "Not sure", None])


URL = "http://127.0.0.1:1/x.csv"


@pytest.mark.parametrize(
    "words",
    [
        ("train", URL, "--out", "model"),
        ("train", "x.csv", "--out", "model", "--photos", URL),
        ("evaluate", "--model", "x", "--gallery", URL),
        ("evaluate", "--model", "x", "--gallery", "x.csv", "--queries", URL),
        ("evaluate", "--model", "x", "--gallery", "x.csv", "--strangers", URL),
        ("reindex", "--model", "x", "--queries", URL),
        ("reindex", "--model", "x", "--gallery", URL),
        ("model", "export", "x", "--precision", "int8", "--catalog", URL),
        ("model", "export", "x", "--precision", "int8", "--photos", URL),
        ("doctor", URL),
    ],
)
def test_a_command_that_fetches_no_catalog_says_so_of_a_url(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, said = refused(capsys, *words)
    assert code == 2
    assert f"{URL} is a URL, and this command takes a file or a folder; download" in said


def test_a_catalog_without_rows_is_to_be_looked_at_without_writing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("my shop.csv").write_text("id,category,image\n")
    code, said = refused(capsys, "train", "my shop.csv", "--out", "model", "--backbone", "x")
    assert code == 1
    assert "no readable row; try `snapshelf ingest 'my shop.csv' --dry-run`" in said
