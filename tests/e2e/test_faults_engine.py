"""A server that is slow, full, restarting or closed to us, as shoppers, services and ingest see it.

The sockets, the page and the browser are real; behind the server is the client's in-memory engine
(`made_qdrant`), so that these are promises about us, not about Qdrant.
"""

import csv
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from made import TINY, picture, write_shop
from made_page import Visit, begin, end
from made_qdrant import Engine, qdrant

from catalog.retry import retrying
from catalog.thumbs import Thumbs
from ui.build import Target
from ui.cli import main
from ui.offline import keep_to_itself
from ui.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_SPACE = "Service internal error: No space left on device: WAL buffer size exceeds available"
PRODUCTS = 24


@dataclass(frozen=True)
class Shop:
    engine: Engine
    folder: Path
    url: str

    def ask(self) -> httpx.Response:
        files = {"image": ("photo.jpg", picture(0))}
        return httpx.post(f"{self.url}/v1/search", files=files, timeout=60, trust_env=False)

    def status(self, path: str) -> int:
        return httpx.get(f"{self.url}/{path}", timeout=60, trust_env=False).status_code

    def ingest(self) -> int:
        catalog = str(self.folder / "catalog.csv")
        return main(["ingest", catalog, "--model", TINY, "--store", self.engine.url, "--json"])

    def verify(self) -> int:
        return main(["verify", "--store", self.engine.url, "--json"])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """An ingested catalog and the page over it."""
    keep_to_itself(os.environ)  # before the first import of the page
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.page.server import build_page, serve
    from ui.reindexing import following

    folder = write_shop(tmp_path_factory.mktemp("shop"), PRODUCTS)
    with pytest.MonkeyPatch.context() as patched, qdrant() as engine:
        patched.setenv("SNAPSHELF_HOME", str(folder / "home"))
        patched.setattr("catalog.server._PERSON_S", 1)
        settings = Settings(home=folder / "home", model=TINY)
        made = Shop(engine, folder, "")
        assert made.ingest() == 0
        thumbs = Thumbs(settings.thumbs)
        with following(None, Target(settings, engine.url, "products")) as service:
            page = build_page(service, thumbs=thumbs)
            url = serve(page, Api(service, thumbs, Policy()), port=None, prevent_thread_lock=True)
            yield Shop(engine, folder, url.rstrip("/"))
            page.close(verbose=False)


@contextmanager
def slow(engine: Engine) -> Iterator[None]:
    engine.slow_s = 2.5
    yield
    engine.slow_s = 0.0


@contextmanager
def gone(engine: Engine) -> Iterator[None]:
    engine.down()
    yield
    engine.up()


@contextmanager
def closed(engine: Engine) -> Iterator[None]:
    engine.refuses = 401, "Invalid API key"
    yield
    engine.refuses = None


@contextmanager
def ill(engine: Engine) -> Iterator[None]:
    engine.refuses = 503, "the shard is recovering"
    yield
    engine.refuses = None


@contextmanager
def full(engine: Engine) -> Iterator[None]:
    """As Qdrant is with a full disk: it answers, and takes nothing more."""
    engine.refuses, engine.writes_only = (500, NO_SPACE), True
    yield
    engine.refuses, engine.writes_only = None, False


@pytest.fixture(autouse=True)
def well_again(shop: Shop) -> Iterator[None]:
    yield
    shop.engine.slow_s, shop.engine.refuses, shop.engine.writes_only = 0.0, None, False
    if not shop.engine.is_up:
        shop.engine.up()


FAULTS = [slow, gone, closed, ill]


@pytest.mark.parametrize("fault", FAULTS)
def test_services_are_told_and_answered_again_without_a_restart(
    shop: Shop, fault: Callable[[Engine], object], caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.ask().status_code == 200
    with fault(shop.engine):  # type: ignore[attr-defined]
        began = time.monotonic()
        told = shop.ask()
        assert time.monotonic() - began < 15
        assert (told.status_code, told.json()["code"]) == (503, "index_unavailable")
        assert "127.0.0.1" not in told.text
        assert shop.engine.url in caplog.text  # for whoever can mend it
        assert (shop.status("healthz"), shop.status("readyz")) == (200, 503)
    again = shop.ask()
    assert (again.status_code, len(again.json()["hits"])) == (200, 9)
    assert shop.status("readyz") == 200


@pytest.mark.browser
@pytest.mark.parametrize("fault", FAULTS)
def test_a_shopper_is_told_in_words_and_sees_the_answer_come_by_itself(
    shop: Shop, fault: Callable[[Engine], object], browser: "Browser"
) -> None:
    visit = begin(browser, shop.url)
    with fault(shop.engine):  # type: ignore[attr-defined]
        visit.find(picture(1))
        told = visit.page.locator("#answer").inner_text()
        assert "The shelf cannot be searched right now" in told
        assert "not your photo" in told
        assert "tries again by itself" in told
        assert "127.0.0.1" not in told
    # nobody clicks
    visit.page.wait_for_selector(".sf-card", timeout=30_000)
    assert visit.page.locator("#photo img").first.is_visible()
    assert visit.page.locator("#answer [role=alert]").count() == 0
    end(visit)


@pytest.mark.browser
def test_who_arrives_while_the_server_is_away_needs_no_reload(
    shop: Shop, browser: "Browser"
) -> None:
    with gone(shop.engine):
        visit: Visit = begin(browser, shop.url)
        assert "cannot be searched right now" in visit.page.locator("#answer").inner_text()
    visit.page.wait_for_selector("#answer .sf-welcome", timeout=30_000)
    end(visit)


def changed(shop: Shop, mark: str) -> None:
    """Another price for every product, so that an ingest has something to write."""
    catalog = shop.folder / "catalog.csv"
    rows = list(csv.DictReader(catalog.open(newline="")))
    with catalog.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "title": f"Thing {mark} {n}"} for n, row in enumerate(rows))


def test_a_full_server_ends_the_run_with_words_searches_go_on_and_nothing_is_lost(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(  # as often as ever, but not as patiently
        "catalog.server.retrying", lambda **how: retrying(**{**how, "ceiling_s": 0.05})
    )
    monkeypatch.setenv("SNAPSHELF_HOME", str(shop.folder / "home"))
    changed(shop, "of the full day")
    with full(shop.engine):
        assert shop.ingest() == 1
        told = " ".join(capfd.readouterr().err.split())
        assert "No space left on device" in told
        assert "what was acknowledged is kept" in told
        assert shop.ask().status_code == 200
    assert shop.ingest() == 0
    report = json.loads(capfd.readouterr().out)
    assert report["outcomes"]["payload_only"] == PRODUCTS
    assert report["images"]["embedded"] == 0
    assert shop.verify() == 0


def test_an_ingest_outlasts_a_restart_of_the_server(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SNAPSHELF_HOME", str(shop.folder / "home"))
    changed(shop, "of the day of the restart")
    shop.engine.restarts_s = 1.0
    assert shop.ingest() == 0
    assert shop.engine.restarts_s is None  # it did go away
    report = json.loads(capfd.readouterr().out)
    assert report["outcomes"]["payload_only"] == PRODUCTS
    assert shop.verify() == 0
