"""What every engine checks before it is asked: vectors, and whether an index fits its user."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from catalog.contract import INDEXES, SCHEMA, VECTOR_NAME, CollectionInfo
from catalog.errors import BadVector, IndexMismatch
from catalog.facts import Facts
from catalog.store import Point, Vector

# below this a vector has no direction worth comparing; unit vectors are a million times longer
_MIN_NORM = 1e-6
_DISTANCE = "Cosine"


def check_points(points: Iterable[Point], dim: int) -> None:
    """Raise BadVector for the first point that must not reach an engine."""
    for point in points:
        check_vector(point.vector, dim, name=point.id)


def check_vector(vector: Vector, dim: int, *, name: str) -> None:
    """Raise BadVector unless `vector` is (dim,), finite, and not zero."""
    if vector.shape != (dim,):
        raise BadVector(
            f"the vector's shape is wrong · {name} has {vector.shape}, the index needs ({dim},) · "
            "use the model that made the index"
        )
    norm = float(np.linalg.norm(vector))
    # the norm of a vector with one NaN or infinity is itself not finite
    if not np.isfinite(norm) or norm < _MIN_NORM:
        raise BadVector(
            f"the vector has no direction · {name} has norm {norm} · "
            "the model made it from a broken input or with broken weights: check that image"
        )


def check_query(vector: Vector, dim: int, k: int) -> None:
    """Raise BadVector for a vector no index can compare, ValueError for k < 1."""
    check_vector(vector, dim, name="the query")
    if k < 1:
        raise ValueError(f"the number of results must be 1 or more · {k} · ask for one at least")


def check_examples(liked: Sequence[Vector], disliked: Sequence[Vector], dim: int, k: int) -> None:
    """Raise as `check_query` does for each of them, and ValueError when there is none."""
    if not liked and not disliked:
        raise ValueError("nothing is liked or disliked · 0 vectors · give at least one")
    for vector in (*liked, *disliked):
        check_query(vector, dim, k)


def check_facet_key(key: str) -> None:
    """Raise ValueError unless the contract has a keyword index on `key`."""
    if INDEXES.get(key) != "keyword":
        keywords = ", ".join(name for name, kind in INDEXES.items() if kind == "keyword")
        raise ValueError(f"this key has no counts · {key} · choose one of {keywords}")


def check_writer(found: CollectionInfo, wanted: CollectionInfo, alias: str) -> None:
    """Raise IndexMismatch unless a writer with `wanted` may add to the collection `found`."""
    _check_schema(found, wanted.schema, alias)
    if found.fingerprint != wanted.fingerprint:
        raise IndexMismatch(
            f"the index {alias!r} was made with another model",
            expected=wanted.name,
            found=found.name,
            mend="ingest with the index's model (snapshelf ingest SOURCE --model MODEL, the one "
            f"whose fingerprint starts with {found.fingerprint[:12]}), or keep both: add "
            "--collection NAME here, and to search and serve",
        )
    if found.dim != wanted.dim:
        raise IndexMismatch(
            f"the vectors of {alias!r} have another length",
            expected=str(wanted.dim),
            found=str(found.dim),
            mend="nothing was changed; choose another name (--collection NAME), "
            "or use the model that made the index",
        )


def check_reader(found: CollectionInfo, fingerprint: str, alias: str) -> None:
    """Raise IndexMismatch unless vectors of the model `fingerprint` may be compared with it."""
    _check_schema(found, SCHEMA, alias)
    if found.fingerprint != fingerprint:
        raise IndexMismatch(
            f"the index {alias!r} was made with another model",
            expected=fingerprint[:12],
            found=found.name,
            mend="search with the model that made the index (--model MODEL; its backbone is "
            f"{found.backbone}), or index the catalog with yours: "
            "snapshelf ingest SOURCE --model MODEL --collection NAME (and the same --collection "
            "for search and serve)",
        )


def check_not_served(collection: str, served: str | None) -> None:
    """Raise ValueError when `collection` is what people search in."""
    if collection == served:
        raise ValueError(
            f"this collection is the one that is served · {collection} · "
            "change the model first (snapshelf reindex, snapshelf rollback)"
        )


def check_facts(facts: Facts, name: str, wanted: CollectionInfo | None = None) -> CollectionInfo:
    """What a collection says of itself; `wanted` is the writer's, if one asks.

    Raises IndexMismatch when somebody else made it, or its vectors are not what they should be.
    """
    try:
        found = CollectionInfo.from_metadata(facts.metadata)
    except KeyError:
        found = None
    if found is not None and wanted is not None:
        check_writer(found, wanted, name)
    expected = wanted or found
    if expected is not None and facts.vectors.get(VECTOR_NAME) != (expected.dim, _DISTANCE):
        raise IndexMismatch(
            f"the vectors of the collection {name!r} do not fit",
            expected=_shapes({VECTOR_NAME: (expected.dim, _DISTANCE)}),
            found=_shapes(facts.vectors),
            mend="nothing was changed; choose another name (--collection NAME)",
        )
    if found is None:
        raise IndexMismatch(
            f"the collection {name!r} was not made by snapshelf",
            expected="metadata of the contract (fingerprint, dimension, model)",
            found="none",
            mend="nothing was changed; choose another name (--collection NAME)",
        )
    return found


def _shapes(vectors: Mapping[str, tuple[int, str]]) -> str:
    return str({name: f"{size} x {distance}" for name, (size, distance) in vectors.items()})


def check_contract(found: CollectionInfo, alias: str) -> None:
    """Raise IndexMismatch for a collection that follows another version of the contract."""
    _check_schema(found, SCHEMA, alias)


def _check_schema(found: CollectionInfo, known: int, alias: str) -> None:
    if found.schema != known:
        raise IndexMismatch(
            f"the index {alias!r} follows another payload contract",
            expected=f"version {known}",
            found=f"version {found.schema}",
            mend="use the edition of snapshelf that made it, or index the catalog anew: "
            "snapshelf ingest SOURCE --model MODEL --collection NAME",
        )
