"""The embedded engine: Qdrant Edge in this process. The only module that imports qdrant_edge."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import qdrant_edge as engine
from filelock import FileLock

from catalog import guard, versions
from catalog.contract import (
    ALIAS,
    INDEXES,
    VECTOR_NAME,
    CollectionInfo,
    collection_name,
)
from catalog.errors import NoIndex, StoreBusy, StoreLocked, StoreUnavailable, UnknownPoints
from catalog.facts import Facts
from catalog.folder import OPEN_BYTES, WRITE_BYTES, StoreFolder, free_bytes
from catalog.graph import GRAPH_FROM, Optimized, Watch, build_graph, unwatched
from catalog.shared import Shared
from catalog.store import (
    ACORN_SHARE,
    BATCH,
    EVERYTHING,
    Filter,
    Hit,
    Point,
    Saved,
    Stored,
    Upgraded,
    Vector,
    batches,
    best,
    breadth,
    to_stored,
)

_INDEX_PARAMS = {
    "keyword": engine.KeywordIndexParams,
    "float": engine.FloatIndexParams,
    "bool": engine.BoolIndexParams,
    "text": engine.TextIndexParams,
}
# payload, log entry and indexes of one point, generously
_POINT_OVERHEAD_BYTES = 16 * 1024


@dataclass(frozen=True)
class _Shard:
    """What the engine opened, where, and the lock that keeps other processes out."""

    engine: engine.EdgeShard
    path: Path
    claim: FileLock


@dataclass(frozen=True)
class _Opened:
    shard: engine.EdgeShard
    info: CollectionInfo
    collection: str
    path: Path
    points: int
    """When it was opened."""


# The engine opens a shard once in a process; all stores of one folder use that one.
_SHARDS: Shared[Path, _Shard] = Shared()


class EdgeStore:
    """A folder of products, owned by one process at a time; its methods may run in threads.

    The collection is locked from the first read or write of points until the last store of this
    process that uses it is closed; `describe` needs no lock. With `collection` it is that one,
    whatever the alias means.
    """

    def __init__(
        self,
        root: Path,
        *,
        alias: str = ALIAS,
        collection: str | None = None,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._folder = StoreFolder(root, alias, free=free)
        self._alias = alias
        self._own = collection
        self._opening = threading.RLock()
        self._opened: _Opened | None = None
        self._closed = False

    def describe(self) -> CollectionInfo | None:
        found = self._look()
        return None if found is None else found[1]

    def inspect(self) -> Facts:
        opened = self._ready()
        info = opened.info
        with self._translated():
            indexes = opened.shard.info().payload_schema
        return Facts(
            alias=self._alias,
            collection=opened.collection,
            metadata=info.to_metadata(),
            # opening compared them with the segments
            vectors={VECTOR_NAME: (info.dim, "Cosine")},
            indexes={key: _kind(index.data_type) for key, index in indexes.items()},
            limits=None,
        )

    def ensure(self, info: CollectionInfo) -> None:
        with self._opening:
            served = self._look()
            name = self._own or collection_name(info.fingerprint, self._alias)
            # a run that died before its alias may have left one
            collection, found = served or (name, self._folder.info(name))
            if found is not None:
                guard.check_writer(found, info, self._alias)
            # what the editions wrote that did not write it down is of this engine too
            now = replace(found or info, engine=versions.edge_engine())
            opened = self._open(collection, found or now)
            if found is None:
                self._finish(opened)
            if self._own is None:
                self._hold()
                if self._folder.shard(collection).resolve() != opened.path:
                    # optimized since it was opened: what is written there would be lost
                    self._shut()
                    self._open(collection, now)
                if found is not None and found.engine != now.engine:
                    self._folder.write_info(collection, now)
            if self._own is None and served is None:
                self._folder.point_to(collection)

    def require(self, fingerprint: str) -> CollectionInfo:
        found = self.describe()
        if found is None:
            raise NoIndex(str(self._folder.root), self._alias)
        guard.check_reader(found, fingerprint, self._alias)
        # the reader learns now, not at the first query, that the store is locked; and the alias
        # may have moved since
        opened = self._ready().info
        guard.check_reader(opened, fingerprint, self._alias)
        return opened

    def upsert(self, points: Sequence[Point]) -> None:
        opened = self._ready()
        dim = opened.info.dim
        guard.check_points(points, dim)
        for batch in batches(points):
            self._check_space(len(batch), dim)
            rows = [
                engine.Point(p.id, {VECTOR_NAME: p.vector.tolist()}, dict(p.payload)) for p in batch
            ]
            with self._translated():
                opened.shard.update(engine.UpdateOperation.upsert_points(rows))

    def set_payload(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        shard = self._ready().shard
        missing = payloads.keys() - self._retrieve(list(payloads), False, False).keys()
        if missing:
            raise UnknownPoints(sorted(missing))
        for ids in batches(list(payloads)):
            self._check_space(len(ids), 0)
            with self._translated():
                for point_id in ids:
                    shard.update(
                        engine.UpdateOperation.overwrite_payload(
                            [point_id], dict(payloads[point_id])
                        )
                    )

    def query(
        self,
        vector: Vector,
        k: int,
        where: Filter = EVERYTHING,
        exact: bool = False,
        with_vectors: bool = False,
    ) -> list[Hit]:
        guard.check_query(vector, self._ready().info.dim, k)
        query = engine.Query.Nearest(vector.tolist(), using=VECTOR_NAME)
        return self._best(query, k, where, exact, with_vectors)

    def recommend(
        self,
        liked: Sequence[Vector],
        disliked: Sequence[Vector],
        k: int,
        where: Filter = EVERYTHING,
        with_vectors: bool = False,
    ) -> list[Hit]:
        guard.check_examples(liked, disliked, self._ready().info.dim, k)
        examples = engine.RecommendQuery(
            [vector.tolist() for vector in liked], [vector.tolist() for vector in disliked]
        )
        query = engine.Query.RecommendBestScore(examples, using=VECTOR_NAME)
        return self._best(query, k, where, False, with_vectors)

    def get(self, ids: Sequence[str], with_vectors: bool = False) -> dict[str, Stored]:
        return self._retrieve(ids, True, with_vectors)

    def scroll(self, where: Filter = EVERYTHING, batch: int = BATCH) -> Iterator[Stored]:
        shard = self._ready().shard
        offset: engine.PointId | None = None
        while True:
            request = engine.ScrollRequest(
                offset=offset,
                limit=batch,
                filter=_condition(where),
                with_payload=True,
                with_vector=False,
            )
            with self._translated():
                records, offset = shard.scroll(request)
            yield from (to_stored(record) for record in records)
            if offset is None:
                return

    def count(self, where: Filter = EVERYTHING) -> int:
        shard = self._ready().shard
        with self._translated():
            return int(shard.count(engine.CountRequest(exact=True, filter=_condition(where))))

    def facet(self, key: str, where: Filter = EVERYTHING, limit: int = 100) -> dict[str, int]:
        guard.check_facet_key(key)
        shard = self._ready().shard
        request = engine.FacetRequest(key, limit=limit, exact=True, filter=_condition(where))
        with self._translated():
            # a value whose last point was deleted stays in the index with a count of zero
            counts = [(str(hit.value), hit.count) for hit in shard.facet(request) if hit.count]
        return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))

    def delete(self, ids: Sequence[str]) -> None:
        shard = self._ready().shard
        for some in batches(ids):
            with self._translated():
                shard.update(engine.UpdateOperation.delete_points(list(some)))

    def flush(self) -> None:
        shard = self._ready().shard
        with self._translated():
            shard.flush()

    def beside(self, fingerprint: str) -> "EdgeStore":
        return self._of(collection_name(fingerprint, self._alias))

    @contextmanager
    def frozen(self) -> Iterator["EdgeStore"]:
        found = self._look()
        if found is None:
            raise NoIndex(str(self._folder.root), self._alias)
        self._folder.hold()
        try:
            with self._folder.copied(found[0]) as root, EdgeStore(root, alias=self._alias) as copy:
                yield copy
        finally:
            self._folder.let_go()

    def promote(self, fingerprint: str) -> None:
        name = collection_name(fingerprint, self._alias)
        if self._folder.info(name) is None:
            raise NoIndex(str(self._folder.shard(name)))
        self._folder.point_to(name)

    def revision(self) -> str:
        collection = self._own or self._folder.pointer()
        return "" if collection is None else self._folder.shard(collection).name

    def optimize(self, *, force: bool = False, watch: Watch = unwatched) -> Optimized:
        found = self._look()
        if found is None:
            raise NoIndex(str(self._folder.root), self._alias)
        collection, info = found
        with self.frozen() as copy:
            points, linked = copy.count(), copy._linked()
            copy.close()
            if linked >= points or (points < GRAPH_FROM and not force):
                return Optimized(points, linked, built=False)
            built = copy._folder.shard(collection)
            build_graph(built, points, info.dim, watch)
            self._folder.install(collection, built)
        self._folder.sweep(collection)
        return Optimized(points, points, built=True)

    @contextmanager
    def held(self, wait_s: float = 0) -> Iterator[None]:
        self._folder.hold(wait_s)
        try:
            yield
        finally:
            self._folder.let_go()

    def save(self, folder: Path, watch: Watch = unwatched) -> Saved:
        found = self._look()
        if found is None:
            raise NoIndex(str(self._folder.root), self._alias)
        collection, info = found
        watch(0, 1)
        with self.held():
            name = collection_name(info.fingerprint, ALIAS)
            self._folder.copy_to(StoreFolder(folder, ALIAS), collection, name)
        points = None
        if versions.is_current(info.engine):
            # it shows too that the copy can be opened; the newest engine may not touch an old one
            with EdgeStore(folder) as copy:
                points = copy.count()
        watch(1, 1)
        return Saved(info, info.engine or versions.edge_engine(), points)

    def accept(self, folder: Path, saved: Saved) -> None:
        versions.check_kind(saved.engine, versions.edge_engine())
        versions.check_not_newer(saved.engine, "the backup")
        held = StoreFolder(folder, ALIAS)
        if held.info(collection_name(saved.info.fingerprint, ALIAS)) != saved.info:
            raise StoreUnavailable(
                f"the backup's manifest and its index do not belong together · {folder} · nothing "
                "was changed; restore an older one"
            )

    def load(self, folder: Path, saved: Saved, watch: Watch = unwatched) -> None:
        watch(0, 1)
        with self.held():
            name = collection_name(saved.info.fingerprint, self._alias)
            self._folder.take_from(StoreFolder(folder, ALIAS), name)
        watch(1, 1)

    def upgrade(self, watch: Watch = unwatched) -> Upgraded:
        found = self._look()
        if found is None:
            raise NoIndex(str(self._folder.root), self._alias)
        collection, info = found
        now = replace(info, engine=versions.edge_engine())
        guard.check_contract(info, self._alias)
        versions.check_not_newer(info.engine, f"the index {self._alias!r}")
        if versions.is_current(info.engine):
            return Upgraded(now.engine, now.engine, self.count())
        with self.held(), self._folder.copied(collection) as root:
            StoreFolder(root, self._alias).write_info(collection, now)
            old, new = (EdgeStore(place, alias=self._alias) for place in (root, root / "new"))
            with old, new:
                points = _rewrite(old, new, now, watch)
            self._folder.install(collection, new._folder.shard(collection))
            self._folder.write_info(collection, now)
        self._folder.sweep(collection)
        return Upgraded(info.engine, now.engine, points)

    def advice(self) -> str:
        return ""

    def previous(self) -> CollectionInfo | None:
        name = self._folder.previous()
        return None if name is None else self._folder.info(name)

    def collections(self) -> list[str]:
        return self._folder.collections()

    def drop(self, collection: str) -> None:
        guard.check_not_served(collection, self._folder.pointer())
        self._folder.hold()
        try:
            with self._of(collection) as unwanted:
                if unwanted.describe():
                    unwanted.count()  # raises StoreLocked while another process has it open
            path = self._folder.shard(collection)
            if _SHARDS.users(path.resolve()):
                raise StoreLocked(path, os.getpid())
            self._folder.remove(collection)
        finally:
            self._folder.let_go()

    def close(self) -> None:
        with self._opening:
            self._closed = True
            self._folder.let_go(wholly=True)
            self._shut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _linked(self) -> int:
        """Points that are in a graph."""
        with self._translated():
            return int(self._ready().shard.info().indexed_vectors_count)

    def _of(self, collection: str) -> "EdgeStore":
        return EdgeStore(self._folder.root, alias=self._alias, collection=collection)

    def _hold(self) -> None:
        """While this store writes, nobody makes the next model's collection from it."""
        try:
            self._folder.hold()
        except (StoreBusy, StoreUnavailable):
            self._shut()
            raise

    def _shut(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            _SHARDS.leave(opened.path, lambda shard: self._end(shard, opened.collection))

    def _end(self, shard: _Shard, collection: str) -> None:
        try:
            with self._translated():
                shard.engine.close()
        finally:
            self._folder.release(shard.path, shard.claim)
        self._folder.sweep(collection)

    def _look(self) -> tuple[str, CollectionInfo] | None:
        """The collection's name and what it remembers: from one look at the alias, which moves."""
        collection = self._own or self._folder.pointer()
        if collection is None:
            return None
        info = self._folder.info(collection)
        if info is None and self._own:
            return None
        if info is None:
            raise StoreUnavailable(
                f"the index is not there · {self._alias!r} means {collection!r}, which has no "
                f"meta.json in {self._folder.root} · restore that folder, or delete the file "
                f"{self._alias!r} and ingest again"
            )
        return collection, info

    def _ready(self) -> _Opened:
        """The open shard. Raises NoIndex, StoreLocked, StoreUnavailable."""
        with self._opening:
            if self._opened is not None:
                return self._opened
            found = self._look()
            if found is None:
                raise NoIndex(str(self._folder.root), self._alias)
            return self._open(*found)

    def _open(self, collection: str, info: CollectionInfo) -> _Opened:
        if self._closed:
            raise StoreUnavailable(
                f"the product store was closed · {self._folder.root} · open it again"
            )
        if self._opened is not None:
            return self._opened
        versions.check_files(info.engine, f"the index {self._alias!r}")
        path = self._folder.shard(collection).resolve()
        shard = _SHARDS.take(path, lambda: self._begin(path, collection, info.dim))
        points = shard.engine.info().points_count
        self._opened = _Opened(shard.engine, info, collection, path, points)
        return self._opened

    def _begin(self, path: Path, collection: str, dim: int) -> _Shard:
        params = engine.EdgeVectorParams(dim, engine.Distance.Cosine)
        config = engine.EdgeConfig(vectors={VECTOR_NAME: params})
        self._folder.check_space(OPEN_BYTES)
        claim = self._folder.claim(path)
        try:
            if not path.exists() and self._folder.info(collection):
                raise StoreUnavailable(
                    f"the index's files are not there · {path} · run the same command again if "
                    "they were being optimized; else restore them from a backup"
                )
            with self._translated():
                # loading with the configuration makes the engine compare it with its segments
                open_ = engine.EdgeShard.load if path.exists() else engine.EdgeShard.create
                return _Shard(open_(str(path), config), path, claim)
        except BaseException:
            self._folder.release(path, claim)
            raise

    def _finish(self, opened: _Opened) -> None:
        """Indexes first, meta.json last: a collection without it never had a point."""
        with self._translated():
            if opened.shard.count(engine.CountRequest(exact=True)):
                raise StoreUnavailable(
                    f"points of an unknown model · {self._folder.shard(opened.collection)} has "
                    "no meta.json beside it · restore that file, or move the folder away"
                )
            for key, kind in INDEXES.items():
                opened.shard.update(
                    engine.UpdateOperation.create_field_index(key, _INDEX_PARAMS[kind]())
                )
        self._folder.write_info(opened.collection, opened.info)

    def _check_space(self, points: int, dim: int) -> None:
        # twice: a batch goes to the log first and then to the segments
        self._folder.check_space(WRITE_BYTES + 2 * points * (4 * dim + _POINT_OVERHEAD_BYTES))

    def _best(
        self, query: engine.Query, k: int, where: Filter, exact: bool, with_vectors: bool
    ) -> list[Hit]:
        opened = self._ready()
        shard = opened.shard

        def ask(limit: int) -> list[engine.ScoredPoint]:
            request = engine.QueryRequest(
                limit=limit,
                query=query,
                filter=_condition(where),
                params=engine.SearchParams(
                    hnsw_ef=breadth(where, limit, opened.points),
                    exact=exact,
                    acorn=engine.AcornSearchParams(enable=True, max_selectivity=ACORN_SHARE),
                ),
                with_payload=True,
                with_vector=with_vectors,
            )
            with self._translated():
                return list(shard.query(request))

        return best(ask, k)

    def _retrieve(
        self, ids: Sequence[str], with_payload: bool, with_vectors: bool
    ) -> dict[str, Stored]:
        shard = self._ready().shard
        found: dict[str, Stored] = {}
        for some in batches(ids):
            with self._translated():
                records = shard.retrieve(
                    list(some), with_payload=with_payload, with_vector=with_vectors
                )
            found |= {str(record.id): to_stored(record) for record in records}
        return found

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The engine's failures as ours: it raises bare `Exception` and tells them by text."""
        try:
            yield
        except Exception as error:
            if type(error) is not Exception:  # a programming error, or already ours
                raise
            raise StoreUnavailable(
                f"the embedded engine failed · {self._folder.root}: {error} · see that the folder "
                "is writable and the disk has room; else move the store away and ingest again"
            ) from error


def _rewrite(old: EdgeStore, new: EdgeStore, info: CollectionInfo, watch: Watch) -> int:
    """Every point, in files of this engine; how many."""
    new.ensure(info)
    done, total = 0, old.count()
    points = old.scroll()
    while ids := [point.id for point in islice(points, BATCH)]:
        some = old.get(ids, with_vectors=True).values()
        new.upsert(
            [Point(one.id, one.vector, one.payload) for one in some if one.vector is not None]
        )
        done += len(some)
        watch(done, total)
    new.flush()
    if new.count() != total:
        raise StoreUnavailable(
            f"not every point could be rewritten · {new.count()} of {total} · nothing was changed; "
            "restore a backup, or ingest again under another name (--collection NAME)"
        )
    return total


def _kind(index: engine.PayloadSchemaType) -> str:
    return str(index).rpartition(".")[2].lower()


def _condition(where: Filter) -> engine.Filter | None:
    must, should, must_not = map(_keywords, (where.any_of, where.either, where.none_of))
    if where.price_min is not None or where.price_max is not None:
        bounds = engine.RangeFloat(gte=where.price_min, lte=where.price_max)
        must.append(engine.FieldCondition(key="price", range=bounds))
    if where.available is not None:
        # the binding reads Python's own bool as the number 1 or 0, which matches nothing
        match = engine.MatchValue(cast(bool, np.bool_(where.available)))
        must.append(engine.FieldCondition(key="available", match=match))
    if where.title:
        must.append(engine.FieldCondition(key="title", match=engine.MatchText(where.title)))
    if where.ids is not None:
        must.append(engine.HasIdCondition(set(where.ids)))
    if where.without_ids:
        must_not.append(engine.HasIdCondition(set(where.without_ids)))
    if not (must or should or must_not):
        return None
    return engine.Filter(must=must, should=should or None, must_not=must_not)


def _keywords(wanted: Mapping[str, Sequence[str]]) -> list[Any]:
    return [
        engine.FieldCondition(key=key, match=engine.MatchAny(list(values)))
        for key, values in wanted.items()
    ]
