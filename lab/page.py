"""What the lab's pages share: their templates, small pictures, and files written as a whole."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, Template

from lab.errors import LabError
from vision.errors import UnreadableImage
from vision.image import decode, thumbnail

PAGE_NAMES = (".html", ".htm")
_HERE = Path(__file__).parent


@cache
def template(name: str) -> Template:
    # autoescape: whatever a catalog says is text, wherever the template puts it
    room = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True)
    room.filters["percent"] = lambda share: "–" if share is None else f"{share:.1%}"
    room.filters["grouped"] = lambda number: "–" if number is None else f"{number:,}"
    room.filters["base64"] = lambda data: b64encode(data).decode()
    return room.get_template(name)


def style(*names: str) -> str:
    """The style sheets of these names, one after the other."""
    return "".join((_HERE / name).read_text(encoding="utf-8") for name in names)


def small(read: Callable[[], bytes], side: int) -> str | None:
    """A JPEG of at most `side` pixels a side, in base64.

    None where the picture can no longer be read: the page then says so in its place.
    """
    try:
        image = decode(read(), min_side=side)
    except UnreadableImage:
        return None
    image.thumbnail((side, side))
    return b64encode(thumbnail(image)).decode()


def check_name(path: Path) -> None:
    """Raises LabError where `path` is not named as a page: it may be anything, and be lost."""
    if path.suffix.lower() not in PAGE_NAMES:
        raise LabError(f"the report is a web page, so it cannot be {path}; give it a name in .html")


def write(path: Path, html: str, numbers: Mapping[str, Any]) -> None:
    """Writes the page to `path` and its numbers beside it as .json; makes the folder.

    Each file is replaced as a whole. Raises LabError as `check_name` does.
    """
    check_name(path)
    write_whole(path.with_suffix(".json"), json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
    write_whole(path, html)


def write_whole(path: Path, text: str) -> None:
    """Readers see the old file or the new one, never a part; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
