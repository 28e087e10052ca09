"""The catalog at a glance: how much there is, of what, and what it looks like."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.casebook import Casebook

# Pictures on one sheet.
SAMPLES = 12


@dataclass(frozen=True, slots=True)
class Shelf:
    """One category: its name ("" for products without one), size, and sha256 of some pictures."""

    name: str
    products: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    products: int
    images: int
    pictures: int
    """Different files among the images."""
    unseen: int
    """Pictures without a thumbnail: nothing is said of them."""
    shelves: Sequence[Shelf]
    """The largest first."""


def glance(book: Casebook) -> Glance:
    shelves = book.ask(
        "SELECT category, count(*) AS size FROM products GROUP BY category "
        "ORDER BY size DESC, category"
    )
    return Glance(
        products=book.count("SELECT count(*) FROM products"),
        images=book.count("SELECT count(*) FROM points"),
        pictures=book.count("SELECT count(DISTINCT picture) FROM points"),
        unseen=book.count(
            "SELECT count(*) FROM pictures WHERE look IS NULL AND n IN (SELECT picture FROM points)"
        ),
        shelves=[Shelf(name or "", size, _samples(book, name)) for name, size in shelves],
    )


def _samples(book: Casebook, category: str | None) -> tuple[str, ...]:
    # by its hash: as good as at random, and the same on every run
    rows = book.ask(
        "SELECT DISTINCT sha FROM products p JOIN points ON product = p.n "
        "JOIN pictures i ON i.n = picture WHERE category IS ? AND look IS NOT NULL "
        "ORDER BY sha LIMIT ?",
        category, SAMPLES,
    )  # fmt: skip
    return tuple(sha for (sha,) in rows)
