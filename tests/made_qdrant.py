"""A server that speaks Qdrant's REST on a loopback socket, and can be made ill.

Behind it is the client's own in-memory engine: what it answers is that engine's, not the server's
(docs/qdrant-server-tests.md). What a test holds against it is how we take its faults.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import BaseModel, TypeAdapter
from qdrant_client import QdrantClient, models

Body = dict[str, Any]


class Engine:
    """Collections, and what is wrong with them at the moment."""

    def __init__(self) -> None:
        self.client = QdrantClient(":memory:")
        self.slow_s = 0.0
        """Before each answer."""
        self.refuses: tuple[int, str] | None = None
        """A status and the server's sentence, instead of an answer."""
        self.writes_only = False
        """Whether it refuses writes alone."""
        self.restarts_s: float | None = None
        """At its next write it goes away for so long, without an answer."""
        self.answered = 0
        self.snapshots: dict[str, bytes] = {}
        self._indexes: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()  # the in-memory engine is not safe for threads
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def up(self) -> None:
        """Again on the same port, with what it held."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self))
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Nobody listens any more; connections that were open end with their next question."""
        if self._server is not None:
            server, self._server = self._server, None
            server.shutdown()
            server.server_close()

    @property
    def is_up(self) -> bool:
        return self._server is not None

    def answer(self, method: str, path: str, body: Body) -> tuple[int, Any]:
        """Status and result; status 0: none."""
        time.sleep(self.slow_s)
        writes = method in ("PUT", "DELETE") or path.endswith(("/batch", "/delete", "/aliases"))
        if self.refuses is not None and (writes or not self.writes_only):
            return self.refuses
        if writes and self.restarts_s is not None:
            again, self.restarts_s = threading.Timer(self.restarts_s, self.up), None
            self.down()
            again.start()
            return 0, None
        for pattern, known, handle in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and known == method:
                with self._lock:
                    self.answered += 1
                    try:
                        return 200, handle(self, *found.groups(), body)
                    except ValueError as error:
                        if "not found" not in str(error):
                            raise
                        return 404, str(error)
        return 404, f"no route for {method} {path}"

    # -- what is asked of it ---------------------------------------------------------------

    def collections(self, _: Body) -> Any:
        return self.client.get_collections()

    def aliases(self, _: Body) -> Any:
        return self.client.get_aliases()

    def move_aliases(self, body: Body) -> Any:
        actions = TypeAdapter(list[models.AliasOperations]).validate_python(body["actions"])
        return self.client.update_collection_aliases(actions)

    def look(self, name: str, _: Body) -> Any:
        told = json.loads(self.client.get_collection(name).model_dump_json())
        means = {one.alias_name: one.collection_name for one in self.client.get_aliases().aliases}
        indexes = self._indexes.get(means.get(name, name), {})
        told["payload_schema"] = {
            key: {"data_type": kind, "points": 0} for key, kind in indexes.items()
        }
        return told

    def make(self, name: str, body: Body) -> Any:
        asked = models.CreateCollection.model_validate(body)
        return self.client.create_collection(
            name, vectors_config=asked.vectors, metadata=asked.metadata
        )

    def drop(self, name: str, _: Body) -> Any:
        return self.client.delete_collection(name)

    def index(self, name: str, body: Body) -> Any:
        self._indexes.setdefault(name, {})[body["field_name"]] = body["field_schema"]
        return _DONE

    def upsert(self, name: str, body: Body) -> Any:
        points = TypeAdapter(list[models.PointStruct]).validate_python(body["points"])
        self.client.upsert(name, points)
        return _DONE

    def batch(self, name: str, body: Body) -> Any:
        operations = models.UpdateOperations.model_validate(body).operations
        self.client.batch_update_points(name, operations)
        return [_DONE] * len(operations)

    def delete(self, name: str, body: Body) -> Any:
        self.client.delete(name, models.PointIdsList.model_validate(body))
        return _DONE

    def retrieve(self, name: str, body: Body) -> Any:
        asked = models.PointRequest.model_validate(body)
        return self.client.retrieve(
            name, asked.ids, with_payload=asked.with_payload, with_vectors=asked.with_vector
        )

    def scroll(self, name: str, body: Body) -> Any:
        asked = models.ScrollRequest.model_validate(body)
        points, following = self.client.scroll(
            name, asked.filter, asked.limit or 10, offset=asked.offset,
            with_payload=asked.with_payload, with_vectors=asked.with_vector or False,
        )  # fmt: skip
        return {"points": points, "next_page_offset": following}

    def count(self, name: str, body: Body) -> Any:
        return self.client.count(name, models.CountRequest.model_validate(body).filter)

    def facet(self, name: str, body: Body) -> Any:
        asked = models.FacetRequest.model_validate(body)
        return self.client.facet(name, asked.key, asked.filter, asked.limit or 10)

    def query(self, name: str, body: Body) -> Any:
        asked = models.QueryRequest.model_validate(body)
        return self.client.query_points(
            name, asked.query, using=asked.using, query_filter=asked.filter,
            limit=asked.limit or 10, with_payload=asked.with_payload,
            with_vectors=asked.with_vector or False,
        )  # fmt: skip

    # -- snapshots: what it holds, as JSON ---------------------------------------------------

    def version(self, _: Body) -> Any:
        return _Bare({"title": "qdrant", "version": "1.20.0"})

    def nodes(self, _name: str, _: Body) -> Any:
        return {
            "peer_id": 1, "shard_count": 1, "local_shards": [], "remote_shards": [],
            "shard_transfers": [],
        }  # fmt: skip

    def snapshot(self, name: str, _: Body) -> Any:
        points, _following = self.client.scroll(name, limit=10_000, with_vectors=True)
        info = self.client.get_collection(name)
        held = {
            "vectors": _plain(info.config.params.vectors), "metadata": info.config.metadata,
            "indexes": self._indexes.get(name, {}),
            "points": [{key: _plain(one)[key] for key in ("id", "vector", "payload")}
                       for one in points],
        }  # fmt: skip
        data = json.dumps(held).encode()
        made = f"{name}-{len(self.snapshots)}.snapshot"
        self.snapshots[made] = data
        return {"name": made, "size": len(data), "checksum": sha256(data).hexdigest()}

    def download(self, _name: str, snapshot: str, _: Body) -> Any:
        return self.snapshots[snapshot]

    def forget(self, _name: str, snapshot: str, _: Body) -> Any:
        del self.snapshots[snapshot]
        return True

    def recover(self, name: str, body: Body) -> Any:
        held = json.loads(body["file"])
        if self.client.collection_exists(name):
            self.client.delete_collection(name)
        self.make(name, {key: held[key] for key in ("vectors", "metadata")})
        self._indexes[name] = held["indexes"]
        return bool(self.upsert(name, held))

    def lose_everything(self) -> None:
        self.client = QdrantClient(":memory:")
        self._indexes.clear()


class _Bare(dict[str, Any]):
    """Told as it is, without a frame around it."""


_DONE = {"operation_id": 1, "status": "completed"}
_NAME = "/collections/([^/]+)"
ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("/collections", "GET", Engine.collections),
    ("/aliases", "GET", Engine.aliases),
    ("/collections/aliases", "POST", Engine.move_aliases),
    (_NAME, "GET", Engine.look),
    (_NAME, "PUT", Engine.make),
    (_NAME, "DELETE", Engine.drop),
    (f"{_NAME}/index", "PUT", Engine.index),
    (f"{_NAME}/points", "PUT", Engine.upsert),
    (f"{_NAME}/points/batch", "POST", Engine.batch),
    (f"{_NAME}/points/delete", "POST", Engine.delete),
    (f"{_NAME}/points", "POST", Engine.retrieve),
    (f"{_NAME}/points/scroll", "POST", Engine.scroll),
    (f"{_NAME}/points/count", "POST", Engine.count),
    (f"{_NAME}/facet", "POST", Engine.facet),
    (f"{_NAME}/points/query", "POST", Engine.query),
    ("/", "GET", Engine.version),
    (f"{_NAME}/cluster", "GET", Engine.nodes),
    (f"{_NAME}/snapshots", "POST", Engine.snapshot),
    (f"{_NAME}/snapshots/upload", "POST", Engine.recover),
    (f"{_NAME}/snapshots/([^/]+)", "GET", Engine.download),
    (f"{_NAME}/snapshots/([^/]+)", "DELETE", Engine.forget),
]


@contextmanager
def qdrant() -> Iterator[Engine]:
    """One that is up, and well."""
    engine = Engine()
    engine.up()
    try:
        yield engine
    finally:
        engine.down()


def _handler(engine: Engine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            if not engine.is_up:  # an old connection to a server that is gone
                self.close_connection = True
                return
            length = int(self.headers.get("Content-Length") or 0)
            body = _read(self.rfile.read(length), self.headers.get("Content-Type", ""))
            status, result = engine.answer(self.command, self.path.partition("?")[0], body)
            if not status:
                self.close_connection = True
                return
            data = result if isinstance(result, bytes) else _told(status, result)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Not to the test's output."""

    return Handler


def _read(body: bytes, kind: str) -> Body:
    if kind.startswith("multipart/"):
        return {"file": body[body.index(b"\r\n\r\n") + 4 : body.rindex(b"\r\n--")]}
    told: Body = json.loads(body or b"{}")
    return told


def _told(status: int, result: Any) -> bytes:
    told: Body = {"time": 0.001, "status": "ok", "result": _plain(result)}
    if status != 200:
        told = {"time": 0.001, "status": {"error": result}}
    return json.dumps(result if isinstance(result, _Bare) else told).encode()


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return json.loads(result.model_dump_json())
    if isinstance(result, dict):
        return {key: _plain(value) for key, value in result.items()}
    return [_plain(one) for one in result] if isinstance(result, list) else result
