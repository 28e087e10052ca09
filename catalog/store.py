"""Where products live: one interface, and the neutral words that cross it.

Vectors cross as float32 arrays of unit norm, filters as `Filter`, points by their id. Every
method raises StoreUnavailable when the engine cannot do it now; reads raise NoIndex when nothing
was ingested, except `describe`.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from catalog.contract import ALIAS, VECTOR_NAME, CollectionInfo
from catalog.errors import CatalogError
from catalog.facts import Facts
from catalog.graph import Optimized, Watch, unwatched
from catalog.product import Product, Stamp

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Point:
    """One product image to be written: `vector` is (D,) float32 of unit norm."""

    id: str
    vector: Vector
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """One point as it was read back: `vector` is (D,) float32, or None when not asked for."""

    id: str
    payload: dict[str, Any]
    vector: Vector | None = None


@dataclass(frozen=True)
class Filter:
    """All set fields must hold; nothing set means every point.

    `any_of` maps a keyword key to the values it may have (a list key: may contain); a key with no
    values at all matches nothing. `either` is the same, but one of its keys is enough; `none_of`
    leaves out what has one of the values. A product's attribute is the key `attribute(name)`.
    Prices are inclusive bounds; a product without a price lies outside every range. Of `title`,
    every word is in the product's title, whatever the case; text without a word matches nothing.
    `ids` are the only point ids to take, `without_ids` those to leave out.
    """

    any_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    either: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_min: float | None = None
    price_max: float | None = None
    available: bool | None = None
    title: str = ""
    ids: tuple[str, ...] | None = None
    without_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for bound in (self.price_min, self.price_max):
            if bound is not None and not math.isfinite(bound):
                raise ValueError(
                    f"a price bound must be a finite number · {bound!r} · leave it out instead"
                )


@dataclass(frozen=True)
class Hit:
    """One answer: `score` is the cosine to the query, in [-1, 1], larger is nearer.

    `vector` is (D,) float32 of unit norm, or None when not asked for.
    """

    product: Product
    score: float
    stamp: Stamp
    id: str
    vector: Vector | None = None


@dataclass(frozen=True)
class Saved:
    """What a backup holds of a collection: `points` is None when they were not counted."""

    info: CollectionInfo
    engine: str
    """What wrote it (`versions`)."""
    points: int | None


@dataclass(frozen=True)
class Upgraded:
    """The engines whose files it had and has; the same two where there was nothing to do."""

    before: str
    after: str
    points: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


EVERYTHING = Filter()

# HOST:PORT, or another scheme's URL: as a folder's name it would hide a slip
_ADDRESS = re.compile(r"[\w.-]+:\d+/?|(?!https?:)\w+://.*")
# an attribute's name that needs no quotes in a key
_PLAIN = re.compile(r"[\w-]+")
# a photo that stands for "no photo" may be on every product: beyond so many the order is open
_MOST_EQUALS = 4096
# Candidates of a walk through the graph. Of a million products recall@10 was .95 with 128 and 1.0
# with 256. Under a filter both engines walk with ACORN, whatever share passes: where half did,
# recall was .88 without it and 1.0 with it and 128; of 100,000 it was 1.0 with 64 (docs/engine.md).
HNSW_BREADTH, FILTERED_BREADTH, FEW_BREADTH = 256, 128, 64
FEW = 200_000
ACORN_SHARE = 1.0
# Of quantized copies, as many times k are judged again by the whole vectors: recall@10 of int8 was
# .947 without and 1.0 with it at 100,000 (docs/scale.md).
OVERSAMPLING = 2.0
# points per engine call: a request of 512 floats each stays far below a server's 32 MB
BATCH = 256


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """Consecutive slices of at most `size`, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def breadth(where: "Filter", limit: int, points: int = FEW) -> int:
    """Candidates of a walk that finds `limit` of `points`."""
    filtered = FILTERED_BREADTH if points >= FEW else FEW_BREADTH
    return max(limit, HNSW_BREADTH if where == EVERYTHING else filtered)


def attribute(name: str) -> str:
    """A product attribute's key in a `Filter`. Raises ValueError for what no engine can address."""
    if _PLAIN.fullmatch(name):
        return f"attributes.{name}"
    if not name or '"' in name or "\\" in name:
        raise ValueError(
            f"no filter can name this attribute · {name!r} · "
            "a name has a character at least, and neither quotes nor backslashes"
        )
    return f'attributes."{name}"'


def best(ask: Callable[[int], list[Any]], k: int) -> list[Hit]:
    """The k best of what `ask(limit)` finds, best first; equal scores in the order of their ids.

    Many products share one photo: where the cut goes through equals, more are asked for until it
    is known which come first.
    """
    limit = k + 1
    while True:
        found = ask(limit)
        undecided = len(found) == limit and found[-1].score == found[k - 1].score
        if not undecided or limit > k + _MOST_EQUALS:
            break
        limit *= 2
    found.sort(key=lambda point: (-point.score, str(point.id)))
    return [to_hit(str(p.id), p.score, p.payload or {}, _vector(p)) for p in found[:k]]


def to_hit(
    point_id: str, score: float, payload: Mapping[str, Any], vector: Vector | None = None
) -> Hit:
    """An engine's answer; the score is clipped, because rounding reaches 1.0000001."""
    try:
        product, stamp = Product.from_payload(payload), Stamp.from_payload(payload)
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError(
            f"a point breaks the payload contract · {point_id}: {error!r} · "
            "another program wrote it: delete it, or ingest its product again"
        ) from error
    return Hit(product, max(-1.0, min(1.0, score)), stamp, point_id, vector)


def to_stored(record: Any) -> Stored:
    """An engine's record; both engines name its parts alike."""
    return Stored(id=str(record.id), payload=record.payload or {}, vector=_vector(record))


def _vector(point: Any) -> Vector | None:
    named = point.vector if isinstance(point.vector, dict) else {}
    vector = named.get(VECTOR_NAME)
    return None if vector is None else np.asarray(vector, dtype=np.float32)


class Store(Protocol):
    """The products behind one alias. Safe for concurrent reads and writes from threads.

    A store keeps to the collection that the alias meant when points were first read or written:
    vectors of one model are never compared with those of another, whatever becomes of the alias.
    """

    def describe(self) -> CollectionInfo | None:
        """The collection behind the alias now; None when there is none. Creates nothing."""
        ...

    def inspect(self) -> Facts:
        """The collection behind the alias as the engine tells it, also when another made it."""
        ...

    def ensure(self, info: CollectionInfo) -> None:
        """Make the collection, its payload indexes and the alias, or check them (for writers).

        Raises IndexMismatch when the alias serves another model, or when the collection's
        vectors differ; then nothing was touched.
        """
        ...

    def require(self, fingerprint: str) -> CollectionInfo:
        """Check the collection (for readers). Raises NoIndex, IndexMismatch."""
        ...

    def upsert(self, points: Sequence[Point]) -> None:
        """Write or overwrite; acknowledged on return. Raises BadVector before writing any."""
        ...

    def set_payload(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Overwrite whole payloads by point id; vectors stay. Raises UnknownPoints first."""
        ...

    def query(
        self,
        vector: Vector,
        k: int,
        where: Filter = EVERYTHING,
        exact: bool = False,
        with_vectors: bool = False,
    ) -> list[Hit]:
        """The k >= 1 nearest by cosine, best first; equal ones in the order of their ids.

        `exact` scans instead of walking a graph.
        """
        ...

    def recommend(
        self,
        liked: Sequence[Vector],
        disliked: Sequence[Vector],
        k: int,
        where: Filter = EVERYTHING,
        with_vectors: bool = False,
    ) -> list[Hit]:
        """The k >= 1 points nearest to one that is liked, without being nearer to a disliked one.

        The engine's best-score strategy. `score` is its score here, in [-1, 1]: with x the
        cosine to the nearest of all given, (1 + x / (1 + |x|)) / 2 when that one is liked, minus
        the same when it is disliked. Raises ValueError when neither is given.
        """
        ...

    def get(self, ids: Sequence[str], with_vectors: bool = False) -> dict[str, Stored]:
        """The points that exist among `ids`, by id."""
        ...

    def scroll(self, where: Filter = EVERYTHING, batch: int = 256) -> Iterator[Stored]:
        """Every matching point once, in the order of the ids, without vectors."""
        ...

    def count(self, where: Filter = EVERYTHING) -> int:
        """How many points match, exactly."""
        ...

    def facet(self, key: str, where: Filter = EVERYTHING, limit: int = 100) -> dict[str, int]:
        """Points per value of a keyword key, most frequent first, then by value."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Remove points by id; unknown ids are ignored."""
        ...

    def flush(self) -> None:
        """Bring what was acknowledged to the disk."""
        ...

    def beside(self, fingerprint: str) -> "Store":
        """A store of the same place for the collection of this model, whatever the alias means.

        Its `ensure` leaves the alias alone, and its `describe` is None for a collection that is
        not there. A server's shares this store's connection: close it first.
        """
        ...

    def frozen(self) -> AbstractContextManager["Store"]:
        """What the alias means, to be read while others search it.

        The embedded engine gives a copy and keeps writers out meanwhile: raises StoreBusy when
        there is one already. A server gives the live collection.
        """
        ...

    def promote(self, fingerprint: str) -> None:
        """From now on the alias means the collection of this model; what it meant is `previous`.

        One step: every reader sees the one or the other. Raises NoIndex when it is not there.
        """
        ...

    def revision(self) -> str:
        """Another one once `optimize` has built anew what the alias means: then open it again."""
        ...

    def optimize(self, *, force: bool = False, watch: Watch = unwatched) -> Optimized:
        """Make searches of what the alias means fast, while they go on.

        The embedded engine builds graphs where they are worth it, or with `force`, and keeps
        writers out meanwhile: raises StoreBusy when there is one already. A server is told what
        suits the size, and waited for. Interrupted, nothing has changed.
        """
        ...

    def held(self, wait_s: float = 0) -> AbstractContextManager[None]:
        """Nobody else writes to what the alias means: raises StoreBusy after `wait_s`.

        A server has no such lock: there it promises nothing.
        """
        ...

    def save(self, folder: Path, watch: Watch = unwatched) -> Saved:
        """Write what the alias means to an empty folder, while others search it.

        The embedded engine keeps writers out meanwhile. Raises NoIndex, StoreBusy,
        StoreUnavailable.
        """
        ...

    def accept(self, folder: Path, saved: Saved) -> None:
        """Raise IndexMismatch for what `load` must not take: of another engine, or a newer one.

        Raises StoreUnavailable where `folder` does not hold what `saved` says.
        """
        ...

    def load(self, folder: Path, saved: Saved, watch: Watch = unwatched) -> None:
        """What `save` wrote is what the alias means from now on; what it meant is `previous`.

        A collection of the same model is replaced, in one step where the engine can do so. For
        what `accept` lets pass.
        """
        ...

    def upgrade(self, watch: Watch = unwatched) -> Upgraded:
        """Rewrite the files of an older embedded engine, point by point, while nobody writes.

        Interrupted, nothing has changed. A server looks after its files itself. Raises
        IndexMismatch for what a newer engine wrote, NoIndex, StoreBusy.
        """
        ...

    def advice(self) -> str:
        """What to know about a server's version; "" when all is well. One request.

        Raises IndexMismatch for a server that lacks what searches need.
        """
        ...

    def previous(self) -> CollectionInfo | None:
        """The collection that the alias meant before, when it is still there."""
        ...

    def collections(self) -> list[str]:
        """The names of all collections of this alias: served, previous, and others."""
        ...

    def drop(self, collection: str) -> None:
        """Delete one of `collections` for good. Raises ValueError for the one that is served."""
        ...

    def close(self) -> None:
        """Release the engine and its lock; may be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_store(
    where: str | Path,
    *,
    alias: str = ALIAS,
    api_key: str | None = None,
    client: "QdrantClient | None" = None,
) -> Store:
    """A server for an http(s) URL, memory for ":memory:", else the embedded engine in that folder.

    Opening touches neither the disk nor the network. `client` replaces the server's client.
    Raises ValueError for what is none of these, or an alias that cannot be a name.
    """
    text = str(where)
    if _ADDRESS.fullmatch(text):
        raise ValueError(
            f"this is neither a folder nor a server's URL · {text!r} · "
            "a server's begins with http:// or https://"
        )
    # each engine's library is imported only by those who use it
    if client is not None or text == ":memory:" or text.startswith(("http://", "https://")):
        from catalog.server import ServerStore

        return ServerStore(text, alias=alias, api_key=api_key, client=client)
    from catalog.edge import EdgeStore

    return EdgeStore(Path(where), alias=alias)
