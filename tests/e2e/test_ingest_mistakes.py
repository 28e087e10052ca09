"""Options and names given to `ingest` and `verify` by mistake: told, and nothing is lost."""

from pathlib import Path

import pytest
from made import TINY, ingested, picture, write_shop

from ui.cli import main


@pytest.mark.parametrize("content", ["own\n", "id,reason\n1,gift\n", "\x00" * 200_000])
@pytest.mark.parametrize("broken", [False, True])
def test_a_file_of_the_users_own_is_not_taken_for_rejects(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, broken: bool
) -> None:
    shop = write_shop(tmp_path, 2)
    if broken:
        (shop / "1.jpg").unlink()
    own = tmp_path / "keep.txt"
    own.write_text(content)
    given = ["ingest", str(shop / "catalog.csv"), "--model", TINY, "--rejects", str(own)]
    assert main(given) == 1
    assert own.read_text() == content
    told = capsys.readouterr().err
    assert f"snapshelf did not write · {own} · name another file" in told
    assert not home.exists()


@pytest.mark.parametrize("options", [[], ["--mend"]])
@pytest.mark.parametrize("mistaken", [["nope.csv"], ["shop/catalog.csv", "--source", "typo"]])
def test_a_name_that_nothing_was_ingested_under_is_not_verified(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    mistaken: list[str],
    options: list[str],
) -> None:
    ingested(tmp_path / "shop", [("a", "A", picture(1))])
    ledgers = sorted((home / "ledger").iterdir())
    assert main(["verify", *mistaken, *options]) == 1
    name = "typo" if "typo" in mistaken else f"{tmp_path.name}/nope.csv"
    told = f"nothing was ingested under the name {name!r} · known are: 'shop/catalog.csv' ·"
    assert told in capsys.readouterr().err
    assert sorted((home / "ledger").iterdir()) == ledgers
    # a lost ledger is no mistake
    for file in ledgers:
        file.unlink()
    assert main(["verify", "shop/catalog.csv"]) == 3


@pytest.mark.parametrize("more", [[], ["--prune"]])
def test_a_dry_run_is_not_watched(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    shop = write_shop(tmp_path, 1)
    assert main(["ingest", str(shop / "catalog.csv"), "--dry-run", "--watch", *more]) == 2
    assert "leave one of them out" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--model", TINY], ["--dry-run"]])
def test_a_catalog_without_anything_in_it_is_told(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    empty, header = tmp_path / "empty", tmp_path / "header.csv"
    empty.mkdir()
    header.write_text("id,image\n")
    for source, what in ((empty, "picture"), (header, "row")):
        assert main(["ingest", str(source), *options]) == 0
        assert f"warning: no {what} in {source} ·" in capsys.readouterr().err
    shop = write_shop(tmp_path, 1)
    assert main(["ingest", str(shop / "catalog.csv"), *options]) == 0
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("command", ["ingest", "doctor"])
def test_an_image_root_that_is_no_folder_is_told_once(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    catalog = ingested(tmp_path / "shop", [("a", "A", picture(1))])
    for root in ("nope", "shop/catalog.csv"):
        capsys.readouterr()
        assert main([command, str(catalog), "--image-root", root]) == 2
        told = capsys.readouterr()
        assert "--image-root" in told.err
        assert f"there is no such folder · {root} ·" in " ".join(told.err.replace("│", " ").split())
        assert told.out == ""
