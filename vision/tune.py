"""The backbone learns too: first the head on frozen features, then both at small rates.

In that order a pretrained network keeps what it knows (LP-FT: Kumar et al., "Fine-Tuning can
Distort Pretrained Features", ICLR 2022, arXiv 2202.10054). Statistics of batch normalisation stay
frozen, and so do the lowest layers, which see edges and colours.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vision.augment import augment
from vision.backbone import Backbone
from vision.fold import Folded
from vision.head import Head
from vision.loop import Course, Lessons, learn
from vision.network import HeadNetwork
from vision.objective import Objective, draw_mix
from vision.parts import Targets
from vision.recipe import Recipe
from vision.sampling import Sampler, kin

# Share of the used weights, from the input on, that stays as it is. The first two stages of
# MobileNetV2 hold 1 % of its weights and take half of its time.
FROZEN = {"full": 0.02, "last": 0.60}
_JUDGED = 64
# Known pictures among which kin are looked for where there are no classes.
_SHELF = 1000


@dataclass(frozen=True)
class Album:
    """Photos to tune on; rows belong together."""

    pictures: np.ndarray
    """(N, S, S, 3) uint8."""
    targets: Targets


class TuneNetwork(nn.Module):
    """A backbone and its head."""

    def __init__(self, backbone: nn.Module, head: HeadNetwork) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def train(self, mode: bool = True) -> "TuneNetwork":
        """Only the head has layers that behave differently while training."""
        super().train(False)
        self.head.train(mode)
        return self


def tune(
    backbone: Backbone,
    start: HeadNetwork,
    known: Album,
    judged: Album,
    recipe: Recipe,
    progress: Callable[[int, int, str], None],
    checkpoint: Path | None = None,
) -> tuple[Backbone, Head, Course]:
    """A copy of `backbone` and a head, both tuned on `known`; `judged` photos choose the epoch.

    `start` has learned on the frozen features of `known`.
    """
    torch.manual_seed(recipe.seed)
    size = backbone.preprocess.size
    folded = Folded(copy.deepcopy(backbone.network), torch.rand(2, 3, size, size))
    network = TuneNetwork(folded.network, start)
    network.head.dropout = recipe.dropout
    lessons = _Lessons(backbone, known, judged, recipe, len(start.bias)).lessons()
    groups = [
        {"params": _freeze(folded.network, backbone, recipe), "lr": recipe.backbone_rate},
        {"params": list(network.head.parameters()), "lr": recipe.rate},
    ]
    course = learn(network, groups, lessons, recipe, progress, checkpoint)
    # Spelled out: what a tag brought along is missing when its weights are loaded by themselves.
    seen = backbone.preprocess
    spec = replace(backbone.parsed, size=seen.size, mean=seen.mean, std=seen.std)
    tuned = Backbone(spec, folded.unfold(), seen, tuned=True)
    return tuned, network.head.to_head(), course


class _Lessons:
    """Augmented batches, their loss, and the score of a network."""

    def __init__(
        self, backbone: Backbone, known: Album, judged: Album, recipe: Recipe, classes: int
    ) -> None:
        self._size = backbone.preprocess.size
        self._mean = torch.tensor(backbone.preprocess.mean)[:, None, None]
        self._std = torch.tensor(backbone.preprocess.std)[:, None, None]
        self._known, self._judged, self._recipe = known, judged, recipe
        self._sampler = Sampler(kin(known.targets), recipe.batch, recipe.seed)
        offset = self._sampler.offset(known.targets.classes, classes)
        self._objective = Objective(known.targets, recipe, offset)

    def lessons(self) -> Lessons:
        return Lessons(self._sampler.__iter__, self._sampler.steps, self._loss, self._score)

    def _loss(self, network: nn.Module, rows: list[int]) -> Tensor:
        assert isinstance(network, TuneNetwork)  # noqa: S101 - for the type checker
        seen = augment(_pixels(self._known.pictures, rows), self._size)
        mix = draw_mix(len(rows), self._recipe.mixup)
        standard = network.head.standard(network.backbone(mix(self._normal(seen))))
        return self._objective(network.head, standard, torch.tensor(rows), mix)

    def _score(self, network: nn.Module) -> float:
        """Share of the judged photos that are named right; without classes, that find their kin."""
        assert isinstance(network, TuneNetwork)  # noqa: S101 - for the type checker
        truth = torch.from_numpy(self._judged.targets.classes)
        with torch.inference_mode():
            standard = network.head.standard(self._features(network, self._judged.pictures))
            if (truth >= 0).any():
                said = network.head.logits(standard).argmax(dim=1)
            else:
                truth = torch.from_numpy(self._judged.targets.groups)
                said = self._kin(network, network.head.project(standard))
        right = (said == truth)[truth >= 0]
        return float(right.float().mean()) if len(right) else 0.0

    def _kin(self, network: TuneNetwork, vectors: Tensor) -> Tensor:
        """The group of the nearest picture that is known, for each of (B, P) projections."""
        shelf = self._known.pictures[:_SHELF]
        known = network.head.project(network.head.standard(self._features(network, shelf)))
        return torch.from_numpy(self._known.targets.groups)[(vectors @ known.T).argmax(dim=1)]

    def _features(self, network: TuneNetwork, pictures: np.ndarray) -> Tensor:
        found = []
        for rows in torch.arange(len(pictures)).split(_JUDGED):
            clear = _pixels(pictures, rows.tolist())
            clear = F.interpolate(clear, [self._size] * 2, mode="bicubic", antialias=True)
            found.append(network.backbone(self._normal(clear)))
        return torch.cat(found)

    def _normal(self, pictures: Tensor) -> Tensor:
        normal = (pictures - self._mean) / self._std
        return normal.contiguous(memory_format=torch.channels_last)


def _pixels(pictures: np.ndarray, rows: list[int]) -> Tensor:
    """(B, 3, S, S) float32 in [0, 1]."""
    taken = torch.from_numpy(pictures[np.asarray(rows, int)])
    return taken.permute(0, 3, 1, 2).float() / 255


def _freeze(network: nn.Module, backbone: Backbone, recipe: Recipe) -> list[nn.Parameter]:
    """The parameters that learn; the others, and all that pictures never reach, need no gradient.

    Parameters count in the order in which the network names them, from the input on.
    """
    network.requires_grad_(True)
    size = backbone.preprocess.size
    network(torch.rand(2, 3, size, size)).sum().backward()
    used = [one for one in network.parameters() if one.grad is not None]
    limit = FROZEN[recipe.tune] * sum(one.numel() for one in used)
    network.requires_grad_(False)
    network.zero_grad(set_to_none=True)
    sizes = np.cumsum([one.numel() for one in used])
    learning = [one for one, seen in zip(used, sizes, strict=True) if seen > limit]
    for parameter in learning:
        parameter.requires_grad_(True)
    return learning
