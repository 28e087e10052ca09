"""Where products live: one interface, and the neutral words that cross it.

Vectors cross as float32 arrays of unit norm, filters as `Filter`, points by their id. Every
method raises StoreUnavailable when the engine cannot do it now; reads raise NoIndex when nothing
was ingested, except `describe`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from catalog.contract import ALIAS, CollectionInfo
from catalog.product import Product, Stamp

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

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
    values at all can match nothing. Prices are inclusive bounds; a product without a price lies
    outside every range. `without_ids` are point ids to leave out.
    """

    any_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price_min: float | None = None
    price_max: float | None = None
    available: bool | None = None
    without_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """One answer: `score` is the cosine to the query, in [-1, 1], larger is nearer."""

    product: Product
    score: float
    stamp: Stamp
    id: str


EVERYTHING = Filter()


class Store(Protocol):
    """The products behind one alias. Safe for concurrent reads and writes from threads."""

    def describe(self) -> CollectionInfo | None:
        """The collection behind the alias; None when there is none. Creates nothing."""
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
        self, vector: Vector, k: int, where: Filter = EVERYTHING, exact: bool = False
    ) -> list[Hit]:
        """The k nearest by cosine, best first. `exact` scans instead of walking a graph."""
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

    def close(self) -> None:
        """Release the engine and its lock; may be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_store(
    where: str | Path,
    *,
    alias: str = ALIAS,
    api_key: str | None = None,
    client: "QdrantClient | None" = None,
) -> Store:
    """A server for an http(s) URL, memory for ":memory:", else the embedded engine in that folder.

    Opening touches neither the disk nor the network. `client` replaces the server's client.
    """
    text = str(where)
    # each engine's library is imported only by those who use it
    if client is not None or text == ":memory:" or text.startswith(("http://", "https://")):
        from catalog.server import ServerStore, connect

        return ServerStore(client or connect(text, api_key), alias=alias, where=text)
    from catalog.edge import EdgeStore

    return EdgeStore(Path(where), alias=alias)
