"""The lab's report in a real Chromium: it fits, asks nobody for anything, and runs nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made import picture
from made_hostile import DESKTOP, PHONE, looking
from made_report import LABELS, full_numbers

from lab.evaluate import Evaluation
from lab.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose first query has a hostile name."""
    numbers = full_numbers(pictures=10)
    numbers["examples"]["worst"][0]["query"]["title"] = HOSTILE
    readers = {str(seed): lambda seed=seed: picture(seed) for seed in range(10)}
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(Evaluation(numbers, readers), path)
    return path


@pytest.fixture
def look(browser: "Browser", report: Path) -> Iterator[Callable[..., "Page"]]:
    yield from looking(browser, report)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_no_wider_than_the_screen_and_every_picture_is_shown(
    look: Callable[..., "Page"], size: tuple[int, int]
) -> None:
    page = look(size)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    pictures = page.locator(".pic img")
    assert pictures.count() == 12 * (1 + 9)
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert page.locator("h4").first.inner_text() == HOSTILE
    for chart in page.locator("svg.chart").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 300


def test_the_categories_can_be_put_into_each_order(look: Callable[..., "Page"]) -> None:
    page = look()

    def shown() -> list[str]:
        rows = page.locator(".classes tbody tr").all()
        rows.sort(key=lambda row: (row.bounding_box() or {"y": 0})["y"])
        return [row.locator("th").inner_text() for row in rows]

    per_class = full_numbers()["category"]["per_class"]
    by_f1 = [row["name"] for row in sorted(per_class, key=lambda row: row["f1"])]
    by_size = [row["name"] for row in sorted(per_class, key=lambda row: -row["support"])]
    assert shown() == by_f1
    page.get_by_label("by name").check()
    assert shown() == list(LABELS)
    page.get_by_label("largest first").check()
    assert shown() == by_size


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(look: Callable[..., "Page"], scheme: str) -> None:
    page = look(scheme=scheme)
    # WCAG 2.2: 4.5 between a text and what is behind it, at every size used here
    contrast = """selector => {
      const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(value => value / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
      const element = document.querySelector(selector), style = getComputedStyle(element);
      let ground = element;
      while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)')
        ground = ground.parentElement;
      const ink = element instanceof SVGElement ? style.fill : style.color;
      const pair = [light(ink), light(getComputedStyle(ground).backgroundColor)];
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05); }"""
    for selector in (
        "h1", ".dim", ".summary li", ".best", "td small, th small", "nav a", "summary",
        ".right p b", ".wrong p b", ".hits .name", "svg.chart text", ".heat thead th",
    ):  # fmt: skip
        assert page.evaluate(contrast, selector) >= 4.5, selector


def test_on_paper_nothing_stays_folded(look: Callable[..., "Page"]) -> None:
    page = look(scheme="dark")
    explained = page.get_by_text("Of the photos of this category, how many the model recognises.")
    assert not explained.is_visible()
    page.emulate_media(media="print")
    assert explained.is_visible()
    assert page.locator("nav").is_hidden()
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert ink == "rgb(42, 36, 32)"  # dark ink on paper, whatever the screen was
