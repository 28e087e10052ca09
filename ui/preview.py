"""How a catalog will be read, as a table in the terminal."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ingest.preview import Preview
from ingest.records import BadRow, Record

_TITLE_CHARS = 40
_IMAGE_CHARS = 60


def preview_table(preview: Preview) -> Group:
    """Format and columns, the rows, and what each bad one lacks."""
    catalog = preview.catalog
    fields = ", ".join(f"{field} ← {column}" for field, column in catalog.fields.items())
    bad = [row for row in preview.rows if isinstance(row, BadRow)]
    table = Table(title="Nothing was written.", title_justify="left")
    for name in ("line", "id", "title", "category", "price", "images", "to know"):
        table.add_column(name, overflow="fold", justify="right" if name == "line" else "left")
    for row in preview.rows:
        cells = _bad(row) if isinstance(row, BadRow) else _read(row)
        style = "red" if isinstance(row, BadRow) else ""
        table.add_row(*(_text(cell) for cell in (str(row.line), *cells)), style=style)
    return Group(
        _text(f"{catalog.name}: format {catalog.format}"),
        _text(f"fields: {fields or 'of the folders'}"),
        _text(f"kept as they are: {', '.join(preview.attributes) or 'none'}"),
        table,
        *(_text(f"line {row.line}: {row.message}") for row in bad),
        _text(f"{len(preview.rows) - len(bad)} rows can be taken, {len(bad)} cannot."),
    )


def _read(row: Record) -> tuple[str, ...]:
    product = row.product
    path = product.category_path[-1] if product.category_path else ""
    price = "" if product.price is None else f"{product.price:.2f} {product.currency or ''}"
    more = f" and {len(row.images) - 1} more" if len(row.images) > 1 else ""
    return (
        product.product_id,
        (product.title or "")[:_TITLE_CHARS],
        path or product.category or "",
        price.strip(),
        row.images[0][-_IMAGE_CHARS:] + more,
        ", ".join(row.warnings),
    )


def _bad(row: BadRow) -> tuple[str, ...]:
    return row.product_id or "", "", "", "", "", row.reason


def _text(cell: str) -> Text:
    """As it is: neither markup nor the terminal's own codes that a catalog may hold."""
    return Text("".join(letter if letter.isprintable() else " " for letter in cell))
