"""How the first rows of a catalog will be read: for a look before anything is written."""

from dataclasses import dataclass
from typing import Any

from ingest.records import BadRow, Catalog, Record

# Rows looked at when nobody says how many.
ROWS = 20


@dataclass(frozen=True)
class Preview:
    catalog: Catalog
    rows: tuple[Record | BadRow, ...]
    """Those of a repeated id as bad ones: an ingest would not take them."""

    @property
    def bad(self) -> int:
        return sum(isinstance(row, BadRow) for row in self.rows)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Columns that are no field of a product and are kept as they are."""
        names = (name for row in self.rows if isinstance(row, Record) for name in _others(row))
        return tuple(dict.fromkeys(names))

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.catalog.name,
            "format": self.catalog.format,
            "fields": dict(self.catalog.fields),
            "attributes": list(self.attributes),
            "rows": [_bad(row) if isinstance(row, BadRow) else _read(row) for row in self.rows],
        }


def preview_of(catalog: Catalog) -> Preview:
    """All rows of `catalog`, which should have a limit. Raises BadCatalog."""
    first: dict[str, int] = {}
    return Preview(catalog, tuple(_judged(row, first) for row in catalog))


def _judged(row: Record | BadRow, first: dict[str, int]) -> Record | BadRow:
    """`first` has the line of each id so far."""
    if isinstance(row, BadRow):
        return row
    line = first.setdefault(row.product_id, row.line)
    if line == row.line:
        return row
    message = f"the id {row.product_id!r} was on line {line} already · the first row is kept"
    return BadRow(row.line, "duplicate", message, row.row, row.product_id)


def _others(row: Record) -> tuple[str, ...]:
    related = (f"related.{name}" for name in row.product.related)
    return (*row.product.attributes, *related)


def _bad(row: BadRow) -> dict[str, Any]:
    return {
        "line": row.line,
        "id": row.product_id,
        "reason": row.reason,
        "message": row.message,
        "row": dict(row.row),
    }


def _read(row: Record) -> dict[str, Any]:
    product = row.product
    return {
        "line": row.line,
        "id": product.product_id,
        "title": product.title,
        "description": product.description,
        "brand": product.brand,
        "category": product.category,
        "category_path": list(product.category_path),
        "price": product.price,
        "currency": product.currency,
        "colors": list(product.colors),
        "available": product.available,
        "url": product.url,
        "attributes": dict(product.attributes),
        "related": {name: list(ids) for name, ids in product.related.items()},
        "images": list(row.images),
        "warnings": list(row.warnings),
    }
