"""Which photos make a batch: kin together, rare classes not drowned."""

from collections.abc import Iterator

import numpy as np
import torch
from pytorch_metric_learning.samplers import MPerClassSampler
from pytorch_metric_learning.utils import common_functions

from vision.parts import Targets

# Photos of one group that come together in a batch.
TOGETHER = 2
# A group of fewer photos is shown as often as if it had this many.
LEAST = 8


class Sampler:
    """Rows of one epoch, each batch made of pairs from as many groups as fit.

    pytorch-metric-learning's sampler shows every group equally often. Large groups are cut into
    shares of about LEAST photos first, so that only groups smaller than that are shown more often
    than they occur.
    """

    def __init__(self, groups: np.ndarray, batch: int, seed: int) -> None:
        """(N,) group numbers; -1 makes a group of its own. Raises nothing: a batch shrinks to
        what the groups can fill."""
        self._shares = _shares(groups, seed)
        fill = TOGETHER * len(np.unique(self._shares))
        self.batch = max(min(batch, fill, len(groups)) // TOGETHER * TOGETHER, 1)
        self.steps = max(len(groups) // self.batch, 1)
        self._length = self.steps * self.batch

    def __iter__(self) -> Iterator[list[int]]:
        # The library draws from a generator of its own; torch's is the one that is resumed.
        seed = int(torch.randint(2**31, ()))
        common_functions.NUMPY_RANDOM = np.random.RandomState(seed)
        together = min(TOGETHER, self.batch)
        rows = list(MPerClassSampler(self._shares, together, self.batch, self._length))
        for start in range(0, self._length, self.batch):
            yield rows[start : start + self.batch]

    def offset(self, classes: np.ndarray, count: int) -> np.ndarray:
        """(count,) log of how much more often than it occurs each class is shown."""
        shown = 1 / np.bincount(self._shares)[self._shares]
        known = classes >= 0
        often = np.bincount(classes[known], shown[known], minlength=count)
        natural = np.bincount(classes[known], minlength=count)
        ratio = np.log(np.maximum(often, 1e-9) / np.maximum(natural, 1e-9))
        return np.where(natural > 0, ratio, 0.0)


def kin(targets: Targets) -> np.ndarray:
    """(N,) what batches are drawn by: the group, else the class."""
    return np.where(targets.groups >= 0, targets.groups, -2 - targets.classes)


def _shares(groups: np.ndarray, seed: int) -> np.ndarray:
    """(N,) number of the share each row belongs to, from 0 without gaps."""
    random = np.random.default_rng(seed)
    names = np.empty(len(groups), dtype=object)
    for group in np.unique(groups):
        rows = random.permutation(np.flatnonzero(groups == group))
        for share, some in enumerate(np.array_split(rows, max(len(rows) // LEAST, 1))):
            for row in some:
                names[row] = f"{group}/{share}"
    return np.unique(names.astype(str), return_inverse=True)[1]
