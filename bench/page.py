"""The page as its visitors feel it: from the drop of a photo to results on the screen.

    python -m bench.page [--products 10000] [--catalog CSV ...] [--photos FOLDER] [--asked 40]

A real Chromium on this machine, with its share of the same processors. A photo is dropped, and the
time runs until the first row of pictures is loaded and painted; so for a filter, a category and a
product's panel. What a crowd feels: bench.crowd.
"""

import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.served import parser, shop, table

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

SCREEN_S = 1.0
"""From drop to screen, p50, at most."""
_ON_SCREEN = """async () => {
  const start = performance.now();
  const shown = () => {
    const first = [...document.querySelectorAll('.sf-card .sf-pic img')].slice(0, 4);
    return window.benchDone && first.length && first.every(i => i.complete && i.naturalWidth);
  };
  while (!shown()) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - window.benchBegan;
}"""
# The clock starts with what the visitor does, and the next answer's arrival is noted.
_BEGIN = """() => {
  window.benchDone = false;
  const answer = document.querySelector('#answer');
  const before = answer.querySelector('[data-question]').dataset.number;
  const watch = new MutationObserver(() => {
    const now = answer.querySelector('[data-question]');
    if (now && now.dataset.number !== before) { window.benchDone = true; watch.disconnect(); }
  });
  watch.observe(answer, {subtree: true, childList: true, attributes: true});
  window.benchBegan = performance.now();
}"""


def browse(url: str, photos: Sequence[bytes], asked: int) -> dict[str, list[float]]:
    """Seconds of each thing that a visitor does."""
    from playwright.sync_api import sync_playwright

    times: defaultdict[str, list[float]] = defaultdict(list)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        start = time.perf_counter()
        page.goto(url)
        page.wait_for_selector(".sf-welcome")
        times["the page itself"].append(time.perf_counter() - start)
        for photo in islice(cycle(photos), asked + 3):
            visit_once(page, photo, times)
        chromium.close()
    # the first ones warm up the browser as well
    return {name: some[3:] if len(some) > 3 else some for name, some in times.items()}


def visit_once(page: "Page", photo: bytes, times: dict[str, list[float]]) -> None:
    def timed(name: str, act: Any) -> None:
        page.evaluate(_BEGIN)
        act()
        times[name].append(page.evaluate(_ON_SCREEN) / 1e3)

    file: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    timed("a photo", lambda: page.locator("#photo input[type=file]").first.set_input_files(file))
    timed("a filter", lambda: page.locator(".sf-check input").first.evaluate("e => e.click()"))
    everywhere = page.locator(".sf-chips button").last
    timed("a category", lambda: everywhere.evaluate("e => e.click()"))
    start = time.perf_counter()
    page.locator(".sf-open").first.evaluate("e => e.click()")
    page.wait_for_selector(".sf-panel .sf-about")
    times["a product"].append(time.perf_counter() - start)
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.sf-panel').open")


def main(argv: Sequence[str] | None = None) -> int:
    options = parser("bench.page", __doc__)
    options.add_argument("--asked", type=int, default=40)
    given = options.parse_args(argv)
    with shop(given) as served:
        times = browse(served.url, served.photos, given.asked)
    print(table(times))
    return 0 if float(np.median(times["a photo"])) <= SCREEN_S else 1


if __name__ == "__main__":
    sys.exit(main())
