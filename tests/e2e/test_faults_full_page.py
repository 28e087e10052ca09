"""The disk under the page is full: services are answered, and shoppers told."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from made import TINY, await_port, free_port, may_mount, picture, write_shop
from made_page import begin, end

from ui.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
# More than a form keeps in memory by itself.
LARGE = picture(3) + os.urandom(3_000_000)


@dataclass(frozen=True)
class Page:
    url: str
    disk: Path
    """As its process sees it."""

    def fill(self) -> None:
        with (self.disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def empty(self) -> None:
        (self.disk / "filler").unlink()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A shop whose page lays uploads on a disk of its own."""
    if not may_mount():
        pytest.skip("a test may not mount a disk of its own here")
    folder = tmp_path_factory.mktemp("shop")
    catalog, disk = write_shop(folder, 12) / "catalog.csv", folder / "disk"
    disk.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SNAPSHELF_HOME", str(folder / "home"))
        assert main(["ingest", str(catalog), "--model", TINY]) == 0
    port = free_port()
    serve = f"'{sys.executable}' -m ui.cli serve --model '{TINY}' --port {port}"
    script = f"mount -t tmpfs -o size=8m tmpfs '{disk}' && exec {serve}"
    own = {
        "SNAPSHELF_HOME": str(folder / "home"), "GRADIO_TEMP_DIR": str(disk / "uploads"),
        "TMPDIR": str(disk),
    }  # fmt: skip
    with subprocess.Popen(
        ["unshare", "-rm", "sh", "-c", script], env=os.environ | own, stderr=subprocess.DEVNULL
    ) as process:
        await_port(port, process)
        yield Page(f"http://127.0.0.1:{port}", Path(f"/proc/{process.pid}/root{disk}"))
        process.terminate()


def test_services_are_answered_for_nothing_of_theirs_touches_the_disk(page: Page) -> None:
    page.fill()
    files = {"image": ("photo.jpg", LARGE)}
    answer = httpx.post(f"{page.url}/v1/search", files=files, timeout=30, trust_env=False)
    page.empty()
    assert (answer.status_code, len(answer.json()["hits"])) == (200, 9)


def test_a_shopper_is_told_that_the_photo_did_not_arrive_and_the_next_one_does(
    page: Page, browser: "Browser"
) -> None:
    visit = begin(browser, page.url)
    page.fill()
    visit.upload(LARGE)
    told = visit.page.locator(".sf-photo-error")
    told.wait_for(state="visible")
    assert told.inner_text() == "The photo did not arrive. Please try again."
    page.empty()
    visit.find(LARGE)
    assert visit.page.locator(".sf-card").count() > 0
    assert not told.is_visible()
    # the browser's own word for an upload that was refused is what this is about
    visit.complaints = [one for one in visit.complaints if "status of 500" not in one]
    end(visit)
