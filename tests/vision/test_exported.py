"""An exported backbone gives torch's features and maps, or is refused."""

import logging
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY, picture
from made_towers import TOWERS, add_towers
from torch import nn

import vision.export
from vision.artefact import Artefact, save_artefact
from vision.backbone import Backbone, load_backbone
from vision.embedder import open_embedder
from vision.encoder import open_encoder
from vision.errors import BadArtefact, BadExport
from vision.export import export_artefact, export_backbone, write_export
from vision.exported import ExportedEncoder, read_export
from vision.head import bare_head, unit
from vision.preprocess import Preprocess
from vision.spec import BUNDLED_MODEL, parse_spec


@pytest.fixture(scope="module", autouse=True)
def small_towers(tmp_path_factory: pytest.TempPathFactory) -> None:
    add_towers(tmp_path_factory.mktemp("configs"))


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(TINY)


@pytest.fixture(scope="module")
def kept(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with its export, to be copied."""
    folder = tmp_path_factory.mktemp("kept") / "model"
    head = bare_head(backbone.feature_size)
    save_artefact(Artefact(backbone.spec, backbone.fingerprint, (), head), folder)
    export_artefact(folder)
    return folder


@pytest.fixture
def model(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "model")


def pixels(preprocess: Preprocess, count: int = 3) -> np.ndarray:
    decode = open_embedder(BUNDLED_MODEL).decode
    return np.stack([preprocess(decode(picture(seed))) for seed in range(count)])


def nearness(one: np.ndarray, other: np.ndarray) -> float:
    rows = (unit(each.reshape(len(each), -1)) for each in (one, other))
    return float(np.prod(list(rows), axis=0).sum(axis=1).min())


@pytest.mark.parametrize(
    "spec",
    [
        f"{TINY}&flip=true",
        "timm:test_vit?pretrained=false",
        "torchvision:alexnet?pretrained=false&size=96",
        TOWERS,
    ],
)
def test_both_runtimes_see_alike_in_batches_of_any_size(spec: str, tmp_path: Path) -> None:
    backbone = load_backbone(spec)
    measured = write_export(backbone, tmp_path, "fp32")
    exported = ExportedEncoder(read_export(tmp_path, "fp32"))
    assert exported.fingerprint == backbone.fingerprint
    assert exported.feature_size == backbone.feature_size
    assert exported.preprocess == backbone.preprocess
    assert measured["cosine"] > 0.9999
    for count in (1, 3):
        batch = pixels(backbone.preprocess, count)
        wanted, places = backbone.look(batch)
        found, seen = exported.look(batch)
        assert nearness(found, wanted) > 0.9999
        assert np.array_equal(exported.features(batch), found)
        assert (places is None) == (seen is None)
        if places is not None and seen is not None:
            assert seen.shape == places.shape
            assert seen.dtype == np.float32
            assert nearness(seen, places) > 0.9999


def test_the_bundled_backbone_serves_from_an_export_of_its_own_weights() -> None:
    exported, backbone = open_encoder(BUNDLED_MODEL), load_backbone(BUNDLED_MODEL)
    assert isinstance(exported, ExportedEncoder)
    assert exported.fingerprint == backbone.fingerprint
    assert exported.feature_size == backbone.feature_size
    batch = pixels(backbone.preprocess, 8)
    for wanted, found in zip(backbone.look(batch), exported.look(batch), strict=True):
        assert wanted is not None
        assert found is not None
        assert nearness(found, wanted) > 0.9999


def test_options_make_another_network_of_which_there_is_no_export() -> None:
    assert isinstance(open_encoder(f"{BUNDLED_MODEL}?flip=true"), Backbone)


def test_a_model_folder_with_an_export_is_the_same_model(model: Path) -> None:
    fast = open_embedder(model)
    assert isinstance(fast.backbone, ExportedEncoder)
    shutil.rmtree(model / "export")
    slow = open_embedder(model)
    assert isinstance(slow.backbone, Backbone)
    assert fast.fingerprint == slow.fingerprint
    assert fast.spec == slow.spec
    images = [fast.decode(picture(seed)) for seed in range(3)]
    assert nearness(fast.encode(images).vectors, slow.encode(images).vectors) > 0.9999


def test_a_tuned_backbone_is_exported_as_it_was_tuned(tmp_path: Path) -> None:
    tuned = load_backbone(TINY)
    tuned.network.requires_grad_(False)
    for weights in tuned.network.parameters():
        weights.mul_(1.5)
    state = {name: one.numpy() for name, one in tuned.network.state_dict().items()}
    tuned = Backbone(tuned.parsed, tuned.network, tuned.preprocess, tuned=True)
    head = bare_head(tuned.feature_size)
    save_artefact(
        Artefact(tuned.spec, tuned.fingerprint, (), head, tuned=state), tmp_path / "model"
    )
    export_artefact(tmp_path / "model")
    opened = open_embedder(tmp_path / "model").backbone
    assert isinstance(opened, ExportedEncoder)
    assert opened.tuned
    batch = pixels(tuned.preprocess)
    assert nearness(opened.features(batch), tuned.features(batch)) > 0.9999


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("fp32.bin", b"torn"),
        ("fp32.xml", b"<net/>"),
        ("fp32.bin", None),
        ("fp32.json", None),
        ("fp32.json", b"[]"),
        ("fp32.json", b'{"format": 99}'),
        ("fp32.json", b"{"),
    ],
)
def test_a_damaged_export_is_refused_with_what_to_do(
    model: Path, file: str, content: bytes | None
) -> None:
    if content is None:
        (model / "export" / file).unlink()
    else:
        (model / "export" / file).write_bytes(content)
    with pytest.raises(BadArtefact, match="snapshelf model export"):
        open_embedder(model)


def test_an_export_of_another_backbone_is_refused_until_it_is_written_again(model: Path) -> None:
    export_backbone(load_backbone("timm:test_resnet?pretrained=false&size=96"), model)
    with pytest.raises(BadArtefact, match="another backbone"):
        open_embedder(model)
    export_artefact(model)
    assert isinstance(open_embedder(model).backbone, ExportedEncoder)
    assert {path.name for path in model.iterdir()} == {"config.json", "head.safetensors", "export"}


def test_an_export_that_differs_from_torch_is_refused_and_leaves_all_as_it_was(
    model: Path, backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    other = load_backbone(TINY)
    for weights in other.network.parameters():
        weights.add_(0.02)
    convert = vision.export._converted
    monkeypatch.setattr(vision.export, "_converted", lambda given: convert(other))
    with pytest.raises(BadExport, match="does not give torch's features"):
        export_backbone(backbone, model)
    assert {path: path.read_bytes() for path in model.rglob("*") if path.is_file()} == before


def test_a_network_that_openvino_cannot_take_is_refused_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    class Odd(nn.Module):
        def forward(self, seen: torch.Tensor) -> torch.Tensor:
            return torch.linalg.eigvals(seen.mean(dim=1)).real

    spec, root = parse_spec(TINY), logging.getLogger()
    before = root.level, root.filters[:], root.handlers[:]
    with pytest.raises(BadExport, match="torch goes on serving it"):
        export_backbone(Backbone(spec, Odd(), Preprocess(64)), tmp_path)
    assert not list(tmp_path.iterdir())
    assert (root.level, root.filters, root.handlers) == before, "the program's logs are silenced"


def test_threads_that_embed_at_the_same_time_see_alike(model: Path) -> None:
    encoder = open_embedder(model).backbone
    batches = [pixels(encoder.preprocess, count) for count in (1, 2, 3, 4)]
    wanted = [encoder.features(batch) for batch in batches]
    with encoder.threads(), ThreadPoolExecutor(4) as pool:
        for found, one in zip(pool.map(encoder.features, batches * 5), wanted * 5, strict=True):
            assert nearness(found, one) > 0.9999
    with ThreadPoolExecutor(4) as pool:
        for found, one in zip(pool.map(encoder.features, batches * 5), wanted * 5, strict=True):
            assert np.array_equal(found, one)


def test_inside_threads_each_call_has_one_processor_and_elsewhere_all(model: Path) -> None:
    encoder = open_embedder(model).backbone
    assert isinstance(encoder, ExportedEncoder)
    batch = pixels(encoder.preprocess)
    encoder.features(batch)
    with encoder.threads():
        encoder.features(batch)
    together, alone = (encoder._compiled["features", one] for one in (False, True))
    assert together.get_property("NUM_STREAMS") == 1
    streams = len(os.sched_getaffinity(0))
    assert alone.get_property("NUM_STREAMS") == alone.get_property("INFERENCE_NUM_THREADS")
    assert alone.get_property("NUM_STREAMS") == streams


def test_a_backbone_of_infinite_features_is_not_exported(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    with torch.no_grad():
        network[1].bias.fill_(1e6)
    backbone = Backbone(parse_spec(TINY), network, Preprocess(64))
    with np.errstate(invalid="ignore"), pytest.raises(BadExport, match="cosine nan"):
        write_export(backbone, tmp_path, "fp32")


def test_the_library_never_loads_what_would_report_to_its_makers() -> None:
    script = (
        "import sys; from vision.embedder import open_embedder; "
        f"model = open_embedder({BUNDLED_MODEL!r}).backbone; import numpy; "
        "model.features(numpy.zeros((1, 3, 128, 128), 'float32')); "
        "print(*sorted(name for name, one in sys.modules.items() if one))"
    )
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert "openvino" in loaded
    assert not [name for name in loaded if "telemetry" in name and "ovc" not in name]
    assert "torch" not in loaded


def test_threads_that_infer_first_at_once_do_not_wait_for_each_other_for_ever() -> None:
    """OpenVINO's own table of types, made by two threads at once, hung five times in five."""
    script = (
        "import sys, threading; from vision.exported import openvino; library = openvino()\n"
        "sys.setswitchinterval(1e-6); gate = threading.Barrier(4)\n"
        "def work(): gate.wait(); library.Type.f32.to_dtype()\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[one.start() for one in threads]; [one.join() for one in threads]"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
