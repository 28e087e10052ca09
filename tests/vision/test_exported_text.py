"""An exported text tower reads words as torch does, and torch stays where it cannot."""

import json
import logging
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import open_clip
import pytest
from made import picture
from made_towers import TOWERS, add_towers

import vision.export_text
from vision.artefact import Artefact, save_artefact
from vision.backbone import load_backbone
from vision.embedder import Embedder, open_embedder
from vision.export import export_artefact
from vision.export_text import AWKWARD
from vision.exported_text import ExportedText
from vision.head import bare_head
from vision.words import Words

ASKED = ("a red straw hat", "áo dài lụa đỏ", "Ça 👒!")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """Both towers in torch."""
    add_towers(tmp_path_factory.mktemp("configs"))
    return open_embedder(TOWERS)


@pytest.fixture(scope="module")
def kept(bare: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "model"
    backbone = load_backbone(TOWERS)
    head = bare_head(backbone.feature_size)
    save_artefact(Artefact(backbone.spec, backbone.fingerprint, (), head), folder)
    measured = export_artefact(folder)
    assert measured["text"]["texts"] == len(AWKWARD)
    assert measured["text"]["cosine"] > 0.9999
    return folder


@pytest.fixture
def model(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "model")


def exported(folder: Path) -> ExportedText:
    return ExportedText(folder / "export", load_backbone(TOWERS).fingerprint)


def test_tokens_are_open_clips_own_of_texts_that_nobody_chose(kept: Path) -> None:
    tokens, split = exported(kept).tokens, open_clip.get_tokenizer("snapshelf-tiny")
    drawn = np.random.default_rng(0)
    # letters and signs of all alphabets up to Arabic; which class the libraries give to numbers
    # that are no character yet depends on their age
    known = [chr(n) for n in range(32, 0x6FF) if unicodedata.category(chr(n)) != "Cn"]
    for _ in range(300):
        text = "".join(drawn.choice(known, drawn.integers(0, 40)))
        assert np.array_equal(tokens([text]), split([text]).numpy()), text


def test_words_lie_where_torch_puts_them(kept: Path, bare: Embedder) -> None:
    opened = open_embedder(kept)
    assert opened.reads_words
    for text in (*ASKED, "x" * 5000):
        found, wanted = opened.words(text), bare.words(text)
        assert found is not None
        assert wanted is not None
        assert float(found @ wanted) > 0.9999
    assert opened.words("  ") is None


def test_words_and_pictures_are_answered_without_torch(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture(1))
    script = (
        "import sys; from pathlib import Path; from vision.embedder import open_embedder; "
        "model = open_embedder(sys.argv[1]); "
        "said, seen = model.words('a red straw hat'), model.encode("
        "[model.decode(Path(sys.argv[2]).read_bytes())]).vectors[0]; "
        "assert abs(said @ said - 1) < 1e-4 and said.shape == seen.shape; "
        "print(*(name for name, one in sys.modules.items() if one))"
    )
    command = [sys.executable, "-c", script, str(kept), str(tmp_path / "photo.jpg")]
    loaded = set(subprocess.check_output(command, text=True).split())
    assert {"openvino", "tokenizers"} <= loaded
    assert not {"torch", "open_clip", "timm", "nncf", "openvino_telemetry"} & loaded


def test_a_tokenizer_that_cannot_be_matched_leaves_words_to_torch(
    model: Path, bare: Embedder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Other(open_clip.tokenizer.SimpleTokenizer):
        pass

    monkeypatch.setattr(open_clip, "get_tokenizer", lambda name: Other(context_length=16))
    with caplog.at_level(logging.WARNING):
        assert export_artefact(model)["text"] is None
    assert "stays in torch: its tokenizer (Other)" in caplog.text
    assert not list((model / "export").glob("t*"))
    found, wanted = open_embedder(model).words(ASKED[0]), bare.words(ASKED[0])
    assert found is not None
    assert wanted is not None
    assert float(found @ wanted) > 0.9999


def test_tokens_that_come_out_otherwise_are_found_before_anything_is_kept(
    model: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written = vision.export_text._written_tokens

    def shorter(split: object) -> object:
        made = written(split)
        made.enable_truncation(12)
        return made

    monkeypatch.setattr(vision.export_text, "_written_tokens", shorter)
    with caplog.at_level(logging.WARNING):
        assert export_artefact(model)["text"] is None
    assert "tokens come out otherwise" in caplog.text


@pytest.mark.parametrize("file", ["text.bin", "tokenizer.json", "text.json"])
def test_a_damaged_text_tower_is_told_and_words_are_looked_for_in_titles(
    model: Path, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    (model / "export" / file).write_bytes(b"torn")
    opened = open_embedder(model)
    assert opened.words(ASKED[0]) is None
    assert not opened.reads_words
    assert "snapshelf model export" in caplog.text


def test_a_text_tower_of_another_backbone_is_not_read(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = model / "export/text.json"
    told = json.loads(card.read_text())
    card.write_text(json.dumps({**told, "backbone_fingerprint": "0" * 64}))
    assert open_embedder(model).words(ASKED[0]) is None
    assert "another backbone" in caplog.text


def test_a_bare_spec_reads_words_in_torch(bare: Embedder) -> None:
    assert isinstance(bare._words, Words)
    assert bare.words(ASKED[0]) is not None
