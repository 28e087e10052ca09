"""What a catalog format is made of, apart from the file it lies in."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from ingest.columns import IMAGE_SEPARATOR, PATH_SEPARATOR, plain
from ingest.records import Raw

# Lists under these names go from the general to the particular.
_PATHS = {"category", "categories", "categorypath", "producttype"}
_TAG = re.compile(r"<[^<>]*>")


def flat(values: Mapping[str, Any], warnings: list[str] | None = None) -> dict[str, str]:
    """One text per column: what a map holds is under "name.inner", a list is joined."""
    row: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            row[name] = value
        elif isinstance(value, Mapping):
            row |= {f"{name}.{inner}": _text(inner, one) for inner, one in value.items()}
        else:
            row[name] = _text(name, value)
    return row


def joined(parts: Iterable[str]) -> str:
    """Image references in one cell."""
    # the separator is no letter of a URL, but some write it
    marks = (part.replace("|", "%7C") if "://" in part else part for part in parts)
    return IMAGE_SEPARATOR.join(mark for part in marks if (mark := part.strip()))


def without_tags(text: str) -> str:
    """HTML as the words it shows."""
    if "<" not in text and "&" not in text:
        return text
    return " ".join(unescape(_TAG.sub(" ", text)).split())


@dataclass(frozen=True)
class Dialect:
    """One format. `signatures`: any of these sets of headers, as `plain` writes them, is it.

    `known` are its headers of a product's fields, where they are not the usual ones. `mend` makes
    products of the file's rows where that is not one to one; `tidy` makes of one row's values the
    columns as we understand them (images and lists "a|b", paths "a > b") and says what it left
    out. What `tidy` wrote can be read and tidied again: rejected rows are.
    """

    name: str
    signatures: tuple[frozenset[str], ...] = ()
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tidy: Callable[[Mapping[str, Any], list[str]], dict[str, str]] = flat
    mend: Callable[[Iterator[Raw]], Iterator[Raw]] = iter

    def fits(self, headers: Iterable[str]) -> bool:
        have = {plain(header) for header in headers}
        return any(signature <= have for signature in self.signatures)


def signature(text: str) -> frozenset[str]:
    """Of headers, separated by blanks."""
    return frozenset(plain(header) for header in text.split())


def _text(name: object, value: object) -> str:
    if value is None or isinstance(value, bytes) or value != value:  # NaN is not itself
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        if any(isinstance(part, Mapping | list | tuple) for part in value):
            return _json(value)
        parts = [_text(name, part) for part in value]
        return PATH_SEPARATOR.join(parts) if plain(str(name)) in _PATHS else joined(parts)
    return _json(value) if isinstance(value, Mapping) else str(value)


def _json(value: object) -> str:
    with suppress(RecursionError):
        # what a Python literal may hold and JSON may not is left out
        return json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    return ""
