"""The commands for a catalog: ingest, verify, doctor."""

import shlex
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.errors import IngestError, PruneRefused
from ui.options import (
    AllowHost,
    Collection,
    ImageRoot,
    Json,
    LogFormat,
    Map,
    Model,
    Store,
    local_path,
)
from ui.shell import (
    INTERRUPTED,
    REJECTED,
    errors,
    progress_bar,
    settings_here,
    show,
    stop_on_signal,
    target_of,
    tracer_here,
    warn,
    warn_of_versions,
)

if TYPE_CHECKING:
    from ingest.records import Catalog
    from ui.run_watch import RunWatch
    from ui.settings import Settings


@dataclass(frozen=True)
class _Attended:
    """What all runs of one command share, of which `--watch` makes many."""

    stop: Event
    watch: "RunWatch"


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
    threads: Annotated[
        int | None,
        typer.Option(
            help="Pictures decoded, and batches embedded, at a time. Default: one for each "
            "processor, or as a trial of a second says.",
            min=1,
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(help="Pictures that a thread embeds at a time. Default: as above.", min=1),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: once more after each change of the source.")
    ] = False,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="[HOST:]PORT|FILE.prom",
            help="Show counters to Prometheus: at a port (of this machine only, without HOST) or "
            "in a file for node exporter. Default: SNAPSHELF_METRICS, else nowhere.",
            show_default=False,
        ),
    ] = None,
    log_format: LogFormat = None,
    as_json: Json = False,
) -> None:
    """Bring a catalog into the index: decode, embed, write, and account for every row.

    Run it again after any change: only what changed is worked on. Rows that could not be taken
    are written to a CSV with their reason; then the exit code is 3.
    """
    if watch and dry_run:
        raise typer.BadParameter("--watch writes and --dry-run does not: leave one of them out")
    if watch:
        given = locals() | {"watch": False}
        context.obj = _attended(context, settings_here(log_format), metrics)
        _watch(context.obj.stop, Path(source), lambda: ingest(**given))
        return
    from ingest.partition import Partition
    from ingest.readers import open_catalog
    from ingest.rejects import check_place
    from ui.build import mapping_of, rejects_path, run_ingest
    from ui.console import ingest_bar, report_table
    from ui.log import named

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
        _preview(catalog, source, as_json)
        return
    settings = settings_here(log_format)
    part = Partition.parse(partition) if partition else None
    written = rejects or rejects_path(catalog, settings, part)
    check_place(written, catalog.path)
    attended = context.obj or _attended(context, settings, metrics)
    target = target_of(settings, store, collection)
    warn_of_versions(target)
    rows = catalog.count_rows()
    _warn_of_nothing(catalog, source, rows)
    with ingest_bar(errors, rows) as progress:
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
            rows=rows,
            threads=threads,
            batch=batch,
            stop=attended.stop.is_set,
            watch=attended.watch,
            progress=progress,
            tell=lambda pace: errors.print(str(pace), highlight=False) if pace.rate else None,
            warn=warn,
        )
    with named(run=report.run_id):
        show(report.to_json() if as_json else report_table(report))
        if report.interrupted:
            errors.print("Stopped before the end; the same command goes on from here.")
            raise typer.Exit(INTERRUPTED)
        rejected = written.exists()
        if rejected:
            errors.print(f"Rows that were not taken, with reasons: {written}")
        if report.pruned and report.pruned.refused:
            raise PruneRefused(report.pruned.refused)
        if rejected:
            raise typer.Exit(REJECTED)


def _warn_of_nothing(catalog: "Catalog", source: str, rows: int) -> None:
    if rows:
        return
    if catalog.path.is_dir():
        from ingest.readers_folder import SUFFIXES

        warn(f"no picture in {source} · their names end in {', '.join(SUFFIXES)}")
    else:
        warn(f"no row in {source} · write it again, if it should have some")


def _preview(catalog: "Catalog", source: str, as_json: bool) -> None:
    from ingest.preview import ROWS, preview_of
    from ui.preview import preview_table

    preview = preview_of(replace(catalog, limit=catalog.limit or ROWS))
    _warn_of_nothing(catalog, source, len(preview.rows))
    show(preview.to_json() if as_json else preview_table(preview))
    if preview.bad:
        raise typer.Exit(REJECTED)


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
    found = run_verify(target_of(settings_here(), store, collection), wanted, mend=mend)
    given = {"--source": name, "--store": store, "--collection": collection}
    same = "".join(f" {option} {shlex.quote(text)}" for option, text in given.items() if text)
    what = shlex.quote(str(source or "SOURCE")) + same
    mending = [f"snapshelf verify {what} --mend", f"snapshelf ingest {what}"][mend:]
    told = {"mend": [] if found.clean else mending}
    show(found.to_json() | told if as_json else verification_table(found))
    for fault in found.unread:
        warn(fault)
    if not found.clean:
        first = "Afterwards" if found.unread else "To mend it"
        errors.print(
            f"{first}: {', then '.join(mending)} (--prune removes what the catalog lacks)",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
        raise typer.Exit(REJECTED)


def doctor(
    source: Annotated[
        Path | None,
        typer.Argument(
            parser=local_path, help="A catalog whose picture links shall be tried, too."
        ),
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

    settings = settings_here()
    catalog = None
    if source is not None:
        catalog = open_catalog(source, mapping=mapping_of(mapping), image_root=image_root)
    with progress_bar() as progress:
        diagnosis = diagnose(
            target_of(settings, store, collection),
            out or settings.home / "doctor",
            catalog=catalog,
            allow_hosts=allow_host,
            progress=progress,
        )
    show(diagnosis.to_json() if as_json else diagnosis.table())
    errors.print(f"Look at them: {diagnosis.page}", soft_wrap=True)


def _attended(context: typer.Context, settings: "Settings", place: str | None) -> _Attended:
    """The counters are shown, and spans are sent, until the command ends."""
    from ui.run_watch import RunWatch

    ending, counted, tracer = context.with_resource(ExitStack()), None, tracer_here()
    if tracer is not None:
        ending.callback(tracer.close)
    if place := place or settings.metrics:
        from ui.metrics_ingest import IngestMetrics, registry_of_process
        from ui.metrics_place import shown

        counted = IngestMetrics(registry_of_process())
        try:
            ending.enter_context(shown(counted.registry, place))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return _Attended(stop_on_signal(), RunWatch(counted, tracer))


def _watch(stop: Event, source: Path, once: Callable[[], None]) -> None:
    """`once` again and again, until a signal says stop."""
    from ingest.watch import changes

    if not source.exists():
        raise typer.BadParameter(f"there is nothing to watch · {source} · name a file or a folder")
    away = f"the catalog was taken away · {source} · put it back, and this goes on"
    for _ in changes(source, stop, gone=lambda: warn(away)):
        try:
            once()
        except typer.Exit as leaving:
            if leaving.exit_code == INTERRUPTED:
                raise
        except IngestError as error:
            # a half-written catalog, say: the next change may mend it
            warn(str(error))
