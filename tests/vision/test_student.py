"""The student systems' networks: as large as published, cut where they say."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from vision.backbone import load_network
from vision.errors import BadSpec
from vision.spec import parse_spec
from vision.student import Plan, build_student, count, frozen_trunk, seen


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("torchvision:alexnet", 61_100_840),
        ("torchvision:vgg16", 138_357_544),
        ("torchvision:resnet50", 25_557_032),
    ],
)
def test_a_network_has_as_many_parameters_as_published(model: str, published: int) -> None:
    student = build_student(Plan(model, 224), 20, "random")
    assert student.parameters_with(1000) == published
    width = student.top[-1].in_features
    assert count(student) == published - (width + 1) * 980


def test_vgg16_with_batch_normalisation_has_it_after_both_activations() -> None:
    student = build_student(Plan("torchvision:vgg16", 224, batch_norm=True), 20, "random")
    kinds = [type(one) for one in student.top]
    norms = [place for place, kind in enumerate(kinds) if kind is nn.BatchNorm1d]
    assert [kinds[place - 1] for place in norms] == [nn.ReLU, nn.ReLU]
    assert [student.top[place].num_features for place in norms] == [4096, 4096]
    # weight and bias of each
    assert student.parameters_with(1000) == 138_357_544 + 2 * 2 * 4096


def test_alexnet_is_cut_above_its_convolutions() -> None:
    spec = parse_spec("torchvision:alexnet?pretrained=false")
    torch.manual_seed(5)
    whole = load_network(spec).eval()
    student = build_student(Plan(str(spec), 227), 20, "random", seed=5).eval()
    pixels = torch.rand(2, 3, 227, 227)
    with torch.inference_mode():
        maps = whole.avgpool(whole.features(pixels))
        trunk = student.trunk(pixels)
        assert torch.equal(trunk, maps.flatten(1))
        assert torch.allclose(student.pooled(trunk), maps.mean(dim=(2, 3)), atol=1e-6)
        assert torch.equal(student.hidden(trunk), whole.classifier[:-1](maps.flatten(1)))
        assert student.hidden(trunk).shape == (2, 4096)
    assert student.layers == 3


def test_dropout_is_that_of_the_recipe() -> None:
    student = build_student(Plan("torchvision:alexnet", 227, dropout=0.3), 20, "random")
    assert [one.p for one in student.top if isinstance(one, nn.Dropout)] == [0.3, 0.3]


def test_a_network_of_timm_is_cut_before_its_last_layer() -> None:
    student = build_student(Plan("timm:test_resnet", 64), 7, "random")
    assert student.layers == 1
    assert student(torch.rand(2, 3, 64, 64)).shape == (2, 7)


def test_pixels_are_a_linear_layer_and_nothing_else() -> None:
    student = build_student(Plan("pixels", 32, scaled="unit"), 20, "random")
    assert count(student) == (3 * 32 * 32 + 1) * 20
    trunk = frozen_trunk(student, Plan("pixels", 32, scaled="unit"))
    black_and_white = np.stack([np.zeros((3, 32, 32)), np.ones((3, 32, 32))]).astype(np.float32)
    assert np.array_equal(trunk.features(black_and_white), black_and_white.reshape(2, -1))


def test_global_max_pooling_gives_the_largest_value_of_each_channel() -> None:
    plan = Plan("torchvision:vgg16", 100, pool="max")
    student = build_student(plan, 20, "random")
    pixels = torch.rand(1, 3, 100, 100)
    with torch.inference_mode():
        maps = student.trunk[0](pixels)
        assert torch.equal(student.trunk(pixels), maps.amax(dim=(2, 3)))
    assert frozen_trunk(student, plan).feature_size == 512


def test_the_seed_decides_and_what_ran_before_does_not() -> None:
    plan = Plan("timm:test_resnet", 64)

    def weights(seed: int) -> torch.Tensor:
        torch.rand(7)
        return torch.cat(
            [one.flatten() for one in build_student(plan, 5, "random", seed).parameters()]
        )

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_trunks_that_differ_have_caches_of_their_own() -> None:
    one = Plan("timm:test_resnet", 64)
    prints = {
        frozen_trunk(build_student(plan, 5, "random", seed), plan).fingerprint
        for plan, seed in ((one, 0), (one, 1), (Plan("timm:test_resnet", 96), 0))
    }
    assert len(prints) == 3
    again = frozen_trunk(build_student(one, 9, "random"), one).fingerprint
    assert again in prints  # the number of categories is not the trunk's


def test_pixels_enter_as_the_spec_says() -> None:
    assert seen(Plan("torchvision:vgg16", 224)).mean == (0.485, 0.456, 0.406)
    assert seen(Plan("torchvision:vgg16", 224, scaled="unit")).std == (1.0, 1.0, 1.0)
    given = seen(Plan("timm:mobilenetv2_100?mean=0.5&std=0.5&size=160", 224))
    assert (given.mean, given.size) == ((0.5, 0.5, 0.5), 160)


def test_weights_of_a_file_are_used(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network = load_network(parse_spec("timm:test_resnet?pretrained=false"))
    torch.save(network.state_dict(), tmp_path / "w.pt")
    plan = Plan(f"timm:test_resnet?weights={tmp_path / 'w.pt'}", 64)
    student = build_student(plan, 5, "weights", seed=1)
    network.reset_classifier(0)
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(student.eval().trunk(pixels), network.eval()(pixels), atol=1e-5)


def test_what_cannot_be_had_says_why() -> None:
    with pytest.raises(BadSpec, match="no_such_network"):
        build_student(Plan("torchvision:no_such_network", 224), 5, "random")
    with pytest.raises(BadSpec, match="one of timm or torchvision"):
        build_student(Plan("open_clip:ViT-B-32", 224), 5, "random")
