"""Text that must stay text on a page, what a page is made of, and who looks at it."""

import re
from collections.abc import Callable, Collection, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1280, 900), (390, 844)

HOSTILE = "<script>window.hacked=1</script><img src=x onerror='alert(1)'>\"&{{ 7*7 }}"


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.found if (value := attributes.get(name))]


def poisoned(value: Any, kept: Collection[str]) -> Any:
    """`value` with HOSTILE in place of every text but those under the keys `kept`.

    "this model" is kept too: the report knows its row by that name.
    """
    if isinstance(value, dict):
        return {key: one if key in kept else poisoned(one, kept) for key, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, kept) for one in value]
    return HOSTILE if isinstance(value, str) and value != "this model" else value


def asks_nobody(html: str) -> None:
    """Nothing on the page comes from elsewhere, and the browser is told so."""
    page = Elements(html)
    assert all(value.startswith("data:image/jpeg;base64,") for value in page.values("src"))
    links = page.values("href") + page.values("xlink:href")
    assert all(value.startswith("#") for value in links)
    assert {"link", "script", "iframe"}.isdisjoint(tag for tag, _ in page.found)
    assert "@import" not in html
    assert re.findall(r"url\((?!#)", html) == []
    assert "default-src 'none'" in html


def looking(browser: "Browser", path: Path) -> Iterator[Callable[..., "Page"]]:
    """For a fixture: opens the file as often as asked; at the end nothing ran, nobody was asked."""
    pages: list[Page] = []
    complaints: list[str] = []

    def begin(size: tuple[int, int] = DESKTOP, scheme: str = "light") -> "Page":
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("request", lambda sent: complaints.append(sent.url)
                if not sent.url.startswith(("data:", path.as_uri())) else None)  # fmt: skip
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield begin
    for page in pages:
        assert page.evaluate("window.hacked === undefined")
        page.context.close()
    assert complaints == []
