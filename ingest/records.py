"""What every reader yields: a catalog, its records, and its rows that are none."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from catalog.product import Product


@dataclass(frozen=True, slots=True)
class Raw:
    """One row as its file has it, before anybody knows what its columns mean.

    `values` are text, or what JSON can hold. `problem` is the code and the message of a row that
    could not be cut into columns; `beyond` are its fields that no column is left for.
    """

    line: int
    values: Mapping[str, Any]
    problem: tuple[str, str] | None = None
    warnings: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """One readable row: a product and where its images are.

    `line` is the physical line of the file on which the row starts (an image folder counts its
    files, a Parquet file its rows, from 1). `product` has image_slot 0 and no image_url; `images`
    has at least one entry. `row` are the columns as the reader understood them. `warnings` name
    what was left out, e.g. `unreadable_price`.
    `digest` is that of everything the record was made from, so that an equal one need not be
    made again; None where the reader cannot say, or where there is something to warn of.
    """

    line: int
    product: Product
    images: tuple[str, ...]
    row: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    digest: bytes | None = None

    @property
    def product_id(self) -> str:
        return self.product.product_id

    def read(self) -> "Record":
        return self


class Unread(NamedTuple):
    """One readable row whose product is not made yet: that of an unchanged row never is.

    `product_id` is the one the product will have, `digest` that of its record.
    """

    line: int
    product_id: str
    images: tuple[str, ...]
    digest: bytes
    read: Callable[[], Record]


@dataclass(frozen=True)
class BadRow:
    """One row that is no product: `reason` is a code, `message` says what to do.

    `product_id` is None when the row does not even tell which product it would be.
    """

    line: int
    reason: str
    message: str
    row: Mapping[str, str]
    product_id: str | None = None


Row = Record | Unread | BadRow


@dataclass(frozen=True)
class Catalog:
    """A catalog that can be read any number of times, each time from its start.

    `name` is the products' source: stable, never a path of this machine. Image paths are
    relative to `root`. `open_rows` starts a reading, `count` is one without making records.
    `format` says how it is read, `fields` which column each field of a product is in.
    """

    path: Path
    name: str
    root: Path
    columns: tuple[str, ...]
    open_rows: Callable[[], Iterator[Row]]
    count: Callable[[], int]
    limit: int | None = None
    format: str = "csv"
    fields: Mapping[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Record | BadRow]:
        """Every row once, in the catalog's order; memory does not depend on their number."""
        return (row if isinstance(row, BadRow) else row.read() for row in self.rows())

    def rows(self) -> Iterator[Row]:
        """The same for who needs few of the products."""
        return islice(self.open_rows(), self.limit)

    @property
    def is_whole(self) -> bool:
        """Does a reading yield every row that there is?"""
        return self.limit is None

    def count_rows(self) -> int:
        """How many rows a reading yields. Reads the file, but makes no records."""
        rows = self.count()
        return rows if self.limit is None else min(rows, self.limit)
