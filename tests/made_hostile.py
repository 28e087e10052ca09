"""Text that must stay text on a page, and what a page is made of."""

from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any

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
