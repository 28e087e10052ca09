"""A catalog as its ledger tells of it: read beside whoever writes, without touching anything."""

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.errors import BadCatalog
from ingest.readers import Catalog, columns_of, open_catalog
from ingest.rejects import Rejects
from ingest.report import Report


@dataclass(frozen=True)
class LastRun:
    """How a catalog was read the last time, and what became of its rows."""

    at: str
    """When it ended, ISO 8601, UTC."""
    format: str
    """As in `Catalog`."""
    fields: Mapping[str, str]
    """Of a product → the column."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """As `Report.to_json`."""
    stopped: bool = False
    rejects: str | None = None
    """The CSV of the rows that were not taken."""

    @classmethod
    def of(cls, catalog: Catalog, report: Report, rejects: Rejects) -> "LastRun":
        return cls(
            datetime.now(UTC).isoformat(timespec="seconds"),
            catalog.format,
            dict(catalog.fields),
            report.to_json(),
            report.interrupted,
            str(rejects.path.resolve()) if rejects.count else None,
        )

    def to_text(self) -> str:
        return json.dumps(asdict(self))  # escaped: a path may have bytes that are no UTF-8


@dataclass(frozen=True)
class Known:
    """One source of an index."""

    source: str
    path: Path | None
    """Where it was read the last time."""
    root: Path | None
    """What its image paths are relative to."""
    products: int
    pictures: int
    rejected: int
    """Rows whose last outcome it was."""
    run: LastRun | None
    """None: an older edition ingested it."""

    @property
    def there(self) -> bool:
        """Whether it can be read again: a download, say, is gone after its run."""
        return self.path is not None and self.path.exists()

    def read_as(self) -> tuple[str | None, dict[str, str]]:
        """Format and mapping of the last time, as `open_catalog` takes them. Raises BadCatalog."""
        if self.path is None or self.run is None or self.path.is_dir():
            return None, {}
        form = self.run.format.partition(" (")[0]
        # a newer edition may have lost a column
        there = columns_of(self.path, form)
        return form, {name: column for name, column in self.run.fields.items() if column in there}

    def open(self, limit: int | None = None) -> Catalog:
        """Under its old name, read as it was the last time. Raises BadCatalog."""
        if self.path is None or not self.path.exists():
            raise BadCatalog(f"the catalog is not where it was · {self.source} · bring it in anew")
        form, mapping = self.read_as()
        return open_catalog(
            self.path, mapping=mapping, source=self.source, image_root=self.root, limit=limit,
            format=form,
        )  # fmt: skip

    def __add__(self, other: "Known") -> "Known":
        """The same catalog's share of another worker."""
        return replace(
            self,
            products=self.products + other.products,
            pictures=self.pictures + other.pictures,
            rejected=self.rejected + other.rejected,
        )


def known_of(ledger: Path, stamp: str) -> Known | None:
    """None for a file that is no ledger. `stamp`: of the collection, as for `Ledger`."""
    try:
        with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return _read(db, stamp)
    except sqlite3.Error:
        return None


def _read(db: sqlite3.Connection, stamp: str) -> Known | None:
    about = db.execute("SELECT stamp, source FROM about").fetchone()
    if about is None or about[1] is None:
        return None
    # what was written to a collection that was made again since is not there any more
    holds = about[0].partition("/")[2] == stamp
    count = "SELECT count(DISTINCT product_id), count(*) FROM points"
    products, pictures = db.execute(count).fetchone() if holds else (0, 0)
    path, root, told = (_only(db, table) for table in ("catalog", "root", "last_run"))
    return Known(
        about[1],
        None if path is None else Path(os.fsdecode(path)),
        None if root is None else Path(os.fsdecode(root)),
        products,
        pictures,
        _count_failures(db),
        _run(told),
    )


def _only(db: sqlite3.Connection, table: str) -> Any:
    """The one value of a table that an older edition need not have."""
    try:
        row = db.execute(f"SELECT * FROM {table}").fetchone()  # noqa: S608 - our own names
    except sqlite3.OperationalError:
        return None
    return row[0] if row else None


def _count_failures(db: sqlite3.Connection) -> int:
    try:
        return int(db.execute("SELECT count(*) FROM failures").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def _run(told: str | None) -> LastRun | None:
    """None for what another edition tells."""
    try:
        return LastRun(**json.loads(told)) if told else None
    except (TypeError, ValueError):
        return None
