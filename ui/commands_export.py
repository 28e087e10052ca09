"""The commands for a model folder itself: model export."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.options import Json
from ui.shell import progress_bar, show

model = typer.Typer(help="Work on a model folder: `snapshelf model export`.", no_args_is_help=True)


@model.callback()
def about() -> None:
    """Work on a model folder: export it, so that it serves without torch."""


@model.command()
def export(
    folder: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A folder that `snapshelf train` wrote.")
    ],
    precision: Annotated[
        Literal["fp32"], typer.Option(help="Of the arithmetic: fp32 gives torch's own vectors.")
    ] = "fp32",
    as_json: Json = False,
) -> None:
    """Export a model to OpenVINO: on a CPU it then serves sooner and faster, without torch.

    `snapshelf train` does this by itself; models of earlier editions, and copies that an index
    keeps under SNAPSHELF_HOME/models, get it here. Held against torch before it is kept.
    """
    from vision.export import export_artefact

    with progress_bar() as progress:
        progress("export", 0, 1)
        measured = export_artefact(folder)
        progress("export", 1, 1)
    result = {"out": str(folder / "export"), "precision": precision, **measured}
    show(result)
