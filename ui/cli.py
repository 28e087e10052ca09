"""The command line: the only module that reads the environment, builds things, prints and exits.

Each command imports what it needs when it runs, so that `--help` and `search` never load what
only training or the page needs.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markup import escape

from catalog.errors import CatalogError
from ingest.errors import IngestError
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

if TYPE_CHECKING:
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
    source: Annotated[Path, typer.Argument(help="A CSV or TSV file, or a folder of images.")],
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    mapping: Map = [],
    name: Annotated[
        str | None,
        typer.Option("--source", help="Name of the catalog in every product's id. Keep it stable."),
    ] = None,
    image_root: ImageRoot = None,
    allow_host: AllowHost = [],
    limit: Annotated[int | None, typer.Option(help="Only the first rows.", min=1)] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go. Default: <SNAPSHELF_HOME>/rejects.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring a catalog into the index: decode, embed, write, and account for every row.

    Run it again after any change: only what changed is worked on. Rows that could not be taken
    are written to a CSV with their reason; then the exit code is 3.
    """
    from ingest.readers import open_catalog
    from ui.build import mapping_of, rejects_path, run_ingest
    from ui.console import ingest_bar, report_table

    settings = _settings()
    target = _target(settings, store, collection)
    catalog = open_catalog(
        source, mapping=mapping_of(mapping), source=name, image_root=image_root, limit=limit
    )
    written = rejects or rejects_path(catalog, settings)
    with ingest_bar(_errors, catalog.count_rows()) as progress:
        report = run_ingest(
            catalog,
            model,
            target,
            rejects=written,
            allow_hosts=allow_host,
            stop=_stop_on_signal(),
            progress=progress,
            warn=_warn,
        )
    _show(report.to_json() if as_json else report_table(report))
    if report.interrupted:
        _errors.print("Stopped before the end; the same command goes on from here.")
        raise typer.Exit(INTERRUPTED)
    if written.exists():
        _errors.print(f"Rows that were not taken, with reasons: {written}")
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
        Literal["head", "last", "full"],
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
        Literal["adamw", "adam", "sgd", "rmsprop"] | None,
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
    """Open the page on an existing index."""
    from catalog.thumbs import Thumbs
    from ui.page import build_page
    from ui.page import serve as serve_page

    with _service(model, store, collection) as service:
        page = build_page(service, thumbs=Thumbs(_settings().thumbs))
        _serve(lambda: serve_page(page, host=host, port=port), host, port)


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
    except (CatalogError, IngestError, VisionError, LabError, OSError) as error:
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


def _stop_on_signal() -> Callable[[], bool]:
    """Answers true once SIGTERM or Ctrl+C came; a second Ctrl+C interrupts at once."""
    asked = threading.Event()

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    return asked.is_set


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
