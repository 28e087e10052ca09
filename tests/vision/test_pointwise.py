"""An 8-bit network gives the same numbers with convolutions in place of products."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from vision.backbone import load_backbone
from vision.export import write_export
from vision.exported import ExportedEncoder, openvino, read_export
from vision.head import unit
from vision.pointwise import as_convolutions
from vision.quantize import write_int8

VIT = "timm:test_vit?pretrained=false"
CONVNEXT = "timm:test_convnext?pretrained=false"
EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


def write(spec: str, folder: Path, biases: float) -> np.ndarray:
    """Both precisions of a network with random weights, some noise to ask with."""
    backbone = load_backbone(spec)
    drawn = torch.Generator().manual_seed(1)
    for weight in backbone.network.parameters():
        if weight.ndim == 1:
            weight.data += biases * torch.randn(weight.shape, generator=drawn)
    write_export(backbone, folder, "fp32")
    size = backbone.preprocess.size
    noise = np.random.default_rng(0).normal(size=(16, 3, size, size)).astype(np.float32)
    write_int8(folder, list(noise[4:]))
    return noise[:4]


def read(file: Path) -> Any:
    return openvino().Core().read_model(file)


def answers(network: Any, pixels: np.ndarray) -> list[np.ndarray]:
    found = openvino().Core().compile_model(network, "CPU", EXACT)(pixels)
    return [found[index] for index in range(len(found))]


def products(network: Any) -> int:
    """By weights in 8 bits."""
    kinds = [one for one in network.get_ops() if one.get_type_name() == "MatMul"]
    weights = [one.input_value(1).get_node().get_type_name() for one in kinds]
    return weights.count("Multiply") + weights.count("Convert")


# OpenVINO's own products of a ConvNeXt with biases are far off (docs/speed.md)
@pytest.mark.parametrize(("spec", "biases"), [(VIT, 0.0), (VIT, 0.2), (CONVNEXT, 0.0)])
def test_the_numbers_are_those_of_the_products(
    spec: str, biases: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.quantize.as_convolutions", lambda network: 0)
    noise = write(spec, tmp_path, biases)
    network = read(tmp_path / "int8.xml")
    wanted = answers(network, noise)
    before = products(network)
    assert as_convolutions(network) == before > 4
    assert products(network) == 0
    for count in (4, 1):
        for found, want in zip(answers(network, noise[:count]), wanted, strict=True):
            assert found.shape == want[:count].shape
            # a sum in another order may end in the next of 256 steps, seldom
            assert np.abs(found - want[:count]).mean() < 0.01 * np.abs(want).mean()


@pytest.mark.parametrize("spec", [VIT, CONVNEXT])
def test_what_is_written_has_no_products_and_sees_as_the_whole_one(
    spec: str, tmp_path: Path
) -> None:
    noise = write(spec, tmp_path, 0.2)
    assert products(read(tmp_path / "int8.xml")) == 0
    full, cheap = (ExportedEncoder(read_export(tmp_path, one)) for one in ("fp32", "int8"))
    assert (unit(full.features(noise)) * unit(cheap.features(noise))).sum(axis=1).min() > 0.99


def test_networks_without_such_products_and_whole_weights_stay_as_they_are(tmp_path: Path) -> None:
    write("timm:test_efficientnet?pretrained=false", tmp_path, 0)
    (tmp_path / "vit").mkdir()
    write(VIT, tmp_path / "vit", 0)
    for file in (tmp_path / "int8.xml", tmp_path / "vit" / "fp32.xml"):
        network = read(file)
        kinds = [one.get_type_name() for one in network.get_ordered_ops()]
        assert as_convolutions(network) == 0
        assert [one.get_type_name() for one in network.get_ordered_ops()] == kinds
