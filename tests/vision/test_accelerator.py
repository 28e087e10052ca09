"""Where features are computed. No accelerator is at hand here: NOT PROVEN is that one computes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY

import vision.backbone
import vision.embedder
import vision.encoder
from ingest.trial import pace_of
from vision.accelerator import accelerator
from vision.backbone import Backbone, load_backbone
from vision.embedder import Embedder, open_embedder
from vision.exported import ExportedEncoder
from vision.head import bare_head, unit
from vision.spec import BUNDLED_MODEL


def test_without_a_driver_torch_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert accelerator(tmp_path) is None
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidiactl").touch()
    assert accelerator(tmp_path) == "cuda"


def test_a_driver_without_a_device_leaves_it_to_the_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "kfd").touch()
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert accelerator(tmp_path) is None


def test_with_an_accelerator_torch_computes_the_vectors_of_the_export(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processors stand in for one: what is held is who is chosen, and that an index stays."""
    exported = open_embedder(BUNDLED_MODEL)
    assert isinstance(exported.backbone, ExportedEncoder)
    for module in (vision.encoder, vision.embedder, vision.backbone):
        monkeypatch.setattr(module, "accelerator", lambda: "cpu")
    accelerated = open_embedder(BUNDLED_MODEL)
    assert isinstance(accelerated.backbone, Backbone)
    assert accelerated.fingerprint == exported.fingerprint
    side = exported.backbone.preprocess.size
    batch = np.random.default_rng(0).normal(size=(2, 3, side, side)).astype(np.float32)
    cosines = (unit(accelerated.features(batch)) * unit(exported.features(batch))).sum(axis=1)
    assert cosines.min() > 0.9999


def test_what_is_taught_stays_with_the_processors() -> None:
    """`meta` is a device on which nothing computes: the features cannot have come from there."""
    backbone = load_backbone(TINY)
    placed = Backbone(backbone.parsed, backbone.network, backbone.preprocess, device="cpu")
    assert placed.network is backbone.network
    with pytest.raises((NotImplementedError, RuntimeError)):
        Backbone(backbone.parsed, backbone.network, backbone.preprocess, device="meta")
    assert {weight.device.type for weight in backbone.network.parameters()} == {"cpu"}


def test_an_accelerator_gets_large_batches_without_a_trial() -> None:
    backbone = load_backbone(TINY)
    backbone.device = "cuda"
    embedder = Embedder(backbone, bare_head(backbone.feature_size))
    pace = pace_of(embedder, 10_000)
    assert (pace.batch, pace.rate) == (64, None)
    assert pace_of(embedder, 10_000, batch=8).batch == 8
