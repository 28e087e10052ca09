"""`snapshelf size` as somebody runs it who is about to buy machines."""

import json
from pathlib import Path

import pytest
from made import ingested, picture

from ui.cli import main


def test_it_tells_in_words_what_a_cluster_takes(capsys: pytest.CaptureFixture[str]) -> None:
    wish = ["--images", "50M", "--dim", "512", "--replicas", "2", "--workers", "8"]
    assert main(["size", *wish, "--node-memory", "128GB"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "50,000,000 images, 512 numbers a vector" in out
    assert "each of 3 nodes, 6 shards" in out
    assert "REPLICATION_FACTOR=2" in out
    assert "not measured" in out


def test_as_json_it_has_every_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["size", "--images", "100k", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["plan"]["images"] == 100_000
    assert told["need"]["engine"] == "embedded"
    assert told["need"]["disk_bytes"] == sum(told["need"]["disk"].values())
    assert told["choose"]


def test_an_index_that_is_there_tells_its_own_products(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingested(tmp_path / "shop", [(str(n), "Hat", picture(n)) for n in range(6)])
    capsys.readouterr()
    store = str(home / "store")
    assert main(["size", "--store", store, "--json"]) == 0
    own = json.loads(capsys.readouterr().out)["plan"]
    assert own["images"] == 6
    assert 300 < own["payload"] < 800
    assert main(["size", "--store", store, "--images", "5M", "--json"]) == 0
    grown = json.loads(capsys.readouterr().out)["plan"]
    assert (grown["images"], grown["dim"], grown["payload"]) == (
        5_000_000, own["dim"], own["payload"],
    )  # fmt: skip


def test_a_model_tells_how_long_its_vectors_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["size", "--images", "1k", "--model", "snapshelf:mini-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["plan"]["dim"] == 272


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ([], "--images is missing"),
        (["--images", "lots"], "is no amount"),
        (["--images", "1k", "--engine", "embedded", "--replicas", "2"], "one process on one"),
        (["--store", "x", "--dim", "5"], "tells vectors and payloads by itself"),
        (["--images", "1k", "--quantization", "int9"], "scalar"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    wish: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["size", *wish]) == 2
    assert told in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_an_empty_place_is_an_error_that_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["size", "--store", str(home / "nowhere"), "--images", "1k"]) == 1
    assert "there is no product index" in capsys.readouterr().err
