"""Folding normalisation into convolutions and back never changes what a network says."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from vision.fold import Folded

SAMPLE = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def shaken(network: nn.Module) -> nn.Module:
    """With statistics and weights as training leaves them: a fresh normalisation does nothing."""
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.affine:
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
    return network.eval().requires_grad_(False)


def of_timm(name: str) -> nn.Module:
    import timm

    return timm.create_model(name, pretrained=False, num_classes=10)


def of_torchvision(name: str) -> nn.Module:
    import torchvision

    return torchvision.models.get_model(name, weights=None, num_classes=10)


class Swapped(nn.Module):
    """Calls its children in another order than it names them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.conv(self.norm(pixels)).mean((2, 3))


FOLDED: dict[str, Callable[[], nn.Module]] = {
    "test_resnet": lambda: of_timm("test_resnet"),
    "mobilenetv2": lambda: of_timm("mobilenetv2_035"),
    "resnet18": lambda: of_torchvision("resnet18"),
    "conv with bias": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    ),
    "grouped": lambda: nn.Sequential(
        nn.Conv2d(3, 6, 3, groups=3, bias=False), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1)
    ),
}
LEFT: dict[str, Callable[[], nn.Module]] = {
    "a transformer": lambda: of_timm("test_vit").requires_grad_(False),
    "another order": Swapped,
    "no affine": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False)),
    "another norm": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4)),
}


def sample(name: str) -> torch.Tensor:
    if name != "a transformer":
        return SAMPLE
    return nn.functional.interpolate(SAMPLE, [160, 160])


def norms(network: nn.Module) -> int:
    return sum(isinstance(one, nn.modules.batchnorm._BatchNorm) for one in network.modules())


@pytest.mark.parametrize("name", [*FOLDED, *LEFT])
def test_a_network_says_the_same_folded_and_unfolded(name: str) -> None:
    network, pixels = shaken((FOLDED | LEFT)[name]()), sample(name)
    expected = network(pixels)
    names = {key: one.shape for key, one in network.state_dict().items()}
    folded = Folded(network, pixels)
    scale = float(expected.detach().abs().max())
    torch.testing.assert_close(folded.network(pixels), expected, rtol=0, atol=1e-4 * scale)
    back = folded.unfold()
    torch.testing.assert_close(back(pixels), expected, rtol=0, atol=1e-4 * scale)
    assert {key: one.shape for key, one in back.state_dict().items()} == names
    assert all(one.isfinite().all() for one in back.state_dict().values())


@pytest.mark.parametrize("name", [*FOLDED, *LEFT])
def test_what_was_learned_while_folded_is_there_unfolded(name: str) -> None:
    network, pixels = shaken((FOLDED | LEFT)[name]()), sample(name)
    before, folded = network(pixels), Folded(network, pixels)
    torch.manual_seed(2)
    for parameter in folded.network.parameters():
        parameter.data += torch.randn_like(parameter) * 0.05 * (parameter.std() + 0.01)
    learned = folded.network(pixels)
    back = folded.unfold()(pixels)
    scale = float(learned.detach().abs().max())
    torch.testing.assert_close(back, learned, rtol=0, atol=1e-4 * scale)
    assert (learned - before).abs().max() > 1e-3 * scale


@pytest.mark.parametrize("name", FOLDED)
def test_nothing_is_left_to_normalise_where_convolution_and_norm_are_neighbours(name: str) -> None:
    network = shaken(FOLDED[name]())
    before = norms(network)
    folded = Folded(network, SAMPLE)
    # The first of test_resnet follows a stem of several convolutions: it stays.
    assert norms(folded.network) == (1 if name == "test_resnet" else 0) < before
    assert norms(network) == before  # the original keeps its own


@pytest.mark.parametrize("name", LEFT)
def test_where_folding_would_change_the_outputs_nothing_is_folded(name: str) -> None:
    network = shaken(LEFT[name]())
    folded = Folded(network, sample(name))
    assert norms(folded.network) == norms(network)
    assert {key for key, _ in folded.network.named_parameters()} == {
        key for key, _ in network.named_parameters()
    }


def test_folding_leaves_the_original_alone_until_it_is_unfolded() -> None:
    network = shaken(FOLDED["test_resnet"]())
    before = {name: one.clone() for name, one in network.state_dict().items()}
    folded = Folded(network, SAMPLE)
    for parameter in folded.network.parameters():
        parameter.data += 1
    assert all(torch.equal(one, network.state_dict()[name]) for name, one in before.items())


def test_a_folded_network_can_be_folded_again() -> None:
    network = shaken(FOLDED["test_resnet"]())
    expected = network(SAMPLE)
    once = Folded(network, SAMPLE).unfold()
    twice = Folded(once, SAMPLE).unfold()(SAMPLE)
    torch.testing.assert_close(
        twice, expected, rtol=0, atol=1e-4 * float(expected.detach().abs().max())
    )
