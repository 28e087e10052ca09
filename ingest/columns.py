"""Which column means what, and one row to a product."""

import hashlib
import re
import reprlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

from catalog.product import Product
from ingest.errors import BadCatalog
from ingest.money import parse_currency, parse_price
from ingest.records import BadRow, Record, Row, Unread

# The fields of a product and the headers they go by, best first; compared without case,
# blanks, "_", "-" and Google's "g:".
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    # before "id", which a list of photos has for the photo itself
    "id": ("product_id", "id", "sku", "handle", "url_handle", "item_id", "parent_asin",
           "asin"),
    "title": ("title", "name", "productDisplayName", "product_name", "product_title"),
    "category": ("category", "product_type", "articleType", "product_category", "categories"),
    "category_path": ("category_path", "google_product_category"),
    "image": (
        "image", "image_link", "image_url", "images", "photo", "filename", "image_path",
        "image_src", "product_image_url", "img_url", "imurl", "picture",
    ),
    "brand": ("brand", "vendor", "manufacturer"),
    "price": ("price", "variant_price", "regular_price"),
    "currency": ("currency", "price_currency"),
    "colors": ("colors", "color", "colour", "colours", "baseColour"),
    "available": ("available", "availability", "in_stock"),
    "url": ("url", "link", "product_url"),
    "description": ("description", "body_html", "product_description"),
}  # fmt: skip
PATH_SEPARATOR = " > "
IMAGE_SEPARATOR = "|"
# Of one row: several times what shops show. All of a row's images are under way at once, and a
# cell of separators and letters must not become half a million fetches.
MAX_IMAGES = 50
# A longer one is a description in the wrong column, and would be a category of the page.
MAX_CATEGORY_CHARS = 300
# Columns of product ids that belong to this one, e.g. "related.also_bought", separated by "|".
RELATED = "related."
# Of a catalog's columns, in a message.
_NAMES = 30
_NAME_CHARS = 60
_COLOR_SEPARATORS = ",/|;"
_YES = {"yes", "true", "y", "t", "available", "instock", "1"}
_NO = {"no", "false", "n", "f", "unavailable", "outofstock", "soldout", "discontinued", "0",
       "preorder", "backorder"}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """The catalog's header, and the column of each field that has one."""

    names: tuple[str, ...]
    of: Mapping[str, str]

    def glance(
        self, line: int, row: Mapping[str, str], source: str, warnings: Sequence[str] = ()
    ) -> Row:
        """One row of the right width; `warnings` are what its reader had to say."""
        # as the product will have it
        product_id = unicodedata.normalize("NFC", row.get(self.of["id"], "")).strip()
        images = listed(row.get(self.of["image"], ""), IMAGE_SEPARATOR)
        if problem := self._problem(product_id, images):
            return BadRow(line, *problem, row, product_id or None)
        if warnings:
            return self._record(line, images, row, source, None, warnings)
        digest = row_digest(self._reading, row)
        make = partial(self._record, line, images, row, source, digest)
        return Unread(line, product_id, images, digest, make)

    @cached_property
    def _reading(self) -> Any:
        return reading_digest(sorted(self.of.items()))

    @cached_property
    def _columns(self) -> dict[str, str]:
        # a field without a column may still come, in a record later than those looked at
        return {field: self.of.get(field, field) for field in SYNONYMS}

    def _record(
        self,
        line: int,
        images: tuple[str, ...],
        row: Mapping[str, str],
        source: str,
        digest: bytes | None,
        warnings: Sequence[str] = (),
    ) -> Record:
        told = list(warnings)
        values = {field: row.get(column, "").strip() for field, column in self._columns.items()}
        used = set(self._columns.values())
        others = {name: value for name, value in row.items() if name not in used}
        product = _product(source, values, others, told)
        # a row with a warning is read in every run, so that every run tells it
        return Record(line, product, images, row, tuple(told), None if told else digest)

    def _problem(self, product_id: str, images: Sequence[str]) -> tuple[str, str] | None:
        if not product_id:
            return "no_id", f"the column {self.of['id']!r} is empty · give the row an id"
        if "\0" in product_id:
            return "bad_id", f"the id holds a NUL character · {product_id!r} · remove it"
        if not images:
            return "no_image", f"row {product_id!r} names no image · add a path or a URL"
        if len(images) > MAX_IMAGES:
            what = f"row {product_id!r} names {len(images)} images, {MAX_IMAGES} are allowed"
            return "too_many_images", f"{what} · keep the best"
        return None


def reading_digest(how: object) -> Any:
    """What a row means depends on the columns' meaning, and on the program that reads it."""
    told = repr((version("snapshelf"), how))
    return hashlib.blake2b(told.encode(), digest_size=16)


def row_digest(reading: Any, row: Mapping[str, str]) -> bytes:
    """Of all that a record is made of; `reading` as `reading_digest` gives it."""
    hashed = reading.copy()
    hashed.update(repr(row).encode())
    return hashed.digest()


def find_columns(
    names: Sequence[str],
    mapping: Mapping[str, str],
    known: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Columns:
    """`mapping` (field → column) first, then a format's `known` headers, then the synonyms.

    Raises BadCatalog.
    """
    for field, column in mapping.items():
        if field not in SYNONYMS:
            raise BadCatalog(
                f"no product field is called {field!r} · mapped to {column!r} · "
                f"map one of: {', '.join(SYNONYMS)}"
            )
        if column not in names:
            raise BadCatalog(
                f"the catalog has no column {column!r} · mapped from {field!r} · "
                f"its columns are: {_told(names)}"
            )
    of = dict(mapping)
    free = {plain(name): name for name in reversed(names) if name not in of.values()}
    for field, synonyms in SYNONYMS.items():
        headers = (plain(name) for name in (*known.get(field, ()), *synonyms))
        found = next((free[header] for header in headers if header in free), None)
        if found is not None:
            of.setdefault(field, found)
    # a list of photos has no ids of its own: the path of each is one
    if "id" not in of and "image" in of:
        of["id"] = of["image"]
    if "id" not in of or "image" not in of:
        missing = "image" if "image" not in of else "id"
        raise BadCatalog(
            f"no column for the product's {missing} · the columns are: {_told(names)} · "
            f"name it in the mapping (--map {missing}=COLUMN)"
        )
    return Columns(tuple(names), of)


def _told(names: Sequence[str]) -> str:
    """For a message: what is no catalog has columns of raw bytes, and many of them."""
    few = [
        name if name.isprintable() and len(name) <= _NAME_CHARS else reprlib.repr(name)
        for name in names[:_NAMES]
    ]
    more = len(names) - len(few)
    return ", ".join(few) + (f" and {more:,} more" if more else "")


def prefixes(path: str) -> tuple[str, ...]:
    """The path "Fruit > Apple" becomes ("Fruit", "Fruit > Apple")."""
    parts = listed(path, PATH_SEPARATOR.strip())
    return tuple(PATH_SEPARATOR.join(parts[: depth + 1]) for depth in range(len(parts)))


def leaf(path: str) -> str:
    """The path "Fruit > Apple" ends in "Apple"."""
    return next(reversed(listed(path, PATH_SEPARATOR.strip())), "")


@lru_cache(maxsize=10_000)
def plain(name: str) -> str:
    """A header as it is compared."""
    return re.sub(r"^g:|[\s_-]", "", name.strip().casefold())


def _product(
    source: str, values: Mapping[str, str], others: Mapping[str, str], warnings: list[str]
) -> Product:
    """What cannot be read is left out and warned of; a row is never refused for it."""
    category = values["category"]
    path = values["category_path"] or (category if PATH_SEPARATOR in category else "")
    if path and category in ("", path):
        category = leaf(path)
    if max(len(category), len(path)) > MAX_CATEGORY_CHARS:
        warnings.append("overlong_category")
        category = path = ""
    price, currency = _price(values["price"], warnings)
    related = [name for name in others if name.startswith(RELATED)]
    return Product(
        source=source,
        product_id=values["id"],
        title=values["title"],
        description=values["description"],
        brand=values["brand"],
        category=category,
        category_path=prefixes(path),
        price=price,
        currency=parse_currency(values["currency"]) or currency,
        colors=listed(values["colors"], _COLOR_SEPARATORS),
        available=_available(values["available"], warnings),
        url=values["url"],
        attributes={name: value for name, value in others.items() if name not in related},
        related={name.removeprefix(RELATED): listed(others[name], "|") for name in related},
    )


def _price(text: str, warnings: list[str]) -> tuple[float | None, str | None]:
    if not text:
        return None, None
    parsed = parse_price(text)
    if parsed is None:
        warnings.append("unreadable_price")
        return None, None
    return parsed


def _available(text: str, warnings: list[str]) -> bool | None:
    word = plain(text)
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    if word.isdecimal():
        # not int(): it refuses thousands of digits
        return word.strip("0") != ""
    warnings.append("unreadable_availability")
    return None


def listed(text: str, separators: str) -> tuple[str, ...]:
    """The parts between any of the characters in `separators`."""
    if not any(separator in text for separator in separators):
        return (one,) if (one := text.strip()) else ()
    parts = re.split(f"[{re.escape(separators)}]", text)
    return tuple(part.strip() for part in parts if part.strip())
