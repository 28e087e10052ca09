"""The first rows of a catalog as they will be read, for a manager to look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.columns import SYNONYMS
from ingest.preview import Preview
from ingest.records import BadRow, Record
from ui.page.language import Language
from ui.page.view import price_text

# Of a row's pictures the first are named.
_PICTURES = 3


@dataclass(frozen=True)
class Line:
    """One row; every text is the catalog's own and unescaped."""

    number: int
    """Of the file."""
    id: str = ""
    title: str = ""
    category: str = ""
    price: str = ""
    pictures: tuple[str, ...] = ()
    more: int = 0
    """Pictures that are not named."""
    notes: tuple[str, ...] = ()
    """What is left out of it."""
    bad: str = ""
    """Why it cannot be taken."""
    message: str = ""


@dataclass(frozen=True)
class Choice:
    """Which column one field of a product is read from."""

    field: str
    column: str | None
    needed: bool


def lines(preview: Preview, say: Language) -> list[Line]:
    return [_bad(row, say) if isinstance(row, BadRow) else _line(row, say) for row in preview.rows]


def choices(fields: Mapping[str, str]) -> list[Choice]:
    """`fields`: field → column, as far as there is one."""
    return [Choice(name, fields.get(name), name in ("id", "image")) for name in SYNONYMS]


def reason(code: str, say: Language) -> str:
    """Why a row was not taken, or what was left out of it."""
    return say.known(f"reason.{code}", code.replace("_", " "))


def format_of(told: str, say: Language) -> str:
    """`google (CSV)`, as a catalog tells it, in words."""
    dialect, _, kind = told.removesuffix(")").partition(" (")
    return say(f"format.{dialect}", kind=kind) if kind else say("format.folder")


def _line(row: Record, say: Language) -> Line:
    product = row.product
    path = product.category_path[-1] if product.category_path else ""
    return Line(
        row.line,
        product.product_id,
        product.title or "",
        path or product.category or "",
        price_text(product, say) or "",
        row.images[:_PICTURES],
        max(0, len(row.images) - _PICTURES),
        tuple(reason(code, say) for code in row.warnings),
    )


def _bad(row: BadRow, say: Language) -> Line:
    return Line(row.line, row.product_id or "", bad=reason(row.reason, say), message=row.message)
