"""Backbones by spec: the real factories with random or local weights, no hub."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from vision.backbone import load_backbone
from vision.errors import BadSpec
from vision.spec import parse_spec

TINY = "timm:test_resnet?pretrained=false&size=64"


def weights_of_tiny(path: Path, prefix: str = "") -> Path:
    import timm

    torch.manual_seed(1)
    state = timm.create_model("test_resnet", pretrained=False).state_dict()
    kept = {prefix + key: value for key, value in state.items()}
    if path.suffix == ".safetensors":
        save_file(kept, path)
    else:
        torch.save(kept, path)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "timm:mobilenetv2_100?weights=a/b.safetensors&mean=0.5,0.5,0.5&num_classes=1001",
        "open_clip:ViT-B-32/laion2b_s34b_b79k",
        "open_clip:hf-hub:org/name",
        "torchvision:resnet50?size=100",
        "timm:x?mean=0.48145466,0.4578275,0.40821073&std=0.26862954,0.26130258,0.27577711",
        "timm:x?flip=true",
        "snapshelf:mini-1",
    ],
)
def test_a_spec_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse_spec(text)) == text


def test_options_that_are_not_ours_keep_their_type_for_the_factory() -> None:
    spec = parse_spec("timm:x?num_classes=1001&pad_type=same&drop_rate=0.1&scriptable=true")
    assert spec.factory == {
        "num_classes": 1001, "pad_type": "same", "drop_rate": 0.1, "scriptable": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resnet50", "<library>:<model>"),
        ("keras:VGG16", "timm"),
        ("timm:x?size=big", "big"),
        ("timm:x?size=0", "size is 0"),
        ("timm:x?std=0", "greater than 0"),
        ("timm:x?flip=yes", "true or false"),
        ("timm:test_resnet?pretrained=false&in_chans=1", "in_chans"),
        ("timm:test_resnet?pretrained=false&features_only=true", "features_only"),
        ("timm:test_vit?pretrained=false&size=100", "size=100"),
        ("torchvision:squeezenet1_0?pretrained=false", "squeezenet1_0"),
        ("timm:no_such_net?pretrained=false", "no_such_net"),
        ("snapshelf:nothing", "mini-1"),
        ("timm:test_resnet?weights=nowhere.safetensors", "nowhere.safetensors"),
        ("open_clip:ViT-B-32", "laion2b_s34b_b79k"),
    ],
)
def test_a_spec_that_names_nothing_is_refused_with_what_would_do(text: str, said: str) -> None:
    with pytest.raises(BadSpec, match=said):
        load_backbone(text)


@pytest.mark.parametrize(
    "spec",
    [
        TINY,
        "torchvision:mobilenet_v3_small?pretrained=false&size=64",
        "open_clip:RN50?pretrained=false",
    ],
)
def test_every_library_gives_finite_features_of_the_stated_size(spec: str) -> None:
    backbone = load_backbone(spec)
    size = backbone.preprocess.size
    batch = np.random.default_rng(0).normal(size=(2, 3, size, size)).astype(np.float32)
    features = backbone.features(batch)
    assert features.shape == (2, backbone.feature_size)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


def test_random_weights_are_the_same_every_time_and_leave_the_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = load_backbone(TINY), load_backbone(TINY)
    assert first.fingerprint == second.fingerprint
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_local_weights_are_loaded_and_change_the_fingerprint(tmp_path: Path, name: str) -> None:
    weights = weights_of_tiny(tmp_path / name)
    local = load_backbone(f"timm:test_resnet?weights={weights}&size=64")
    assert local.fingerprint != load_backbone(TINY).fingerprint


def test_where_weights_lie_does_not_matter_to_the_fingerprint(tmp_path: Path) -> None:
    one = weights_of_tiny(tmp_path / "one.safetensors")
    two = weights_of_tiny(tmp_path / "two.safetensors")
    specs = [f"timm:test_resnet?weights={path}&size=64" for path in (one, two)]
    assert load_backbone(specs[0]).fingerprint == load_backbone(specs[1]).fingerprint


def test_a_spec_with_a_relative_path_can_be_used_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights_of_tiny(tmp_path / "w.safetensors")
    monkeypatch.chdir(tmp_path)
    first = load_backbone("timm:test_resnet?weights=w.safetensors&size=64")
    monkeypatch.chdir("/")
    assert load_backbone(first.spec).fingerprint == first.fingerprint


def test_with_flip_a_picture_and_its_mirror_image_are_one() -> None:
    plain, both = load_backbone(TINY), load_backbone(f"{TINY}&flip=true")
    batch = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
    mirrored = np.ascontiguousarray(batch[..., ::-1])
    mean = (plain.features(batch) + plain.features(mirrored)) / 2
    np.testing.assert_allclose(both.features(batch), mean, rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(both.features(mirrored), both.features(batch), rtol=2e-3, atol=1e-4)
    assert not np.allclose(plain.features(mirrored), plain.features(batch), rtol=2e-3, atol=1e-4)
    assert both.fingerprint != plain.fingerprint
    assert load_backbone(f"{TINY}&flip=false").fingerprint == plain.fingerprint


def test_the_input_size_matters_to_the_fingerprint() -> None:
    assert load_backbone(TINY).fingerprint != load_backbone(TINY.replace("64", "96")).fingerprint


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    weights = weights_of_tiny(tmp_path / "w.safetensors", prefix="other.")
    with pytest.raises(BadSpec, match="another architecture"):
        load_backbone(f"timm:test_resnet?weights={weights}")


def test_a_torn_weights_file_is_refused(tmp_path: Path) -> None:
    weights = weights_of_tiny(tmp_path / "w.safetensors")
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(BadSpec, match="no whole safetensors"):
        load_backbone(f"timm:test_resnet?weights={weights}")


class Bomb:
    """Runs code when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.target,))


def test_a_weights_file_with_code_in_it_is_refused_and_not_run(tmp_path: Path) -> None:
    torch.save({"w": Bomb(tmp_path / "ran")}, tmp_path / "w.pt")
    with pytest.raises(BadSpec, match="weights-only"):
        load_backbone(f"timm:test_resnet?weights={tmp_path / 'w.pt'}")
    assert not (tmp_path / "ran").exists()
