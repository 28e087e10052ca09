"""`snapshelf reindex`, `rollback`, `cleanup`, and the search that follows them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import typer

from catalog.contract import CollectionInfo, collection_name
from catalog.errors import CatalogError, NoIndex
from catalog.product import Product
from catalog.store import Store
from catalog.thumbs import Thumbs
from catalog.timed import Tell, timed, untold
from ingest.errors import FetchError
from ingest.ledger import Ledger
from ingest.readers import Catalog, open_catalog
from ingest.rebuild import COLUMNS, Rebuilt
from ingest.reindex import Reindexed, reindex
from ingest.rejects import Rejects
from ingest.sources import Sources
from lab.evaluate import Sample, evaluate
from lab.gate import Bound, broken, worse
from lab.models import Baseline
from search.follow import Following
from search.service import SearchService
from ui.assess import bounds_of
from ui.build import (
    Target,
    Warn,
    features_of,
    info_of,
    keep_model,
    model_for,
    model_of,
    samples_of,
)
from ui.settings import Settings
from ui.taught import root_of
from ui.unfinished import check_finished
from vision.embedder import Embedder, open_embedder
from vision.errors import BadArtefact, UnreadableImage
from vision.progress import Progress, unwatched


@dataclass(frozen=True)
class Gate:
    """What a new model has to pass before it is served.

    Without `bounds` it must not find less than the model that is served now. `queries` None: a
    second photo of each product that has several; `gallery` None: the products of the index.
    """

    queries: Catalog | None = None
    gallery: Catalog | None = None
    bounds: Sequence[Bound] = ()
    relevant_by: str | None = None
    exclude: Sequence[str] = ()


def gate_of(
    queries: Path | None,
    gallery: Path | None,
    minimums: Sequence[str],
    maximums: Sequence[str],
    relevant_by: str | None,
    exclude: Sequence[str],
) -> Gate | None:
    """None when nothing was asked for."""
    bounds = bounds_of(minimums, maximums, ("--gate", "--gate-max"))
    if not (queries or gallery or bounds):
        return None
    return Gate(
        open_catalog(queries, image_root=root_of(queries)) if queries else None,
        open_catalog(gallery, image_root=root_of(gallery)) if gallery else None,
        bounds,
        relevant_by,
        exclude,
    )


@contextmanager
def following(
    model: str | None, target: Target, *, engine: Tell = untold, step: Tell = untold
) -> Iterator[Following]:
    """The search over one alias, which need not be there yet.

    A model that is named is for the collection served now. `engine` hears of each call of the
    store, `step` of each step of a search.
    """
    with target.open() as store:
        began, first = store.describe(), model_of(model, target, store)

        @contextmanager
        def opened(info: CollectionInfo) -> Iterator[SearchService]:
            embedder = open_embedder(first if info == began else model_for(info, target.settings))
            with store.beside(info.fingerprint) as own:
                service = SearchService(embedder, timed(own, engine), tell=step)
                service.warm()
                yield service

        with Following(store.describe, opened, revision=store.revision) as service:
            yield service


def change_model(
    model: str,
    target: Target,
    gate: Gate | None,
    *,
    roots: Mapping[str, Path],
    allow_hosts: Sequence[str] = (),
    lose: int = 0,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = unwatched,
    judged: Callable[[Mapping[str, Any]], None] = lambda numbers: None,
    warn: Warn = lambda text: None,
) -> Reindexed:
    """Both models are opened before anything is read. `judged` is told what the gate measured."""
    settings = target.settings
    check_finished(settings.home)
    with ExitStack() as opened:
        store = opened.enter_context(target.open())
        served = store.describe()
        if served is None:
            raise NoIndex(target.store, target.collection)
        embedder = open_embedder(model)
        previous = _served_model(served, settings) if gate and not gate.bounds else None
        cache = opened.enter_context(features_of(embedder, settings))
        known = partial(_root_of, target=target, served=served, roots=roots)
        sources = opened.enter_context(Sources(known, allow_hosts=allow_hosts))
        keep_model(model, embedder, settings)

        def judge(old: Store) -> list[str]:
            if gate is None:
                return []
            numbers = _measured(gate, old, embedder, previous, target, sources, progress, warn)
            judged(numbers)
            return broken(gate.bounds, numbers) + (worse(numbers) if previous else [])

        def show(done: Rebuilt) -> None:
            progress("re-index" if done.passes == 1 else "check", done.points, done.total)

        return reindex(
            store,
            info_of(embedder),
            embedder=embedder,
            cache=cache,
            sources=sources,
            thumbs=Thumbs(settings.thumbs),
            ledgers=target.ledger,
            rejects=lambda: Rejects(lost_path(target, embedder.fingerprint), COLUMNS),
            gate=judge,
            lose=lose,
            stop=stop,
            progress=show,
        )


def roll_back(target: Target) -> tuple[CollectionInfo, CollectionInfo]:
    """The alias means what it meant before the last change of model: what was served, and is."""
    with target.open() as store:
        served, previous = store.describe(), store.previous()
        if served is None:
            raise NoIndex(target.store, target.collection)
        if previous is None:
            raise CatalogError(
                f"there is no earlier collection to go back to · {target.collection} · its model "
                "was never changed, or `snapshelf cleanup --all` has removed it"
            )
        store.promote(previous.fingerprint)
        return served, previous


def clean_up(target: Target, everything: bool) -> list[str]:
    """Deletes the collections that nothing means; with `everything` the previous one too."""
    with target.open() as store:
        meant = [store.describe(), None if everything else store.previous()]
        kept = {collection_name(one.fingerprint, target.collection) for one in meant if one}
        unwanted = [name for name in store.collections() if name not in kept]
        for name in unwanted:
            store.drop(name)
        return unwanted


def lost_path(target: Target, fingerprint: str) -> Path:
    """Where points go that could not be carried over."""
    name = f"reindex-{collection_name(fingerprint, target.collection)}.csv"
    return target.settings.home / "rejects" / name


def roots_of(pairs: Sequence[str]) -> dict[str, Path]:
    """`SOURCE=FOLDER` pairs."""
    wrong = [pair for pair in pairs if not all(pair.rpartition("="))]
    if wrong:
        raise typer.BadParameter(f"--root {wrong[0]!r} is not SOURCE=FOLDER")
    return {source: Path(folder) for source, _, folder in (one.rpartition("=") for one in pairs)}


def _served_model(served: CollectionInfo, settings: Settings) -> Embedder:
    """To compare with."""
    embedder = open_embedder(model_for(served, settings))
    if embedder.fingerprint != served.fingerprint:
        raise BadArtefact(
            f"the model that is served now is not here · {served.name} · put its folder at "
            f"{settings.models / served.fingerprint[:16]}, or name bounds of your own (--gate)"
        )
    return embedder


def _root_of(
    source: str, target: Target, served: CollectionInfo, roots: Mapping[str, Path]
) -> Path | None:
    """As it was named, else as the catalog's last ingest remembers it."""
    path = target.ledger(source, served)
    if source in roots or not path.exists():
        return roots.get(source)
    with Ledger(path, served.stamp) as ledger:
        return ledger.root()


def _measured(
    gate: Gate,
    old: Store,
    embedder: Embedder,
    previous: Embedder | None,
    target: Target,
    sources: Sources,
    progress: Progress,
    warn: Warn,
) -> Mapping[str, Any]:
    """What the lab finds of the new model, beside the `previous` one."""
    gallery = samples_of(gate.gallery, warn) if gate.gallery else _served(old, sources)
    with ExitStack() as opened:
        cache = opened.enter_context(features_of(embedder, target.settings))
        baseline = None
        if previous is not None:
            other = opened.enter_context(features_of(previous, target.settings))
            baseline = Baseline(previous, other)
        return evaluate(
            embedder,
            gallery,
            samples_of(gate.queries, warn) if gate.queries else None,
            cache,
            relevant_by=gate.relevant_by,
            exclude_labels=gate.exclude,
            baseline=baseline,
            progress=progress,
        ).numbers


def _served(old: Store, sources: Sources) -> list[Sample]:
    """The products of the index, as the lab wants them."""

    def read(source: str, ref: str) -> bytes:
        try:
            return sources.fetch(source, ref)
        except FetchError as error:
            raise UnreadableImage(error.reason, error.message) from error

    products = (Product.from_payload(point.payload) for point in old.scroll())
    return [Sample(one, partial(read, one.source, one.image_url or "")) for one in products]
