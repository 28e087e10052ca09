"""What every reader yields: a catalog, its records, and its rows that are none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from catalog.product import Product


@dataclass(frozen=True)
class Record:
    """One readable row: a product and where its images are.

    `line` is the physical line of the file on which the row starts (an image folder counts its
    files, from 1). `product` has image_slot 0 and no image_url; `images` has at least one entry.
    `row` are the raw columns. `warnings` name what was left out, e.g. `unreadable_price`.
    """

    line: int
    product: Product
    images: tuple[str, ...]
    row: Mapping[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadRow:
    """One row that is no product: `reason` is a code, `message` says what to do."""

    line: int
    reason: str
    message: str
    row: Mapping[str, str]


@dataclass(frozen=True)
class Catalog:
    """A catalog that can be read any number of times, each time from its start.

    `name` is the products' source: stable, never a path of this machine. Image paths are
    relative to `root`. `open_rows` starts a reading, `count` is one without making records.
    """

    path: Path
    name: str
    root: Path
    columns: tuple[str, ...]
    open_rows: Callable[[], Iterator[Record | BadRow]]
    count: Callable[[], int]
    limit: int | None = None

    def __iter__(self) -> Iterator[Record | BadRow]:
        """Every row once, in the catalog's order; memory does not depend on their number."""
        return islice(self.open_rows(), self.limit)

    def count_rows(self) -> int:
        """How many rows a reading yields. Reads the file, but makes no records."""
        rows = self.count()
        return rows if self.limit is None else min(rows, self.limit)
