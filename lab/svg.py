"""A matplotlib drawing as inline SVG: coloured by the page, text left as text."""

import re
from collections.abc import Callable
from html import escape
from io import StringIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# What matplotlib draws with, and the page's variable that takes its place: light or dark is
# the reader's choice, made after the drawing.
INK, DIM, EDGE, ACCENT, SECOND = "#2a2420", "#675c52", "#e8dfd2", "#a84b2c", "#2f6f8f"
_VARIABLES = {INK: "ink", DIM: "dim", EDGE: "edge", ACCENT: "accent", SECOND: "second"}
# Inches: a phone's width at 100 %, so that the text is as large there as it is drawn.
_WIDTH = 4.6
_LOOK = {
    "svg.fonttype": "none",
    "svg.hashsalt": "snapshelf",
    "text.parse_math": False,
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": DIM,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": EDGE,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "lines.markersize": 6,
}


def svg(
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


def _for_page(drawn: str, name: str) -> str:
    """Without ids that nothing refers to, with the page's colours and font, in fewer bytes."""
    drawn = re.sub(r'<g id="[^"]+"/>', "", drawn)
    drawn = re.sub(r'<g id="[^"]+">', "<g>", drawn)
    drawn = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", drawn)
    drawn = re.sub(r"font-family: [^;\"]+; ?", "", drawn)
    drawn = re.sub(r"(\d+\.\d)\d{3,}", r"\1", drawn)  # coordinates, never a number in a text
    drawn = re.sub(r"\s*\n\s*", " ", drawn)
    for colour, variable in _VARIABLES.items():
        drawn = drawn.replace(colour, f"var(--{variable})")
    return drawn
