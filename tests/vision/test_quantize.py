"""A quantized export sees nearly what the whole one sees, and is never taken for it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made import TINY, picture

from vision.backbone import load_backbone
from vision.embedder import open_embedder
from vision.errors import BadArtefact, BadExport
from vision.export import write_export
from vision.exported import ExportedEncoder, read_export
from vision.head import unit
from vision.preprocess import Preprocess
from vision.quantize import write_int8
from vision.serving import Serving, read_serving, write_serving
from vision.spec import BUNDLED_MODEL


def pixels(preprocess: Preprocess, seeds: range) -> np.ndarray:
    decode = open_embedder(BUNDLED_MODEL).decode
    return np.stack([preprocess(decode(picture(seed))) for seed in seeds])


@pytest.mark.parametrize("spec", [TINY, "timm:test_vit?pretrained=false"])
def test_int8_sees_nearly_alike_under_a_fingerprint_of_its_own(spec: str, tmp_path: Path) -> None:
    backbone = load_backbone(spec)
    write_export(backbone, tmp_path, "fp32")
    told: list[int] = []
    write_int8(tmp_path, pixels(backbone.preprocess, range(20)), told.append)
    assert max(told) == 20
    full, cheap = (ExportedEncoder(read_export(tmp_path, one)) for one in ("fp32", "int8"))
    kinds = (tmp_path / "int8.xml").read_text()
    assert "FakeQuantize" in kinds
    assert (tmp_path / "int8.bin").stat().st_size < (tmp_path / "fp32.bin").stat().st_size / 2
    batch = pixels(backbone.preprocess, range(100, 104))
    wanted, places = full.look(batch)
    found, seen = cheap.look(batch)
    nearness = (unit(found) * unit(wanted)).sum(axis=1).min()
    assert 0.95 < nearness < 1
    assert places is not None
    assert seen is not None
    assert seen.shape == places.shape
    assert cheap.preprocess == full.preprocess
    assert full.fingerprint == backbone.fingerprint
    assert len(cheap.fingerprint) == 64
    assert cheap.fingerprint != full.fingerprint
    first = cheap.fingerprint
    write_int8(tmp_path, pixels(backbone.preprocess, range(20, 25)))
    again = read_export(tmp_path, "int8")
    assert again.fingerprint != first, "other ranges are other vectors"
    assert again.backbone == backbone.fingerprint


def test_without_nncf_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_export(load_backbone(TINY), tmp_path, "fp32")
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(BadExport, match=r"pip install 'snapshelf\[int8\]'"):
        write_int8(tmp_path, [np.zeros((3, 64, 64), np.float32)])
    assert not (tmp_path / "int8.json").exists()


def test_quantizing_prints_nothing_and_loads_nothing_that_reports(tmp_path: Path) -> None:
    write_export(load_backbone(TINY), tmp_path, "fp32")
    script = (
        "import sys, pathlib, numpy; from vision.quantize import write_int8; "
        f"write_int8(pathlib.Path({str(tmp_path)!r}), numpy.ones((2, 3, 64, 64), 'float32')); "
        "print(*(name for name, one in sys.modules.items() if one), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    loaded = done.stderr.splitlines()[-1].split()
    assert "nncf" in loaded
    assert "openvino_telemetry" not in loaded


def test_a_choice_is_kept_and_the_usual_one_leaves_no_file(tmp_path: Path) -> None:
    assert read_serving(tmp_path) is None
    write_serving(tmp_path, Serving("int8", "f" * 64))
    assert read_serving(tmp_path) == Serving("int8", "f" * 64)
    write_serving(tmp_path, Serving("fp32", "0" * 64))
    assert read_serving(tmp_path) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["{", "[]", '{"precision": "int4", "fingerprint": "f"}'])
def test_a_damaged_choice_is_refused_with_what_to_do(text: str, tmp_path: Path) -> None:
    (tmp_path / "serves.json").write_text(text)
    with pytest.raises(BadArtefact, match="snapshelf model use"):
        read_serving(tmp_path)
