"""The commands for a model: train, evaluate, reindex, rollback, cleanup."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.options import (
    AllowHost,
    Collection,
    Exclude,
    ImageRoot,
    Json,
    Map,
    Store,
    check_report,
    local_path,
)
from ui.shell import (
    INTERRUPTED,
    OUT_OF_BOUNDS,
    REJECTED,
    errors,
    progress_bar,
    settings_here,
    show,
    stop_on_signal,
    target_of,
    warn,
)
from vision.recipe import Optimiser, Tune
from vision.spec import BUNDLED_MODEL

Relation = Literal["category", "product_id"]


def train(
    catalog: Annotated[
        Path,
        typer.Argument(parser=local_path, help="A CSV or TSV file, or a folder of images."),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    backbone: Annotated[
        str, typer.Option(help="Backbone spec, e.g. `timm:mobilenetv2_100`.")
    ] = BUNDLED_MODEL,
    photos: Annotated[
        Path | None,
        typer.Option(
            parser=local_path, help="More photos of the catalog's products (with product_id)."
        ),
    ] = None,
    label: Annotated[
        Relation, typer.Option(help="What must lie together: one category, or one product.")
    ] = "category",
    tune: Annotated[
        Tune,
        typer.Option(
            help="What learns: the head on the frozen backbone (seconds once the features are "
            "cached), also the backbone's last stage, or all of it but the lowest layers (minutes)."
        ),
    ] = "head",
    exclude_label: Exclude = [],
    seed: Annotated[int, typer.Option(help="Of the split and the training.", min=0)] = 0,
    split: Annotated[str, typer.Option(help="Shares of train, validation and test.")] = "8:1:1",
    dim: Annotated[
        int | None, typer.Option(help="Length of the projection in the embedding.", min=8)
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="At most so many.", min=1)] = None,
    batch: Annotated[int | None, typer.Option(help="Photos in a training step.", min=2)] = None,
    rate: Annotated[
        float | None, typer.Option(help="Peak learning rate of the head.", min=1e-9)
    ] = None,
    backbone_rate: Annotated[
        float | None, typer.Option(help="The same of the backbone.", min=1e-9)
    ] = None,
    optimiser: Annotated[
        Optimiser | None,
        typer.Option(help="Default: adamw. SGD wants a rate some 30 times larger."),
    ] = None,
    mapping: Map = [],
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    as_json: Json = False,
) -> None:
    """Train a head for this catalog, or the backbone too: categories and a better embedding.

    The catalog is split by product; the parts are written to OUT/split for `snapshelf evaluate`,
    and no choice looks at the test part. Validation photos teach the head too, each judged by a
    head that has not seen it. A column `split` (train, val, test) decides instead, where there is
    one. Killed while it tunes, the same command goes on at the last epoch.
    """
    from ingest.readers import open_catalog
    from ui.build import mapping_of
    from ui.teach import teach
    from vision.recipe import Recipe

    fields = mapping_of(mapping)
    with progress_bar() as progress:
        summary = teach(
            open_catalog(catalog, mapping=fields, image_root=image_root),
            open_catalog(photos) if photos else None,
            backbone,
            out,
            settings_here(),
            label=label,
            exclude=exclude_label,
            parts=_shares(split),
            recipe=Recipe.of(
                tune,
                seed=seed,
                dim=dim,
                epochs=epochs,
                batch=batch,
                rate=rate,
                backbone_rate=backbone_rate,
                optimiser=optimiser,
            ),
            progress=progress,
            allow_hosts=allow_host,
            warn=warn,
            strict=True,
        )
    show(summary)


def evaluate(
    model: Annotated[str, typer.Option(help="Model folder or backbone spec.")],
    gallery: Annotated[
        Path,
        typer.Option(parser=local_path, help="Catalog of the products to be found."),
    ],
    queries: Annotated[
        Path | None,
        typer.Option(
            parser=local_path,
            help="Catalog of the query photos. Default: a second photo of each product.",
        ),
    ] = None,
    relevant_by: Annotated[
        Relation | None,
        typer.Option(
            help="What makes a hit right. Default: category; product_id for a gallery alone."
        ),
    ] = None,
    strangers: Annotated[
        Path | None,
        typer.Option(
            parser=local_path, help="Catalog of photos of things not sold here, to be refused."
        ),
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Another model folder or backbone spec to compare with.")
    ] = None,
    robustness: Annotated[
        int, typer.Option(help="Query photos to disturb: crop, blur, darkness … 0: none.", min=0)
    ] = 100,
    minimum: Annotated[
        list[str],
        typer.Option(
            "--min",
            metavar="NAME=NUMBER",
            help="Exit with 4 below it (repeat), e.g. retrieval.routed.p_at_9=0.8.",
        ),
    ] = [],
    maximum: Annotated[
        list[str],
        typer.Option(
            "--max",
            metavar="NAME=NUMBER",
            help="Exit with 4 above it (repeat), e.g. category.ece=0.03.",
        ),
    ] = [],
    exclude_label: Exclude = [],
    mapping: Map = [],
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    report: Annotated[
        Path | None, typer.Option(help="Also write this HTML file, and a JSON file beside it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure a model: categories, retrieval without, with a hard and with the routed filter.

    With `--min` and `--max` it is a gate: when a number is out of bounds, the exit code is 4.
    """
    from ingest.readers import Catalog, open_catalog
    from lab.gate import broken
    from lab.report import write_report
    from ui.assess import assess, bounds_of
    from ui.build import mapping_of
    from ui.console import evaluation_table
    from ui.taught import root_of

    check_report("--report", report, gallery, queries, strangers)
    bounds, fields = bounds_of(minimum, maximum), mapping_of(mapping)

    def opened(path: Path) -> Catalog:
        return open_catalog(path, mapping=fields, image_root=image_root or root_of(path))

    with progress_bar() as progress:
        evaluation = assess(
            model,
            opened(gallery),
            opened(queries) if queries else None,
            settings_here(),
            strangers=open_catalog(strangers) if strangers else None,
            baseline=baseline,
            relevant_by=relevant_by,
            exclude=exclude_label,
            robustness=robustness,
            progress=progress,
            warn=warn,
            allow_hosts=allow_host,
            strict=True,
        )
    show(evaluation.numbers if as_json else evaluation_table(evaluation.numbers))
    if report:
        write_report(evaluation, report)
    failures = broken(bounds, evaluation.numbers)
    for line in failures:
        errors.print(f"failed: {line}", markup=False, highlight=False, soft_wrap=True)
    if failures:
        raise typer.Exit(OUT_OF_BOUNDS)


def reindex(
    model: Annotated[str, typer.Option(help="The new model: a folder or a backbone spec.")],
    store: Store = None,
    collection: Collection = "products",
    queries: Annotated[
        Path | None,
        typer.Option(parser=local_path, help="Query photos that the lab judges the new model by."),
    ] = None,
    gallery: Annotated[
        Path | None,
        typer.Option(
            parser=local_path, help="What they search. Default: the products of the index."
        ),
    ] = None,
    gate: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=NUMBER",
            help="A minimum (repeat), e.g. retrieval.routed.p_at_9=0.8. Default: as good as now.",
        ),
    ] = [],
    ceiling: Annotated[
        list[str],
        typer.Option("--gate-max", metavar="NAME=NUMBER", help="A maximum, e.g. category.ece=0.03"),
    ] = [],
    relevant_by: Annotated[
        Relation | None, typer.Option(help="As of `evaluate`.", show_default=False)
    ] = None,
    exclude_label: Exclude = [],
    root: Annotated[
        list[str],
        typer.Option(metavar="SOURCE=FOLDER", help="Where a catalog's images are, if moved."),
    ] = [],
    allow_host: AllowHost = [],
    lose: Annotated[
        int, typer.Option(help="Swap although so many images cannot be read any more.", min=0)
    ] = 0,
    as_json: Json = False,
) -> None:
    """Change the model of an index that is being searched: build beside, judge, swap in one step.

    Nothing changes for searchers until the new collection is complete and good enough; `rollback`
    takes the swap back. Stopped or killed, the same command goes on. Exit code 3: images could not
    be read, 4: the new model is not good enough; in both cases the old one goes on serving.
    """
    from ui.console import reindex_table
    from ui.reindexing import change_model, gate_of, lost_path, roots_of

    target = target_of(settings_here(), store, collection)
    judged = gate_of(queries, gallery, gate, ceiling, relevant_by, exclude_label)
    if judged is None:
        warn("without --queries or --gate the new model is not judged, only checked for gaps")
    with progress_bar() as progress:
        result = change_model(
            model,
            target,
            judged,
            roots=roots_of(root),
            allow_hosts=allow_host,
            lose=lose,
            stop=stop_on_signal().is_set,
            progress=progress,
            warn=warn,
        )
    show(result.to_json() if as_json else reindex_table(result))
    for line in result.broken:
        errors.print(f"failed: {line}", markup=False, highlight=False, soft_wrap=True)
    if result.interrupted:
        errors.print("Stopped before the end; the same command goes on from here.")
        raise typer.Exit(INTERRUPTED)
    if result.broken:
        raise typer.Exit(OUT_OF_BOUNDS)
    if result.rebuilt.failed:
        errors.print(f"Images that could not be had: {lost_path(target, result.after)}")
        raise typer.Exit(REJECTED)


def rollback(store: Store = None, collection: Collection = "products") -> None:
    """Serve the collection again that was served before the last `reindex`, or before this."""
    from ui.reindexing import roll_back

    was, now = roll_back(target_of(settings_here(), store, collection))
    errors.print(f"{collection} was {was.name}; from now on it is {now.name}.", soft_wrap=True)


def cleanup(
    store: Store = None,
    collection: Collection = "products",
    everything: Annotated[
        bool, typer.Option("--all", help="Also the previous one: no rollback after this.")
    ] = False,
) -> None:
    """Delete collections of earlier models, and of re-indexes that were given up."""
    from ui.reindexing import clean_up

    names = clean_up(target_of(settings_here(), store, collection), everything)
    errors.print(f"Deleted: {', '.join(names) or 'nothing, there is none'}.", soft_wrap=True)


def _shares(text: str) -> list[int]:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts) or not int(parts[0]):
        raise typer.BadParameter(f"--split {text!r} is not like 8:1:1 (train, validation, test)")
    return [int(part) for part in parts]
