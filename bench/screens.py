"""The pictures of docs/page.md: the demo's drawn catalog, as a visitor sees it.

    python -m bench.screens docs/page [--home FOLDER]

Draws and indexes the demo's catalog first (a minute or two); --home uses again what is there.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.served import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1280, 900), (390, 844)
_EXAMPLE = "Search with Running shoe"


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
    page.wait_for_function(
        "[...document.querySelectorAll('.sf-card img')].slice(0, 8).every(i => i.naturalWidth)"
    )
    page.wait_for_timeout(600)


def shoot(page: "Page", path: Path) -> None:
    page.screenshot(path=path)
    print(path, file=sys.stderr)


def search_tab(browser: "Browser", url: str, to: Path, example: str) -> None:
    with visiting(browser, url) as page:
        search(page, example)
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
            page.locator("[data-example]").nth(11).click()
            page.wait_for_selector(".sf-card")
            page.wait_for_timeout(1500)
            shoot(page, to / f"{name}.png")


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
            search_tab(browser, url, options.to, _EXAMPLE)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
