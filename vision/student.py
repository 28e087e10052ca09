"""Networks as the student systems used them: a trunk that sees, and a top of layers that learns.

The trunk ends where the network's own classifier begins: after the convolutions of AlexNet and
VGG16, whose classifiers are three fully connected layers, and before the last layer elsewhere.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vision.backbone import Backbone, load_network, unfilled
from vision.preprocess import IMAGENET_MEAN, IMAGENET_STD, Preprocess
from vision.spec import Spec, parse_spec

Start = Literal["weights", "random"]
# The network of a plan that has none: a classifier looks at the pixels themselves.
PIXELS = "pixels"
# What torchvision's families call their classifiers.
_TOPS = ("classifier", "fc", "heads")


@dataclass(frozen=True)
class Plan:
    """A network as a recipe describes it."""

    model: str
    """A backbone spec, or PIXELS."""
    size: int
    """Side of the square input, pixels."""
    scaled: Literal["imagenet", "unit"] = "imagenet"
    """Pixels normalised by ImageNet's statistics, or only divided by 255."""
    pool: Literal["", "max"] = ""
    """"max": the trunk ends with the largest value of each channel, and there is no top."""
    dropout: float | None = None
    """Of the top's layers; None: as the network has it."""
    batch_norm: bool = False
    """Batch normalisation after the activation of each hidden layer of the top."""


class Student(nn.Module):
    """Pixels (B, 3, S, S) to logits (B, K)."""

    def __init__(self, trunk: nn.Module, top: nn.Sequential, places: int) -> None:
        super().__init__()
        self.trunk, self.top, self.places = trunk, top, places

    def forward(self, pixels: Tensor) -> Tensor:
        return self.top(self.trunk(pixels))

    @property
    def layers(self) -> int:
        """Linear layers of the top."""
        return sum(isinstance(one, nn.Linear) for one in self.top)

    def hidden(self, features: Tensor) -> Tensor:
        """(B, F) of the trunk → what the last layer looks at."""
        return self.top[:-1](features)

    def pooled(self, features: Tensor) -> Tensor:
        """(B, C × places) of the trunk → (B, C): the mean over places."""
        return features.unflatten(1, (-1, self.places)).mean(dim=2)

    def parameters_with(self, classes: int) -> int:
        """How many numbers the network has when it tells `classes` apart."""
        last = self.top[-1]
        assert isinstance(last, nn.Linear)  # noqa: S101 - for the type checker
        return count(self) - count(last) + (last.in_features + 1) * classes


def build_student(plan: Plan, classes: int, start: Start, seed: int = 0) -> Student:
    """`plan`'s network with a last layer for K classes; reproducible by `seed`.

    `start` "weights" are those of the spec, from its file or its hub; only the last layer is
    new. Raises BadSpec.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if plan.model == PIXELS:
            return Student(nn.Flatten(), nn.Sequential(nn.Linear(3 * plan.size**2, classes)), 1)
        spec = parse_spec(plan.model)
        network = load_network(spec if start == "weights" else unfilled(spec))
        trunk, top, places = _cut(spec, network)
        if plan.pool == "max":
            trunk = nn.Sequential(network.features, nn.AdaptiveMaxPool2d(1), nn.Flatten())
            width = prod(trunk(torch.zeros(1, 3, plan.size, plan.size)).shape)
            return Student(trunk, nn.Sequential(nn.Linear(width, classes)), 1)
        return Student(trunk, _top(top, plan, classes), places)


def linear(width: int, classes: int, seed: int = 0) -> nn.Linear:
    """A last layer by itself."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Linear(width, classes)


def frozen_trunk(student: Student, plan: Plan) -> Backbone:
    """The trunk as a backbone: its features are cached like any other's."""
    marked = {"cut": "trunk", "pool": plan.pool}
    spec = Spec("snapshelf", PIXELS) if plan.model == PIXELS else parse_spec(plan.model)
    return Backbone(replace(spec, factory={**spec.factory, **marked}), student.trunk, seen(plan))


def seen(plan: Plan) -> Preprocess:
    """How pictures enter: the spec's own statistics where it gives some."""
    spec = None if plan.model == PIXELS else parse_spec(plan.model)
    size = plan.size if spec is None or spec.size is None else spec.size
    if plan.scaled == "unit":
        return Preprocess(size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    given = (spec.mean, spec.std) if spec else (None, None)
    return Preprocess(size, given[0] or IMAGENET_MEAN, given[1] or IMAGENET_STD)


def count(module: nn.Module) -> int:
    """Its learnable numbers."""
    return sum(one.numel() for one in module.parameters())


def _cut(spec: Spec, network: Any) -> tuple[nn.Module, list[nn.Module], int]:
    """Trunk, the layers above it, and the places that the trunk's features are made of."""
    if spec.library == "timm":
        from vision.towers import TimmFeatures

        top = [network.get_classifier()]
        network.reset_classifier(0)
        return TimmFeatures(network), top, 1
    name = next(one for one in _TOPS if hasattr(network, one))
    whole = getattr(network, name)
    setattr(network, name, nn.Identity())
    layers = list(whole) if isinstance(whole, nn.Sequential) else [whole]
    several = sum(isinstance(one, nn.Linear) for one in layers) > 1
    return network, layers, prod(network.avgpool.output_size) if several else 1


def _top(layers: list[nn.Module], plan: Plan, classes: int) -> nn.Sequential:
    made: OrderedDict[str, nn.Module] = OrderedDict()
    for place, layer in enumerate(layers[:-1]):
        if isinstance(layer, nn.Dropout) and plan.dropout is not None:
            layer.p = plan.dropout
        # inplace would change what a caller still holds
        made[str(place)] = nn.ReLU() if isinstance(layer, nn.ReLU) else layer
        if plan.batch_norm and isinstance(layer, nn.ReLU):
            wide = next(one for one in reversed(layers[:place]) if isinstance(one, nn.Linear))
            made[f"{place}_norm"] = nn.BatchNorm1d(wide.out_features)
    made["last"] = nn.Linear(layers[-1].in_features, classes)  # type: ignore[arg-type]
    return nn.Sequential(made)
