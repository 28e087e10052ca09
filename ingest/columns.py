"""Which column means what, and one row to a product."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import version
from typing import Any

from catalog.product import Product
from ingest.errors import BadCatalog
from ingest.money import parse_currency, parse_price
from ingest.records import BadRow, Record, Unread

# The fields of a product and the headers they go by, best first; compared without case,
# blanks, "_", "-" and Google's "g:".
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    # before "id", which a list of photos has for the photo itself
    "id": ("product_id", "id", "sku", "handle", "url_handle", "item_id", "asin"),
    "title": ("title", "name", "productDisplayName", "product_name", "product_title"),
    "category": ("category", "product_type", "articleType", "product_category"),
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
_COLOR_SEPARATORS = ",/|;"
_YES = {"yes", "true", "y", "t", "available", "instock", "1"}
_NO = {"no", "false", "n", "f", "unavailable", "outofstock", "soldout", "discontinued", "0",
       "preorder", "backorder"}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """The catalog's header, and the column of each field that has one."""

    names: tuple[str, ...]
    of: Mapping[str, str]

    def glance(self, line: int, row: Mapping[str, str], source: str) -> Unread | BadRow:
        """One row of the right width."""
        images = _listed(row.get(self.of.get("image", ""), ""), IMAGE_SEPARATOR)
        # as the product will have it
        product_id = unicodedata.normalize("NFC", row[self.of["id"]]).strip()
        if not product_id:
            return BadRow(
                line, "no_id", f"the column {self.of['id']!r} is empty · give the row an id", row
            )
        if not images:
            message = f"row {product_id!r} names no image · add a path or a URL"
            return BadRow(line, "no_image", message, row, product_id)
        if len(images) > MAX_IMAGES:
            message = (
                f"row {product_id!r} names {len(images)} images, {MAX_IMAGES} are allowed · "
                "keep the best"
            )
            return BadRow(line, "too_many_images", message, row, product_id)
        digest = self._digest(row)
        make = partial(self._record, line, images, row, source, digest)
        return Unread(line, product_id, images, digest, make)

    def _digest(self, row: Mapping[str, str]) -> bytes:
        hashed = self._reading.copy()
        hashed.update(repr(row).encode())
        return hashed.digest()

    @cached_property
    def _reading(self) -> Any:
        """What a row means depends on the columns' meaning, and on the program that reads it."""
        how = repr((version("snapshelf"), sorted(self.of.items())))
        return hashlib.blake2b(how.encode(), digest_size=16)

    def _record(
        self,
        line: int,
        images: tuple[str, ...],
        row: Mapping[str, str],
        source: str,
        digest: bytes,
    ) -> Record:
        warnings: list[str] = []
        values = {field: row[column].strip() for field, column in self.of.items()}
        used = set(self.of.values())
        attributes = {name: value for name, value in row.items() if name not in used}
        product = _product(source, values, attributes, warnings)
        # a row with a warning is read in every run, so that every run tells it
        return Record(line, product, images, row, tuple(warnings), None if warnings else digest)


def find_columns(names: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """`mapping` (field → column) first, then the synonyms. Raises BadCatalog."""
    for field, column in mapping.items():
        if field not in SYNONYMS:
            raise BadCatalog(
                f"no product field is called {field!r} · mapped to {column!r} · "
                f"map one of: {', '.join(SYNONYMS)}"
            )
        if column not in names:
            raise BadCatalog(
                f"the catalog has no column {column!r} · mapped from {field!r} · "
                f"its columns are: {', '.join(names)}"
            )
    of = dict(mapping)
    free = {_plain(name): name for name in reversed(names) if name not in of.values()}
    for field, synonyms in SYNONYMS.items():
        known = [free[key] for synonym in synonyms if (key := _plain(synonym)) in free]
        if known:
            of.setdefault(field, known[0])
    # a list of photos has no ids of its own: the path of each is one
    if "id" not in of and "image" in of:
        of["id"] = of["image"]
    if "id" not in of or "image" not in of:
        missing = "image" if "image" not in of else "id"
        raise BadCatalog(
            f"no column for the product's {missing} · the columns are: {', '.join(names)} · "
            f"name it with {missing}=COLUMN in the mapping"
        )
    return Columns(tuple(names), of)


def prefixes(path: str) -> tuple[str, ...]:
    """The path "Fruit > Apple" becomes ("Fruit", "Fruit > Apple")."""
    parts = _listed(path, PATH_SEPARATOR.strip())
    return tuple(PATH_SEPARATOR.join(parts[: depth + 1]) for depth in range(len(parts)))


def _product(
    source: str, values: Mapping[str, str], attributes: Mapping[str, str], warnings: list[str]
) -> Product:
    """What cannot be read is left out and warned of; a row is never refused for it."""
    category = values.get("category", "")
    path = values.get("category_path", "") or (category if PATH_SEPARATOR in category else "")
    if path and category in ("", path):
        category = next(reversed(_listed(path, PATH_SEPARATOR.strip())), "")
    price, currency = _price(values.get("price", ""), warnings)
    return Product(
        source=source,
        product_id=values["id"],
        title=values.get("title"),
        description=values.get("description"),
        brand=values.get("brand"),
        category=category,
        category_path=prefixes(path),
        price=price,
        currency=parse_currency(values.get("currency", "")) or currency,
        colors=_listed(values.get("colors", ""), _COLOR_SEPARATORS),
        available=_available(values.get("available", ""), warnings),
        url=values.get("url"),
        attributes=attributes,
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
    word = _plain(text)
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    if word.isdecimal():
        return int(word) > 0
    warnings.append("unreadable_availability")
    return None


def _listed(text: str, separators: str) -> tuple[str, ...]:
    """The parts between any of the characters in `separators`."""
    if not any(separator in text for separator in separators):
        return (plain,) if (plain := text.strip()) else ()
    parts = re.split(f"[{re.escape(separators)}]", text)
    return tuple(part.strip() for part in parts if part.strip())


def _plain(name: str) -> str:
    return re.sub(r"^g:|[\s_-]", "", name.strip().casefold())
