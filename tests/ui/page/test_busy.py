"""Many people at once: each is answered, or told in words to come again."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from catalog.thumbs import Thumbs
from search.request import SearchRequest
from search.result import SearchResult
from ui.api import Api
from ui.api_policy import Policy
from ui.page import search_tab
from ui.page.server import Page, build_page, serve

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

PEOPLE = 40


class Slow:
    """A service that answers when the test lets it."""

    def __init__(self, service: "FakeService") -> None:
        self.service = service
        self.go_on = threading.Event()
        self.most = self._inside = 0
        self._lock = threading.Lock()

    def search(self, request: SearchRequest) -> SearchResult:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self.go_on.wait(50)
        with self._lock:
            self._inside -= 1
        return self.service.search(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.service, name)


@pytest.fixture
def slow(service: "FakeService") -> Slow:
    return Slow(service)


@pytest.fixture
def page(slow: Slow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Page, str]]:
    monkeypatch.setattr(search_tab, "_PATIENCE_S", 0.5)
    page = build_page(slow, thumbs=Thumbs(tmp_path))
    url = serve(page, Api(slow, page.desk.thumbs, Policy()), port=None, prevent_thread_lock=True)
    yield page, url
    slow.go_on.set()
    page.close(verbose=False)


def person(page: Page, url: str, number: int) -> str:
    """One visitor's question: how it was answered."""
    event = next(n for n, fn in page.fns.items() if fn.name == "_ask")
    body = {
        "data": [], "fn_index": event, "session_hash": f"person{number}", "trigger_id": 1,
        "event_data": {"question": {"like": "p0"}, "number": number},
    }  # fmt: skip
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        client.post("gradio_api/queue/join", json=body).raise_for_status()
        path = f"gradio_api/queue/data?session_hash=person{number}"
        with client.stream("GET", path) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") == "process_completed":
                    return told(message, number)
    return "nothing"


def told(message: dict[str, Any], number: int) -> str:
    text = json.dumps(message)
    if not message["success"]:
        return "error"
    assert f'data-number=\\"{number}\\"' in text  # their own answer, and nobody else's
    return "busy" if "Many people are searching right now" in text else "answer"


def ask_all(
    page: Page, url: str, see: Callable[[str], object] = lambda answer: None
) -> "Counter[str]":
    with ThreadPoolExecutor(PEOPLE) as people:
        asked = [people.submit(person, page, url, number) for number in range(PEOPLE)]
        for one in as_completed(asked):
            see(one.result())
        return Counter(one.result() for one in asked)


def test_whoever_waits_too_long_is_told_that_many_are_here(
    slow: Slow, page: tuple[Page, str]
) -> None:

    def see(answer: str) -> None:
        if answer == "busy":  # until then those inside are held
            slow.go_on.set()

    answers = ask_all(*page, see)
    assert answers["busy"] > 0
    assert answers["answer"] >= 2  # those that were inside
    assert answers.keys() == {"busy", "answer"}
    assert slow.most == 2  # and no more than that were worked on at a time


def test_a_crowd_is_answered_one_after_the_other(slow: Slow, page: tuple[Page, str]) -> None:
    slow.go_on.set()
    assert ask_all(*page) == {"answer": PEOPLE}
    assert slow.most <= 2
