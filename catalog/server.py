"""A Qdrant server behind the store's interface. The only module that imports qdrant_client.

The client's own in-memory engine (":memory:") runs through the same class: it is the tests'
oracle, brute force and not safe for threads.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse
from tenacity import Retrying

from catalog import faults, guard, versions
from catalog.contract import (
    ALIAS,
    INDEXES,
    VECTOR_NAME,
    CollectionInfo,
    collection_name,
    is_collection,
    previous_alias,
)
from catalog.errors import NoIndex, StoreUnavailable, UnknownPoints
from catalog.facts import Facts
from catalog.graph import BREADTH, LINKS, QUANTIZE_FROM, Optimized, Watch, unwatched
from catalog.retry import retrying
from catalog.snapshots import Snapshots
from catalog.store import (
    ACORN_SHARE,
    BATCH,
    EVERYTHING,
    OVERSAMPLING,
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

P = ParamSpec("P")
T = TypeVar("T")
_MEMORY = ":memory:"
_SNAPSHOT = "snapshot"
# One request, of a writer and of whoever answers a person; the client takes whole seconds only.
_TIMEOUT_S, _PERSON_S = 30, 10
# for the graph of a million vectors to be built, before people search in it
_GREEN_S = 3600
# What `optimize` sets is advised by Qdrant's documentation, not measured here: a graph for segments
# from its default size (KB of vectors) on, also where it was switched off for a bulk load; and
# int8 from QUANTIZE_FROM on.
_INDEX_FROM_KB = 20_000
_INDEX_TYPES = {
    "keyword": models.PayloadSchemaType.KEYWORD,
    "float": models.PayloadSchemaType.FLOAT,
    "bool": models.PayloadSchemaType.BOOL,
    "text": models.PayloadSchemaType.TEXT,
}


_INT8 = models.ScalarQuantization(
    scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
)


class ServerStore:
    """The products behind one alias of a Qdrant server; its methods may run in threads.

    A `client` that is handed in stays the caller's to close. With `collection` it is that one,
    whatever the alias means. A writer, which is whoever called `ensure`, waits minutes for a busy
    or restarting server; a reader, behind whom a person sits, at most about 20 s.
    """

    def __init__(
        self,
        where: str,
        *,
        alias: str = ALIAS,
        collection: str | None = None,
        api_key: str | None = None,
        client: QdrantClient | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = where
        self._key = api_key
        self._where = _without_secrets(where)
        self._alias = alias
        self._own = collection
        self._memory = where == _MEMORY
        self._owned = client is None
        self._client = client or _connect(where, api_key)
        self._info: CollectionInfo | None = None
        self._closed = False
        self._sleep = sleep
        self._write = retrying(attempts=6, ceiling_s=60.0, sleep=sleep)
        self._read = retrying(attempts=3, ceiling_s=2.0, within_s=_PERSON_S, sleep=sleep)
        self._read_s = _PERSON_S

    def describe(self) -> CollectionInfo | None:
        return self._described(self._own or self._alias)

    def inspect(self) -> Facts:
        name = self._own or self._alias
        live = self._collection(name)
        if live is None:
            raise NoIndex(self._where, self._alias)
        aliases = self._call(self._read, self._client.get_aliases).aliases
        means = {one.alias_name: one.collection_name for one in aliases}
        return self._facts(live, means.get(name, name))

    def ensure(self, info: CollectionInfo) -> None:
        served = None if self._own else self._collection(self._alias)
        name = self._alias if served else collection_name(info.fingerprint, self._alias)
        live = served or self._collection(name) or self._create(name, info)
        found = guard.check_facts(self._facts(live, name), name, info)
        for key in INDEXES.keys() - (live.payload_schema or {}).keys():
            self._index(name, key)
        if served is None and self._own is None:
            self._point({self._alias: name})
        self._info = found
        # from here on there is work to lose; before, a wrong address is to be told at once
        self._read, self._read_s = self._write, _TIMEOUT_S

    def require(self, fingerprint: str) -> CollectionInfo:
        found = self.describe()
        if found is None:
            raise NoIndex(self._where, self._alias)
        guard.check_reader(found, fingerprint, self._alias)
        self._info = found
        return found

    def upsert(self, points: Sequence[Point]) -> None:
        info = self._ready()
        guard.check_points(points, info.dim)
        for batch in batches(points):
            rows = [
                models.PointStruct(
                    id=p.id, vector={VECTOR_NAME: p.vector.tolist()}, payload=dict(p.payload)
                )
                for p in batch
            ]
            self._call(self._write, self._client.upsert, self._target(info), rows, wait=True)

    def set_payload(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        target = self._target(self._ready())
        missing = payloads.keys() - self._retrieve(list(payloads), False, False).keys()
        if missing:
            raise UnknownPoints(sorted(missing))
        for ids in batches(list(payloads)):
            changes = [
                models.OverwritePayloadOperation(
                    overwrite_payload=models.SetPayload(payload=dict(payloads[i]), points=[i])
                )
                for i in ids
            ]
            self._call(self._write, self._client.batch_update_points, target, changes, wait=True)

    def query(
        self,
        vector: Vector,
        k: int,
        where: Filter = EVERYTHING,
        exact: bool = False,
        with_vectors: bool = False,
    ) -> list[Hit]:
        guard.check_query(vector, self._ready().dim, k)
        return self._best(
            models.NearestQuery(nearest=vector.tolist()), k, where, exact, with_vectors
        )

    def recommend(
        self,
        liked: Sequence[Vector],
        disliked: Sequence[Vector],
        k: int,
        where: Filter = EVERYTHING,
        with_vectors: bool = False,
    ) -> list[Hit]:
        guard.check_examples(liked, disliked, self._ready().dim, k)
        examples = models.RecommendInput(
            positive=[vector.tolist() for vector in liked],
            negative=[vector.tolist() for vector in disliked],
            strategy=models.RecommendStrategy.BEST_SCORE,
        )
        return self._best(models.RecommendQuery(recommend=examples), k, where, False, with_vectors)

    def get(self, ids: Sequence[str], with_vectors: bool = False) -> dict[str, Stored]:
        return self._retrieve(ids, True, with_vectors)

    def scroll(self, where: Filter = EVERYTHING, batch: int = BATCH) -> Iterator[Stored]:
        target = self._target(self._ready())
        offset: models.ExtendedPointId | None = None
        while True:
            records, offset = self._call(
                self._read,
                self._client.scroll,
                target,
                scroll_filter=_condition(where),
                limit=batch,
                offset=offset,
                with_payload=True,
                timeout=self._read_s,
            )
            yield from (to_stored(record) for record in records)
            if offset is None:
                return

    def count(self, where: Filter = EVERYTHING) -> int:
        target = self._target(self._ready())
        answer = self._call(
            self._read,
            self._client.count,
            target,
            _condition(where),
            exact=True,
            timeout=self._read_s,
        )
        return int(answer.count)

    def facet(self, key: str, where: Filter = EVERYTHING, limit: int = 100) -> dict[str, int]:
        guard.check_facet_key(key)
        answer = self._call(
            self._read,
            self._client.facet,
            self._target(self._ready()),
            key,
            facet_filter=_condition(where),
            limit=limit,
            exact=True,
            timeout=self._read_s,
        )
        counts = [(str(hit.value), int(hit.count)) for hit in answer.hits]
        return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))

    def delete(self, ids: Sequence[str]) -> None:
        target = self._target(self._ready())
        for some in batches(ids):
            selected = models.PointIdsList(points=list(some))
            self._call(self._write, self._client.delete, target, selected, wait=True)

    def beside(self, fingerprint: str) -> "ServerStore":
        return self._of(collection_name(fingerprint, self._alias))

    @contextmanager
    def frozen(self) -> Iterator["ServerStore"]:
        with self._of(self._target(self._ready())) as live:
            yield live

    def promote(self, fingerprint: str) -> None:
        served = self.describe()
        name = collection_name(fingerprint, self._alias)
        self._await_green(name)
        if served is None:
            self._point({self._alias: name})
        elif served.fingerprint != fingerprint:
            self._point({previous_alias(self._alias): self._target(served), self._alias: name})

    def revision(self) -> str:
        return ""

    def optimize(self, *, force: bool = False, watch: Watch = unwatched) -> Optimized:
        """Sets what Qdrant's documentation advises for this size; the server then does the rest."""
        target = self._target(info := self._ready())
        if self._memory:
            return Optimized(self.count(), 0, built=False)
        before, points = self._indexed(target), self.count()
        large = 4 * info.dim * points >= QUANTIZE_FROM
        self._call(
            self._write,
            self._client.update_collection,
            target,
            hnsw_config=models.HnswConfigDiff(m=LINKS, ef_construct=BREADTH),
            optimizers_config=models.OptimizersConfigDiff(
                indexing_threshold=1 if force else _INDEX_FROM_KB
            ),
            vectors_config={VECTOR_NAME: models.VectorParamsDiff(on_disk=large)},
            quantization_config=_INT8 if large else models.Disabled.DISABLED,
        )
        self._await_green(target, lambda: watch(self._indexed(target), points))
        linked = self._indexed(target)
        return Optimized(points, linked, built=linked != before)

    @contextmanager
    def held(self, wait_s: float = 0) -> Iterator[None]:
        yield

    def save(self, folder: Path, watch: Watch = unwatched) -> Saved:
        target = self._target(info := self._ready())
        engine = self._engine()
        self._check_whole(target)
        points = self.count()
        snapshots = Snapshots(self._url, self._key, target)
        made = snapshots.create()
        try:
            snapshots.download(made, folder / _SNAPSHOT, watch)
        finally:  # whatever becomes of the copy, it would fill the server's disk
            snapshots.remove(made)
        return Saved(info, engine, points)

    def accept(self, folder: Path, saved: Saved) -> None:
        versions.check_snapshot(saved.engine, self._engine())
        if not (folder / _SNAPSHOT).is_file():
            raise StoreUnavailable(
                f"the backup has no snapshot · {folder / _SNAPSHOT} · nothing was changed; "
                "restore an older one"
            )

    def load(self, folder: Path, saved: Saved, watch: Watch = unwatched) -> None:
        """What the server has of the same collection it keeps as a snapshot meanwhile."""
        target = self._target(saved.info)
        snapshots = Snapshots(self._url, self._key, target)
        before = None
        if self._collection(target) is not None:
            self._check_whole(target)
            before = snapshots.create()
        with (folder / _SNAPSHOT).open("rb") as file:
            sha256 = file_digest(file, "sha256").hexdigest()
        try:
            snapshots.upload(folder / _SNAPSHOT, sha256, watch)
            self.promote(saved.info.fingerprint)
        except StoreUnavailable as error:
            if before is None:
                raise
            raise StoreUnavailable(
                f"{error} · what {target} was before is on the server, as its snapshot "
                f"{before.name}: run the same command again, or recover that one"
            ) from error
        self._info = None
        if before is not None:
            snapshots.remove(before)

    def upgrade(self, watch: Watch = unwatched) -> Upgraded:
        engine = self._engine()
        return Upgraded(engine, engine, self.count())

    def advice(self) -> str:
        if self._memory:
            return ""
        return versions.server_advice(self._engine(), f"qdrant-client {version('qdrant-client')}")

    def previous(self) -> CollectionInfo | None:
        return self._described(previous_alias(self._alias))

    def collections(self) -> list[str]:
        found = self._call(self._read, self._client.get_collections).collections
        return sorted(one.name for one in found if is_collection(one.name, self._alias))

    def drop(self, collection: str) -> None:
        served = self.describe()
        guard.check_not_served(collection, self._target(served) if served else None)
        self._call(self._write, self._client.delete_collection, collection)

    def flush(self) -> None:
        """Nothing to do: a server answers a waiting write after it is in its own log."""

    def close(self) -> None:
        if not self._closed and self._owned:
            self._client.close()
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _of(self, collection: str) -> "ServerStore":
        """Another collection over the same connection."""
        return ServerStore(
            self._url,
            alias=self._alias,
            collection=collection,
            api_key=self._key,
            client=self._client,
            sleep=self._sleep,
        )

    def _described(self, name: str) -> CollectionInfo | None:
        live = self._collection(name)
        return None if live is None else guard.check_facts(self._facts(live, name), name)

    def _ready(self) -> CollectionInfo:
        """The collection as it was when this store first looked. Raises NoIndex."""
        if self._info is None:
            self._info = self.describe()
        if self._info is None:
            raise NoIndex(self._where, self._alias)
        return self._info

    def _target(self, info: CollectionInfo) -> str:
        # named itself: if the alias moves on to another model meanwhile, neither what is written
        # here nor what is asked may follow it
        return collection_name(info.fingerprint, self._alias)

    def _engine(self) -> str:
        """The server and its version. Raises StoreUnavailable for the oracle, which has no disk."""
        if self._memory:
            raise StoreUnavailable(
                "what is in memory only cannot be saved · :memory: · use a folder or a server"
            )
        return f"{versions.SERVER} {self._call(self._read, self._client.info).version}"

    def _check_whole(self, target: str) -> None:
        """Raise StoreUnavailable for a collection of which other nodes hold a part."""
        shards = self._call(self._read, self._client.collection_cluster_info, target)
        if shards.remote_shards:
            raise StoreUnavailable(
                f"the collection lies on several nodes · {target} has {len(shards.remote_shards)} "
                "shards elsewhere, and a snapshot holds those of one node only · back the "
                "cluster up by its own means (docs/backup.md)"
            )

    def _best(
        self, query: models.Query, k: int, where: Filter, exact: bool, with_vectors: bool
    ) -> list[Hit]:
        target = self._target(self._ready())

        def ask(limit: int) -> list[models.ScoredPoint]:
            params = models.SearchParams(
                hnsw_ef=breadth(where, limit),
                exact=exact,
                acorn=models.AcornSearchParams(enable=True, max_selectivity=ACORN_SHARE),
                # of int8 copies: the same k judged again are in order, and no others
                quantization=models.QuantizationSearchParams(
                    rescore=True, oversampling=OVERSAMPLING
                ),
            )
            answer = self._call(
                self._read,
                self._client.query_points,
                target,
                query=query,
                using=VECTOR_NAME,
                query_filter=_condition(where),
                search_params=None if self._memory else params,  # the oracle is always exact
                limit=limit,
                with_payload=True,
                with_vectors=with_vectors,
                timeout=self._read_s,
            )
            return list(answer.points)

        return best(ask, k)

    def _retrieve(
        self, ids: Sequence[str], with_payload: bool, with_vectors: bool
    ) -> dict[str, Stored]:
        target = self._target(self._ready())
        found: dict[str, Stored] = {}
        for some in batches(ids):
            records = self._call(
                self._read,
                self._client.retrieve,
                target,
                list(some),
                with_payload=with_payload,
                with_vectors=with_vectors,
                timeout=self._read_s,
            )
            found |= {str(record.id): to_stored(record) for record in records}
        return found

    def _collection(self, name: str) -> models.CollectionInfo | None:
        try:
            return self._call(self._read, self._client.get_collection, name)
        except NoIndex:
            return None

    def _facts(self, live: models.CollectionInfo, collection: str) -> Facts:
        vectors = live.config.params.vectors
        named = vectors if isinstance(vectors, dict) else {"": vectors} if vectors else {}
        indexes = {key: index.data_type.value for key, index in live.payload_schema.items()}
        strict = live.config.strict_mode_config
        limits = strict.model_dump(exclude_none=True) if strict and strict.enabled else {}
        return Facts(
            alias=self._alias,
            collection=collection,
            metadata=live.config.metadata or {},
            vectors={name: (v.size, v.distance.value) for name, v in named.items()},
            indexes=None if self._memory else indexes,
            limits=None if self._memory else limits,
        )

    def _create(self, name: str, info: CollectionInfo) -> models.CollectionInfo:
        params = models.VectorParams(size=info.dim, distance=models.Distance.COSINE)
        # a conflict: another worker of the same ingest was faster; what it made is checked next
        with suppress(faults.ConflictError):
            self._call(
                self._write,
                self._client.create_collection,
                name,
                vectors_config={VECTOR_NAME: params},
                metadata=info.to_metadata(),
            )
        live = self._collection(name)
        if live is None:
            raise StoreUnavailable(f"the collection vanished · {name} · ingest again")
        return live

    def _index(self, name: str, key: str) -> None:
        if self._memory:
            return  # the oracle has no indexes and warns about each
        kind = _INDEX_TYPES[INDEXES[key]]
        self._call(self._write, self._client.create_payload_index, name, key, kind, wait=True)

    def _point(self, names: Mapping[str, str]) -> None:
        """Aliases to collections, all in one step; one that exists is moved."""
        operations = [
            models.CreateAliasOperation(
                create_alias=models.CreateAlias(collection_name=name, alias_name=alias)
            )
            for alias, name in names.items()
        ]
        self._call(self._write, self._client.update_collection_aliases, operations)

    def _indexed(self, name: str) -> int:
        live = self._call(self._read, self._client.get_collection, name)
        return live.indexed_vectors_count or 0

    def _await_green(self, name: str, look: Callable[[], None] = lambda: None) -> None:
        """Until the server has built its graph. Raises NoIndex, StoreUnavailable."""
        for _ in range(_GREEN_S):
            look()
            live = self._call(self._read, self._client.get_collection, name)
            # grey: after a restart, what is left to do begins with the next write
            if live.status in (models.CollectionStatus.GREEN, models.CollectionStatus.GREY):
                return
            if live.status == models.CollectionStatus.RED:
                break
            self._sleep(1.0)
        raise StoreUnavailable(
            f"the server has not finished the new collection · {name} is {live.status.value} · "
            "look at its log, and run the same command again when it is done"
        )

    def _call(
        self, retries: Retrying, request: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self._closed:
            raise StoreUnavailable(f"the product store was closed · {self._where} · open it again")
        answer: T = retries(self._attempt, lambda: request(*args, **kwargs))
        return answer

    def _attempt(self, request: Callable[[], T]) -> T:
        """One request; the client's failures become ours here and nowhere else."""
        try:
            return request()
        except UnexpectedResponse as error:
            status, retry_after = error.status_code or 0, error.headers.get("Retry-After")
            raise faults.refusal(self._where, status, _said(error), retry_after) from error
        except ResponseHandlingException as error:
            raise faults.no_answer(self._where, error.source) from error
        except ResourceExhaustedResponse as error:
            raise faults.no_capacity(self._where, str(error.retry_after_s)) from error
        except QdrantException as error:
            # the client cannot read a date in Retry-After and quotes it at the end of its message
            asked = str(error).rpartition("integer: ")[2]
            raise faults.no_capacity(self._where, asked) from error
        except json.JSONDecodeError as error:  # the client lets this one through as it is
            raise faults.no_answer(self._where, error) from error
        except ValueError as error:
            if self._memory and "not found" in str(error):
                raise NoIndex(self._where, self._alias) from error
            raise


def _connect(where: str, api_key: str | None) -> QdrantClient:
    if where == _MEMORY:
        return QdrantClient(_MEMORY)
    # the compatibility check is a request of its own, made before anybody can catch its failure
    return QdrantClient(url=where, api_key=api_key, timeout=_TIMEOUT_S, check_compatibility=False)


def _without_secrets(where: str) -> str:
    parts = urlsplit(where)
    return where if parts.hostname is None else f"{parts.scheme}://{parts.netloc.split('@')[-1]}"


def _said(error: UnexpectedResponse) -> str:
    """The server's own sentence, or nothing when this was no Qdrant answer."""
    try:
        status = error.structured().get("status")
    except (ValueError, AttributeError):
        return ""
    return str(status.get("error", "")) if isinstance(status, dict) else ""


def _condition(where: Filter) -> models.Filter | None:
    must, should, must_not = map(_keywords, (where.any_of, where.either, where.none_of))
    if where.price_min is not None or where.price_max is not None:
        bounds = models.Range(gte=where.price_min, lte=where.price_max)
        must.append(models.FieldCondition(key="price", range=bounds))
    if where.available is not None:
        match = models.MatchValue(value=where.available)
        must.append(models.FieldCondition(key="available", match=match))
    if where.title:
        match_text = models.MatchText(text=where.title)
        must.append(models.FieldCondition(key="title", match=match_text))
    if where.ids is not None:
        must.append(models.HasIdCondition(has_id=list(where.ids)))
    if where.without_ids:
        must_not.append(models.HasIdCondition(has_id=list(where.without_ids)))
    if not (must or should or must_not):
        return None
    return models.Filter(must=must, should=should or None, must_not=must_not)


def _keywords(wanted: Mapping[str, Sequence[str]]) -> list[Any]:
    return [
        models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        for key, values in wanted.items()
    ]
