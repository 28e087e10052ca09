"""How a training went, as a picture: loss and validation score, epoch by epoch."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab.errors import LabError

# The page's colours on its light paper: a picture file cannot ask which the reader prefers.
_PAPER, _INK, _DIM, _ACCENT, _SECOND = "#fffdfa", "#2a2420", "#675c52", "#a84b2c", "#2f6f8f"


def draw_curves(history: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draws `history` into the PNG `path`, one {"epoch", "loss", "val_score", "stage"} an epoch.

    Epochs are counted over all stages, from 1. `stage` may be missing. The best epoch is the
    first with the highest score. Raises LabError when there is no epoch.
    """
    if not history:
        raise LabError(f"no epoch was trained, so there is nothing to draw into {path}")
    epochs = range(1, len(history) + 1)
    figure = Figure(figsize=(7, 5), dpi=150, layout="constrained", facecolor=_PAPER)
    upper, lower = figure.subplots(2, 1, sharex=True)
    scores = _line(upper, history, "val_score", _ACCENT)
    _line(lower, history, "loss", _SECOND)
    best = max(epochs, key=lambda epoch: scores[epoch - 1])
    upper.plot(best, scores[best - 1], "o", color=_ACCENT, markersize=9, markeredgecolor=_PAPER)
    figure.suptitle(
        f"best: {scores[best - 1]:.3f} in epoch {best} of {len(history)}", color=_INK, size=12
    )
    for axes, label in ((upper, "validation score"), (lower, "training loss")):
        axes.set(ylabel=label, facecolor=_PAPER)
        axes.axvline(best, color=_DIM, linestyle=":", linewidth=1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        _stages(axes, history, named=axes is upper)
    lower.set_xlabel("epoch")
    lower.xaxis.get_major_locator().set_params(integer=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")


def _line(axes: Axes, history: Sequence[Mapping[str, Any]], name: str, colour: str) -> list[float]:
    # before the first step there is no loss
    values = [float("nan") if one[name] is None else float(one[name]) for one in history]
    # a single epoch is a point: a line alone would show nothing
    axes.plot(range(1, len(values) + 1), values, color=colour, marker=".", linewidth=2)
    return values


def _stages(axes: Axes, history: Sequence[Mapping[str, Any]], *, named: bool) -> None:
    """A line where a stage begins, and its name above the first epoch of it."""
    start = 1
    for stage, members in groupby(history, key=lambda one: one.get("stage", "")):
        if start > 1:
            axes.axvline(start - 0.5, color=_DIM, linewidth=1)
        if named:
            axes.annotate(str(stage), (start, 1.02), xycoords=("data", "axes fraction"), color=_DIM)
        start += len(list(members))
