"""The training loop: batches in, the best averaged weights out; a killed run goes on."""

import math
import pickle
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vision.errors import BadTraining
from vision.progress import unwatched
from vision.recipe import Recipe

# A run shorter than this is quicker to repeat than to resume.
CHECKPOINT_S = 20.0
_WARM_UP = 0.1
_UNWATCHED = partial(unwatched, "training")
OPTIMISER_OF: Mapping[str, Callable[..., torch.optim.Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "sgd": lambda groups, **more: torch.optim.SGD(groups, momentum=0.9, nesterov=True, **more),
    "rmsprop": torch.optim.RMSprop,
}


@dataclass
class Course:
    """How a run went, epoch by epoch."""

    history: list[dict[str, Any]] = field(default_factory=list)
    """Per epoch: epoch, loss, val_score, seconds. Epoch 0 is the start, before any step and loss;
    without a judge there are no scores."""
    best: int = 0
    """The epoch whose weights were kept."""

    def note(self, epoch: int, loss: float | None, score: float | None, seconds: float) -> bool:
        """Adds an epoch; true when it is the best so far, which without scores is the last."""
        self.history.append(
            {"epoch": epoch, "loss": loss, "val_score": score, "seconds": round(seconds, 2)}
        )
        if score is None or epoch == 0 or score > self.history[self.best]["val_score"]:
            self.best = epoch
        return self.best == epoch

    def told(self, loss: float | None) -> str:
        """`loss` and the best validation score, where there are, for people."""
        known = {"loss": loss, "validation": self.history[self.best]["val_score"]}
        return ", ".join(f"{name} {one:.3f}" for name, one in known.items() if one is not None)


@dataclass(frozen=True)
class Lessons:
    """What one run learns from."""

    batches: Callable[[], Iterable[Any]]
    """One epoch's batches; called once an epoch."""
    steps: int
    """Batches of an epoch."""
    loss: Callable[[nn.Module, Any], Tensor]
    judge: Callable[[nn.Module], float] | None
    """The validation score of a network, higher is better; None: the last epoch is kept."""


def learn(
    network: nn.Module,
    groups: Sequence[dict[str, Any]],
    lessons: Lessons,
    recipe: Recipe,
    progress: Callable[[int, int, str], None] = _UNWATCHED,
    checkpoint: Path | None = None,
) -> Course:
    """Trains `network` in place and leaves the best epoch's averaged weights in it.

    `groups` are parameter groups with their peak `lr`. `progress` gets steps done, steps in
    all, loss and score. With `checkpoint` a run of the same arguments that was killed
    goes on at its last finished epoch; the caller removes the file.
    """
    optimiser = OPTIMISER_OF[recipe.optimiser](list(groups), weight_decay=recipe.weight_decay)
    total = recipe.epochs * lessons.steps
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, total))
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average))
    state = _State(network, average, optimiser, schedule, Course())
    if checkpoint is None or not state.load(checkpoint):
        state.keep(0, None, lessons.judge, 0.0)
    saved = time.monotonic()
    for epoch in range(len(state.course.history), recipe.epochs + 1):
        begun, losses = time.monotonic(), 0.0
        network.train()
        for done, batch in enumerate(lessons.batches(), start=1):
            loss = lessons.loss(network, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            average.update_parameters(network)
            losses += loss.item()
            progress((epoch - 1) * lessons.steps + done, total, state.course.told(losses / done))
        state.keep(epoch, losses / lessons.steps, lessons.judge, time.monotonic() - begun)
        if lessons.judge and epoch - state.course.best >= recipe.patience:
            break
        # The last epoch too, where a run was long enough to have a file.
        last = epoch == recipe.epochs and checkpoint is not None and checkpoint.is_file()
        if checkpoint is not None and (last or time.monotonic() - saved > CHECKPOINT_S):
            state.save(checkpoint)
            saved = time.monotonic()
    network.load_state_dict(state.best)
    network.eval()
    progress(total, total, state.course.told(state.course.history[state.course.best]["loss"]))
    return state.course


@dataclass
class _State:
    """All that a resumed run needs."""

    network: nn.Module
    average: AveragedModel
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LambdaLR
    course: Course
    best: dict[str, Tensor] = field(default_factory=dict)

    def keep(
        self,
        epoch: int,
        loss: float | None,
        judge: Callable[[nn.Module], float] | None,
        seconds: float,
    ) -> None:
        """Notes the epoch, and keeps its averaged weights if they are the best."""
        averaged = self.average.module.eval()
        score = judge(averaged) if judge else None
        if self.course.note(epoch, loss, score, seconds):
            self.best = {name: one.clone() for name, one in averaged.state_dict().items()}

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        parts = {name: getattr(self, name).state_dict() for name in _PARTS}
        noted = {"history": self.course.history, "best_epoch": self.course.best}
        torch.save({**parts, **noted, "best": self.best, "rng": torch.get_rng_state()}, fresh)
        fresh.replace(path)

    def load(self, path: Path) -> bool:
        """False when there is nothing to go on from. Raises BadTraining for another file."""
        if not path.is_file():
            return False
        try:
            saved = torch.load(path, map_location="cpu", weights_only=True)
            for name in _PARTS:
                getattr(self, name).load_state_dict(saved[name])
            self.course = Course(saved["history"], saved["best_epoch"])
            self.best = saved["best"]
            torch.set_rng_state(saved["rng"])
        except _UNREADABLE as error:
            raise BadTraining(
                f"{path} is no checkpoint of this training ({type(error).__name__}); delete it to "
                "begin anew"
            ) from error
        return True


_PARTS = ("network", "average", "optimiser", "schedule")
# What torch raises for files that are torn, foreign or of another network.
_UNREADABLE = (
    OSError, EOFError, RuntimeError, pickle.UnpicklingError, KeyError, TypeError, ValueError,
    AttributeError,
)  # fmt: skip


def _rate(step: int, total: int) -> float:
    """Linear warm-up, then half a cosine to zero: the share of the peak rate."""
    warm = max(int(total * _WARM_UP), 1)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * min((step - warm) / max(total - warm, 1), 1.0)))
