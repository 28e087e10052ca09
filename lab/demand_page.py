"""What shoppers look for and the shop does not sell: one HTML file that asks no other place."""

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

from search.demand import Kind
from search.demand_groups import Want

_HERE = Path(__file__).parent
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
    page = _template().render(
        wants=wants[:SHOWN],
        left_out=max(0, len(wants) - SHOWN),
        searches=len(searches),
        days=sorted({one.day for one in searches}),
        kinds=[(_MEANING[kind], count) for kind, count in kinds.most_common()],
        most_pictures=PICTURES,
        style=[(_HERE / name).read_text(encoding="utf-8") for name in ("report.css", "doctor.css")],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


@cache
def _template() -> Template:
    # autoescape: whatever a shopper or a catalog says is text, wherever the template puts it
    room = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True)
    room.filters["grouped"] = lambda number: f"{number:,}"
    room.filters["base64"] = lambda data: b64encode(data).decode()
    return room.get_template("demand.html.jinja")
