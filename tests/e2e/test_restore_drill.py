"""The restore drill: the data folder is deleted, and comes back from a backup."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from made import TINY, ingested, picture
from made_qdrant import qdrant

from ui.cli import main

COUNT = 24


@pytest.fixture
def catalog(home: Path, tmp_path: Path) -> Path:
    rows = [(f"P{n}", ("Hat", "Bag", "Shoes")[n % 3], picture(n)) for n in range(COUNT)]
    return ingested(tmp_path / "shop", rows)


def told(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert main([*argv, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def hits(capsys: pytest.CaptureFixture[str], photo: Path) -> list[tuple[str, float]]:
    found = told(capsys, "search", str(photo), "--k", "5")["hits"]
    return [(hit["product_id"], hit["score"]) for hit in found]


def test_a_deleted_data_folder_comes_back_verifies_clean_and_answers_as_before(
    catalog: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = catalog.parent / "7.jpg"
    before = hits(capsys, photo)
    thumbnails = sorted(path.name for path in home.glob("thumbs/*/*.jpg"))
    made = told(capsys, "backup", str(tmp_path / "backups"))
    assert (made["points"], made["left_out"]) == (COUNT, [])

    shutil.rmtree(home)
    assert main(["verify"]) == 1

    done = told(capsys, "restore", made["backup"])
    assert (done["clean"], done["points"], done["verified"]["points"]) == (True, COUNT, COUNT)
    assert main(["verify"]) == 0
    assert hits(capsys, photo) == before
    assert before[0][0] == "P7"
    assert sorted(path.name for path in home.glob("thumbs/*/*.jpg")) == thumbnails
    again = told(capsys, "ingest", str(catalog), "--model", TINY)
    assert again["outcomes"]["unchanged"] == COUNT
    assert again["images"] == {"embedded": 0, "cached": 0}


def test_a_server_that_lost_everything_comes_back_with_the_data_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with qdrant() as engine:
        monkeypatch.setenv("QDRANT_URL", engine.url)
        rows = [(f"P{n}", ("Hat", "Bag", "Shoes")[n % 3], picture(n)) for n in range(COUNT)]
        catalog = ingested(tmp_path / "shop", rows)
        photo = catalog.parent / "7.jpg"
        before = hits(capsys, photo)
        made = told(capsys, "backup", str(tmp_path / "backups"))
        assert made["points"] == COUNT
        assert engine.snapshots == {}  # none is left on the server

        shutil.rmtree(home)
        engine.lose_everything()
        assert main(["search", str(photo)]) == 1

        done = told(capsys, "restore", made["backup"])
        assert (done["clean"], done["verified"]["points"]) == (True, COUNT)
        assert main(["verify"]) == 0
        assert hits(capsys, photo) == before
        again = told(capsys, "ingest", str(catalog), "--model", TINY)
        assert again["outcomes"]["unchanged"] == COUNT
