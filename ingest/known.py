"""Catalogs that were ingested before, as their ledgers remember them."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingest.readers import Catalog, open_catalog


@dataclass(frozen=True)
class Known:
    """One catalog of an earlier run."""

    source: str
    path: Path | None
    """Its file or folder; None for what no run of this edition has read."""
    root: Path | None
    """What its image paths are relative to."""

    @property
    def there(self) -> bool:
        """Whether it can be read again: a download, say, is gone after its run."""
        return self.path is not None and self.path.exists()

    def open(self, limit: int | None = None) -> Catalog:
        """Under its old name. Raises BadCatalog."""
        return open_catalog(
            self.path or Path(), source=self.source, image_root=self.root, limit=limit
        )


def known(ledger: Path) -> Known | None:
    """What a ledger's file tells, which is only read; None when it does not tell."""
    try:
        with closing(sqlite3.connect(ledger)) as db:
            about = db.execute("SELECT source FROM about").fetchone()
            catalog = db.execute("SELECT path FROM catalog").fetchone()
            root = db.execute("SELECT path FROM root").fetchone()
    except sqlite3.DatabaseError:
        return None
    if about is None or about[0] is None:
        return None
    return Known(about[0], _path(catalog), _path(root))


def _path(row: tuple[bytes] | None) -> Path | None:
    return None if row is None else Path(os.fsdecode(row[0]))
