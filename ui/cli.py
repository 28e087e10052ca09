"""The command line: the only module that reads the environment, builds things, prints and exits.

Each command imports what it needs when it runs, so that `--help` and `search` never load what
only training or the page needs.
"""

import json
import logging
import os
import shlex
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape

from catalog.errors import CatalogError
from ingest.errors import IngestError, PruneRefused
from lab.errors import LabError
from ui.offline import keep_to_itself
from ui.options import (
    AllowHost,
    Collection,
    Exclude,
    ImageRoot,
    Json,
    Map,
    Model,
    Store,
    plain,
)
from ui.settings import BUNDLED_MODEL, Settings
from vision.errors import VisionError
from vision.recipe import Optimiser, Tune

if TYPE_CHECKING:
    from ingest.records import Catalog
    from search.service import SearchService
    from ui.build import Target
    from vision.progress import Progress

app = typer.Typer(
    help="Visual product search that a shop can run itself: a photo in, the catalog's "
    "most similar products out. Begin with `snapshelf demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
_errors = Console(stderr=True)

Relation = Literal["category", "product_id"]
# What a user can mend; a full disk is an error of SQLite where it wrote.
_FAULTS = (CatalogError, IngestError, VisionError, LabError, OSError, sqlite3.OperationalError)
REJECTED = 3
OUT_OF_BOUNDS = 4
INTERRUPTED = 130


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the page listens.")] = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    products: Annotated[int, typer.Option(help="Products to draw.", min=100)] = 640,
) -> None:
    """Draw a catalog, index it, and open the page: no network, no data of yours needed."""
    from ui.demo import prepare_demo
    from ui.page import build_page, serve

    settings = _settings()
    with _progress() as progress:
        ready = prepare_demo(settings, products, progress)
    with ready.store:
        page = build_page(ready.service, thumbs=ready.thumbs, examples=ready.examples)
        _serve(lambda: serve(page, host=host, port=port), host, port)


@app.command()
def ingest(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            help="A catalog file, its URL, or a folder of images. See docs/catalogs.md."
        ),
    ],
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    mapping: Map = [],
    format_name: Annotated[
        str | None,
        typer.Option("--format", help="The catalog's format, where its headers do not show it."),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--source", help="Name of the catalog in every product's id. Keep it stable."),
    ] = None,
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    rate: Annotated[
        float | None, typer.Option(help="Requests to one host, per second at most.", min=0.01)
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first rows.", min=1)] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            help="Show how the first rows (--limit, else 20) will be read; write nothing."
        ),
    ] = False,
    partition: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Only part I (0 to N - 1): N workers share a catalog and a server."
        ),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go. Default: <SNAPSHELF_HOME>/rejects.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Only the rows that were rejected last time.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Remove products that are not in the catalog any more."),
    ] = False,
    max_prune: Annotated[
        float,
        typer.Option(
            help="Prune nothing when more than so many per cent vanished.", min=0, max=100
        ),
    ] = 20,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: once more after each change of the source.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a catalog into the index: decode, embed, write, and account for every row.

    Run it again after any change: only what changed is worked on. Rows that could not be taken
    are written to a CSV with their reason; then the exit code is 3.
    """
    if watch:
        given = locals() | {"watch": False}
        _watch(context, Path(source), lambda: ingest(**given))
        return
    from ingest.partition import Partition
    from ingest.readers import open_catalog
    from ui.build import mapping_of, rejects_path, run_ingest
    from ui.console import ingest_bar, report_table

    if prune and (retry_failed or limit is not None):
        raise typer.BadParameter("--prune wants all rows: leave --retry-failed and --limit out")
    catalog = open_catalog(
        source,
        mapping=mapping_of(mapping),
        source=name,
        image_root=image_root,
        limit=limit,
        format=format_name,
        allow_hosts=allow_host,
    )
    if dry_run:
        _preview(catalog, as_json)
        return
    settings = _settings()
    target = _target(settings, store, collection)
    part = Partition.parse(partition) if partition else None
    written = rejects or rejects_path(catalog, settings, part)
    with ingest_bar(_errors, catalog.count_rows()) as progress:
        report = run_ingest(
            catalog,
            model,
            target,
            rejects=written,
            allow_hosts=allow_host,
            partition=part,
            rate=rate,
            retry_failed=retry_failed,
            max_prune=max_prune if prune else None,
            stop=(context.obj or _stop_on_signal()).is_set,
            progress=progress,
            warn=_warn,
        )
    _show(report.to_json() if as_json else report_table(report))
    if report.interrupted:
        _errors.print("Stopped before the end; the same command goes on from here.")
        raise typer.Exit(INTERRUPTED)
    rejected = written.exists()
    if rejected:
        _errors.print(f"Rows that were not taken, with reasons: {written}")
    if report.pruned and report.pruned.refused:
        raise PruneRefused(report.pruned.refused)
    if rejected:
        raise typer.Exit(REJECTED)


def _preview(catalog: "Catalog", as_json: bool) -> None:
    from ingest.preview import ROWS, preview_of
    from ui.preview import preview_table

    preview = preview_of(replace(catalog, limit=catalog.limit or ROWS))
    _show(preview.to_json() if as_json else preview_table(preview))
    if preview.bad:
        raise typer.Exit(REJECTED)


@app.command()
def verify(
    source: Annotated[
        str | None, typer.Argument(help="The catalog. Default: all that were ingested from here.")
    ] = None,
    store: Store = None,
    collection: Collection = "products",
    name: Annotated[
        str | None, typer.Option("--source", help="Name of the catalog, as given to ingest.")
    ] = None,
    mend: Annotated[
        bool,
        typer.Option("--mend", help="Correct the ledger, so that the next ingest does the rest."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Hold the ledger against the index: what is missing, unknown or different.

    Changes nothing unless `--mend` is given, and then the ledger only. When something is found,
    the exit code is 3.
    """
    from ingest.readers import source_name
    from ui.build import run_verify
    from ui.console import verification_table

    wanted = source_name(source, name) if source else name
    found = run_verify(_target(_settings(), store, collection), wanted, mend=mend)
    given = {"--source": name, "--store": store, "--collection": collection}
    same = "".join(f" {option} {shlex.quote(text)}" for option, text in given.items() if text)
    what = shlex.quote(str(source or "SOURCE")) + same
    mending = [f"snapshelf verify {what} --mend", f"snapshelf ingest {what}"][mend:]
    told = {"mend": mending if found.findings else []}
    _show(found.to_json() | told if as_json else verification_table(found))
    if found.findings:
        _errors.print(
            f"To mend it: {', then '.join(mending)} (--prune removes what the catalog lacks)",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
        raise typer.Exit(REJECTED)


@app.command()
def train(
    catalog: Annotated[Path, typer.Argument(help="A CSV or TSV file, or a folder of images.")],
    out: Annotated[Path, typer.Option(help="Folder of the model to write.")],
    backbone: Annotated[
        str, typer.Option(help="Backbone spec, e.g. `timm:mobilenetv2_100`.")
    ] = BUNDLED_MODEL,
    photos: Annotated[
        Path | None, typer.Option(help="More photos of the catalog's products (with product_id).")
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
    with _progress() as progress:
        summary = teach(
            open_catalog(catalog, mapping=fields, image_root=image_root),
            open_catalog(photos) if photos else None,
            backbone,
            out,
            _settings(),
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
            warn=_warn,
        )
    _show(summary)


@app.command()
def evaluate(
    model: Annotated[str, typer.Option(help="Model folder or backbone spec.")],
    gallery: Annotated[Path, typer.Option(help="Catalog of the products to be found.")],
    queries: Annotated[
        Path | None,
        typer.Option(help="Catalog of the query photos. Default: a second photo of each product."),
    ] = None,
    relevant_by: Annotated[
        Relation | None,
        typer.Option(
            help="What makes a hit right. Default: category; product_id for a gallery alone."
        ),
    ] = None,
    strangers: Annotated[
        Path | None, typer.Option(help="Catalog of photos of things not sold here, to be refused.")
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
    from ingest.readers import open_catalog
    from lab.gate import broken
    from lab.report import write_report
    from ui.assess import assess, bounds_of
    from ui.build import mapping_of
    from ui.console import evaluation_table

    bounds, fields = bounds_of(minimum, maximum), mapping_of(mapping)
    with _progress() as progress:
        evaluation = assess(
            model,
            open_catalog(gallery, mapping=fields, image_root=image_root),
            open_catalog(queries, mapping=fields, image_root=image_root) if queries else None,
            _settings(),
            strangers=open_catalog(strangers) if strangers else None,
            baseline=baseline,
            relevant_by=relevant_by,
            exclude=exclude_label,
            robustness=robustness,
            progress=progress,
            warn=_warn,
            allow_hosts=allow_host,
        )
    _show(evaluation.numbers if as_json else evaluation_table(evaluation.numbers))
    if report:
        write_report(evaluation, report)
    failures = broken(bounds, evaluation.numbers)
    for line in failures:
        _errors.print(f"failed: {line}", markup=False, highlight=False, soft_wrap=True)
    if failures:
        raise typer.Exit(OUT_OF_BOUNDS)


@app.command()
def search(
    photo: Annotated[Path, typer.Argument(help="The photo to search by.")],
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    k: Annotated[int, typer.Option(help="How many results.", min=1, max=200)] = 9,
    category: Annotated[
        str | None,
        typer.Option(help="Look only there; `any`: everywhere. Default: predicted.", parser=plain),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find the catalog's most similar products to a photo."""
    from search.request import ANY, SearchRequest
    from ui.console import result_table

    try:
        data = photo.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"cannot read {photo}: {error.strerror}") from error
    with _service(model, store, collection) as service:
        known = service.categories()
        if category not in (None, ANY, *known):
            raise typer.BadParameter(
                f"the index has no category {category!r}; it has {', '.join(known) or 'none'}"
            )
        result = service.search(SearchRequest(data, k=k, category=category))
    _show(result.to_json() if as_json else result_table(result))


@app.command()
def serve(
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    port: Annotated[int, typer.Option(help="Where the page listens.")] = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Open the page on an existing index. A change of model needs no restart."""
    from catalog.thumbs import Thumbs
    from ui.page import build_page
    from ui.page import serve as serve_page
    from ui.reindexing import following

    with following(model, _target(_settings(), store, collection)) as service:
        page = build_page(service, thumbs=Thumbs(_settings().thumbs))
        _serve(lambda: serve_page(page, host=host, port=port), host, port)


@app.command()
def reindex(
    model: Annotated[str, typer.Option(help="The new model: a folder or a backbone spec.")],
    store: Store = None,
    collection: Collection = "products",
    queries: Annotated[
        Path | None, typer.Option(help="Query photos that the lab judges the new model by.")
    ] = None,
    gallery: Annotated[
        Path | None, typer.Option(help="What they search. Default: the products of the index.")
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

    target = _target(_settings(), store, collection)
    judged = gate_of(queries, gallery, gate, ceiling, relevant_by, exclude_label)
    if judged is None:
        _warn("without --queries or --gate the new model is not judged, only checked for gaps")
    with _progress() as progress:
        result = change_model(
            model,
            target,
            judged,
            roots=roots_of(root),
            allow_hosts=allow_host,
            lose=lose,
            stop=_stop_on_signal().is_set,
            progress=progress,
            warn=_warn,
        )
    _show(result.to_json() if as_json else reindex_table(result))
    for line in result.broken:
        _errors.print(f"failed: {line}", markup=False, highlight=False, soft_wrap=True)
    if result.interrupted:
        _errors.print("Stopped before the end; the same command goes on from here.")
        raise typer.Exit(INTERRUPTED)
    if result.broken:
        raise typer.Exit(OUT_OF_BOUNDS)
    if result.rebuilt.failed:
        _errors.print(f"Images that could not be had: {lost_path(target, result.after)}")
        raise typer.Exit(REJECTED)


@app.command()
def rollback(store: Store = None, collection: Collection = "products") -> None:
    """Serve the collection again that was served before the last `reindex`, or before this."""
    from ui.reindexing import roll_back

    was, now = roll_back(_target(_settings(), store, collection))
    _errors.print(f"{collection} was {was.name}; from now on it is {now.name}.", soft_wrap=True)


@app.command()
def cleanup(
    store: Store = None,
    collection: Collection = "products",
    everything: Annotated[
        bool, typer.Option("--all", help="Also the previous one: no rollback after this.")
    ] = False,
) -> None:
    """Delete collections of earlier models, and of re-indexes that were given up."""
    from ui.reindexing import clean_up

    names = clean_up(_target(_settings(), store, collection), everything)
    _errors.print(f"Deleted: {', '.join(names) or 'nothing, there is none'}.", soft_wrap=True)


@app.command()
def doctor(
    source: Annotated[
        Path | None, typer.Argument(help="A catalog whose picture links shall be tried, too.")
    ] = None,
    store: Store = None,
    collection: Collection = "products",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the CSV and the page. Default: <SNAPSHELF_HOME>/doctor."),
    ] = None,
    mapping: Map = [],
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    as_json: Json = False,
) -> None:
    """Find the catalog's own defects: duplicates, wrong categories and colours, bad pictures.

    What was found out about a picture is kept, so that the next time only new ones are looked
    at. With SOURCE, each of its pictures is asked for, and those that cannot be had are told.
    """
    from ingest.readers import open_catalog
    from ui.build import mapping_of
    from ui.doctor import diagnose

    settings = _settings()
    catalog = None
    if source is not None:
        catalog = open_catalog(source, mapping=mapping_of(mapping), image_root=image_root)
    with _progress() as progress:
        diagnosis = diagnose(
            _target(settings, store, collection),
            out or settings.home / "doctor",
            catalog=catalog,
            allow_hosts=allow_host,
            progress=progress,
        )
    _show(diagnosis.to_json() if as_json else diagnosis.table())
    _errors.print(f"Look at them: {diagnosis.page}", soft_wrap=True)


@app.command()
def contract() -> None:
    """Print the payload contract for services that read the collection directly (JSON Schema)."""
    from catalog.contract import payload_schema

    _show(payload_schema())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code: 0 fine, 1 could not run, 2 usage, 3 some rows rejected,
    4 measured and out of bounds.
    """
    _prepare_process()
    try:
        app(args=argv, prog_name="snapshelf")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except _FAULTS as error:
        _errors.print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _prepare_process() -> None:
    """What libraries read from the environment when they load; what the user set stays."""
    # Spinning threads of two models on few cores slowed one query from 0.13 to 1.9 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    keep_to_itself(os.environ)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _settings() -> Settings:
    return Settings()


def _target(settings: Settings, store: str | None, collection: str) -> "Target":
    from ui.build import Target

    return Target(settings, settings.store_or_default(store), collection)


@contextmanager
def _service(model: str | None, store: str | None, collection: str) -> "Iterator[SearchService]":
    """The search over one index; the store is closed afterwards."""
    from search.service import SearchService
    from ui.build import model_of
    from vision.embedder import open_embedder

    target = _target(_settings(), store, collection)
    with target.open() as opened:
        yield SearchService(open_embedder(model_of(model, target, opened)), opened)


def _progress() -> "AbstractContextManager[Progress]":
    from ui.console import steps

    return steps(_errors)


def _serve(start: Callable[[], object], host: str, port: int) -> None:
    _errors.print(f"The page is at http://{host}:{port} (Ctrl+C ends it)", soft_wrap=True)
    try:
        start()
    except OSError as error:
        raise OSError(f"cannot listen on {host}:{port} ({error}); try another --port") from error


def _watch(context: typer.Context, source: Path, once: Callable[[], None]) -> None:
    """`once` again and again, until a signal says stop."""
    from ingest.watch import changes

    if not source.exists():
        raise typer.BadParameter(f"there is nothing to watch · {source} · name a file or a folder")
    context.obj = _stop_on_signal()
    for _ in changes(source, context.obj):
        try:
            once()
        except typer.Exit as leaving:
            if leaving.exit_code == INTERRUPTED:
                raise
        except IngestError as error:
            # a half-written catalog, say: the next change may mend it
            _warn(str(error))


def _stop_on_signal() -> threading.Event:
    """Set once SIGTERM or Ctrl+C came; a second one kills.

    Either costs nothing but time: what was written stays, and the next run goes on from there.
    """
    asked = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def ask(number: int, frame: object) -> None:
        asked.set()
        for each in signals:
            signal.signal(each, signal.SIG_DFL)

    for each in signals:
        signal.signal(each, ask)
    return asked


def _shares(text: str) -> list[int]:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdigit() for part in parts) or not int(parts[0]):
        raise typer.BadParameter(f"--split {text!r} is not like 8:1:1 (train, validation, test)")
    return [int(part) for part in parts]


def _warn(text: str) -> None:
    _errors.print(f"warning: {text}", markup=False, soft_wrap=True)


def _show(result: Any) -> None:
    """Results go to stdout: data as JSON, tables and text as they are."""
    if isinstance(result, dict):
        print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        Console().print(result)


if __name__ == "__main__":
    sys.exit(main())
