"""The command for the student systems: baselines."""

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.options import AllowHost, Exclude, ImageRoot, Json, Map, check_report
from ui.shell import errors, progress_bar, settings_here, show, warn


def baselines(
    catalog: Annotated[str, typer.Argument(help="A catalog of any format, its URL, or a folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Report to write, e.g. baselines.html, and JSON beside it.")
    ] = None,
    only: Annotated[
        list[str], typer.Option(metavar="RECIPE", help="Only this one (repeat), e.g. 02-alexnet.")
    ] = [],
    recipe: Annotated[
        list[Path], typer.Option(metavar="FILE", help="A recipe of your own, too (repeat).")
    ] = [],
    per_class: Annotated[
        int, typer.Option(help="Photos of each category, drawn at random; at most.", min=3)
    ] = 500,
    level: Annotated[
        int | None, typer.Option(help="Categories are the names at this level of the tree.", min=1)
    ] = None,
    init: Annotated[
        Literal["auto", "weights", "random"],
        typer.Option(
            help="What networks start from. auto: their ImageNet weights where they can be had, "
            "else random ones, which the table says; weights: nothing else; random: from scratch."
        ),
    ] = "auto",
    network: Annotated[
        list[str],
        typer.Option(
            metavar="SPEC",
            help="Takes the place of the recipes' own spec of the same model (repeat), e.g. "
            "`torchvision:vgg16?weights=vgg16.safetensors`.",
        ),
    ] = [],
    epochs: Annotated[
        int | None, typer.Option(help="At most so many, to save time.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw, the split and the training.", min=0)] = 0,
    exclude_label: Exclude = [],
    mapping: Map = [],
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    as_json: Json = False,
) -> None:
    """Run the student systems and today's on one catalog, and put them into one table.

    Each system is a recipe file (docs/baselines.md). All get the same photos: at most --per-class
    of each category, without duplicates and unreadable files, split 7:2:1. Features of frozen
    layers are computed once and kept. Killed, the same command goes on after the last row.
    """
    from ingest.readers import open_catalog
    from lab.baselines_page import write_page
    from lab.system import known_systems, read_system
    from lab.workshop import Workshop
    from ui.baseline_sample import draw_sample
    from ui.baselines import report_of, run_systems
    from ui.baselines_table import baselines_table
    from ui.build import mapping_of
    from vision.cache import FeatureCache
    from vision.spec import parse_spec

    check_report("--out", out, catalog, *recipe)
    systems = [*known_systems(), *map(read_system, recipe)]
    chosen = _chosen(only, [one.key for one in systems])
    for spec in network:
        parse_spec(spec)
    settings = settings_here()
    folder = settings.home / "baselines"
    with progress_bar() as progress:
        opened = open_catalog(
            catalog, mapping=mapping_of(mapping), image_root=image_root, allow_hosts=allow_host
        )
        drawn = draw_sample(
            opened, folder, per_class=per_class, level=level, exclude=exclude_label, seed=seed,
            allow_hosts=allow_host, progress=progress,
        )  # fmt: skip
        shop = Workshop(
            drawn.material,
            lambda fingerprint: FeatureCache(settings.features(fingerprint)),
            folder,
            progress,
            warn,
            init,
            network,
            epochs,
            seed,
        )
        rows = run_systems([one for one in systems if one.key in chosen], systems, drawn, shop,
                           settings)  # fmt: skip
    command = shlex.join(["snapshelf", *sys.argv[1:]])
    numbers = report_of(rows, drawn, opened.name, command, per_class, seed)
    show(numbers if as_json else baselines_table(numbers))
    if out:
        write_page(numbers, partial(_picture, folder / "photos"), out)
        errors.print(f"The report is at {out}", soft_wrap=True)


def _chosen(only: list[str], known: list[str]) -> list[str]:
    if unknown := set(only) - set(known):
        raise typer.BadParameter(f"--only {min(unknown)!r}; there are: {', '.join(known)}")
    return only or known


def _picture(folder: Path, sha256: str) -> bytes | None:
    path = folder / sha256
    return path.read_bytes() if path.is_file() else None
