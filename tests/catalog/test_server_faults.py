"""How we take a server's faults: a real client over a loopback socket, the answers written here.

It proves our handling, not Qdrant's behaviour (docs/qdrant-server-tests.md). Waiting is recorded
through an injected sleep.
"""

import json
import re
import socket
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from catalog.contract import INDEXES, collection_name
from catalog.errors import CatalogError, IndexMismatch, NoIndex, StoreUnavailable
from catalog.graph import Optimized
from catalog.retry import retry_after_s
from catalog.server import ServerStore

KEY = "s3cret-key-of-the-shop"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def answer(result: Any, status: int = 200) -> Response:
    body = {"result": result, "status": "ok", "time": 0.001}
    return Response(json.dumps(body), status, content_type="application/json")


def failure(status: int, headers: dict[str, str] | None = None, said: str = "no") -> Response:
    body = json.dumps({"status": {"error": said}, "time": 0.001})
    return Response(body, status, headers, content_type="application/json")


def collection(metadata: dict[str, Any] | None, vectors: Any) -> dict[str, Any]:
    """What a server says of a collection, cut down to what the client's models demand."""
    return {
        "status": "green",
        "optimizer_status": "ok",
        "segments_count": 1,
        "config": {
            "params": {"vectors": vectors},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
            "metadata": metadata,
        },
        "payload_schema": {},
    }


class Script:
    """Answers one by one, the last one for ever, and keeps what was asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.asked: list[tuple[str, str]] = []
        self.keys: set[str | None] = set()
        self.answers: list[Response | Callable[[Request], Response]] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self._handle)

    def says(self, *answers: Response | Callable[[Request], Response]) -> None:
        self.asked.clear()
        self.answers = list(answers)

    def _handle(self, request: Request) -> Response:
        self.asked.append((request.method, request.path))
        self.keys.add(request.headers.get("api-key"))
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return said if isinstance(said, Response) else said(request)


@pytest.fixture
def script(httpserver: HTTPServer) -> Script:
    return Script(httpserver)


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def store(script: Script, waits: list[float], kit: Any) -> Iterator[ServerStore]:
    """A store that has already seen its collection."""
    vectors = {"image": {"size": kit.dim, "distance": "Cosine"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the key over plain HTTP: loopback here
        store = ServerStore(script.url, api_key=KEY, sleep=waits.append)
    script.says(answer(collection(kit.info().to_metadata(), vectors)))
    store.require(kit.fingerprint("model"))
    script.asked.clear()
    yield store
    store.close()


ACKNOWLEDGED = {"operation_id": 1, "status": "completed"}


def test_two_500s_and_then_success_is_success_after_growing_waits(
    store: ServerStore, script: Script, waits: list[float], kit: Any
) -> None:
    script.says(failure(500), failure(502), answer(ACKNOWLEDGED))
    store.upsert(kit.shelf(2))
    assert [method for method, _ in script.asked] == ["PUT"] * 3
    assert len(waits) == 2
    assert 0 <= waits[0] <= 0.5
    assert 0 <= waits[1] <= 1.0


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_is_asked_again_when_it_says(
    store: ServerStore, script: Script, waits: list[float], kit: Any, status: int
) -> None:
    in_20_s = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    script.says(
        failure(status, {"Retry-After": "7"}),
        failure(status, {"Retry-After": in_20_s}),
        failure(status, {"Retry-After": "100000"}),
        answer(ACKNOWLEDGED),
    )
    store.upsert(kit.shelf(2))
    assert waits[0] == 7
    assert 15 < waits[1] <= 20
    assert waits[2] == 60  # the ceiling
    assert len(waits) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wish", ["soon", "-5", "1e9", "", "Fri, 99 Nov 2026 99:99:99 GMT"])
def test_a_wish_nobody_can_read_means_the_usual_wait(
    store: ServerStore, script: Script, waits: list[float], kit: Any, status: int, wish: str
) -> None:
    script.says(failure(status, {"Retry-After": wish}), answer(ACKNOWLEDGED))
    store.upsert(kit.shelf(2))
    assert len(waits) == 1
    assert 0 <= waits[0] <= 0.5


def test_a_server_that_stays_ill_is_given_up_and_named(
    store: ServerStore, script: Script, waits: list[float], kit: Any
) -> None:
    script.says(failure(503, said="all shards are down"))
    with pytest.raises(StoreUnavailable, match="503 all shards are down") as caught:
        store.upsert(kit.shelf(2))
    assert script.url in str(caught.value)
    assert len(script.asked) == 6
    assert len(waits) == 5
    assert max(waits) <= 60


def test_a_reader_is_told_sooner_than_a_writer(
    store: ServerStore, script: Script, waits: list[float], kit: Any
) -> None:
    script.says(failure(503, {"Retry-After": "30"}))
    with pytest.raises(StoreUnavailable):
        store.query(kit.unit(0, 1)[0], 3)
    assert len(script.asked) == 3
    assert waits == [2.0, 2.0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_fails_at_once_and_is_never_shown(
    store: ServerStore, script: Script, waits: list[float], kit: Any, status: int
) -> None:
    script.says(failure(status, said="forbidden"))
    for use in (lambda: store.upsert(kit.shelf(2)), store.describe, store.count):
        with pytest.raises(StoreUnavailable, match="QDRANT_API_KEY") as caught:
            use()
        assert KEY not in "".join(traceback.format_exception(caught.value))
    assert len(script.asked) == 3
    assert waits == []
    assert script.keys == {KEY}  # though it was sent


@pytest.mark.parametrize("status", [400, 404, 405, 413, 422])
def test_no_other_refusal_is_repeated(
    store: ServerStore, script: Script, waits: list[float], kit: Any, status: int
) -> None:
    script.says(failure(status, said="wrong request"))
    with pytest.raises(CatalogError):
        store.upsert(kit.shelf(2))
    assert len(script.asked) == 1
    assert waits == []


def test_a_missing_collection_is_no_index_but_a_stranger_s_404_is_not(
    store: ServerStore, script: Script
) -> None:
    script.says(failure(404, said="Not found: Collection `products` doesn't exist!"))
    assert store.describe() is None
    with pytest.raises(NoIndex, match="snapshelf ingest"):
        store.count()
    script.says(Response("<h1>404</h1>", 404, content_type="text/html"))
    with pytest.raises(StoreUnavailable, match="Qdrant server's"):
        store.describe()


@pytest.mark.parametrize("body", ["<html>", "", "{", "[]", '{"result": {"points": 3}}'])
def test_an_answer_that_is_not_the_protocol_is_an_error_at_once(
    store: ServerStore, script: Script, waits: list[float], kit: Any, body: str
) -> None:
    script.says(Response(body, 200, content_type="application/json"))
    with pytest.raises(StoreUnavailable, match="makes no sense"):
        store.query(kit.unit(0, 1)[0], 3)
    assert len(script.asked) == 1
    assert waits == []


def test_nobody_listening_is_waited_for_and_then_named(waits: list[float], kit: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: the port refuses
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with ServerStore(url, sleep=waits.append) as store:
            with pytest.raises(StoreUnavailable, match=f"does not answer · {url}") as caught:
                store.ensure(kit.info())
            assert "docker compose" in str(caught.value)
    assert len(waits) == 2


def test_a_connection_cut_in_the_middle_of_the_answer_is_tried_again(
    store: ServerStore, script: Script, waits: list[float], kit: Any
) -> None:
    def cut(request: Request) -> Response:
        response = Response('{"resu', 200, content_type="application/json")
        response.automatically_set_content_length = False
        response.headers["Content-Length"] = "5000"
        return response

    script.says(cut, answer(ACKNOWLEDGED))
    store.upsert(kit.shelf(2))
    assert len(script.asked) == 2
    assert len(waits) == 1


def test_a_password_in_the_url_is_never_shown(waits: list[float], kit: Any) -> None:
    with ServerStore("http://user:passw0rd@127.0.0.1:9", sleep=waits.append) as store:
        with pytest.raises(StoreUnavailable) as caught:
            store.describe()
        assert "127.0.0.1:9" in str(caught.value)
        assert "passw0rd" not in "".join(traceback.format_exception(caught.value))


class Qdrant:
    """Just enough of a server to create one collection; `made` is what was asked, in order."""

    def __init__(self, existing: dict[str, Any] | None = None) -> None:
        self.collections: dict[str, Any] = existing or {}
        self.made: list[str] = []
        self.conflict = False

    def __call__(self, request: Request) -> Response:
        name, _, rest = request.path.removeprefix("/collections/").partition("/")
        body = request.get_json(silent=True) or {}
        if request.method == "GET":
            found = self.collections.get(name)
            return answer(found) if found else failure(404, said=f"Not found: `{name}`")
        if name == "aliases":
            pairs = [action["create_alias"] for action in body["actions"]]
            means = [f"{pair['alias_name']} -> {pair['collection_name']}" for pair in pairs]
            self.made.append(f"alias {', '.join(means)}")
            return answer(True)
        if rest == "index":
            self.made.append(f"index {body['field_name']} {body['field_schema']}")
            return answer(ACKNOWLEDGED)
        self.made.append(f"collection {name}")
        self.collections[name] = collection(body["metadata"], body["vectors"])
        return failure(409, said=f"`{name}` already exists") if self.conflict else answer(True)


@pytest.fixture
def fresh(script: Script, waits: list[float]) -> Iterator[ServerStore]:
    with ServerStore(script.url, sleep=waits.append) as store:
        yield store


@pytest.mark.parametrize("conflict", [False, True], ids=["alone", "another worker was faster"])
def test_a_collection_is_made_then_indexed_then_named(
    fresh: ServerStore, script: Script, kit: Any, conflict: bool
) -> None:
    qdrant = Qdrant()
    qdrant.conflict = conflict
    script.says(qdrant)
    fresh.ensure(kit.info())
    name = collection_name(kit.fingerprint("model"))
    assert qdrant.made[0] == f"collection {name}"
    assert set(qdrant.made[1:-1]) == {f"index {key} {kind}" for key, kind in INDEXES.items()}
    assert qdrant.made[-1] == f"alias products -> {name}"
    assert qdrant.collections[name]["config"]["metadata"] == kit.info().to_metadata()


COSINE = {"size": 16, "distance": "Cosine"}


@pytest.mark.parametrize(
    ("vectors", "difference"),
    [
        ({"image": {"size": 32, "distance": "Cosine"}}, "32 x Cosine"),
        ({"image": {"size": 16, "distance": "Dot"}}, "16 x Dot"),
        ({"photo": COSINE}, "photo"),
        (COSINE, "16 x Cosine"),
        (None, "{}"),
    ],
    ids=["length", "distance", "name", "unnamed", "none"],
)
@pytest.mark.parametrize("behind", ["alias", "collection"])
@pytest.mark.parametrize("ours", [True, False])
def test_a_collection_that_does_not_fit_is_refused_with_the_difference_and_left_alone(
    fresh: ServerStore,
    script: Script,
    kit: Any,
    vectors: Any,
    difference: str,
    behind: str,
    ours: bool,
) -> None:
    metadata = kit.info().to_metadata() if ours else None
    name = collection_name(kit.fingerprint("model")) if behind == "collection" else "products"
    qdrant = Qdrant({name: collection(metadata, vectors)})
    script.says(qdrant)
    with pytest.raises(IndexMismatch) as caught:
        fresh.ensure(kit.info())
    assert difference in caught.value.found
    assert "16 x Cosine" in caught.value.expected
    assert qdrant.made == []


def test_a_collection_made_by_somebody_else_is_refused_and_left_alone(
    fresh: ServerStore, script: Script, kit: Any
) -> None:
    for metadata in (None, {}, {"fingerprint": "only"}):
        qdrant = Qdrant({"products": collection(metadata, {"image": COSINE})})
        script.says(qdrant)
        for use in (lambda: fresh.ensure(kit.info()), fresh.describe):
            with pytest.raises(IndexMismatch, match="not made by snapshelf"):
                use()
        assert qdrant.made == []


def test_an_alias_of_another_model_is_refused_and_left_alone(
    fresh: ServerStore, script: Script, kit: Any
) -> None:
    served = collection(kit.info("other", dim=32).to_metadata(), {"image": COSINE | {"size": 32}})
    mine = collection(kit.info().to_metadata(), {"image": COSINE})
    qdrant = Qdrant({"products": served, collection_name(kit.fingerprint("model")): mine})
    script.says(qdrant)
    with pytest.raises(IndexMismatch, match=r"another model.*snapshelf ingest"):
        fresh.ensure(kit.info())
    assert qdrant.made == []


def test_both_aliases_move_in_one_request_once_the_server_has_built_its_graph(
    fresh: ServerStore, script: Script, kit: Any, waits: list[float]
) -> None:
    served, ready = (collection(kit.info(name).to_metadata(), {"image": COSINE}) for name in "ab")
    old, new = (collection_name(kit.fingerprint(name)) for name in "ab")
    qdrant = Qdrant({"products": served, new: ready})
    busy = answer(ready | {"status": "yellow"})
    script.says(answer(served), busy, busy, qdrant)
    fresh.promote(kit.fingerprint("b"))
    assert waits == [1.0, 1.0]
    assert qdrant.made == [f"alias products__previous -> {old}, products -> {new}"]
    script.says(Qdrant({"products": ready, new: ready}))
    fresh.promote(kit.fingerprint("b"))  # the alias means it already
    assert not [path for _, path in script.asked if path == "/collections/aliases"]


def test_a_graph_that_is_never_finished_moves_no_alias(
    fresh: ServerStore, script: Script, kit: Any, waits: list[float]
) -> None:
    served, ready = (collection(kit.info(name).to_metadata(), {"image": COSINE}) for name in "ab")
    script.says(answer(served), answer(ready | {"status": "red"}))
    with pytest.raises(StoreUnavailable, match="is red"):
        fresh.promote(kit.fingerprint("b"))
    assert not [path for _, path in script.asked if path == "/collections/aliases"]


@pytest.mark.parametrize(("count", "large"), [(1000, False), (1 << 25, True)])
def test_a_server_is_told_what_suits_the_size_and_waited_for(
    store: ServerStore, script: Script, kit: Any, waits: list[float], count: int, large: bool
) -> None:
    vectors = {"image": {"size": kit.dim, "distance": "Cosine"}}
    ready = collection(kit.info().to_metadata(), vectors)
    told: list[dict[str, Any]] = []

    def update(request: Request) -> Response:
        told.append(request.get_json())
        return answer(True)

    def indexed(number: int, status: str = "green") -> Response:
        return answer(ready | {"indexed_vectors_count": number, "status": status})

    half, done = indexed(count // 2, "yellow"), indexed(count)
    script.says(indexed(0), answer({"count": count}), update, half, half, done)
    seen: list[tuple[int, int]] = []
    result = store.optimize(watch=lambda done, expected: seen.append((done, expected)))
    assert result == Optimized(count, count, built=True)
    assert (seen, waits) == ([(count // 2, count), (count, count)], [1.0])
    (asked,) = told
    assert asked["hnsw_config"] == {"m": 16, "ef_construct": 100}
    assert asked["optimizers_config"] == {"indexing_threshold": 20_000}
    assert asked["vectors"] == {"image": {"on_disk": large}}
    quantized = {"scalar": {"type": "int8", "always_ram": True}}
    assert asked["quantization_config"] == (quantized if large else "Disabled")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60.0),
        ("1.5", None),
        ("-1", None),
        ("nan", None),
        ("\u0663", None),
        ("tomorrow", None),
        ("Fri, 02 Jan 2026 03:05:05 +9999999999999", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds
