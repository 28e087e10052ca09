"""A server that answers too late, over a loopback socket: it may have done what was asked."""

import json
import re
import time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from catalog.server import ServerStore


def answer(result: object) -> Response:
    body = {"result": result, "status": "ok", "time": 0.001}
    return Response(json.dumps(body), content_type="application/json")


def described(kit: Any) -> dict[str, Any]:
    """What a server says of a collection, cut down to what the client's models demand."""
    return {
        "status": "green",
        "optimizer_status": "ok",
        "segments_count": 1,
        "config": {
            "params": {"vectors": {"image": {"size": kit.dim, "distance": "Cosine"}}},
            "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
            "optimizer_config": {
                "deleted_threshold": 0.2,
                "vacuum_min_vector_number": 1000,
                "default_segment_number": 0,
                "flush_interval_sec": 5,
            },
            "metadata": kit.info().to_metadata(),
        },
        "payload_schema": {},
    }


class LateServer:
    """Applies every write; answers the first one after the client's patience."""

    def __init__(self, server: HTTPServer, collection: dict[str, Any]) -> None:
        self.points: dict[str, Any] = {}
        self.writes = 0
        self._collection = collection
        server.expect_request(re.compile(".*")).respond_with_handler(self._handle)

    def _handle(self, request: Request) -> Response:
        if request.method != "PUT":
            return answer(self._collection)
        self.writes += 1
        for point in request.get_json()["points"]:
            self.points[point["id"]] = point
        if self.writes == 1:
            time.sleep(1.3)
        return answer({"operation_id": self.writes, "status": "completed"})


def test_a_write_whose_answer_came_too_late_is_written_again_with_the_same_result(
    httpserver: HTTPServer, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.server._TIMEOUT_S", 1)
    server = LateServer(httpserver, described(kit))
    with ServerStore(httpserver.url_for("").rstrip("/"), sleep=lambda _: None) as store:
        store.require(kit.fingerprint("model"))
        store.upsert(kit.shelf(3))
        assert server.writes == 2
        after_two = dict(server.points)
        store.upsert(kit.shelf(3))
    assert len(after_two) == 3
    assert server.points == after_two
