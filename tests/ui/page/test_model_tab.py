"""The model tab's door, asked directly: no handler and no file for whoever is not let in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from catalog.thumbs import Thumbs
from ui.api import Api
from ui.api_policy import Policy
from ui.build import Target
from ui.page.gate import Gate
from ui.page.model_tab import KINDS
from ui.page.office import Office
from ui.page.server import Page, build_page, serve

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

PASSWORD = "a long enough one"
# What only a manager may see of it: a catalog's name, a model's backbone.
INSIDE = ("timm:test_resnet", "sf-part")


@dataclass(frozen=True)
class Site:
    """A page with a password, and who is in front of its door and behind it."""

    page: Page
    office: Office
    stranger: httpx.Client
    manager: httpx.Client

    def handlers(self) -> dict[str, int]:
        """Number of each handler of the model tab, by name."""
        return {
            str(fn.name): number
            for number, fn in self.page.fns.items()
            if fn.fn is not None and str(fn.fn.__module__).startswith("ui.page.model")
        }

    def ask(self, who: httpx.Client, number: int, event: Any = None) -> dict[str, Any]:
        """What a browser does for one event; returns the server's last word."""
        session = f"s{number}"
        body = {"data": [], "fn_index": number, "session_hash": session, "event_data": event}
        who.post("gradio_api/queue/join", json=body | {"trigger_id": 1}).raise_for_status()
        with who.stream("GET", f"gradio_api/queue/data?session_hash={session}") as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") == "process_completed":
                    return dict(message)
        raise AssertionError("the stream ended before the answer")


@pytest.fixture(scope="module")
def site(
    stocked: Target, new_service: "type[FakeService]", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    office = Office(stocked, Gate(PASSWORD, "0.0.0.0"))
    thumbs = Thumbs(stocked.settings.thumbs)
    page = build_page(new_service(), thumbs=thumbs, office=office)
    api = Api(new_service(), thumbs, Policy())
    url = serve(page, api, port=None, prevent_thread_lock=True)
    with (
        httpx.Client(base_url=url, timeout=20, trust_env=False) as stranger,
        httpx.Client(base_url=url, timeout=20, trust_env=False) as manager,
    ):
        manager.post("manage/enter", data={"password": PASSWORD})
        yield Site(page, office, stranger, manager)
    page.close(verbose=False)
    office.close()


def test_every_handler_refuses_whoever_has_not_said_the_password(site: Site) -> None:
    handlers = site.handlers()
    assert set(handlers) == {
        "_arrive", "_enter", "_look", "_stop", "_close", "lab_choose", "lab_measure",
        "pair_photo", "pair_random", "pair_example", "map_chart", "train_train",
        "switch_reindex", "switch_rollback", "switch_cleanup",
    }  # fmt: skip
    for name, number in handlers.items():
        done = site.ask(site.stranger, number, {"model": "x", "gate": False, "everything": True})
        told = json.dumps(done)
        # these two are for everybody: they show the door
        assert done["success"] == (name in ("_arrive", "_enter")), name
        assert not any(secret in told for secret in INSIDE), name
        assert site.office.jobs.last(*KINDS) is None, name


def test_a_manager_is_shown_the_tab(site: Site) -> None:
    told = json.dumps(site.ask(site.manager, site.handlers()["_enter"]))
    for secret in INSIDE:
        assert secret in told


@pytest.mark.parametrize(
    "event",
    [None, {}, {"model": ["x"]}, {"model": {"a": 1}, "photos": 3, "path": 7, "place": "x"},
     {"a": None, "b": "../../etc/passwd", "place": -1, "path": "/etc/passwd"},
     {"model": "../../etc", "catalog": "/etc/passwd", "exclude": "x", "tune": [], "lose": "1e9"},
     {"place": 10**9, "spec": "timm:x?weights=/etc/passwd", "backbone": "other", "lose": True}],
)  # fmt: skip
def test_what_a_browser_invents_starts_nothing_and_reads_nothing(site: Site, event: Any) -> None:
    asking = ("lab_choose", "pair_photo", "pair_example", "pair_random", "train_train",
              "switch_reindex")  # fmt: skip
    for name in asking:
        done = site.ask(site.manager, site.handlers()[name], event)
        told = json.dumps(done)
        # a path outside the uploads is refused before it comes to us
        assert done["success"] or "cache folder" in told, (name, told)
        assert "root:" not in told
        assert site.office.jobs.last(*KINDS) is None, name


def test_its_files_are_behind_the_same_door(site: Site, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("the report")
    link = site.office.files.link(tmp_path / "report.html")
    assert site.stranger.get(link).status_code == 403
    answer = site.manager.get(link)
    assert (answer.status_code, answer.text) == (200, "the report")
