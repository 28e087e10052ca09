"""The options that several commands share: one name, one help text each."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from catalog.store import Filter
    from vision.box import Box


def plain(text: str) -> str:
    """A catalog's word as products hold it: NFC-normalised and stripped."""
    return unicodedata.normalize("NFC", text).strip()


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.is_dir():
        raise typer.BadParameter(f"there is no such folder · {path} · name one that is there")
    return path


def box_of(text: str | None) -> "Box | None":
    """`left,top,right,bottom` as fractions. Raises ValueError."""
    from vision.box import Box

    if text is None:
        return None
    try:
        left, top, right, bottom = map(float, text.split(","))
    except ValueError as error:
        wanted = "left,top,right,bottom, e.g. 0,0,0.5,1"
        raise ValueError(f"--crop {text!r} is not {wanted}") from error
    return Box(left, top, right, bottom)


def filter_of(
    brands: Sequence[str],
    colors: Sequence[str],
    price_min: float | None,
    price_max: float | None,
    available: bool | None,
    attributes: Sequence[str],
) -> "Filter":
    """Only what was given narrows; of one attribute, one of its values is enough."""
    from catalog.store import Filter, attribute

    wanted: dict[str, tuple[str, ...]] = {}
    for key, values in (("brand", brands), ("colors", colors)):
        if values:
            wanted[key] = tuple(values)
    for pair in attributes:
        name, _, value = map(plain, pair.partition("="))
        if not (name and value):
            raise ValueError(f"--attribute {pair!r} is not NAME=VALUE, e.g. material=straw")
        key = attribute(name)
        wanted[key] = (*wanted.get(key, ()), value)
    return Filter(any_of=wanted, price_min=price_min, price_max=price_max, available=available)


Store = Annotated[
    str | None,
    typer.Option(
        help="Folder of the embedded engine, or URL of a Qdrant server. "
        "Default: QDRANT_URL, else <SNAPSHELF_HOME>/store.",
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="A folder that `snapshelf train` wrote, or a backbone spec such as "
        "`open_clip:ViT-B-32/laion2b_s34b_b79k`. Default: SNAPSHELF_MODEL, else the model the "
        "index was made with, else the bundled backbone.",
        show_default=False,
    ),
]
Collection = Annotated[str, typer.Option(help="The alias under which services find the index.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")]
LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option(
        help="What stderr gets: lines for people, or a JSON object each. Default: "
        "SNAPSHELF_LOG_FORMAT, else text.",
        show_default=False,
    ),
]
Map = Annotated[
    list[str],
    typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field is not found by its name."),
]
ImageRoot = Annotated[
    Path | None,
    typer.Option(
        help="Folder that image paths are relative to. Default: the catalog's own.",
        callback=_folder,
    ),
]
Exclude = Annotated[
    list[str],
    typer.Option(
        "--exclude-label",
        metavar="NAME",
        parser=plain,
        help="A label that is no category (repeat).",
    ),
]
AllowHost = Annotated[
    list[str],
    typer.Option("--allow-host", metavar="HOST[:PORT]", help="A host of your own network."),
]
