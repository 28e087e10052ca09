"""Batch normalisation folded into the convolution before it, and back: tuning at half the cost.

Small catalogs tune with frozen statistics, where the normalisation is a fixed multiply-add; folded,
a training step of MobileNetV2 on a CPU is twice as fast (docs/experiments.md).
"""

import copy
from itertools import pairwise
from typing import TypeGuard

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

# Largest difference of the outputs, relative to their size, that rounding explains.
_SAME = 1e-3
_Norm = nn.modules.batchnorm._BatchNorm


class Folded:
    """A copy of `network` that gives the same outputs, with `unfold` to write its weights back.

    A convolution and a normalisation that follow each other as children of one module are taken
    for a pair; where that changes the outputs for `sample` (a network that calls its children in
    another order), nothing is folded. Normalisations that are left keep their statistics.
    """

    def __init__(self, network: nn.Module, sample: Tensor) -> None:
        """`sample`: a batch that `network` takes."""
        self._original = network
        self._pairs: list[tuple[str, str]] = []
        self.network = copy.deepcopy(network)
        for name, module in list(self.network.named_modules()):
            self._fold_children(name, module)
        with torch.no_grad():
            before, after = network.eval()(sample), self.network.eval()(sample)
        if (before - after).abs().max() > _SAME * before.abs().max():
            self._pairs = []
            self.network = copy.deepcopy(network)

    def _fold_children(self, prefix: str, parent: nn.Module) -> None:
        children = list(parent.named_children())
        for (first, conv), (second, norm) in pairwise(children):
            if isinstance(conv, nn.Conv2d) and _foldable(norm):
                assert norm.running_mean is not None  # noqa: S101 - foldable ones have statistics
                assert norm.running_var is not None  # noqa: S101
                weight, bias = fuse_conv_bn_weights(
                    conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps,
                    norm.weight, norm.bias,
                )  # fmt: skip
                conv.weight = nn.Parameter(weight.detach())
                conv.bias = nn.Parameter(bias.detach())
                setattr(parent, second, _what_follows(norm))
                dot = f"{prefix}." if prefix else ""
                self._pairs.append((dot + first, dot + second))

    def unfold(self) -> nn.Module:
        """The original network, now with the folded one's weights."""
        own = dict(self.network.named_parameters())
        folded = {f"{conv}.{name}" for conv, _ in self._pairs for name in ("weight", "bias")}
        with torch.no_grad():
            for name, parameter in self._original.named_parameters():
                if name in own and name not in folded:
                    parameter.copy_(own[name])
            for conv, norm in self._pairs:
                _write_back(
                    self._original.get_submodule(conv), self._original.get_submodule(norm),
                    own[f"{conv}.weight"], own[f"{conv}.bias"],
                )  # fmt: skip
        return self._original


def _foldable(module: nn.Module) -> TypeGuard[_Norm]:
    return isinstance(module, _Norm) and module.affine and module.track_running_stats


def _what_follows(norm: nn.Module) -> nn.Module:
    """timm's normalisations carry their activation; others are followed by nothing of their own."""
    inside = [module for name, module in norm.named_children() if name in ("drop", "act")]
    return nn.Sequential(*inside) if inside else nn.Identity()


def _write_back(conv: nn.Module, norm: nn.Module, weight: Tensor, bias: Tensor) -> None:
    """The normalisation becomes the identity plus the bias."""
    assert isinstance(conv, nn.Conv2d)  # noqa: S101 - only such pairs are kept
    assert isinstance(norm, _Norm)  # noqa: S101
    assert norm.running_mean is not None  # noqa: S101
    assert norm.running_var is not None  # noqa: S101
    conv.weight.copy_(weight)
    if conv.bias is not None:
        conv.bias.zero_()
    norm.weight.fill_(1.0)
    norm.bias.copy_(bias)
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0 - norm.eps)
