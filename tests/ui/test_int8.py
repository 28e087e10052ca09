"""A model in int8, from its own photos to an index: the commands as a person gives them."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made import TINY, write_shop

import lab.precision
from ui.cli import main
from ui.known_models import model_in
from vision.embedder import open_embedder
from vision.exported import ExportedEncoder

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 photos of three categories, each in tints of its own."""
    return write_shop(tmp_path_factory.mktemp("shop"), 120)


@pytest.fixture(scope="module")
def trained(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "model"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SNAPSHELF_HOME", str(folder.parent / "home"))
        words = ["--backbone", TINY, "--out", str(folder), "--split", "6:3:1", "--epochs", "1"]
        assert main(["train", str(shop / "catalog.csv"), *words]) == 0
    return folder


@pytest.fixture(scope="module")
def eight(trained: Path) -> Path:
    """The same, exported where every loss is allowed."""
    folder = shutil.copytree(trained, trained.parent / "eight")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SNAPSHELF_HOME", str(trained.parent / "home"))
        patched.setattr(lab.precision, "ALLOWED", 1.0)
        assert main(["model", "export", str(folder), "--precision", "int8"]) == 0
    return folder


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "model")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], home: Path) -> Ask:
    """What a command prints as JSON, with what it told beside it."""

    def run(*words: object, code: int = 0) -> tuple[Any, str]:
        capsys.readouterr()
        assert main([str(word) for word in words]) == code
        out, told = capsys.readouterr()
        return (json.loads(out) if out.startswith("{") else out), " ".join(told.split())

    return run


def test_where_it_loses_little_the_model_serves_with_it_from_then_on(
    ask: Ask, trained: Path, eight: Path, shop: Path, tmp_path: Path
) -> None:
    model, before = shutil.copytree(eight, tmp_path / "model"), open_embedder(trained)
    card = json.loads((model / "export/int8.json").read_text())
    told = card["measured"]
    assert told["photos"] == 36
    assert told["serves"]
    assert told["objections"] == []
    assert set(told["fp32"]) == set(told["int8"]) == {"p_at_9", "top1", "raw_p_at_9"}
    assert 0.9 < told["cosine"]["least"] <= told["cosine"]["mean"] < 1
    assert set(told["speed"]) == {"1", "8"}
    assert card["calibration"] == {"photos": 72}
    after = open_embedder(model)
    assert isinstance(after.backbone, ExportedEncoder)
    assert after.backbone.fingerprint != before.backbone.fingerprint
    assert after.fingerprint != before.fingerprint
    assert open_embedder(model, "fp32").fingerprint == before.fingerprint
    known = model_in(model)
    assert known is not None
    assert known.fingerprint == after.fingerprint
    # an index made with it is never mixed with one of fp32
    ask("ingest", shop / "catalog.csv", "--model", model, "--json")
    found, _ = ask("search", shop / "7.jpg", "--json")
    assert found["hits"][0]["product_id"] == "P7"
    assert found["hits"][0]["score"] > 0.999
    ask("model", "use", model, "fp32")
    assert open_embedder(model).fingerprint == before.fingerprint
    _, said = ask("ingest", shop / "catalog.csv", "--model", model, code=1)
    assert "made with another model" in said
    # the index's copy is still in int8
    assert ask("search", shop / "7.jpg", "--json")[0]["hits"][0]["score"] > 0.999
    changed, _ = ask("reindex", "--model", model, "--json")
    assert (changed["before"], changed["after"]) == (after.fingerprint, before.fingerprint)
    assert ask("search", shop / "7.jpg", "--json")[0]["hits"][0]["score"] > 0.999


def test_where_it_loses_more_fp32_goes_on_and_a_person_may_still_choose(
    ask: Ask, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.precision, "ALLOWED", -1.0)  # no loss at all is too much
    before = open_embedder(model).fingerprint
    told, said = ask("model", "export", model, "--precision", "int8")
    assert not told["serves"]
    assert len(told["objections"]) == 3
    assert "fp32 goes on serving: it loses " in said
    assert f"snapshelf model use {model} int8" in said
    assert open_embedder(model).fingerprint == before
    ask("model", "use", model, "int8")
    assert open_embedder(model).fingerprint == told["fingerprint"]
    # fp32 alone, as it was at first
    ask("model", "export", model)
    assert open_embedder(model).fingerprint == before
    _, said = ask("model", "use", model, "int8", code=1)
    assert "--precision int8` makes one" in said


def test_the_catalog_stands_in_for_a_split_that_is_gone(
    ask: Ask, eight: Path, model: Path, shop: Path
) -> None:
    wanted = json.loads((eight / "export/int8.json").read_text())["measured"]
    shutil.rmtree(model / "split")
    _, said = ask("model", "export", model, "--precision", "int8", code=1)
    assert "--catalog" in said
    words = ["--precision", "int8", "--catalog", shop / "catalog.csv"]
    found, said = ask("model", "export", model, *words)
    assert found["fp32"] == wanted["fp32"]
    assert found["int8"] == wanted["int8"]
    assert found["cosine"] == wanted["cosine"]
    known = model_in(model)
    assert known is not None
    assert (known.fingerprint == found["fingerprint"]) == found["serves"]
    assert (f"serves with int8 now, as model {known.short}" in said) == found["serves"]


def test_the_copy_that_an_index_keeps_stays_the_model_of_its_vectors(
    ask: Ask, home: Path, trained: Path, eight: Path
) -> None:
    for kept, words in ((trained, ["export", "--precision", "int8"]), (eight, ["export"]),
                        (eight, ["use", "fp32"])):  # fmt: skip
        copy = shutil.copytree(kept, home / "models" / kept.name, dirs_exist_ok=True)
        _, said = ask("model", words[0], copy, *words[1:], code=2)
        assert "copy that an index keeps" in said.replace("│ ", "")
    ask("model", "export", home / "models" / trained.name)


def test_a_failure_leaves_the_export_as_it_was(
    ask: Ask, model: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    monkeypatch.setitem(sys.modules, "nncf", None)
    _, said = ask("model", "export", model, "--precision", "int8", code=1)
    assert "snapshelf[int8]" in said
    assert {path: path.read_bytes() for path in model.rglob("*") if path.is_file()} == before
