"""What was looked for in vain: from `serve` and a photo to `snapshelf demand` and its page."""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made import await_port, free_port, ingested, picture

from search.demand import DemandLog, Unmet, today
from ui.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>{{ 7*7 }}"
FORMULA = "=HYPERLINK(1)"
DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """A data folder with an index of four products."""
    ingested(tmp_path / "shop", [(f"p{number}", "Things", picture(number)) for number in range(4)])
    return home


@pytest.fixture
def noted(shop: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The same with a log: three times one picture, one other, a damaged one, hostile words."""
    day = today().isoformat()
    with DemandLog(shop / "demand" / "log.sqlite") as log:
        for seed, quality in ((1, 1), (1, 2), (1, 3), (7, 1)):
            photo = picture(seed, size=(90 + quality, 90))
            log.put(Unmet(day, "weak", 0.25, HOSTILE, "", photo))
        log.put(Unmet(day, "weak", 0.1, None, "", b"torn"))
        for words in (HOSTILE, HOSTILE.upper(), FORMULA):
            log.put(Unmet(day, "nothing", None, None, words, b""))
    capsys.readouterr()
    return shop


def test_the_report_groups_what_was_looked_for(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demand", "--alike", "0.995", "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["searches"], [want["times"] for want in told["wants"]]) == (8, [3, 2, 1, 1])
    assert told["wants"][0]["guess"] == HOSTILE
    assert told["measured"] is False
    assert "has not measured what a weak match is" in err
    assert told["page"] in err.replace("\n", "")
    with Path(told["csv"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["times"] for row in rows] == ["3", "2", "1", "1"]
    assert (rows[0]["kinds"], rows[0]["nearest"]) == ("weak:3", "0.25")
    assert {row["words"] for row in rows} >= {f"'{FORMULA}"}


def test_the_table_takes_hostile_words_as_they_are(
    noted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    with DemandLog(noted / "demand" / "log.sqlite") as log:
        log.put(Unmet(today().isoformat(), "nothing", None, None, "[/red] hat", b""))
    assert main(["demand"]) == 0
    assert "[/red] hat" in capsys.readouterr().out


def test_without_a_log_it_is_said_how_to_keep_one(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demand"]) == 1
    assert "serve --demand-log" in capsys.readouterr().err.replace("\n", " ")


def test_forgetting_takes_the_page_and_the_table_too(
    noted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demand"]) == 0
    assert {path.name for path in (noted / "demand").iterdir()} == {
        "log.sqlite", "demand.html", "demand.csv",
    }  # fmt: skip
    capsys.readouterr()
    assert main(["demand", "--forget", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": 8}
    assert [path.name for path in (noted / "demand").iterdir()] == ["log.sqlite"]
    assert b"torn" not in (noted / "demand" / "log.sqlite").read_bytes()
    assert main(["demand", "--forget"]) == 0
    assert main(["demand", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("forgotten\n")[2])["wants"] == []


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_fits_shows_every_picture_and_runs_nothing(
    noted: Path, browser: "Browser", size: tuple[int, int]
) -> None:
    assert main(["demand", "--alike", "0.995"]) == 0
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    address = (noted / "demand" / "demand.html").resolve().as_uri()
    page.on("request", lambda sent: complaints.append(sent.url)
            if not sent.url.startswith(("data:", address)) else None)  # fmt: skip
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.locator("section").count() == 4
    assert page.locator("section").first.locator(".pic img").count() == 3
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert page.evaluate("""[...document.images].every(one => {
        const [inner, outer] = [one, one.parentElement].map(it => it.getBoundingClientRect());
        return inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
    })""")
    assert {HOSTILE, HOSTILE.upper(), FORMULA} <= set(page.locator("bdi").all_inner_texts())
    assert page.evaluate("window.hacked === undefined")
    assert complaints == []
    context.close()


@contextmanager
def served(*options: str, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`snapshelf serve` as a user starts it; its address and process."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "serve", "--port", str(port), *options],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        await_port(port, process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()  # type: ignore[union-attr]


def ask(browser: "Browser", address: str, photo: Path) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("heading", name="The shelf is empty").wait_for()
    page.locator("#photo input[type=file]").first.set_input_files(photo)
    page.get_by_role("heading", name="Nothing like this here").wait_for()
    page.close()


def emptied(shop: Path) -> None:
    """No product is left: whatever is looked for is not there."""
    from catalog.store import open_store

    with open_store(shop / "store") as store:
        store.delete([one.id for one in store.scroll()])
        store.flush()


@pytest.mark.browser
@pytest.mark.slow
def test_serve_keeps_what_was_not_found_when_it_is_told_to_and_else_nothing(
    shop: Path, tmp_path: Path, browser: "Browser", capsys: pytest.CaptureFixture[str]
) -> None:
    emptied(shop)
    photo = tmp_path / "wish.jpg"
    photo.write_bytes(picture(5, size=(600, 400)))
    file = shop / "demand" / "log.sqlite"
    with served() as (address, _):
        ask(browser, address, photo)
    assert not file.exists()
    with served(SNAPSHELF_DEMAND_LOG="1") as (address, _):
        ask(browser, address, photo)
        until = time.monotonic() + 30
        kept: list[Any] = []
        while not kept and time.monotonic() < until:
            with DemandLog(file) as log:
                kept = log.entries()
            time.sleep(0.2)
        capsys.readouterr()
        assert main(["demand", "--json"]) == 0  # while the server has store and log open
        assert json.loads(capsys.readouterr().out)["wants"][0]["kinds"] == {"nothing": 1}
    assert [one.kind for one in kept] == ["nothing"]
