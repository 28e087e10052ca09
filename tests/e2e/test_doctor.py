"""`snapshelf doctor` from the command line to a page in a real Chromium."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made import ingested, picture

from ui.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
DESKTOP, PHONE = (1280, 900), (390, 844)


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """A catalog with one picture on six products, a tiny one, and a hostile id; ingested."""
    rows = []
    for number in range(16):
        name = HOSTILE if number == 3 else f"p{number}"
        seed, size = 0 if number < 6 else number, (24, 24) if number == 9 else (160, 240)
        rows.append((name, f"Kind {number % 2} {HOSTILE}", picture(seed, size=size)))
    return ingested(tmp_path / "shop", rows)


def test_the_doctor_counts_writes_a_csv_and_is_content_with_what_it_finds(
    shop: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["doctor", "--out", str(tmp_path / "out"), "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["products"], told["pictures"], told["pictures_without_thumbnail"]) == (16, 11, 0)
    assert told["findings"]["placeholder"] == 6
    assert told["findings"]["tiny"] == 1
    assert told["page"] in err.replace("\n", "")
    with Path(told["csv"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(told["findings"].values())
    assert HOSTILE in {row["product_id"] for row in rows if row["finding"] == "placeholder"}
    assert not list(home.glob("doctor/*.csv"))


def test_links_are_tried_when_a_catalog_is_named(
    shop: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop.parent / "12.jpg").unlink()
    capsys.readouterr()
    assert main(["doctor", str(shop), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"]["dead_link"] == 1
    assert Path(told["csv"]).parent == home / "doctor"


def test_without_an_index_the_doctor_says_what_to_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 1
    assert "snapshelf ingest" in capsys.readouterr().err


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_fits_shows_every_picture_and_runs_nothing(
    shop: Path, home: Path, browser: "Browser", size: tuple[int, int]
) -> None:
    assert main(["doctor"]) == 0
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text))
    address = (home / "doctor" / "doctor.html").resolve().as_uri()
    page.on("request", lambda sent: complaints.append(sent.url)
            if not sent.url.startswith(("data:", address)) else None)  # fmt: skip
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert page.locator("#placeholder .pic img").count() == 6
    assert page.evaluate("""[...document.images].every(one => {
        const [inner, outer] = [one, one.parentElement].map(it => it.getBoundingClientRect());
        return inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
    })""")
    assert page.locator(f"text={HOSTILE}").first.is_visible()
    assert page.evaluate("window.hacked === undefined")
    assert complaints == []
    context.close()
