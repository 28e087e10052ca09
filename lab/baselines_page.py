"""Systems compared on one catalog: one HTML file that asks no other place for anything."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lab import baselines_view, baselines_words, charts, page
from vision.errors import UnreadableImage

# Shown at about 70 to 120 pixels a side; 15 systems with four queries each show 600 of them.
_PICTURE_SIDE = 128


def write_page(
    numbers: Mapping[str, Any], picture: Callable[[str], bytes | None], path: Path
) -> None:
    """Writes the page to `path` and its numbers beside it as .json; makes the folder.

    `picture`: sha256 → the photo's bytes, None where it is gone. Each file is replaced as a
    whole. Raises LabError unless `path` ends in .html.
    """

    def read(sha256: str) -> bytes:
        data = picture(sha256)
        if data is None:
            raise UnreadableImage("missing", f"there is no picture {sha256}")
        return data

    pictures = {
        sha256: page.small(partial(read, sha256), _PICTURE_SIDE)
        for sha256 in baselines_view.picture_hashes(numbers)
    }
    page.write(path, page_html(numbers, pictures), numbers)


def page_html(numbers: Mapping[str, Any], pictures: Mapping[str, str | None]) -> str:
    """The page. `pictures`: sha256 → small JPEG in base64; missing ones leave their place empty."""
    return page.template("baselines.html.jinja").render(
        numbers=numbers,
        pictures=pictures,
        words=baselines_words,
        view=baselines_view,
        charts=charts,
        style=page.style("report.css", "baselines.css"),
    )
