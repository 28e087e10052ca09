"""The lab's report: one HTML file that asks no other place for anything, and its JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import charts, page, report_view, report_words

if TYPE_CHECKING:
    from lab.evaluate import Evaluation

# Twice the size at which a result is shown: sharp on a phone, and 120 pictures stay under 1.5 MB.
_PICTURE_SIDE = 192
_RIGHT = {
    "category": ("same category", "has the photo’s category"),
    "product_id": ("same product", "is the very product in the photo"),
}


def write_report(evaluation: "Evaluation", path: Path) -> None:
    """Writes the page to `path` and its numbers beside it as .json; makes the folder.

    Each file is replaced as a whole. Raises LabError unless `path` ends in .html.
    """
    numbers = evaluation.numbers
    pictures = {
        sha256: small
        for sha256 in report_view.picture_hashes(numbers["examples"])
        if sha256 in evaluation.pictures
        and (small := page.small(evaluation.pictures[sha256], _PICTURE_SIDE)) is not None
    }
    page.write(path, report_html(numbers, pictures), numbers)


def report_html(numbers: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The page. `pictures`: sha256 of an example's picture → small JPEG in base64.

    Sections without numbers, which not every catalog or model has, are left out, and so are
    missing pictures.
    """
    right, right_long = _RIGHT[numbers["data"]["relevant_by"]]
    return page.template("report.html.jinja").render(
        numbers=numbers,
        pictures=pictures,
        words=report_words,
        view=report_view,
        charts=charts,
        rightness=right,
        rightness_long=right_long,
        style=page.style("report.css"),
    )
