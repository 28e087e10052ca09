"""The options that several commands share: one name, one help text each."""

import unicodedata
from pathlib import Path
from typing import Annotated

import typer


def plain(text: str) -> str:
    """A catalog's word as products hold it: NFC-normalised and stripped."""
    return unicodedata.normalize("NFC", text).strip()


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
Map = Annotated[
    list[str],
    typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field is not found by its name."),
]
ImageRoot = Annotated[
    Path | None,
    typer.Option(help="Folder that image paths are relative to. Default: the catalog's own."),
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
