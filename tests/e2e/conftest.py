"""The browser of the tests that look at a page."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # a camera that shows a test picture, and no question whether it may be used
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # the system's, else the one that `playwright install chromium` brought
        path = shutil.which("chromium") or shutil.which("google-chrome")
        path = path or playwright.chromium.executable_path
        if not Path(path).exists():
            told = "NOT LOOKED AT IN A BROWSER: there is no chromium on this machine"
            if os.environ.get("SNAPSHELF_REQUIRE_BROWSER") == "1":
                pytest.fail(told)
            pytest.skip(told + " (SNAPSHELF_REQUIRE_BROWSER=1 makes this a failure)")
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield chromium
        chromium.close()
