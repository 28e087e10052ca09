"""Plain training, as the student systems had it: batches, a loss, an optimiser, epochs."""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vision.loop import OPTIMISER_OF
from vision.preprocess import Preprocess
from vision.recipe import Optimiser

Loss = Literal["cross entropy", "hinge"]
_LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross entropy": F.cross_entropy,
    # Weston & Watkins' sum over the wrong classes; torch divides by their number
    "hinge": lambda logits, truth: F.multi_margin_loss(logits, truth) * logits.shape[1],
}
# Rows of a forward pass without gradients.
_JUDGED = 128


@dataclass(frozen=True)
class Schooling:
    """The numbers of a training."""

    epochs: int
    batch: int
    rate: float
    optimiser: Optimiser = "adam"
    weight_decay: float = 0.0
    """L2, as part of the gradient."""
    loss: Loss = "cross entropy"


@dataclass(frozen=True)
class Photos:
    """What a network sees of N photos, and what they show; rows belong together."""

    seen: np.ndarray
    """(N, F) features, or (N, S, S, 3) uint8 pictures."""
    truth: np.ndarray
    """(N,) class numbers."""

    def __len__(self) -> int:
        return len(self.truth)


def school(
    network: nn.Module,
    known: Photos,
    judged: Photos,
    schooling: Schooling,
    preprocess: Preprocess,
    seed: int = 0,
    progress: Callable[[int, int, str], None] = lambda done, total, told: None,
) -> list[dict[str, Any]]:
    """Trains `network` in place; of all epochs the one with the best validation accuracy stays.

    One entry an epoch: epoch, loss and accuracy over its own batches, val_loss and val_accuracy
    after it.
    """
    torch.manual_seed(seed)
    learners = [one for one in network.parameters() if one.requires_grad]
    optimiser = OPTIMISER_OF[schooling.optimiser](
        [{"params": learners, "lr": schooling.rate}], weight_decay=schooling.weight_decay
    )
    history: list[dict[str, Any]] = []
    best, kept = -1.0, network.state_dict()
    steps = -(-len(known) // schooling.batch)
    for epoch in range(1, schooling.epochs + 1):
        network.train()
        losses, right = 0.0, 0
        for done, (seen, truth) in enumerate(_batches(known, schooling.batch, preprocess), start=1):
            logits = network(seen)
            loss = _LOSSES[schooling.loss](logits, truth)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses += loss.item() * len(truth)
            right += int((logits.argmax(dim=1) == truth).sum())
            told = f"loss {losses / (done * schooling.batch):.3f}, validation {max(best, 0):.3f}"
            progress((epoch - 1) * steps + done, schooling.epochs * steps, told)
        judgement = judge(network, judged, schooling.loss, preprocess)
        history.append(
            {"epoch": epoch, "loss": _finite(losses / len(known)), "accuracy": right / len(known)}
            | {f"val_{name}": value for name, value in asdict(judgement).items()}
        )
        # without validation photos the last epoch stays
        if judgement.accuracy is None or judgement.accuracy > best:
            best, kept = judgement.accuracy or 0.0, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    network.eval()
    return history


@dataclass(frozen=True)
class Judgement:
    """Means over photos; None without photos, or of a training that has diverged."""

    loss: float | None
    accuracy: float | None


def judge(network: nn.Module, photos: Photos, loss: Loss, preprocess: Preprocess) -> Judgement:
    if not len(photos):
        return Judgement(None, None)
    logits = torch.from_numpy(answers(network, photos.seen, preprocess))
    truth = torch.from_numpy(photos.truth)
    accuracy = (logits.argmax(dim=1) == truth).float().mean()
    return Judgement(_finite(float(_LOSSES[loss](logits, truth))), float(accuracy))


def answers(
    network: Callable[[Tensor], Tensor], seen: np.ndarray, preprocess: Preprocess
) -> np.ndarray:
    """(N, ...) of `network`, or of a part of it, for N pictures or features, order kept."""
    if isinstance(network, nn.Module):
        network.eval()
    with torch.inference_mode():
        parts = [
            network(_input(seen[start : start + _JUDGED], preprocess)).float().numpy()
            for start in range(0, len(seen), _JUDGED)
        ]
    return np.concatenate(parts)


def _batches(photos: Photos, size: int, preprocess: Preprocess) -> Iterator[tuple[Tensor, Tensor]]:
    """Each photo once, in a new order. A last batch of one joins the one before it: batch
    normalisation has no spread of one."""
    rows = list(torch.randperm(len(photos)).split(size))
    if len(rows) > 1 and len(rows[-1]) == 1:
        rows[-2:] = [torch.cat(rows[-2:])]
    for some in rows:
        chosen = some.numpy()
        yield _input(photos.seen[chosen], preprocess), torch.from_numpy(photos.truth[chosen])


def _input(seen: np.ndarray, preprocess: Preprocess) -> Tensor:
    if seen.dtype != np.uint8:
        return torch.from_numpy(np.asarray(seen, np.float32))
    pixels = torch.from_numpy(np.array(seen)).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(one)[:, None, None] for one in (preprocess.mean, preprocess.std))
    return ((pixels - mean) / std).contiguous(memory_format=torch.channels_last)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
