"""Charts as inline SVG, each with a title and a description that says its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lab.svg import ACCENT, DIM, INK, SECOND, svg

Row = Mapping[str, Any]


def reliability(bins: Sequence[Row]) -> str:
    """How often the model is right (y) when it is this sure (x); on the diagonal it is honest."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=DIM, linestyle=(0, (4, 3)), linewidth=1)
        sure = [row["confidence"] for row in bins]
        right = [row["accuracy"] for row in bins]
        most = max(row["photos"] for row in bins)
        axes.vlines(sure, sure, right, color=ACCENT, linewidth=1)
        # area by number of photos; points² of a dot that can just be seen and of a large one
        sizes = [12 + 150 * row["photos"] / most for row in bins]
        axes.scatter(sure, right, sizes, color=ACCENT, linewidths=0)
        axes.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="how sure it was", ylabel="how often right")
        _percent(axes)

    said = "; ".join(
        f"{row['confidence']:.0%} sure: {row['accuracy']:.0%} right of {row['photos']} photos"
        for row in bins
    )
    return svg("reliability", "How sure the model was, and how often it was right", said, 3.4, draw)


def coverage(curve: Sequence[Row], unfiltered: float) -> str:
    """Recall and precision at 9 (y) against the coverage that the filter was asked for (x)."""
    xs = [row["target"] for row in curve]

    def draw(axes: Axes) -> None:
        axes.plot(xs, [row["recall_at_9"] for row in curve], color=ACCENT, marker="o",
                  label="found in nine")  # fmt: skip
        axes.axhline(unfiltered, color=DIM, linestyle=(0, (4, 3)), linewidth=1,
                     label="found in nine, no filter")  # fmt: skip
        axes.plot(xs, [row["p_at_9"] for row in curve], color=SECOND, marker="s",
                  label="right ones of nine")  # fmt: skip
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
        axes.set(xlabel="promised: the right category is in the set")
        _percent(axes)

    said = "; ".join(
        f"{row['target']:.0%} promised, {row['mean_set']:.1f} categories: "
        f"{row['recall_at_9']:.1%} find a right one, {row['p_at_9']:.1%} of nine are right"
        for row in curve
    )
    return svg("coverage", "What is found, against how wide the filter is", said, 3.2, draw)


def robustness(rows: Sequence[Row], measure: str, label: str) -> str:
    """`measure` of each way of spoiling the photo; the first row is the clean photo."""
    clean = rows[0][measure]

    def draw(axes: Axes) -> None:
        axes.axvline(clean, color=DIM, linestyle=(0, (4, 3)), linewidth=1)
        for place, row in enumerate(rows):
            axes.hlines(place, min(row[measure], clean), max(row[measure], clean), ACCENT, lw=2)
            axes.plot(row[measure], place, "o", color=ACCENT if place else INK)
            # beside the axes: a number next to its dot would cover a name, or the line
            axes.text(1.02, place, f"{row[measure]:.0%}", va="center_baseline")
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xlabel=label)
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(PercentFormatter(1))

    said = "; ".join(f"{row['name']}: {row[measure]:.1%}" for row in rows)
    height = 0.7 + 0.27 * len(rows)
    return svg("robustness", "What a spoiled photo costs", said, height, draw)


def models(rows: Sequence[Row]) -> str:
    """Precision at 9 of each model with its 95 % interval."""

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            colour = ACCENT if row["name"] == "this model" else DIM
            axes.hlines(place, row["p_at_9_low"], row["p_at_9_high"], colour, lw=5, alpha=0.35)
            axes.plot(row["p_at_9"], place, "o", color=colour)
            axes.annotate(f"{row['p_at_9']:.1%}", (row["p_at_9"], place), (0, 7),
                          textcoords="offset points", ha="center")  # fmt: skip
        axes.set(ylim=(len(rows) - 0.5, -0.6), xlabel="right ones of nine, and the 95% interval")
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axes.margins(x=0.15)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(PercentFormatter(1))

    said = "; ".join(
        f"{row['name']}: {row['p_at_9']:.1%} ({row['p_at_9_low']:.1%} to {row['p_at_9_high']:.1%})"
        for row in rows
    )
    return svg("models", "Right ones of nine, by model", said, 0.75 + 0.4 * len(rows), draw)


def _percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(axis="y", labelcolor=DIM)


def accuracies(rows: Sequence[Row]) -> str:
    """Test accuracy of each system: a dot, beside it what was published (grey), dashed: chance.

    Each row has `name`, `test` and its 95 % `interval`; `chance`, `low`, `high` may be None.
    """

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            if row["low"] is not None:
                # a single number is a bar of a hundredth, or it could not be seen
                width = max(row["high"] - row["low"], 0.01)
                axes.barh(place, width, 0.62, row["low"], color=DIM, alpha=0.35, linewidth=0)
            if row["chance"] is not None:
                axes.vlines(row["chance"], place - 0.5, place + 0.5, DIM, (0, (4, 3)), linewidth=1)
            axes.hlines(place, *row["interval"], color=ACCENT, linewidth=1.5)
            axes.plot(row["test"], place, "o", color=ACCENT)
            axes.text(1.02, place, f"{row['test']:.1%}", va="center_baseline")
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xlabel="right category, test photos")
        axes.set_yticks(range(len(rows)), [_short(row["name"]) for row in rows])
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(PercentFormatter(1))

    said = "; ".join(
        f"{row['name']}: {row['test']:.1%}"
        + ("" if row["low"] is None else f", published {row['low']:.1%} to {row['high']:.1%}")
        for row in rows
    )
    height = 0.7 + 0.3 * len(rows)
    return svg("accuracies", "Test accuracy of each system", said, height, draw)


def history(name: str, epochs: Sequence[Row], measure: str, chance: float | None = None) -> str:
    """`measure` ("accuracy" or "loss") after each epoch, of the train and the validation photos."""
    lines = {
        "train": (measure, ACCENT, "o", "-"),
        "validation": (f"val_{measure}", SECOND, "s", "--"),
    }

    def draw(axes: Axes) -> None:
        for label, (key, colour, marker, dash) in lines.items():
            known = [(row["epoch"], row[key]) for row in epochs if row.get(key) is not None]
            axes.plot(*zip(*known, strict=True) if known else ([], []), color=colour,
                      marker=marker, markersize=4, linestyle=dash, label=label)  # fmt: skip
        if chance is not None:
            axes.axhline(chance, color=DIM, linestyle=(0, (1, 3)), linewidth=1.5, label="guessing")
        _legend(axes)
        axes.set(xlabel="epoch", ylim=(0, None))
        axes.margins(y=0.1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(axis="y", labelcolor=DIM)
        if measure == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    form = "{:.1%}" if measure == "accuracy" else "{:.2f}"
    said = "; ".join(
        f"epoch {row['epoch']}: "
        + ", ".join(
            f"{form.format(row[key])} on {label}"
            for label, (key, *_) in lines.items()
            if row.get(key) is not None
        )
        for row in epochs
        if any(row.get(key) is not None for key, *_ in lines.values())
    )
    return svg(name, f"{measure.capitalize()} after each epoch", said, 2.6, draw)


def distribution(classes: Sequence[Row]) -> str:
    """The photos of each class: `train`, `val` and `test`, one after the other."""
    parts = {"train": ("train", ACCENT), "validation": ("val", SECOND), "test": ("test", DIM)}
    totals = [sum(row[key] for key, _ in parts.values()) for row in classes]

    def draw(axes: Axes) -> None:
        left = [0] * len(classes)
        for label, (key, colour) in parts.items():
            counts = [row[key] for row in classes]
            axes.barh(range(len(classes)), counts, 0.66, left, color=colour, label=label)
            left = [start + count for start, count in zip(left, counts, strict=True)]
        for place, total in enumerate(totals):
            axes.annotate(f"{total:,}", (total, place), (4, 0), textcoords="offset points",
                          va="center_baseline")  # fmt: skip
        _legend(axes)
        axes.set(ylim=(len(classes) - 0.5, -0.5), xlabel="photos")
        axes.set_yticks(range(len(classes)), [_short(row["name"]) for row in classes])
        axes.grid(visible=False, axis="y")
        axes.margins(x=0.12)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))

    said = "; ".join(
        f"{row['name']}: " + ", ".join(f"{row[key]} {label}" for label, (key, _) in parts.items())
        for row in classes
    )
    height = 0.9 + 0.24 * len(classes)
    return svg("distribution", "Photos of each category", said, height, draw)


def _legend(axes: Axes) -> None:
    """Above the drawing, from the left edge: beside long names the axes alone may be narrow."""
    axes.figure.legend(loc="outside upper left", ncols=3, frameon=False)


def _short(name: str) -> str:
    """One line that leaves the chart its room."""
    line = " ".join(name.split())
    return line if len(line) <= 26 else line[:25] + "…"
