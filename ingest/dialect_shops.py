"""The exports of Shopify and WooCommerce: several rows to a product."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, groupby
from typing import Any

from ingest.columns import leaf, listed, plain
from ingest.dialect import Dialect, flat, joined, signature, without_tags
from ingest.records import Raw

# Kept of one product: Shopify allows 250 pictures, and a product's rows may be without end.
_MAX_KEPT = 300
_COLOURS = {"color", "colors", "colour", "colours"}
_COMMA = re.compile(r"(?<!\\),")


def _get(values: Mapping[str, Any], *headers: str) -> str:
    """The first of these columns that is filled; headers as `plain` writes them."""
    filled = (value for name, value in values.items() if value and plain(name) in headers)
    return str(next(filled, "")).strip()


def _put(row: dict[str, str], header: str, text: str) -> None:
    for name in row:
        if plain(name) == header:
            row[name] = text


def _merged(group: Iterator[Raw], gathered: frozenset[str], order: str = "") -> Raw:
    """Of each column the first value, of those `gathered` every value, "a|b".

    The column `order` says where a row's values go. One broken row breaks the product: it would
    overwrite what the index has of it with less.
    """
    first = next(group)
    values = dict(first.values)
    every: dict[str, dict[str, int]] = {name: {} for name in values if plain(name) in gathered}
    problem = None
    for raw in chain([first], group):
        problem = problem or raw.problem
        place = _get(raw.values, order)
        number = int(place) if place.isdecimal() and len(place) < 6 else _MAX_KEPT
        for name, value in raw.values.items():
            values[name] = values.get(name) or value
            if name in every and len(every[name]) < _MAX_KEPT:
                for part in listed(value, "|"):
                    every[name].setdefault(part, number)
    gathered_values = {
        name: joined(sorted(parts, key=parts.__getitem__)) for name, parts in every.items()
    }
    return replace(first, values=values | gathered_values, problem=problem, beyond=())


def _flattened(rows: Iterator[Raw]) -> Iterator[Raw]:
    return (replace(raw, values=flat(raw.values)) for raw in rows)


def _shopify_products(rows: Iterator[Raw]) -> Iterator[Raw]:
    """The rows of a handle, one after the other: the product, then its variants and pictures."""

    def handle(raw: Raw) -> str | int:
        return _get(raw.values, "handle", "urlhandle") or raw.line

    for _, group in groupby(_flattened(rows), handle):
        raw = _merged(group, _SHOPIFY_LISTS, "imageposition")
        if raw.problem is None and not _get(raw.values, "title"):
            # taken alone they would stand in for the product, without its title and price
            what = f"the rows of {handle(raw)!r} from line {raw.line} do not follow its first row"
            raw = replace(raw, problem=("stray_rows", f"{what} · keep a product's rows together"))
        yield raw


_SHOPIFY_IMAGES = ("imagesrc", "productimageurl", "variantimage", "variantimageurl")
_SHOPIFY_LISTS = frozenset([*_SHOPIFY_IMAGES, *(f"option{n}value" for n in (1, 2, 3))])


def _shopify_tidy(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    row = flat(values)
    images = dict.fromkeys(
        image for header in _SHOPIFY_IMAGES for image in listed(_get(row, header), "|")
    )
    for header in (*_SHOPIFY_IMAGES, "imageposition"):
        _put(row, header, joined(images) if header in ("imagesrc", "productimageurl") else "")
    for number in (1, 2, 3):
        if plain(_get(row, f"option{number}name")) in _COLOURS:
            row["colors"] = _get(row, f"option{number}value")
    for header in ("body(html)", "description"):
        _put(row, header, without_tags(_get(row, header)))
    shown = _get(row, "published", "publishedononlinestore").lower() != "false"
    live = _get(row, "status").lower() not in ("draft", "archived")
    row["available"] = "" if shown and live else "no"
    row.setdefault("colors", "")
    return row


class _Family:
    """Puts a variation to the product before it, when that is its parent."""

    def __init__(self) -> None:
        self._first = 0
        self._names: set[str] = set()

    def __call__(self, raw: Raw) -> int:
        parent = _get(raw.values, "parent")
        if _get(raw.values, "type") != "variation" or parent not in self._names:
            number, sku = _get(raw.values, "id"), _get(raw.values, "sku")
            self._first, self._names = raw.line, {f"id:{number}", sku} - {"id:", ""}
        return self._first


def _woo_products(rows: Iterator[Raw]) -> Iterator[Raw]:
    bars = (replace(raw, values=_with_bars(raw.values)) for raw in _flattened(rows))
    for _, group in groupby(bars, _Family()):
        yield _merged(group, frozenset(["images"]))


def _with_bars(values: Mapping[str, Any]) -> dict[str, Any]:
    """Pictures are separated by commas, and a comma within one is escaped."""
    return {
        name: joined(_parts(value.replace("|", ","), "%2C")) if plain(name) == "images" else value
        for name, value in values.items()
    }


def _parts(cell: str, comma: str = ",") -> list[str]:
    return [part.replace("\\,", comma).strip() for part in _COMMA.split(cell)]


def _woo_tidy(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    row = flat(values)
    _put(row, "id", _get(row, "id", "sku"))
    path = _parts(_get(row, "categories"))[0]
    row["category"], row["category_path"] = leaf(path), path if ">" in path else ""
    text = _get(row, "description") or _get(row, "shortdescription")
    _put(row, "description", without_tags(text))
    row["colors"] = ""
    for name, label in row.items():
        if re.fullmatch(r"attribute\d+name", plain(name)) and plain(label) in _COLOURS:
            row["colors"] = _get(row, plain(name).replace("name", "value(s)"))
    hidden = _get(row, "published") not in ("1", "")
    row["available"] = "no" if hidden else _get(row, "instock?")
    return row


SHOPIFY = Dialect(
    "shopify",
    (signature("handle image_src"), signature("url_handle product_image_url")),
    {
        "id": ("Handle", "URL handle"),
        "image": ("Image Src", "Product image URL"),
        "category": ("Type",),
        "category_path": ("Product Category",),
        "price": ("Variant Price", "Price"),
        "description": ("Body (HTML)", "Description"),
        "colors": ("colors",),
        "available": ("available",),
    },
    _shopify_tidy,
    _shopify_products,
)
WOOCOMMERCE = Dialect(
    "woocommerce",
    (signature("type sku name published images"),),
    {
        "id": ("ID",),
        "image": ("Images",),
        "category": ("category",),
        "available": ("available",),
        "colors": ("colors",),
    },
    _woo_tidy,
    _woo_products,
)
