"""The commands for a model folder itself: model export, model use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ui.options import AllowHost, ImageRoot, Json, Map, local_path
from ui.shell import errors, progress_bar, settings_here, show, warn

if TYPE_CHECKING:
    from ui.settings import Settings

model = typer.Typer(
    help="Work on a model folder: `snapshelf model export`, `model use`.", no_args_is_help=True
)
Precision = Literal["fp32", "int8"]
Folder = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A folder that `snapshelf train` wrote.")
]


@model.callback()
def about() -> None:
    """Work on a model folder: export it, so that it serves without torch; choose a precision."""


@model.command()
def export(
    folder: Folder,
    precision: Annotated[
        Precision,
        typer.Option(
            help="Of the arithmetic: fp32 gives torch's own vectors; int8 is quicker and gives "
            "others, so that an index has to be made anew with it."
        ),
    ] = "fp32",
    catalog: Annotated[
        Path | None,
        typer.Option(
            parser=local_path,
            help="For int8: the catalog that the model was trained on. Default: what MODEL/split "
            "names.",
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(parser=local_path, help="The --photos it was trained with, beside --catalog."),
    ] = None,
    mapping: Map = [],
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    as_json: Json = False,
) -> None:
    """Export a model to OpenVINO: on a CPU it then serves sooner and faster, without torch.

    `snapshelf train` does this by itself in fp32; models of earlier editions, and copies that an
    index keeps under SNAPSHELF_HOME/models, get it here. Held against torch before it is kept.

    int8 (pip install 'snapshelf[int8]') is quantized with 300 of the model's training photos and
    judged by its validation photos: where it loses at most half a point of P@9 and of top-1, the
    model serves with it from then on; else fp32 goes on, and `snapshelf model use MODEL int8`
    chooses it all the same. Measured numbers are kept in MODEL/export/int8.json.
    """
    _check_copy(folder, precision, settings_here())
    if precision == "int8":
        _int8(folder, catalog, photos, mapping, image_root, allow_host)
        return
    from vision.export import export_artefact

    if catalog or photos:
        raise typer.BadParameter("--catalog and --photos are for --precision int8")
    with progress_bar() as progress:
        progress("export", 0, 1)
        measured = export_artefact(folder)
        progress("export", 1, 1)
    show({"out": str(folder / "export"), "precision": precision, **measured})


@model.command()
def use(
    folder: Folder,
    precision: Annotated[Precision, typer.Argument(help="One that was exported.")],
) -> None:
    """Choose what a model serves with: its fp32 or its int8 export.

    The two give different vectors under different fingerprints. An index goes on with the one it
    was made with, until `snapshelf reindex --model MODEL`.
    """
    from ui.int8 import use as choose

    _check_copy(folder, precision, settings_here())
    fingerprint = choose(folder, precision)
    errors.print(_serves(folder, precision, fingerprint), soft_wrap=True)


def _int8(
    folder: Path,
    catalog: Path | None,
    photos: Path | None,
    mapping: list[str],
    image_root: Path | None,
    allow_host: list[str],
) -> None:
    from ingest.readers import open_catalog
    from ui.build import mapping_of
    from ui.int8 import export_int8

    fields = mapping_of(mapping)
    with progress_bar() as progress:
        told, objections = export_int8(
            folder,
            settings_here(),
            catalog=open_catalog(catalog, mapping=fields, image_root=image_root)
            if catalog
            else None,
            photos=open_catalog(photos) if photos else None,
            mapping=fields,
            allow_hosts=allow_host,
            progress=progress,
            warn=warn,
        )
    show({"out": str(folder / "export"), "precision": "int8", **told})
    if objections:
        text = (f"fp32 goes on serving: {'; '.join(objections)}. `snapshelf model use {folder} "
                "int8` chooses int8 all the same.")  # fmt: skip
    else:
        text = _serves(folder, "int8", told["fingerprint"])
    errors.print(text, soft_wrap=True)


def _serves(folder: Path, precision: Precision, fingerprint: str) -> str:
    return (
        f"{folder} serves with {precision} now, as model {fingerprint[:8]}; an index of another "
        f"model changes to it by `snapshelf reindex --model {folder}`."
    )


def _check_copy(folder: Path, precision: Precision, settings: "Settings") -> None:
    """An index finds its model by the fingerprint that its vectors have."""
    from vision.artefact import EXPORT
    from vision.serving import read_serving

    chosen = read_serving(folder / EXPORT)
    same = precision == "fp32" and chosen is None
    if folder.resolve().parent == settings.models.resolve() and not same:
        raise typer.BadParameter(
            f"{folder} is the copy that an index keeps, and would not be the model of its vectors "
            "any more; do it in the model's own folder, then `snapshelf reindex --model`"
        )
