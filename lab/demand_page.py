"""What shoppers look for and the shop does not sell: one HTML file that asks no other place."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lab import page
from search.demand import Kind
from search.demand_groups import Want

# With pictures of about 4 kB each: 2 MB at most.
SHOWN, PICTURES = 60, 8
_MEANING: dict[Kind, str] = {
    "refused": "unlike all that the model knows",
    "weak": "with a weak match at best",
    "nothing": "without any result",
}


def write_demand_page(wants: Sequence[Want], path: Path) -> None:
    """Replaces the file at `path` as a whole. Pictures are JPEGs of our own making."""
    searches = [one for want in wants for one in want.searches]
    kinds = Counter(one.kind for one in searches)
    html = page.template("demand.html.jinja").render(
        wants=wants[:SHOWN],
        left_out=max(0, len(wants) - SHOWN),
        searches=len(searches),
        days=sorted({one.day for one in searches}),
        kinds=[(_MEANING[kind], count) for kind, count in kinds.most_common()],
        most_pictures=PICTURES,
        style=page.style("report.css", "doctor.css"),
    )
    page.write_whole(path, html)
