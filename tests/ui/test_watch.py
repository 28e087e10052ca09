"""What is counted of searches, whoever asks; and the id that goes with a request."""

import math
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from catalog.store import Hit
from catalog.thumbs import Thumbs
from ingest.report import OUTCOMES, Report
from search.drift import LEAST
from search.request import ANY, SearchRequest
from search.result import Route, SearchResult
from ui.api import Api
from ui.api_policy import Policy
from ui.page.language import english
from ui.page.question import Question
from ui.page.server import Page, build_page, serve
from ui.timely import Timely
from ui.watch import Watch, Watched

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService


def counted(watch: Watch) -> dict[tuple[str, ...], float]:
    """Name and label values of every sample of ours."""
    families = text_string_to_metric_families(watch.metrics.text().decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("snapshelf_")
    }


@contextmanager
def shop(service: Any, folder: Path) -> Iterator[tuple[Page, httpx.Client, Watch]]:
    watch = Watch()
    watched, thumbs = Watched(service, watch), Thumbs(folder)
    page = build_page(watched, thumbs=thumbs)
    api = Api(watched, thumbs, Policy(per_minute=0), watch)
    url = serve(page, api, port=None, prevent_thread_lock=True)
    try:
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            yield page, client, watch
    finally:
        page.close(verbose=False)


def test_searches_of_page_and_services_are_counted_alike(
    service: "FakeService", tmp_path: Path, photo_bytes: bytes
) -> None:
    with shop(service, tmp_path) as (page, client, watch):
        page.desk.answer(1, Question(text="a hat"), english())
        client.post("/v1/search", files={"image": photo_bytes}).raise_for_status()
        client.post("/v1/search", json={"text": "hat", "category": ANY}).raise_for_status()
        client.post("/v1/search", json={"text": "hat", "category": "Shoes"}).raise_for_status()
        told = counted(watch)
    assert told["snapshelf_route_total", "routed"] == 2
    assert told["snapshelf_route_total", "none"] == 1
    assert told["snapshelf_route_total", "chosen"] == 1
    assert told["snapshelf_search_seconds_count", "total"] == 4
    assert told["snapshelf_no_match_total",] == 0


def test_facets_are_a_search_that_is_counted_and_told(
    service: "FakeService", tmp_path: Path, photo_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with shop(service, tmp_path) as (_, client, watch), caplog.at_level("INFO", logger="ui"):
        answer = client.post("/v1/facets", files={"image": photo_bytes}).json()
        told = counted(watch)
    assert answer["facets"]["brand"] == {"Acme": 3}
    assert service.asked[0].facets
    assert told["snapshelf_route_total", "routed"] == 1
    assert told["snapshelf_search_seconds_count", "total"] == 1
    assert "search" in [record.getMessage() for record in caplog.records]


def test_an_answer_with_nothing_alike_is_counted_and_a_second_page_of_it_is_not(
    service: "FakeService",
) -> None:
    service.hits.clear()
    watch = Watch()
    watched = Watched(service, watch)
    watched.search(SearchRequest(text="an elephant"))
    watched.search(SearchRequest(text="an elephant", offset=9))
    assert counted(watch)["snapshelf_no_match_total",] == 1


def test_the_drift_is_told_once_enough_photos_were_seen(service: "FakeService") -> None:
    class Decoding:
        """Every photo is a new one, and shows shoes."""

        def search(self, request: SearchRequest) -> SearchResult:
            return service.search(replace(request, image=b"", text="shoes"))

        def categories(self) -> dict[str, int]:
            return {"Shoes": 3, "Hats": 1}

    watch = Watch()
    watched = Watched(Decoding(), watch)  # type: ignore[arg-type]
    for n in range(LEAST):
        watched.search(SearchRequest(str(n).encode()))
    assert counted(watch)["snapshelf_category_drift",] == pytest.approx(1 / 4)


def test_numbers_are_told_while_the_engine_lets_everybody_wait(
    service: "FakeService", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, asked = threading.Event(), threading.Semaphore(0)

    def count() -> int:
        asked.release()
        assert engine.wait(60)
        return 60

    with shop(service, tmp_path) as (_, client, _), ThreadPoolExecutor() as others:
        monkeypatch.setattr(service, "count", count)
        looks = [others.submit(client.get, "/readyz") for _ in range(2)]
        try:
            assert all(asked.acquire(timeout=30) for _ in looks)
            slow = client.get("/metrics")
        finally:
            engine.set()
        assert slow.status_code == 200
        assert "snapshelf_images NaN" in slow.text
        assert "snapshelf_pending 0.0" in slow.text
        assert "snapshelf_images 60.0" in client.get("/metrics").text


def test_every_outcome_of_a_row_is_told_before_the_first_one_and_between_runs() -> None:
    watch = Watch()

    def rows() -> dict[str, float]:
        told = counted(watch).items()
        return {name[1]: n for name, n in told if name[0] == "snapshelf_ingest_rows_total"}

    nothing = dict.fromkeys(OUTCOMES, 0)
    assert rows() == nothing
    first = Report("first")
    first.outcomes["new"] += 2
    for report in (first, Report("second")):
        watch.runs.see(report)
        assert rows() == {**nothing, "new": 2}


def test_who_looks_while_a_number_is_asked_for_waits_for_the_same() -> None:
    engine = threading.Event()
    asked: list[int] = []

    def ask() -> float:
        asked.append(1)
        return 7.0 if engine.wait(60) else math.nan

    number = Timely(ask, patience_s=0.05)
    assert [math.isnan(number()) for _ in range(3)] == [True] * 3
    assert len(asked) == 1
    engine.set()


def test_a_failed_search_is_no_answer(
    service: "FakeService", caplog: pytest.LogCaptureFixture
) -> None:
    service.failure = RuntimeError("a secret")
    watch = Watch()
    with caplog.at_level("INFO", logger="ui"), pytest.raises(RuntimeError):
        Watched(service, watch).search(SearchRequest(text="x"))
    assert ("snapshelf_search_seconds_count", "total") not in counted(watch)
    assert "search failed" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("given", ["abc-DEF_1.2", "f" * 64])
def test_a_sane_request_id_is_kept(given: str, service: "FakeService", tmp_path: Path) -> None:
    with shop(service, tmp_path) as (_, client, _):
        for path in ("/healthz", "/v1/nothing"):
            answer = client.get(path, headers={"X-Request-Id": given})
            assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "f" * 65, 'a"b', "a b", "é", "a;b"])
def test_any_other_request_gets_an_id_of_ours(
    given: str | None, service: "FakeService", tmp_path: Path
) -> None:
    headers = {} if given is None else {"X-Request-Id": given.encode()}
    with shop(service, tmp_path) as (_, client, _):
        told = [client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]  # type: ignore[arg-type]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in told)
    assert told[0] != told[1]


def test_a_fault_is_named_by_its_request(
    service: "FakeService", tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service.failure = RuntimeError()
    with shop(service, tmp_path) as (_, client, _):
        answer = client.post("/v1/search", json={"text": "x"}, headers={"X-Request-Id": "mine"})
    assert answer.json()["instance"] == "mine"
    assert "request mine ended in a fault" in caplog.text


def test_a_route_label_is_one_of_three_words(hit: Callable[..., Hit]) -> None:
    """Whatever a category is called, it is no label."""
    watch = Watch()
    for kind in ("routed", "chosen", "none"):
        route = Route(kind, ("A secret category",), "")  # type: ignore[arg-type]
        watch.metrics.searched(SearchRequest(text="x"), SearchResult((hit(),), route))
    told = counted(watch)
    routes = {key[1] for key in told if key[0] == "snapshelf_route_total"}
    assert routes == {"routed", "chosen", "none"}
    assert "secret" not in watch.metrics.text().decode()
