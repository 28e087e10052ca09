"""What a head is taught: to name the class, level by level, and to draw kin together."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vision.network import HeadNetwork
from vision.parts import Targets
from vision.recipe import Recipe

# Weight of each level of a category tree relative to the level below it.
LEVEL_DECAY = 0.5
# Of the contrastive loss: Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020.
TEMPERATURE = 0.1


@dataclass(frozen=True)
class Mix:
    """Pairs of a batch that were mixed (Zhang et al., "mixup", ICLR 2018)."""

    share: float
    """Of the picture itself, [0.5, 1]; the rest is the other's."""
    other: Tensor
    """(B,) place of the other one in the batch."""

    def __call__(self, inputs: Tensor) -> Tensor:
        """(B, …) features, pixels or targets → mixed ones."""
        return self.share * inputs + (1 - self.share) * inputs[self.other]


def draw_mix(count: int, alpha: float) -> Mix:
    """A mix of `count` inputs; alpha 0 mixes nothing."""
    if not alpha:
        return Mix(1.0, torch.arange(count))
    share = float(np.random.default_rng(int(torch.randint(2**31, ()))).beta(alpha, alpha))
    return Mix(max(share, 1 - share), torch.randperm(count))


class Objective:
    """The loss of a batch of features."""

    def __init__(self, targets: Targets, recipe: Recipe, offset: np.ndarray) -> None:
        """`offset` (K,) is what the sampler adds to each class's log frequency.

        Adding it to the logits while learning leaves them true to the catalog's own frequencies
        although rare classes are shown more often (Menon et al., "Long-tail Learning via Logit
        Adjustment", ICLR 2021).
        """
        # Here, not above: it loads scikit-learn, which serving does not need.
        from pytorch_metric_learning.losses import SupConLoss

        self._recipe = recipe
        self._contrast = SupConLoss(temperature=TEMPERATURE)
        self._groups = torch.from_numpy(targets.groups.astype(np.int64))
        self._offset = torch.from_numpy(offset.astype(np.float32))
        self._classes = _one_hot(targets.classes, len(offset))
        self._levels = [_one_hot(level, int(level.max()) + 1) for level in targets.levels]

    def __call__(self, head: HeadNetwork, standard: Tensor, rows: Tensor, mix: Mix) -> Tensor:
        """Of (B, F) standardised features of photos `rows` (B,), mixed as `mix` says."""
        # Of something that learns: a batch may have neither a class nor kin.
        loss = head.projection.sum() * 0
        if len(self._offset):
            loss = loss + self._naming(head.logits(standard), mix(self._classes[rows]))
        kin = self._groups[rows] >= 0
        if self._recipe.metric and kin.any():
            vectors = head.project(standard[kin])
            loss = loss + self._recipe.metric * self._contrast(vectors, self._groups[rows][kin])
        return loss

    def _naming(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy, level by level; a parent's chance is the sum of its children's.

        (B, K) targets; a photo of no known class is a row of zeros and teaches nothing.
        """
        even = target.sum(dim=1, keepdim=True) / target.shape[1]
        smooth = (1 - self._recipe.smoothing) * target + self._recipe.smoothing * even
        chances = (logits + self._offset).log_softmax(dim=1)
        loss = -(smooth * chances).sum(dim=1).mean()
        for height, level in enumerate(self._levels, start=1):
            above = (chances.exp() @ level).clamp_min(1e-8).log()
            loss = loss - LEVEL_DECAY**height * (target @ level * above).sum(dim=1).mean()
        return loss


def _one_hot(numbers: np.ndarray, count: int) -> Tensor:
    """(N,) → (N, count); -1 is a row of zeros."""
    known = torch.from_numpy(numbers >= 0)
    places = torch.from_numpy(np.maximum(numbers, 0).astype(np.int64))
    return F.one_hot(places, max(count, 1)).float()[:, :count] * known[:, None]
