"""What was written to the store, so that the next run does only what is new."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, Self

from ingest.errors import BadLedger
from ingest.failures import Failures
from vision.cache import out_of_reach

# Raised when the tables change. An older ledger is brought up to date below; one of an edition
# that is not known is emptied, which costs work but no data.
_EDITION = "2"


@dataclass(frozen=True, slots=True)
class Entry:
    """One point that the store has acknowledged."""

    point_id: str
    product_id: str
    image_ref: str
    signature: str | None
    """Of the local file when it was read; None for a URL."""
    image_sha256: str
    payload_hash: str
    """Of the catalog's own facts in the payload."""
    model: str
    """Fingerprint of the embedder."""
    line: int
    run_id: str
    updated_at: str
    """ISO 8601, UTC."""
    row_digest: bytes | None = None
    """Of the record; None when that has none, and for what the first edition wrote."""


class Glance(NamedTuple):
    """As much of an entry as tells whether its row is as it was.

    Not the model: a ledger is of one collection, and a collection of one model.
    """

    image_ref: str
    signature: str | None
    row_digest: bytes | None


# Rows of one look: as many as a store's batch.
PAGE = 256
# What is known of the catalog, one row each: where it is, where its images are, its last run.
_CATALOG = {"catalog": "path BLOB", "root": "path BLOB", "last_run": "told TEXT"}
_COLUMNS = tuple(field.name for field in fields(Entry))
_row_of = attrgetter(*_COLUMNS)


class Ledger:
    """One file per source. Safe for several threads.

    `collection_stamp` identifies the collection that was written to (its fingerprint and when it
    was made). Another stamp than the file's empties it: a new or wiped collection must be
    filled again, whatever was written to the old one. `source` is kept, for `source_of`. Raises
    BadLedger.
    """

    def __init__(self, path: Path, collection_stamp: str, source: str | None = None) -> None:
        self._lock = threading.Lock()
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise _bad(path, error) from error
        try:
            self._prepare(collection_stamp, source)
            self.failures = Failures(self._db, self._lock)
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise _bad(path, error) from error

    def of_product(self, product_id: str) -> dict[str, Entry]:
        """All known points of a product, those too that its row does not name any more, by id."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT {','.join(_COLUMNS)} FROM points WHERE product_id = ?",  # noqa: S608 - names only
                (product_id,),
            ).fetchall()
        return {row[0]: Entry(*row) for row in rows}

    def glance(self, product_ids: Sequence[str]) -> dict[str, list[Glance]]:
        """The points of some products, in one look."""
        marks = ",".join("?" * len(product_ids))
        with self._lock:
            rows = self._db.execute(
                f"SELECT product_id,{','.join(Glance._fields)} FROM points"  # noqa: S608 - names only
                f" WHERE product_id IN ({marks})",
                product_ids,
            ).fetchall()
        found: dict[str, list[Glance]] = {}
        for product_id, *rest in rows:
            found.setdefault(product_id, []).append(Glance(*rest))
        return found

    def put(self, entries: Sequence[Entry]) -> None:
        """All or none. Only for what the store has acknowledged and flushed."""
        marks = ",".join("?" * len(_COLUMNS))
        with self._lock, self._db:
            self._db.executemany(
                f"INSERT OR REPLACE INTO points VALUES ({marks})",  # noqa: S608 - marks only
                map(_row_of, entries),
            )

    def remove(self, point_ids: Sequence[str]) -> None:
        """All or none. Only what the store has deleted and flushed."""
        with self._lock, self._db:
            self._db.executemany(
                "DELETE FROM points WHERE point_id = ?", [(point_id,) for point_id in point_ids]
            )

    def products(self) -> Iterator[list[str]]:
        """The ids of all known products, sorted, in pages."""
        last = ""
        while True:
            with self._lock:
                rows = self._db.execute(
                    "SELECT DISTINCT product_id FROM points WHERE product_id > ?"
                    " ORDER BY product_id LIMIT ?",
                    (last, PAGE),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [product_id for (product_id,) in rows]

    def count_products(self) -> int:
        with self._lock:
            found = self._db.execute("SELECT count(DISTINCT product_id) FROM points")
            return int(found.fetchone()[0])

    def points_of(self, product_ids: Sequence[str]) -> list[str]:
        """The ids of all known points of some products."""
        marks = ",".join("?" * len(product_ids))
        query = f"SELECT point_id FROM points WHERE product_id IN ({marks})"  # noqa: S608 - marks only
        with self._lock:
            return [point_id for (point_id,) in self._db.execute(query, product_ids)]

    def __iter__(self) -> Iterator[Entry]:
        """All known points, in the order of their ids. Raises BadLedger."""
        last = ""
        while rows := self._page(last):
            last = rows[-1][0]
            yield from (Entry(*row) for row in rows)

    def _page(self, last: str) -> list[Any]:
        query = (
            f"SELECT {','.join(_COLUMNS)} FROM points WHERE point_id > ?"  # noqa: S608 - names only
            " ORDER BY point_id LIMIT ?"
        )
        try:
            with self._lock:
                return self._db.execute(query, (last, PAGE)).fetchall()
        except sqlite3.DatabaseError as error:
            raise _bad(self._path, error) from error

    def moved_from(self, catalog: Path) -> str | None:
        """Where the catalog was in the run before, when that was another path; keeps this one.

        It has moved, or two catalogs share the name of their source, and each overwrites the
        other's products.
        """
        now = os.fsencode(catalog.resolve())
        with self._lock, self._db:
            before = self._db.execute("SELECT path FROM catalog").fetchone()
            self._db.execute("DELETE FROM catalog")
            self._db.execute("INSERT INTO catalog VALUES (?)", (now,))
        return None if before is None or before[0] == now else os.fsdecode(before[0])

    def remember_root(self, root: Path | None) -> None:
        """Keep the folder that the catalog's image paths are relative to."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM root")
            if root is not None:
                self._db.execute("INSERT INTO root VALUES (?)", (os.fsencode(root.resolve()),))

    def root(self) -> Path | None:
        with self._lock:
            found = self._db.execute("SELECT path FROM root").fetchone()
        return None if found is None else Path(os.fsdecode(found[0]))

    def remember_run(self, told: str) -> None:
        """Keep what is told of the run that has ended (`known.LastRun`)."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM last_run")
            self._db.execute("INSERT INTO last_run VALUES (?)", (told,))

    def take_over(self, other: "Ledger") -> None:
        """Where the catalog of another ledger is, and how it was read."""
        with other._lock:
            kept = {
                table: other._db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - names only
                for table in _CATALOG
            }
        with self._lock, self._db:
            for table, rows in kept.items():
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names only
                self._db.executemany(f"INSERT INTO {table} VALUES (?)", rows)  # noqa: S608 - names only

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM points").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, collection_stamp: str, source: str | None) -> None:
        # WAL survives a killed process; a lost machine loses at most the last batches, which
        # are then written again under the same ids
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._db:
            self._bring_up_to_date(f"{_EDITION}/{collection_stamp}", f"1/{collection_stamp}")
            if source is not None:
                self._db.execute("UPDATE about SET source = ?", (source,))
            for table, column in _CATALOG.items():
                self._db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({column} NOT NULL)")
            others = ",".join(_COLUMNS[1:])
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS points (point_id TEXT PRIMARY KEY,{others})"
                " WITHOUT ROWID"
            )
            # holds all that `glance` asks for: 1 µs a row, where the table itself takes 4
            self._db.execute("DROP INDEX IF EXISTS by_product")
            glance = ",".join(Glance._fields)
            self._db.execute(f"CREATE INDEX IF NOT EXISTS by_row ON points (product_id,{glance})")

    def _bring_up_to_date(self, stamp: str, first_edition: str) -> None:
        self._db.execute("CREATE TABLE IF NOT EXISTS about (stamp TEXT NOT NULL)")
        if "source" not in [column[1] for column in self._db.execute("PRAGMA table_info(about)")]:
            self._db.execute("ALTER TABLE about ADD COLUMN source TEXT")
        row = self._db.execute("SELECT stamp, source FROM about").fetchone() or (stamp, None)
        if row[0] == first_edition:
            self._db.execute("ALTER TABLE points ADD COLUMN row_digest BLOB")
        elif row[0] != stamp:
            for table in ("points", *_CATALOG):
                self._db.execute(f"DROP TABLE IF EXISTS {table}")
        self._db.execute("DELETE FROM about")
        self._db.execute("INSERT INTO about VALUES (?, ?)", (stamp, row[1]))


def source_of(path: Path) -> str | None:
    """The name of the source that a ledger's file is of; None when it does not tell."""
    try:
        with closing(sqlite3.connect(path)) as db:
            row = db.execute("SELECT source FROM about").fetchone()
    except sqlite3.DatabaseError:
        return None
    return row[0] if row else None


def fault_of(path: Path) -> BadLedger | None:
    """Why a ledger's file does not tell its source; a run killed at its start is no fault."""
    try:
        with closing(sqlite3.connect(path)) as db:
            db.execute("SELECT source FROM about").fetchone()
    except sqlite3.DatabaseError as error:
        unfilled = isinstance(error, sqlite3.OperationalError) and not out_of_reach(error)
        return None if unfilled else _bad(path, error)
    return None


def _bad(path: Path, error: Exception) -> BadLedger:
    if out_of_reach(error):
        return BadLedger(
            f"the ledger cannot be opened ({error}) · {path} · make its folder writable, with room "
            "on its disk and nobody else at it, and remove what is in the file's place if it is "
            "no file"
        )
    return BadLedger(
        f"the ledger cannot be used ({error}) · {path} · "
        "delete it: the next run reads everything again and embeds only what is new"
    )


def copy_database(source: Path, to: Path) -> None:
    """A database as it is now, while others write to it: with SQLite's own online backup."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
