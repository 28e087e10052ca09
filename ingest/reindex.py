"""A change of model: the served collection is built again beside itself, judged, and swapped in.

What is served is what is built: the points of the old collection, not the catalogs' rows, some of
which may be gone or unreadable today. Each keeps its payload; vector and prediction are made anew,
from cached features where there are any, else from the image, read again.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.contract import CollectionInfo
from catalog.errors import NoIndex
from catalog.store import BATCH, Store
from catalog.thumbs import Thumbs
from ingest.errors import Unsettled
from ingest.ledger import Entry, Ledger
from ingest.rebuild import Rebuild, Rebuilt
from ingest.rejects import Rejects
from ingest.sources import Sources
from vision.cache import FeatureCache

if TYPE_CHECKING:
    from vision.embedder import Embedder

# The last one finds nothing to do; more than two are needed only while an ingest writes.
PASSES = 5

Ledgers = Callable[[str, CollectionInfo], Path]
"""Where the ledger of a source for a collection is."""


@dataclass
class Reindexed:
    """What became of a change of model, from the one fingerprint to the other."""

    before: str
    after: str
    rebuilt: Rebuilt = field(default_factory=Rebuilt)
    interrupted: bool = False
    """Stopped before the new collection was complete; the next run goes on from here."""
    broken: Sequence[str] = ()
    """What the gate found wrong, for people."""
    swapped: bool = False
    """The new model is served from now on."""

    def to_json(self) -> dict[str, Any]:
        rebuilt = self.rebuilt
        return {
            "before": self.before,
            "after": self.after,
            "points": rebuilt.points,
            "images": {"embedded": rebuilt.embedded, "cached": rebuilt.cached},
            "there": rebuilt.there,
            "removed": rebuilt.removed,
            "failed": dict(rebuilt.failed.most_common()),
            "interrupted": self.interrupted,
            "broken": list(self.broken),
            "swapped": self.swapped,
        }


def reindex(
    store: Store,
    info: CollectionInfo,
    *,
    embedder: "Embedder",
    cache: FeatureCache,
    sources: Sources,
    thumbs: Thumbs,
    ledgers: Ledgers,
    rejects: Callable[[], AbstractContextManager[Rejects]],
    gate: Callable[[Store], Sequence[str]] = lambda old: (),
    lose: int = 0,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Rebuilt], None] = lambda rebuilt: None,
) -> Reindexed:
    """Builds the collection `info` of the new model and swaps it in; killed, it is taken up again.

    The alias moves only when the new collection is complete, at most `lose` points could not be
    carried over, and the `gate`, which is given the old collection, finds nothing wrong. `rejects`
    is opened for each pass. Raises CatalogError (StoreBusy while an ingest writes to an embedded
    store), and Unsettled while one writes to a server all the time.
    """
    served = store.describe()
    if served is None:
        raise NoIndex("the store")
    result = Reindexed(served.fingerprint, info.fingerprint)
    if result.before == result.after:
        return result
    with store.frozen() as old:
        # closed before the swap: from then on it is for those who search
        with store.beside(info.fingerprint) as new:
            new.ensure(info)
            rebuild = Rebuild(
                old, new, embedder=embedder, cache=cache, sources=sources, thumbs=thumbs,
                stop=stop, progress=progress,
            )  # fmt: skip
            result.rebuilt = rebuild.rebuilt
            result.interrupted = not _settled(rebuild, rejects, stop)
            made = new.require(info.fingerprint)
            for source in sorted(rebuild.met):
                paths = ledgers(source, served), ledgers(source, made)
                _carry_ledger(*paths, served, made, source, new, rebuild.lost)
        if not result.interrupted and rebuild.rebuilt.failed.total() <= lose:
            result.broken = gate(old)
            result.interrupted = stop()
            if not (result.broken or result.interrupted):
                store.promote(info.fingerprint)
                result.swapped = True
    return result


def _settled(
    rebuild: Rebuild,
    rejects: Callable[[], AbstractContextManager[Rejects]],
    stop: Callable[[], bool],
) -> bool:
    """Passes over the old collection until one finds nothing to do; false when stopped before."""
    for _ in range(PASSES):
        with rejects() as rejected:
            changes = rebuild.run(rejected)
        if stop():
            return False
        if not changes:
            return True
    raise Unsettled(
        f"products are being written all the time · {PASSES} passes over the index, each found "
        "some · end the ingest, then run the same command again: what is done stays"
    )


def _carry_ledger(
    old_path: Path,
    new_path: Path,
    old: CollectionInfo,
    new: CollectionInfo,
    source: str,
    store: Store,
    lost: Collection[str],
) -> None:
    """What the old collection's ledger knows of a catalog holds for the new one too.

    Only of the points that came over: the next ingest has to bring the others.
    """
    if not old_path.exists():  # it was ingested on another machine
        return
    Ledger(new_path, "").close()  # another stamp empties what an earlier run left
    with (
        Ledger(old_path, old.stamp) as known,
        Ledger(new_path, new.stamp, source) as ledger,
    ):
        ledger.take_over(known)
        entries = iter(known)
        while some := list(islice(entries, BATCH)):
            stored = store.get([entry.point_id for entry in some])
            ledger.put(
                [
                    _carried(entry, stored[entry.point_id].payload["image_sha256"], new)
                    for entry in some
                    if entry.point_id in stored and entry.point_id not in lost
                ]
            )


def _carried(entry: Entry, image_sha256: str, info: CollectionInfo) -> Entry:
    # an image that has changed since its ingest is looked at by the next one
    signature = entry.signature if image_sha256 == entry.image_sha256 else None
    return replace(entry, model=info.fingerprint, image_sha256=image_sha256, signature=signature)
