"""The page that compares systems in a real Chromium: it fits, asks nobody, and runs nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made import picture
from made_baselines import full_numbers
from made_hostile import DESKTOP, HOSTILE, PHONE, looking

from lab.baselines_page import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose second system, a category and a product have a hostile name."""
    numbers = full_numbers(pictures=10)
    numbers["rows"][1]["name"] = HOSTILE
    numbers["rows"][1]["sheet"][0]["hits"][0]["title"] = HOSTILE
    for one in (numbers["data"]["classes"][0], numbers["rows"][1]["report"][0]):
        one["name"] = HOSTILE
    numbers["data"]["samples"][0]["label"] = HOSTILE
    path = tmp_path_factory.mktemp("baselines") / "baselines.html"
    write_page(numbers, lambda sha256: picture(int(sha256)), path)
    return path


@pytest.fixture
def look(browser: "Browser", written: Path) -> Iterator[Callable[..., "Page"]]:
    yield from looking(browser, written)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_no_wider_than_the_screen_and_every_picture_is_shown(
    look: Callable[..., "Page"], size: tuple[int, int]
) -> None:
    page = look(size)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # nothing sticks out of the screen but what lies in a box that scrolls
    assert (
        page.evaluate("""[...document.querySelectorAll('main *')].filter(one =>
      one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll')).length""")
        == 0
    )
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0 && one.alt)")
    assert page.locator(".systems tbody a").nth(1).inner_text() == HOSTILE
    for chart in page.locator("svg.chart").all():
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 280


def test_on_a_phone_the_name_stays_beside_the_numbers(look: Callable[..., "Page"]) -> None:
    page = look(PHONE)
    box = page.get_by_role("region", name="All systems")
    assert box.evaluate("one => one.scrollWidth > one.clientWidth")
    box.evaluate("one => one.scrollLeft = one.scrollWidth")
    name = page.locator(".systems tbody th").nth(2)
    place = name.bounding_box()
    assert place is not None
    assert 0 <= place["x"] < 40


def test_a_name_in_the_table_leads_to_its_section_and_back(look: Callable[..., "Page"]) -> None:
    page = look()
    page.get_by_role("link", name="DINOv2 ViT-S/14", exact=True).click()
    page.wait_for_url("**#system-13")
    section = page.locator("#system-13")
    assert section.get_by_role("heading", level=2).inner_text() == "12 DINOv2 ViT-S/14"
    assert section.is_visible()
    section.get_by_role("link", name="Back to the table").click()
    page.wait_for_url("**#systems")


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
        ".badge", ".badge.random", ".systems .best", ".systems small", ".no", ".skipped",
        ".grid td.published", ".grid td.published small", ".told figcaption", "svg.chart text",
    ):  # fmt: skip
        assert page.evaluate(contrast, selector) >= 4.5, selector
