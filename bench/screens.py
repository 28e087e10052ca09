"""The pictures of docs/page.md: the demo's drawn catalog, as a visitor sees it.

    python -m bench.screens docs/page [--home FOLDER]

Draws and indexes the demo's catalog first (a minute or two); --home uses again what is there.
"""

import argparse
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.served import serving
from ingest.drawn.catalog import draw_catalog

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1280, 900), (390, 844)
_EXAMPLE = "Search with Ankle boots"
_LONG_MS = 600_000


@contextmanager
def visiting(
    browser: "Browser", url: str, size: tuple[int, int] = DESKTOP, **more: str
) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("#answer [data-question]")
    yield page
    context.close()


def search(page: "Page", example: str) -> None:
    page.get_by_role("button", name=example).click()
    page.wait_for_selector(".sf-card")
    pictured(page, ".sf-card")


def pictured(page: "Page", within: str) -> None:
    """Until the first pictures there are seen, and what fades in has faded in."""
    page.wait_for_function(
        f"[...document.querySelectorAll('{within} img')].slice(0, 8).every(i => i.naturalWidth)"
    )
    page.wait_for_timeout(800)


def shoot(page: "Page", path: Path, part: str | None = None) -> None:
    """The window, or one part of the page."""
    if part:
        page.locator(part).first.screenshot(path=path)
    else:
        page.screenshot(path=path)
    print(path, file=sys.stderr)


def search_tab(browser: "Browser", url: str, to: Path) -> None:
    with visiting(browser, url) as page:
        search(page, _EXAMPLE)
        shoot(page, to / "search.png")
        page.locator(".sf-open").first.click()
        page.wait_for_selector(".sf-panel .sf-about")
        page.wait_for_timeout(600)
        shoot(page, to / "product.png")
    looks = {
        "phone": (PHONE, {}), "dark": (PHONE, {"color_scheme": "dark"}),
        "vietnamese": (PHONE, {"locale": "vi-VN"}),
    }  # fmt: skip
    for name, (size, more) in looks.items():
        with visiting(browser, url, size, **more) as page:  # type: ignore[arg-type]
            page.locator("[data-example]").first.click()
            page.wait_for_selector(".sf-card")
            pictured(page, ".sf-card")
            shoot(page, to / f"{name}.png")


def catalog_tab(browser: "Browser", url: str, to: Path, archive: Path) -> None:
    with visiting(browser, url) as page:
        page.get_by_role("tab", name="Catalog").click()
        page.wait_for_selector("#catalog-stock section")
        page.set_input_files("input[data-catalog]", archive)
        page.wait_for_selector("#catalog-draft .sf-rows")
        shoot(page, to / "catalog-look.png", "#catalog-draft")
        page.get_by_role("button", name="Bring it in").click()
        page.wait_for_selector("#catalog-intake [data-state=done]")
        page.locator("#catalog-shelf button").first.click()
        page.wait_for_selector("#catalog-sheet li")
        pictured(page, "#catalog-sheet")
        shoot(page, to / "catalog-shelf.png", "#catalog-shelf")
        page.get_by_role("button", name="Examine").click()
        page.wait_for_selector("#catalog-doctor .sf-chapter", timeout=_LONG_MS)
        shoot(page, to / "catalog-doctor.png", "#catalog-doctor")


def model_tab(browser: "Browser", url: str, to: Path) -> None:
    with visiting(browser, url) as page:
        page.get_by_role("tab", name="Model").click()
        page.wait_for_selector("#model-switch .sf-part")
        page.locator("#model-map button").first.click()
        page.wait_for_selector("#model-map canvas", timeout=_LONG_MS)
        page.wait_for_timeout(1500)
        page.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=_LONG_MS)
        shoot(page, to / "model-map.png", "#model-map")
        page.get_by_role("button", name="Take a product at random").click()
        page.wait_for_selector("#model-pair .sf-pair", timeout=_LONG_MS)
        pictured(page, "#model-pair")
        shoot(page, to / "model-pair.png", "#model-pair")
        form = page.locator("#model-train form")
        form.get_by_role("button", name="Teach a model").click()
        page.wait_for_selector("#model-train .sf-outcome", timeout=_LONG_MS)
        page.get_by_role("button", name="Switch to this model").click()
        page.get_by_role("button", name="Re-index with this model").click()
        page.wait_for_selector("#model-switch .sf-outcome", timeout=_LONG_MS)
        shoot(page, to / "model-switched.png", "#model-switch")


def archived(folder: Path) -> Path:
    """A small catalog with its pictures, as a manager would send it."""
    table = draw_catalog(folder / "new", products=40)
    archive = folder / "new season.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for file in [table, *sorted(table.parent.rglob("*.jpg"))]:
            made.write(file, file.relative_to(table.parent))
    return archive


def main(argv: "list[str] | None" = None) -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="bench.screens", description=__doc__)
    parser.add_argument("to", type=Path)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args(argv)
    options.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        with serving(options.home or Path(folder), "demo") as (url, _):
            search_tab(browser, url, options.to)
            catalog_tab(browser, url, options.to, archived(Path(folder)))
            model_tab(browser, url, options.to)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
