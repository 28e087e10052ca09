"""Spans: sent to a real receiver when asked for, and nothing of OpenTelemetry's else."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from made import picture, write_shop
from made_models import shop
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import ui
from catalog.thumbs import Thumbs
from search.request import SearchRequest
from ui.api import Api
from ui.api_policy import Policy
from ui.page.server import build_page, serve
from ui.reindexing import following
from ui.watch import Watch, Watched

HOUSE = Path(ui.__file__ or "").parent.parent
SECRETS = ("an unspeakable wish", "storeroom-key-0123456789", "c2lnbmF0dXJl")


class Receiver:
    """Keeps the spans that an OTLP exporter sends."""

    def __init__(self, server: HTTPServer) -> None:
        self.lock = threading.Lock()
        self.spans: list[Any] = []
        self.raw = b""
        self.services: set[str] = set()
        server.expect_request("/v1/traces", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        told = ExportTraceServiceRequest.FromString(request.get_data())
        with self.lock:
            self.raw += request.get_data()
            for resource in told.resource_spans:
                self.services |= {
                    one.value.string_value
                    for one in resource.resource.attributes
                    if one.key == "service.name"
                }
                self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(status=200)

    def of(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def receiver(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", httpserver.url_for("").rstrip("/"))
    return Receiver(httpserver)


def facts(span: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def test_a_request_is_one_trace_from_its_caller_down_to_the_engine(
    receiver: Receiver, tmp_path: Path, home: Path
) -> None:
    from ui.tracing import Tracer

    target, watch = shop(tmp_path / "stocked"), Watch(Tracer())
    thumbs, above = Thumbs(tmp_path / "thumbs"), "0af7651916cd43dd8448eb211c80319c"
    with following(None, target, engine=watch.engine, step=watch.step) as found:
        service = Watched(found, watch)
        page = build_page(service, thumbs=thumbs)
        api = Api(service, thumbs, Policy(keys=(SECRETS[1],)), watch)
        url = serve(page, api, port=None, prevent_thread_lock=True)
        try:
            for asking in ({"files": {"image": picture(1)}}, {"json": {"text": SECRETS[0]}}):
                httpx.post(
                    f"{url.rstrip('/')}/v1/search?sig={SECRETS[2]}", trust_env=False, timeout=60,
                    **asking,
                    headers={"X-API-Key": SECRETS[1], "X-Request-Id": "shop-1",
                             "traceparent": f"00-{above}-b7ad6b7169203331-01"},
                ).raise_for_status()  # fmt: skip
            service.search(SearchRequest(picture(2)))  # as the page asks: without a request
        finally:
            page.close(verbose=False)
    watch.close()
    assert receiver.services == {"snapshelf"}
    requests = receiver.of("POST /v1/search")
    assert [span.trace_id.hex() for span in requests] == [above] * 2
    assert {facts(span)["request"] for span in requests} == {"shop-1"}
    searches = receiver.of("search")
    assert len(searches) == 3
    first = next(span for span in searches if span.parent_span_id == requests[0].span_id)
    below = [span for span in receiver.spans if span.parent_span_id == first.span_id]
    assert {"decode", "encode", "engine", "route"} <= {span.name for span in below}
    for span in below:
        assert first.start_time_unix_nano <= span.start_time_unix_nano + 1_000_000
        assert span.end_time_unix_nano <= first.end_time_unix_nano
    alone = next(span for span in searches if not span.parent_span_id)
    assert facts(alone)["request"] not in ("", "shop-1")
    assert not [secret for secret in SECRETS if secret.encode() in receiver.raw]


def test_an_ingest_is_one_trace_with_its_batches_and_the_id_of_its_run(
    receiver: Receiver, tmp_path: Path
) -> None:
    write_shop(tmp_path, 5)
    done = run(tmp_path, "-m", "ui.cli", "ingest", "catalog.csv", "--log-format", "json")
    (ingest,) = receiver.of("ingest")
    assert facts(ingest)["run"] == json.loads(done.stderr.splitlines()[0])["run"]
    below = [span for span in receiver.spans if span.parent_span_id == ingest.span_id]
    assert {span.name for span in below} == {"read", "embed", "write"}
    assert len(below) == len(receiver.spans) - 1


# Runs the command line, then tells which modules of OpenTelemetry it has loaded.
LOADED = """
import sys
from ui.cli import main
code = main(sys.argv[1:])
print([name for name in sys.modules if name.startswith("opentelemetry")])
sys.exit(code)
"""
# What a server loads before it listens; FastAPI itself brings the bare interface.
SERVER = """
import sys
import ui.page.server, ui.mcp_server
from ui.shell import tracer_here
from ui.watch import Watch
Watch(tracer_here())
print([name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exp"))])
"""


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    own = {"SNAPSHELF_HOME": str(folder / "home"), "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        [sys.executable, *words], env={**os.environ, **own, **more}, cwd=folder,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_without_the_variable_nothing_of_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    write_shop(tmp_path, 2)
    assert run(tmp_path, "-c", LOADED, "ingest", "catalog.csv").stdout.endswith("[]\n")
    assert run(tmp_path, "-c", SERVER).stdout == "[]\n"


def test_without_the_extra_the_variable_is_answered_with_what_to_install(tmp_path: Path) -> None:
    write_shop(tmp_path, 2)
    hidden = "import sys; sys.modules['opentelemetry.sdk'] = None\n" + LOADED
    done = run(
        tmp_path, "-c", hidden, "ingest", "catalog.csv",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
    )  # fmt: skip
    assert "pip install 'snapshelf[otel]'" in done.stderr
