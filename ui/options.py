"""The options that several commands share: one name, one help text each."""

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from catalog.store import Filter
    from vision.box import Box

# Of a catalog's labels, so many are told: those most like a mistyped one.
_LABELS_TOLD = 8


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


def local_path(text: str) -> Path:
    """A catalog on this machine, for commands that fetch none. Raises BadParameter."""
    from ingest.remote import is_remote

    if is_remote(text):
        raise typer.BadParameter(
            f"{text} is a URL, and this command takes a file or a folder; download the catalog "
            "first and name the file"
        )
    return Path(text)


def check_labels(given: Sequence[str], categories: Iterable[str | None]) -> None:
    """Raises BadParameter for an `--exclude-label` that is none of the rows' categories."""
    if not given:
        return
    known = sorted({name for name in categories if name is not None})
    for name in given:
        if name not in known:
            near = ", ".join(map(repr, get_close_matches(name, known, _LABELS_TOLD, cutoff=0)))
            more = f" and {len(known) - _LABELS_TOLD:,} more" if len(known) > _LABELS_TOLD else ""
            raise typer.BadParameter(
                f"--exclude-label: no row has the label {name!r}; there are: {near or 'none'}{more}"
            )


def check_report(option: str, path: Path | None, *inputs: Path | str | None) -> None:
    """Raises BadParameter unless a page and its JSON may be written there; before any work."""
    from lab.errors import LabError
    from lab.page import check_name
    from vision.folders import file_in_the_way

    if path is None:
        return
    try:
        check_name(path)
    except LabError as error:
        raise typer.BadParameter(f"{option}: {error}") from error
    if path.is_dir():
        raise typer.BadParameter(f"{option} {path} is a folder; name a file in it")
    if file := file_in_the_way(path.parent):
        raise typer.BadParameter(f"{option} {path}: {file} is a file; choose a folder")
    read = {Path(one).resolve() for one in inputs if one is not None}
    for written in (path, path.with_suffix(".json")):
        if written.resolve() in read:
            raise typer.BadParameter(
                f"{option} {path} would overwrite {written}, which is read; choose another name"
            )


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
