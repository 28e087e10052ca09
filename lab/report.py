"""The lab's report: one HTML file that asks no other place for anything, and its JSON."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, Template

from lab import charts, report_view, report_words
from lab.errors import LabError
from vision.errors import UnreadableImage
from vision.image import decode, thumbnail

if TYPE_CHECKING:
    from lab.evaluate import Evaluation
    from vision.extract import Read

_HERE = Path(__file__).parent
# Twice the size at which a result is shown: sharp on a phone, and 120 pictures stay under 1.5 MB.
_PICTURE_SIDE = 192
_RIGHT = {
    "category": ("same category", "has the photo’s category"),
    "product_id": ("same product", "is the very product in the photo"),
}


def write_report(evaluation: "Evaluation", path: Path) -> None:
    """Writes the page to `path` and its numbers beside it as .json; makes the folder.

    Each file is replaced as a whole. Raises LabError when `path` is where the JSON would go.
    """
    beside = path.with_suffix(".json")
    if beside == path:
        raise LabError(f"the report is a web page, so it cannot be {path}; give it a name in .html")
    numbers = evaluation.numbers
    wanted = report_view.picture_hashes(numbers["examples"])
    pictures = {
        sha256: small
        for sha256 in wanted
        if sha256 in evaluation.pictures
        and (small := _small(evaluation.pictures[sha256])) is not None
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_whole(beside, json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
    _write_whole(path, report_html(numbers, pictures))


def report_html(numbers: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """The page. `pictures`: sha256 of an example's picture → small JPEG.

    Sections without numbers, which not every catalog or model has, are left out, and so are
    missing pictures.
    """
    right, right_long = _RIGHT[numbers["data"]["relevant_by"]]
    return _template().render(
        numbers=numbers,
        pictures={sha256: b64encode(data).decode() for sha256, data in pictures.items()},
        words=report_words,
        view=report_view,
        charts=charts,
        rightness=right,
        rightness_long=right_long,
        style=(_HERE / "report.css").read_text(encoding="utf-8"),
    )


@cache
def _template() -> Template:
    # autoescape: whatever a catalog says is text, wherever the template puts it
    room = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True)
    room.filters["percent"] = lambda share: f"{share:.1%}"
    return room.get_template("report.html.jinja")


def _small(read: "Read") -> bytes | None:
    """None where the picture can no longer be read: the page then says so in its place."""
    try:
        image = decode(read(), min_side=_PICTURE_SIDE)
    except UnreadableImage:
        return None
    image.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE))
    return thumbnail(image)


def _write_whole(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never a part."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
