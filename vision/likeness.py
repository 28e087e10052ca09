"""A small network that says of two pictures' features how alike their products are."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Our choice: the idea was published without numbers.
_WIDTH = 64
_EPOCHS = 20
_BATCH = 256
# Pairs of an epoch, for each photo.
_PAIRS = 32
_RATE = 1e-3
# Queries against a whole gallery at once: 16 × 10,000 pairs of 128 numbers are 80 MB.
_AT_ONCE = 16


class Likeness(nn.Module):
    """(B, F) and (B, F) to (B,) logits, symmetric: from |a - b| and a · b of a projection."""

    def __init__(self, features: np.ndarray) -> None:
        super().__init__()
        self.mean = torch.from_numpy(features.mean(axis=0))
        self.scale = torch.from_numpy(features.std(axis=0) + 1e-6)
        self.project = nn.Linear(features.shape[1], _WIDTH)
        self.judge = nn.Sequential(
            nn.Linear(2 * _WIDTH, _WIDTH), nn.ReLU(), nn.Dropout(0.2), nn.Linear(_WIDTH, 1)
        )

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return self.compare(self.place(one), self.place(other))

    @property
    def size(self) -> int:
        """How many numbers it has learned."""
        return sum(one.numel() for one in self.parameters())

    def place(self, features: Tensor) -> Tensor:
        """(B, F) → (B, 64)."""
        return torch.tanh(self.project((features - self.mean) / self.scale))

    def compare(self, one: Tensor, other: Tensor) -> Tensor:
        """Of two projections of one shape (…, 64) → (…)."""
        return self.judge(torch.cat([(one - other).abs(), one * other], dim=-1)).squeeze(-1)

    def similarity(self, queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        """(Q, F), (N, F) → (Q, N) in [0, 1]."""
        self.eval()
        with torch.inference_mode():
            known = self.place(torch.from_numpy(gallery))[None]
            rows = [
                torch.sigmoid(self.compare(*torch.broadcast_tensors(some[:, None], known)))
                for some in self.place(torch.from_numpy(queries)).split(_AT_ONCE)
            ]
        return torch.cat(rows).numpy()


def learn_likeness(
    features: np.ndarray,
    kin: np.ndarray,
    likeness: Callable[[np.ndarray, np.ndarray], np.ndarray],
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Likeness:
    """Trained on pairs of the (N, F) features: half at random, half of one `kin` number (N,).

    `likeness` of two arrays of rows is what the network is to say of them, in [0, 1].
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        network, inputs = Likeness(features), torch.from_numpy(features)
        optimiser = torch.optim.Adam(network.parameters(), lr=_RATE)
        for epoch in range(_EPOCHS):
            network.train()
            one, other = _pairs(kin, random)
            for start in range(0, len(one), _BATCH):
                rows = slice(start, start + _BATCH)
                wanted = torch.from_numpy(likeness(one[rows], other[rows]).astype(np.float32))
                said = network(inputs[one[rows]], inputs[other[rows]])
                optimiser.zero_grad()
                F.binary_cross_entropy_with_logits(said, wanted).backward()
                optimiser.step()
            progress(epoch + 1, _EPOCHS)
    return network.eval()


def _pairs(kin: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    count = len(kin) * _PAIRS // 2
    one = random.integers(len(kin), size=2 * count)
    other = random.integers(len(kin), size=2 * count)
    order = np.argsort(kin, kind="stable")
    first = np.searchsorted(kin[order], kin[one[:count]])
    size = np.bincount(kin)[kin[one[:count]]]
    other[:count] = order[first + (random.random(count) * size).astype(int)]
    return one, other
