"""A student network learns to see as its teacher does: the loss, the threads, the loop."""

import copy
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

_log = logging.getLogger(__name__)

# (B, S, S, 3) uint8 views, (B, D) float32 unit targets
Batch = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """The numbers of one run."""

    minutes: float
    """Wall clock of training, over all resumed parts; the learning rate ends near 0 then."""
    batch: int = 128
    threads: int = 2
    lr: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.03
    """Share of the time in which the learning rate rises."""
    relational: float = 1.0
    """Weight of the term that matches the pairwise similarities of a batch."""
    ema: float = 0.998
    half: bool = True
    """bfloat16 arithmetic: 2-3 x faster where the processor has matrix units for it."""
    seed: int = 0
    checkpoint_s: float = 60.0


class Student(nn.Module):
    """A network and the linear layer that carries its features into the teacher's space.

    The layer exists only while training: what is kept is the network.
    """

    def __init__(self, network: nn.Module, feature_size: int, target_size: int) -> None:
        super().__init__()
        self.network: Any = network
        self.project = nn.Linear(feature_size, target_size)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, 3, S, S) → (B, D) float32, unit norm."""
        return F.normalize(self.project(self.features(pixels)).float(), dim=1)

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        network = self.network
        return network.forward_head(network.forward_features(pixels), pre_logits=True)


def loss_of(guess: torch.Tensor, target: torch.Tensor, relational: float) -> torch.Tensor:
    """1 - cosine, plus the squared error of the similarities between the batch's members.

    Both (B, D), unit norm. The second term is scaled so that the two are of one size.
    """
    point = 1 - (guess * target).sum(dim=1).mean()
    if not relational:
        return point
    apart = ~torch.eye(len(guess), dtype=torch.bool)
    pairs = (guess @ guess.T - target @ target.T)[apart].square().mean()
    return point + relational * 10 * pairs


@dataclass
class State:
    """All that a resumed run needs."""

    student: Student
    average: Student
    optimiser: torch.optim.Optimizer
    step: int = 0
    elapsed_s: float = 0.0
    history: list[tuple[float, float, float]] = field(default_factory=list)
    """(minutes, loss, held-out cosine) of every checkpoint."""

    @classmethod
    def begin(cls, student: Student, recipe: Recipe) -> "State":
        decay = [p for p in student.parameters() if p.ndim > 1]
        plain = [p for p in student.parameters() if p.ndim <= 1]
        groups = [
            {"params": decay, "weight_decay": recipe.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        return cls(student, copy.deepcopy(student), torch.optim.AdamW(groups, lr=recipe.lr))

    def save(self, path: Path) -> None:
        """Whole or not at all: a stopped run leaves the previous checkpoint."""
        fresh = path.with_suffix(".new")
        torch.save(
            {
                "student": self.student.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "elapsed_s": self.elapsed_s,
                "history": self.history,
            },
            fresh,
        )
        fresh.replace(path)

    def load(self, path: Path) -> None:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        self.student.load_state_dict(saved["student"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step, self.elapsed_s = saved["step"], saved["elapsed_s"]
        self.history = [tuple(entry) for entry in saved["history"]]


class Replicas:
    """One network on several threads, each with its share of the batch.

    The parameters are shared, the batch statistics are each replica's own. Threads of one
    replica each, not threads inside an operation: the latter wait for one another by
    spinning, and on a machine with other work a step was seen to take ten times as long.
    """

    def __init__(self, student: Student, recipe: Recipe) -> None:
        shared = {id(parameter): parameter for parameter in student.parameters()}
        self._parameters = list(student.parameters())
        extra = [copy.deepcopy(student, dict(shared)) for _ in range(recipe.threads - 1)]
        self._models = [student, *extra]
        self._recipe = recipe
        self._pool = ThreadPoolExecutor(
            recipe.threads, initializer=torch.set_num_threads, initargs=(1,)
        )

    def gradients(self, pixels: torch.Tensor, targets: torch.Tensor) -> float:
        """Leaves the mean gradient in the parameters; returns the mean loss."""
        count = len(self._models)
        parts = zip(self._models, pixels.chunk(count), targets.chunk(count), strict=True)
        results = list(self._pool.map(lambda part: self._one(*part), parts))
        for index, parameter in enumerate(self._parameters):
            parameter.grad = sum((grads[index] for _, grads in results[1:]), results[0][1][index])
            parameter.grad /= count
        return sum(loss for loss, _ in results) / count

    def _one(
        self, model: Student, pixels: torch.Tensor, targets: torch.Tensor
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.half):
            guess = model(pixels)
        loss = loss_of(guess, targets, self._recipe.relational)
        return loss.item(), torch.autograd.grad(loss, self._parameters)

    def close(self) -> None:
        self._pool.shutdown()


def train(
    state: State,
    recipe: Recipe,
    batches: Iterator[Batch],
    to_input: nn.Module,
    held_out: Batch,
    checkpoint: Path,
) -> None:
    """Trains until the recipe's minutes are used up; writes `checkpoint` as it goes."""
    replicas = Replicas(state.student, recipe)
    began, before, saved, seen, total = time.monotonic(), state.elapsed_s, 0.0, 0, 0.0
    while state.elapsed_s < recipe.minutes * 60:
        pixels, targets = next(batches)
        set_rate(state, recipe)
        total += replicas.gradients(to_input(torch.from_numpy(pixels)), torch.from_numpy(targets))
        seen += 1
        state.optimiser.step()
        state.step += 1
        follow(state, recipe)
        state.elapsed_s = before + time.monotonic() - began
        if state.elapsed_s - before - saved >= recipe.checkpoint_s:
            report(state, recipe, total / seen, held_out, to_input)
            state.save(checkpoint)
            saved, seen, total = state.elapsed_s - before, 0, 0.0
    replicas.close()
    if seen:
        report(state, recipe, total / seen, held_out, to_input)
    state.save(checkpoint)


def set_rate(state: State, recipe: Recipe) -> None:
    """Warm-up, then half a cosine, over time rather than steps: the end comes on time."""
    progress = min(1.0, state.elapsed_s / (recipe.minutes * 60))
    rising = progress / recipe.warmup if recipe.warmup else 1.0
    falling = 0.5 * (1 + np.cos(np.pi * progress)) + 0.001
    for group in state.optimiser.param_groups:
        group["lr"] = float(recipe.lr * min(rising + 0.01, falling))


@torch.no_grad()
def follow(state: State, recipe: Recipe) -> None:
    """The average follows the student: slowly, but at first as fast as it moves."""
    weight = 1 - min(recipe.ema, (state.step + 1) / (state.step + 10))
    source = state.student.state_dict()
    for name, value in state.average.state_dict().items():
        if value.is_floating_point():
            value.lerp_(source[name], weight)
        else:
            value.copy_(source[name])


def report(
    state: State,
    recipe: Recipe,
    loss: float,
    held_out: Batch,
    to_input: nn.Module,
) -> None:
    """One line: how far, how well on the batches, how well on photos never trained on."""
    cosine = held_out_cosine(state.average, held_out, to_input)
    state.history.append((state.elapsed_s / 60, loss, cosine))
    _log.info(
        "%.1f of %g min, step %d, %d views/s: loss %.4f, held-out cosine %.4f",
        state.elapsed_s / 60, recipe.minutes, state.step,
        state.step * recipe.batch / max(state.elapsed_s, 1e-3), loss, cosine,
    )  # fmt: skip


def held_out_cosine(student: Student, held_out: Batch, to_input: nn.Module) -> float:
    pixels, targets = held_out
    student.eval()
    with torch.inference_mode():
        guesses = [
            student(to_input(torch.from_numpy(pixels[at : at + 64])))
            for at in range(0, len(pixels), 64)
        ]
    return float((torch.cat(guesses).numpy() * targets).sum(axis=1).mean())
