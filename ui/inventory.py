"""What an index holds, what it was made with, and which catalogs it came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from catalog.contract import CollectionInfo, collection_name
from catalog.store import Store
from ingest.known import Known, known_of
from ui.build import Target, ledgers_of, model_for
from vision.artefact import load_artefact
from vision.errors import BadArtefact

# More than any shop has; beyond it a catalog's column is no category.
MOST_CATEGORIES = 10_000


@dataclass(frozen=True)
class Inventory:
    """One index at one moment."""

    info: CollectionInfo
    alias: str
    where: str
    """Folder, or URL without credentials."""
    pictures: int
    categories: Mapping[str, int]
    """Pictures of each, the most frequent first."""
    labels: int
    """Categories that the model predicts."""
    calibrated: bool
    """Whether the model has measured what its scores mean."""
    previous: CollectionInfo | None
    """What the alias meant before: a rollback leads there."""
    sources: tuple[Known, ...]
    """By name. Only what was ingested with this data folder."""
    products: int = field(default=0)

    @property
    def collection(self) -> str:
        return collection_name(self.info.fingerprint, self.alias)

    @property
    def embedded(self) -> bool:
        """The engine runs in this process."""
        return "://" not in self.where

    @cached_property
    def without_category(self) -> int:
        """Pictures."""
        return max(0, self.pictures - sum(self.categories.values()))


def take_stock(target: Target) -> Inventory | None:
    """None where nothing was ingested. Raises CatalogError."""
    with target.open() as store:
        info = store.describe()
        if info is None:
            return None
        pictures = store.count()
        sources = tuple(sources_of(target, info))
        labels, calibrated = _model_facts(target, info)
        return Inventory(
            info,
            target.collection,
            _without_credentials(target.store),
            pictures,
            store.facet("category", limit=MOST_CATEGORIES),
            labels,
            calibrated,
            store.previous(),
            sources,
            _products(store, sources, pictures),
        )


def known_source(target: Target, name: str) -> Known | None:
    """One catalog that was ingested from this data folder. Raises CatalogError."""
    with target.open() as store:
        info = store.describe()
    found = sources_of(target, info) if info else iter(())
    return next((one for one in found if one.source == name), None)


def sources_of(target: Target, info: CollectionInfo) -> Iterator[Known]:
    """Of one collection, by name; the shares of a catalog's workers as one."""
    found: dict[str, Known] = {}
    for file, name in ledgers_of(target, info):
        if known := known_of(file, info.stamp):
            found[name] = found[name] + known if name in found else known
    yield from (found[name] for name in sorted(found))


def _products(store: Store, sources: tuple[Known, ...], pictures: int) -> int:
    """From the ledgers when they know every picture: the engine counts a long list."""
    if sum(one.pictures for one in sources) == pictures:
        return sum(one.products for one in sources)
    return len(store.facet("product_id", limit=max(pictures, 1)))


def _model_facts(target: Target, info: CollectionInfo) -> tuple[int, bool]:
    """Labels, and whether it is calibrated; a mere backbone has neither."""
    model = Path(model_for(info, target.settings))
    if not model.is_dir():
        return 0, False
    try:
        artefact = load_artefact(model)
    except BadArtefact:
        return 0, False
    return len(artefact.labels), artefact.calibration is not None


def _without_credentials(store: str) -> str:
    if "://" not in store:
        return store
    parts = urlsplit(store)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
