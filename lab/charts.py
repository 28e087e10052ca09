"""Charts as inline SVG: drawn by matplotlib, coloured by the page, text left as text."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

Row = Mapping[str, Any]

# What matplotlib draws with, and the page's variable that takes its place: light or dark is
# the reader's choice, made after the drawing.
_INK, _DIM, _EDGE, _ACCENT, _SECOND = "#2a2420", "#675c52", "#e8dfd2", "#a84b2c", "#2f6f8f"
_VARIABLES = {_INK: "ink", _DIM: "dim", _EDGE: "edge", _ACCENT: "accent", _SECOND: "second"}
# Inches: a phone's width at 100 %, so that the text is as large there as it is drawn.
_WIDTH = 4.6
_LOOK = {
    "svg.fonttype": "none",
    "svg.hashsalt": "snapshelf",
    "text.parse_math": False,
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _EDGE,
    "axes.labelcolor": _DIM,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _EDGE,
    "xtick.color": _EDGE,
    "ytick.color": _EDGE,
    "xtick.labelcolor": _DIM,
    "ytick.labelcolor": _INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "lines.markersize": 6,
}


def reliability(bins: Sequence[Row]) -> str:
    """How often the model is right (y) when it is this sure (x); on the diagonal it is honest."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_DIM, linestyle=(0, (4, 3)), linewidth=1)
        sure = [row["confidence"] for row in bins]
        right = [row["accuracy"] for row in bins]
        most = max(row["photos"] for row in bins)
        axes.vlines(sure, sure, right, color=_ACCENT, linewidth=1)
        # area by number of photos; points² of a dot that can just be seen and of a large one
        sizes = [12 + 150 * row["photos"] / most for row in bins]
        axes.scatter(sure, right, sizes, color=_ACCENT, linewidths=0)
        axes.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="how sure it was", ylabel="how often right")
        _percent(axes)

    said = "; ".join(
        f"{row['confidence']:.0%} sure: {row['accuracy']:.0%} right of {row['photos']} photos"
        for row in bins
    )
    return _svg(
        "reliability", "How sure the model was, and how often it was right", said, 3.4, draw
    )


def coverage(curve: Sequence[Row], unfiltered: float) -> str:
    """Recall and precision at 9 (y) against the coverage that the filter was asked for (x)."""
    xs = [row["target"] for row in curve]

    def draw(axes: Axes) -> None:
        axes.plot(xs, [row["recall_at_9"] for row in curve], color=_ACCENT, marker="o",
                  label="found in nine")  # fmt: skip
        axes.axhline(unfiltered, color=_DIM, linestyle=(0, (4, 3)), linewidth=1,
                     label="found in nine, no filter")  # fmt: skip
        axes.plot(xs, [row["p_at_9"] for row in curve], color=_SECOND, marker="s",
                  label="right ones of nine")  # fmt: skip
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
        axes.set(xlabel="promised: the right category is in the set")
        _percent(axes)

    said = "; ".join(
        f"{row['target']:.0%} promised, {row['mean_set']:.1f} categories: "
        f"{row['recall_at_9']:.1%} find a right one, {row['p_at_9']:.1%} of nine are right"
        for row in curve
    )
    return _svg("coverage", "What is found, against how wide the filter is", said, 3.2, draw)


def robustness(rows: Sequence[Row], measure: str, label: str) -> str:
    """`measure` of each way of spoiling the photo; the first row is the clean photo."""
    clean = rows[0][measure]

    def draw(axes: Axes) -> None:
        axes.axvline(clean, color=_DIM, linestyle=(0, (4, 3)), linewidth=1)
        for place, row in enumerate(rows):
            axes.hlines(place, min(row[measure], clean), max(row[measure], clean), _ACCENT, lw=2)
            axes.plot(row[measure], place, "o", color=_ACCENT if place else _INK)
            # beside the axes: a number next to its dot would cover a name, or the line
            axes.text(1.02, place, f"{row[measure]:.0%}", va="center_baseline")
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xlabel=label)
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(PercentFormatter(1))

    said = "; ".join(f"{row['name']}: {row[measure]:.1%}" for row in rows)
    height = 0.7 + 0.27 * len(rows)
    return _svg("robustness", "What a spoiled photo costs", said, height, draw)


def models(rows: Sequence[Row]) -> str:
    """Precision at 9 of each model with its 95 % interval."""

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            colour = _ACCENT if row["name"] == "this model" else _DIM
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
    return _svg("models", "Right ones of nine, by model", said, 0.75 + 0.4 * len(rows), draw)


def _percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(axis="y", labelcolor=_DIM)


def _svg(
    name: str, title: str, description: str, height: float, draw: Callable[[Axes], None]
) -> str:
    """`draw` on axes of `height` inches. Every id starts with `name`, one of a page's charts."""
    # matplotlib's settings are read while it draws and while it writes
    with rc_context(_LOOK):  # type: ignore[arg-type]
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure.add_subplot())
        buffer = StringIO()
        unsaid = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=unsaid)
    drawn = buffer.getvalue()
    view_box = re.search(r'viewBox="[^"]+"', drawn)
    assert view_box  # matplotlib always writes one  # noqa: S101
    inner = drawn[drawn.index("</defs>") + len("</defs>") :]
    return (
        f'<svg class="chart" {view_box[0]} role="img" aria-labelledby="{name}-title {name}-said">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-said">{escape(description)}</desc>{_for_page(inner, name)}'
    )


def _for_page(svg: str, name: str) -> str:
    """Without ids that nothing refers to, with the page's colours and font, in fewer bytes."""
    svg = re.sub(r'<g id="[^"]+"/>', "", svg)
    svg = re.sub(r'<g id="[^"]+">', "<g>", svg)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]+; ?", "", svg)
    svg = re.sub(r"(\d+\.\d)\d{3,}", r"\1", svg)  # coordinates, never a number in a text
    svg = re.sub(r"\s*\n\s*", " ", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    return svg
