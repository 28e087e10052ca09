"""What the model tab knows when it is drawn: the models, the catalogs, and the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.errors import NoIndex
from ingest.known import Known
from ui.build import Target
from ui.inventory import sources_of
from ui.known_models import KnownModel, known_models


@dataclass(frozen=True)
class Scene:
    """At one moment; a change of model makes another."""

    models: Sequence[KnownModel]
    """The served one first."""
    catalogs: Sequence[Known]
    categories: Mapping[str, int]
    """Of the index, with their numbers of pictures."""
    pictures: int

    @property
    def served(self) -> KnownModel:
        return self.models[0]

    @property
    def previous(self) -> KnownModel | None:
        return next((one for one in self.models if one.role == "previous"), None)

    def model(self, fingerprint: object) -> KnownModel | None:
        """What a browser names; None for one that is not known (any more)."""
        return next((one for one in self.models if one.fingerprint == fingerprint), None)

    def catalog(self, source: object) -> Known | None:
        """The same for a catalog that can be read again."""
        return next((one for one in self.catalogs if one.there and one.source == source), None)


def scene_of(target: Target) -> Scene:
    """Raises NoIndex, and what else a store raises."""
    with target.open() as store:
        info = store.describe()
        if info is None:
            raise NoIndex(target.store, target.collection)
        categories, pictures = store.facet("category", limit=1000), store.count()
    return Scene(known_models(target), tuple(sources_of(target, info)), categories, pictures)
