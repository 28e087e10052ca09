"""Puts the rooms together: settings to stores, models, readers. Nothing here prints.

What only an ingest needs is imported when there is one: a search begins without it.
"""

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from catalog.contract import CollectionInfo, collection_name
from catalog.errors import NoIndex
from catalog.store import Store, open_store
from catalog.thumbs import Thumbs
from catalog.timed import timed
from search.models import made_with, model_folder
from ui.run_watch import LOG_ONLY, RunWatch
from ui.settings import Settings
from ui.unfinished import check_finished
from vision.artefact import EXPORT
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder
from vision.errors import UnreadableImage
from vision.spec import BUNDLED_MODEL

if TYPE_CHECKING:
    from ingest.errors import BadLedger
    from ingest.partition import Partition
    from ingest.readers import Catalog, Record
    from ingest.report import Report
    from ingest.trial import Pace
    from ingest.verify import Verification
    from lab.evaluate import Sample

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """The index a command works on."""

    settings: Settings
    store: str
    """Folder of the embedded engine, or URL."""
    collection: str
    """The alias."""

    def open(self) -> Store:
        try:
            return open_store(self.store, alias=self.collection, api_key=self.settings.key)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    def ledger(
        self, source: str, info: CollectionInfo, partition: "Partition | str | None" = None
    ) -> Path:
        """Of one catalog and one model's collection: each knows what is in its own."""
        collection = collection_name(info.fingerprint, self.collection)
        return self.settings.ledger(self.store, collection, source, str(partition or ""))


def features_of(embedder: Embedder, settings: Settings) -> FeatureCache:
    return FeatureCache(settings.features(embedder.backbone.fingerprint))


def records_of(catalog: "Catalog", warn: Warn) -> "list[Record]":
    """A catalog's readable rows, for training and the lab; the others are told, not dropped."""
    from ingest.readers import BadRow, Record

    rows = list(catalog)
    bad = [row for row in rows if isinstance(row, BadRow)]
    if bad:
        warn(
            f"{len(bad)} of {len(rows)} rows of {catalog.path} are left out, the first on line "
            f"{bad[0].line}: {bad[0].message}"
        )
    return [row for row in rows if isinstance(row, Record)]


def reader_of(root: Path, allow_hosts: Sequence[str] = ()) -> Callable[[str], bytes]:
    """References of a catalog to bytes, for training and the lab."""
    from ingest.errors import FetchError
    from ingest.fetch import Fetcher

    fetcher = Fetcher(root, allow_hosts=allow_hosts)

    def read(ref: str) -> bytes:
        try:
            return fetcher.fetch(ref)
        except FetchError as error:
            raise UnreadableImage(error.reason, error.message) from error

    return read


def samples_of(catalog: "Catalog", warn: Warn, allow_hosts: Sequence[str] = ()) -> "list[Sample]":
    """Every picture of a catalog's readable rows, for the lab."""
    read = reader_of(catalog.root, allow_hosts)
    return [one for record in records_of(catalog, warn) for one in pictures_of(record, read)]


def pictures_of(record: "Record", read: Callable[[str], bytes]) -> "Iterator[Sample]":
    """A row's pictures, in its order; none is read yet."""
    from lab.evaluate import Sample

    for slot, ref in enumerate(record.images):
        yield Sample(replace(record.product, image_slot=slot, image_url=ref), partial(read, ref))


def model_of(given: str | None, target: Target, store: Store) -> str:
    """The model named, else the one the index was made with, else the bundled backbone."""
    settings = target.settings
    if given or settings.model:
        return given or str(settings.model)
    info = store.describe()
    return BUNDLED_MODEL if info is None else model_for(info, settings)


def model_for(info: CollectionInfo, settings: Settings) -> str:
    """The model that an index was made with."""
    return made_with(info, settings.models)


def keep_model(model: str, embedder: Embedder, settings: Settings) -> None:
    """A copy of an artefact that an index is made with, so that a search finds it again.

    A copy that was made before the artefact was exported gets the export now.
    """
    kept = model_folder(settings.models, embedder.fingerprint)
    if not Path(model).is_dir():
        return
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _copy(Path(model), kept)
    elif (Path(model) / EXPORT).is_dir() and not (kept / EXPORT).exists():
        _copy(Path(model) / EXPORT, kept / EXPORT)


def _copy(folder: Path, to: Path) -> None:
    """Whole or not at all; what is there stays."""
    partial = to.with_name(f".{to.name}-{uuid.uuid4().hex[:8]}")
    shutil.copytree(folder, partial, ignore=shutil.ignore_patterns("split", ".*"))
    try:
        partial.rename(to)
    except OSError:
        shutil.rmtree(partial)
        if not to.exists():  # else another run was quicker
            raise


def run_ingest(
    catalog: "Catalog",
    model: str | None,
    target: Target,
    *,
    rejects: Path,
    allow_hosts: Sequence[str] = (),
    partition: "Partition | None" = None,
    rate: float | None = None,
    retry_failed: bool = False,
    max_prune: float | None = None,
    rows: int | None = None,
    threads: int | None = None,
    batch: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: "Callable[[Report], None]" = lambda report: None,
    tell: "Callable[[Pace], None]" = lambda pace: None,
    warn: Warn = lambda text: None,
    watch: RunWatch = LOG_ONLY,
) -> "Report":
    """One catalog into one index. The index is opened before anything is embedded.

    `rows`, how many the catalog has where that is known, says whether a trial is worth its second:
    of `threads` and `batch`, where they are not given. What was chosen is told. Nothing is pruned
    (`max_prune`, per cent) while another catalog of the same name is there.
    """
    from ingest.fetch import Fetcher
    from ingest.known import LastRun
    from ingest.ledger import Ledger
    from ingest.pipeline import ingest
    from ingest.rejects import Rejects
    from ingest.trial import pace_of
    from ingest.web import WebLimits

    settings = target.settings
    check_finished(settings.home)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"

    def see(report: "Report") -> None:
        watch.see(report)
        progress(report)

    with ExitStack() as opened:
        stages = opened.enter_context(watch.run(run_id))
        store = opened.enter_context(timed(target.open(), watch.engine))
        model = model_of(model, target, store)
        embedder = open_embedder(model)
        store.ensure(info_of(embedder))
        keep_model(model, embedder, settings)
        info = store.require(embedder.fingerprint)
        ledger = opened.enter_context(
            Ledger(target.ledger(catalog.name, info, partition), info.stamp, catalog.name)
        )
        ledger.remember_root(catalog.root)
        other = ledger.moved_from(catalog.path)
        if other is not None and Path(other).exists():
            max_prune = None
            warn(
                f"{other} was ingested under the same name {catalog.name!r}, so that equal ids "
                "overwrite each other and nothing is pruned; give one of the two another name "
                "with --source"
            )
        fresh = None if rows is None else rows - len(ledger)
        pace = pace_of(embedder, fresh, threads, batch)
        tell(pace)
        written = opened.enter_context(Rejects(rejects, catalog.columns, catalog.path))
        report = ingest(
            catalog,
            embedder=embedder,
            store=store,
            fetcher=opened.enter_context(
                Fetcher(catalog.root, allow_hosts=allow_hosts, limits=WebLimits(per_second=rate))
            ),
            ledger=ledger,
            thumbs=Thumbs(settings.thumbs),
            cache=opened.enter_context(features_of(embedder, settings)),
            rejects=written,
            threads=pace.threads,
            batch=pace.batch,
            run_id=run_id,
            partition=partition,
            retry_failed=retry_failed,
            max_prune=max_prune,
            stop=stop,
            progress=see,
            tell=stages,
        )
        watch.ended(report)
        ledger.remember_run(LastRun.of(catalog, report, written).to_text())
        now = store.describe()
        if now is not None and now.fingerprint != info.fingerprint:
            warn(
                f"while this run wrote for {info.name}, the index was moved on to {now.name}; "
                "ingest again, so that these rows are there too"
            )
        return report


def run_verify(target: Target, source: str | None, *, mend: bool = False) -> "Verification":
    """The ledger of one source against its index; without `source`, all ledgers of the index.

    A ledger that cannot be read is told, whatever index it is of: it does not say. That of
    `source` alone raises BadLedger. Raises UnknownSource for one that has neither a ledger nor
    points.
    """
    from ingest.errors import UnknownSource
    from ingest.ledger import Ledger
    from ingest.verify import verify

    with ExitStack() as opened:
        store = opened.enter_context(target.open())
        info = store.describe()
        if info is None:
            raise NoIndex(target.store, target.collection)
        ledgers: dict[str, list[Ledger]] = {source: []} if source else {}
        names: set[str] = set()
        for file, name in ledgers_of(target, info):
            names.add(name)
            if source in (None, name):
                ledger = opened.enter_context(Ledger(file, info.stamp, name))
                ledgers.setdefault(name, []).append(ledger)
        if source and not ledgers[source]:
            own = target.ledger(source, info)
            if not own.exists():  # lost, where there are points
                there = {str(point.payload.get("source", "")) for point in store.scroll()}
                if source not in there:
                    raise UnknownSource(source, sorted((names | there) - {""}))
            ledgers[source] = [opened.enter_context(Ledger(own, info.stamp, source))]
        found = verify(store, ledgers, others=source is None, mend=mend)
        found.unread += map(str, faults_of(target, source and target.ledger(source, info).stem))
        return found


def ledgers_of(target: Target, info: CollectionInfo) -> Iterator[tuple[Path, str]]:
    """The ledgers of one collection, each with the name of its source."""
    from ingest.ledger import source_of

    for file in sorted(target.settings.ledgers.glob("*.sqlite")):
        name = source_of(file)
        # workers of a partitioned catalog have one each: PATH-0of4 beside PATH
        if name is not None and target.ledger(name, info).stem == file.stem.partition("-")[0]:
            yield file, name


def faults_of(target: Target, stem: str | None) -> "Iterator[BadLedger]":
    """Of the ledgers that do not tell their source: all, or those of one source's name."""
    from ingest.ledger import fault_of

    for file in sorted(target.settings.ledgers.glob("*.sqlite")):
        if stem in (None, file.stem.partition("-")[0]) and (fault := fault_of(file)):
            yield fault


def rejects_path(
    catalog: "Catalog", settings: Settings, partition: "Partition | None" = None
) -> Path:
    """Where a catalog's rejected rows go when no file was named."""
    digest = hashlib.sha256(catalog.name.encode()).hexdigest()[:8]
    part = "" if partition is None else f"-{partition.index}of{partition.count}"
    # as text, whatever bytes it has: a backup keeps names as text
    stem = os.fsencode(catalog.path.stem).decode(errors="replace")
    return settings.home / "rejects" / f"{stem}-{digest}{part}.csv"


def mapping_of(pairs: Sequence[str]) -> Mapping[str, str]:
    """`field=column` pairs."""
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    if wrong:
        raise typer.BadParameter(
            f"--map {wrong[0]!r} is not field=column, e.g. title=productDisplayName"
        )
    return dict(pair.split("=", 1) for pair in pairs)


def info_of(embedder: Embedder) -> CollectionInfo:
    """What a collection made now for this model remembers."""
    return CollectionInfo(
        fingerprint=embedder.fingerprint,
        dim=embedder.dim,
        backbone=embedder.spec,
        labels_hash=embedder.labels_hash,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
