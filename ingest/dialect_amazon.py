"""Amazon's product metadata as published for research in 2014, 2018 and 2023."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from html import unescape
from typing import Any

from ingest.columns import PATH_SEPARATOR
from ingest.dialect import Dialect, flat, joined, signature, without_tags
from ingest.readers_jsonl import parse_record

_MARKUP = re.compile(r"<[a-zA-Z/!]")
# A level of the tree; longer ones are sentences that slipped in with the page.
_MAX_LEVEL_CHARS = 60
_SIZES = ("hi_res", "large", "thumb")
# Pictures of them on the page, and never of use here.
_LEFT_OUT = ("videos", "videoURL", "tech1", "tech2", "similar_item")


def _tidy_2014(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    paths = values.get("categories") or []
    first = paths[0] if isinstance(paths, list) and paths else paths
    return _tidied(values, warnings, ("imUrl", "categories"), [values.get("imUrl")], first)


def _tidy_2018(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    images = values.get("imageURLHighRes") or values.get("imageURL")
    spent = ("imageURLHighRes", "imageURL", "category", "also_buy", "also_view")
    row = _tidied(values, warnings, spent, _list(images), values.get("category"))
    for name in ("also_buy", "also_view"):
        _fill(row, f"related.{name}", joined(map(str, _list(values.get(name)))))
    return row


def _tidy_2023(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    spent = ("images", "categories", "details", "bought_together")
    path = values.get("categories") or values.get("main_category")
    row = _tidied(values, warnings, spent, _images_2023(values.get("images")), path)
    _fill(row, "related.bought_together", joined(map(str, _list(values.get("bought_together")))))
    details = flat({"details": _details(values.get("details"))})
    row |= {name: text for name, text in details.items() if name != "details"}
    _fill(row, "brand", details.get("details.Brand") or row.get("store", ""))
    _fill(row, "colors", details.get("details.Color", ""))
    return row


def _tidied(
    values: Mapping[str, Any],
    warnings: list[str],
    spent: tuple[str, ...],
    images: Iterable[Any],
    path: Any,
) -> dict[str, str]:
    row = flat({name: value for name, value in values.items() if name not in (*spent, *_LEFT_OUT)})
    title = unescape(row.get("title", ""))
    if _MARKUP.match(title.strip()):
        warnings.append("unreadable_title")
        title = ""
    row["title"] = title
    lines = _list(values.get("description"))
    row["description"] = without_tags("\n".join(map(str, lines)))
    # "by" and line feeds are left of the page's own words
    row["brand"] = re.sub(r"^by ", "", " ".join(unescape(row.get("brand", "")).split()))
    row["price"] = "" if row.get("price") in (None, "None") else row["price"]
    row["currency"] = "USD" if row["price"] else ""
    urls = (url for url in images if isinstance(url, str) and "/no-img" not in url)
    _fill(row, "image", joined(urls))
    _fill(row, "category_path", PATH_SEPARATOR.join(_levels(path)))
    return row


def _fill(row: dict[str, str], name: str, text: str) -> None:
    # a row that was tidied before has it
    row[name] = text or row.get(name, "")


def _levels(path: Any) -> Iterator[str]:
    for level in _list(path):
        name = unescape(str(level)).strip()
        if len(name) > _MAX_LEVEL_CHARS or _MARKUP.search(name):
            return
        yield name


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if value else []


def _images_2023(images: Any) -> Iterator[Any]:
    """A list of maps as published, or the map of lists that a loader makes of it."""
    if isinstance(images, Mapping):
        columns = [_list(images.get(size)) for size in _SIZES]
        length = max(map(len, columns), default=0)
        images = [
            {size: one[i] for size, one in zip(_SIZES, columns, strict=True) if i < len(one)}
            for i in range(length)
        ]
    for image in _list(images):
        if isinstance(image, Mapping):
            yield next((image[size] for size in _SIZES if image.get(size)), None)


def _details(details: Any) -> Any:
    with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
        return parse_record(details) if isinstance(details, str) else details
    return {}


AMAZON = (
    Dialect(
        "amazon-2014",
        (signature("asin imUrl"), signature("asin salesRank"), signature("asin related")),
        tidy=_tidy_2014,
    ),
    Dialect(
        "amazon-2018",
        (
            signature("asin imageURL"),
            signature("asin imageURLHighRes"),
            signature("asin also_buy"),
            signature("asin main_cat"),
        ),
        tidy=_tidy_2018,
    ),
    Dialect("amazon-2023", (signature("parent_asin images"),), tidy=_tidy_2023),
)
