"""Snapshots of a server's collection, over a real socket.

The loopback server here keeps the protocol as Qdrant documents it; that a real one does so too is
shown by the tests marked `qdrant`.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from qdrant_client import QdrantClient
from werkzeug import Request, Response

from catalog.contract import collection_name
from catalog.errors import IndexMismatch, StoreUnavailable
from catalog.server import ServerStore
from catalog.store import Saved

KEY = "s3cret-key-of-the-shop"
PADDING = 3_000_000
pytestmark = pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")


class Shelf:
    """A server of collections that are counted, and snapshots that are files."""

    def __init__(self, server: HTTPServer, disk: Path) -> None:
        self.url = server.url_for("").rstrip("/")
        self.version = "1.20.1"
        self.collections: dict[str, dict[str, Any]] = {}
        self.aliases: dict[str, str] = {}
        self.remote: list[dict[str, Any]] = []
        self.disk = disk
        self.spoil = lambda data: data
        self.asked: list[tuple[str, str]] = []
        self.refuse: tuple[str, int] | None = None
        server.expect_request(re.compile(".*")).respond_with_handler(self._handle)

    def snapshots(self, name: str) -> list[str]:
        return sorted(path.name for path in self.disk.glob(f"{name}-*"))

    def _handle(self, request: Request) -> Response:
        method, path = request.method, request.path.rstrip("/") or "/"
        self.asked.append((method, path))
        if request.headers.get("api-key") != KEY:
            return _error(403, "Invalid API key")
        if self.refuse and self.refuse[0] in path:
            return _error(self.refuse[1], "no")
        if path == "/":
            return Response(
                json.dumps({"title": "qdrant", "version": self.version}),
                content_type="application/json",
            )
        if path.endswith("/aliases"):
            return self._aliased(request)
        asked, *rest = path.removeprefix("/collections/").split("/")
        name = self.aliases.get(asked, asked)
        if rest[:1] == ["snapshots"]:
            return self._snapshot(request, name, rest[1:])
        return self._told(name, rest)

    def _aliased(self, request: Request) -> Response:
        if request.method == "GET":
            pairs = [{"alias_name": a, "collection_name": c} for a, c in self.aliases.items()]
            return _ok({"aliases": pairs})
        for action in request.get_json()["actions"]:
            made = action["create_alias"]
            self.aliases[made["alias_name"]] = made["collection_name"]
        return _ok(True)

    def _told(self, name: str, rest: list[str]) -> Response:
        if name not in self.collections:
            return _error(404, f"Not found: Collection `{name}` doesn't exist!")
        if rest == ["points", "count"]:
            return _ok({"count": self.collections[name]["points"]})
        if rest == ["cluster"]:
            return _ok({"peer_id": 1, "shard_count": 1, "local_shards": [],
                        "remote_shards": self.remote, "shard_transfers": []})  # fmt: skip
        assert rest == []
        return _ok(_collection(self.collections[name]))

    def _snapshot(self, request: Request, name: str, rest: list[str]) -> Response:
        if rest == ["upload"]:
            data = request.files["snapshot"].read()
            if hashlib.sha256(data).hexdigest() != request.args["checksum"]:
                return _error(400, "checksum mismatch")
            assert request.args["priority"] == "snapshot"
            self.collections[name] = json.loads(data[PADDING:])
            return _ok(True)
        if request.method == "POST":
            made = self.disk / f"{name}-{uuid.uuid4().hex}.snapshot"
            made.write_bytes(b"\0" * PADDING + json.dumps(self.collections[name]).encode())
            checksum = hashlib.sha256(made.read_bytes()).hexdigest()
            return _ok({"name": made.name, "size": made.stat().st_size, "checksum": checksum})
        path = self.disk / rest[0]
        if request.method == "DELETE":
            path.unlink()
            return _ok(True)
        return Response(self.spoil(path.read_bytes()), content_type="application/octet-stream")


def _ok(result: Any) -> Response:
    body = {"result": result, "status": "ok", "time": 0.001}
    return Response(json.dumps(body), content_type="application/json")


def _error(status: int, said: str) -> Response:
    body = {"status": {"error": said}, "time": 0.001}
    return Response(json.dumps(body), status, content_type="application/json")


def _collection(kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "green", "optimizer_status": "ok", "segments_count": 1, "payload_schema": {},
        "config": {
            "params": {"vectors": {"image": {"size": kept["metadata"]["dim"],
                                             "distance": "Cosine"}}},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
            "optimizer_config": {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000,
                                 "default_segment_number": 0, "flush_interval_sec": 5},
            "metadata": kept["metadata"],
        },
    }  # fmt: skip


@pytest.fixture
def shelf(httpserver: HTTPServer, tmp_path: Path, kit: Any) -> Shelf:
    (tmp_path / "disk").mkdir()
    made = Shelf(httpserver, tmp_path / "disk")
    name = collection_name(kit.fingerprint("model"))
    made.collections[name] = {"metadata": kit.info().to_metadata(), "points": 42}
    made.aliases["products"] = name
    return made


@pytest.fixture
def name(kit: Any) -> str:
    return collection_name(kit.fingerprint("model"))


@pytest.fixture
def store(shelf: Shelf) -> Iterator[ServerStore]:
    with ServerStore(shelf.url, api_key=KEY, sleep=lambda seconds: None) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backup").mkdir()
    return tmp_path / "backup"


def test_a_snapshot_is_made_brought_here_and_removed_there(
    store: ServerStore, shelf: Shelf, folder: Path, kit: Any, name: str
) -> None:
    steps: list[tuple[int, int]] = []
    saved = store.save(folder, lambda done, total: steps.append((done, total)))
    assert saved == Saved(kit.info(), "qdrant 1.20.1", 42)
    data = (folder / "snapshot").read_bytes()
    assert json.loads(data[PADDING:])["points"] == 42
    assert shelf.snapshots(name) == []
    assert len(steps) > 2
    assert steps[-1] == (len(data) >> 20, len(data) >> 20)


@pytest.mark.parametrize(
    "spoil",
    [lambda data: data[:-1], lambda data: data + b"x", lambda data: data[:-1] + b"?"],
    ids=["short", "long", "changed"],
)
def test_a_snapshot_that_arrives_otherwise_is_refused_and_removed_there(
    store: ServerStore, shelf: Shelf, folder: Path, name: str, spoil: Any
) -> None:
    shelf.spoil = spoil
    with pytest.raises(StoreUnavailable, match="did not arrive whole"):
        store.save(folder)
    assert shelf.snapshots(name) == []


def test_an_empty_server_is_given_collection_and_alias(
    store: ServerStore, shelf: Shelf, folder: Path, kit: Any, name: str
) -> None:
    saved = store.save(folder)
    shelf.collections.clear()
    shelf.aliases.clear()
    with ServerStore(shelf.url, api_key=KEY) as fresh:
        assert fresh.describe() is None
        fresh.accept(folder, saved)
        fresh.load(folder, saved)
        assert fresh.require(kit.fingerprint("model")) == kit.info()
        assert fresh.count() == 42
    assert shelf.aliases == {"products": name}
    assert shelf.snapshots(name) == []


def test_what_is_replaced_is_kept_on_the_server_until_the_backup_is_in_its_place(
    store: ServerStore, shelf: Shelf, folder: Path, name: str
) -> None:
    saved = store.save(folder)
    shelf.collections[name]["points"] = 50
    shelf.refuse = ("/upload", 500)
    with pytest.raises(StoreUnavailable) as failed:
        store.load(folder, saved)
    (kept,) = shelf.snapshots(name)
    assert kept in str(failed.value)
    assert store.count() == 50
    shelf.refuse = None
    store.load(folder, saved)
    assert store.count() == 42
    assert shelf.snapshots(name) == [kept]


def test_another_model_that_was_served_is_the_previous_one_afterwards(
    store: ServerStore, shelf: Shelf, folder: Path, kit: Any, name: str
) -> None:
    saved = store.save(folder)
    other = collection_name(kit.fingerprint("other"))
    shelf.collections = {other: {"metadata": kit.info("other").to_metadata(), "points": 7}}
    shelf.aliases["products"] = other
    with ServerStore(shelf.url, api_key=KEY) as fresh:
        fresh.load(folder, saved)
        assert fresh.count() == 42
    assert shelf.aliases == {"products": name, "products__previous": other}


def test_a_key_that_may_only_read_is_named_as_the_cause_and_not_shown(
    store: ServerStore, shelf: Shelf, folder: Path
) -> None:
    shelf.refuse = ("/snapshots", 403)
    with pytest.raises(StoreUnavailable, match="QDRANT_API_KEY") as refused:
        store.save(folder)
    assert KEY not in str(refused.value)


def test_a_server_that_is_gone_is_named(store: ServerStore, shelf: Shelf, folder: Path) -> None:
    saved = store.save(folder)
    shelf.refuse = ("/snapshots", 503)
    with pytest.raises(StoreUnavailable, match="busy or ill"):
        store.load(folder, saved)


def test_a_collection_on_several_nodes_is_refused(
    store: ServerStore, shelf: Shelf, folder: Path, name: str
) -> None:
    shelf.remote = [{"shard_id": 1, "peer_id": 2, "state": "Active"}]
    with pytest.raises(StoreUnavailable, match="several nodes"):
        store.save(folder)
    assert shelf.snapshots(name) == []


@pytest.mark.parametrize("found", ["1.18.4", "1.21.0", "2.20.0"])
def test_a_snapshot_that_the_server_cannot_read_is_refused_before_anything_is_changed(
    store: ServerStore, shelf: Shelf, folder: Path, kit: Any, found: str
) -> None:
    before = len(shelf.asked)
    with pytest.raises(IndexMismatch) as refused:
        store.accept(folder, Saved(kit.info(), f"qdrant {found}", 42))
    assert "qdrant 1.20.1" in str(refused.value)
    assert found in str(refused.value)
    assert {method for method, _ in shelf.asked[before:]} == {"GET"}


@pytest.mark.parametrize("found", ["1.19.0", "1.20.0", "1.20.7"])
def test_a_snapshot_of_this_minor_version_or_the_one_before_is_taken(
    store: ServerStore, folder: Path, kit: Any, found: str
) -> None:
    saved = Saved(kit.info(), f"qdrant {found}", 42)
    with pytest.raises(StoreUnavailable, match="no snapshot"):
        store.accept(folder, saved)
    (folder / "snapshot").touch()
    store.accept(folder, saved)


@pytest.mark.parametrize(
    ("server", "told"),
    [("1.20.1", ""), ("1.19.9", ""), ("1.21.0", ""), ("1.18.0", "one minor version at a time"),
     ("1.99.0", "update snapshelf")],
)  # fmt: skip
def test_a_server_far_from_the_client_is_told_with_both_versions(
    store: ServerStore, shelf: Shelf, server: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.server.version", lambda package: "1.20.0")
    shelf.version = server
    advice = store.advice()
    assert told in advice
    assert bool(advice) == bool(told)
    assert not advice or server in advice


def test_a_server_that_lacks_what_searches_need_is_refused(
    store: ServerStore, shelf: Shelf
) -> None:
    shelf.version = "1.15.2"
    with pytest.raises(IndexMismatch, match="too old") as refused:
        store.advice()
    assert "1.16 or later" in str(refused.value)
    assert "1.15.2" in str(refused.value)


def test_a_server_looks_after_its_files_itself(store: ServerStore) -> None:
    assert store.upgrade().to_json() == {
        "before": "qdrant 1.20.1", "after": "qdrant 1.20.1", "points": 42
    }  # fmt: skip


def test_what_is_in_memory_only_cannot_be_saved(folder: Path, kit: Any) -> None:
    with ServerStore(":memory:") as memory:
        memory.ensure(kit.info())
        with pytest.raises(StoreUnavailable, match="in memory only"):
            memory.save(folder)
        assert memory.advice() == ""


@pytest.mark.qdrant
def test_a_real_server_gives_its_collection_and_takes_it_back(
    server: Any, folder: Path, kit: Any
) -> None:
    points = kit.shelf(500)
    client = QdrantClient(
        url=os.environ["QDRANT_URL"], api_key=os.environ.get("QDRANT_API_KEY"),
        check_compatibility=False,
    )  # fmt: skip
    target = collection_name(kit.fingerprint("model"), server.alias)
    with server.open() as store:
        store.ensure(kit.info())
        store.upsert(points)
        hits = store.query(points[3].vector, 10, exact=True)
        saved = store.save(folder)
    assert saved.points == len(points)
    assert client.list_snapshots(target) == []
    client.delete_collection(target)
    for attempt in range(2):  # onto nothing, and over what is there
        with server.open() as store:
            store.accept(folder, saved)
            store.load(folder, saved)
            assert store.require(kit.fingerprint("model")) == kit.info(), attempt
            assert store.query(points[3].vector, 10, exact=True) == hits
            store.delete([points[3].id])
    assert client.list_snapshots(target) == []
    client.close()
