"""What was written to the store, so that the next run does only what is new."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from ingest.errors import BadLedger

# Raised when the table changes; an older ledger is emptied, which costs work but no data.
_EDITION = "1"
# Entries read at a time.
_PAGE = 1000


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


_COLUMNS = tuple(field.name for field in fields(Entry))


class Ledger:
    """One file per source. Safe for several threads.

    `collection_stamp` identifies the collection that was written to (its fingerprint and when it
    was made). Another stamp than the file's empties it: a new or wiped collection must be
    filled again, whatever was written to the old one. Raises BadLedger.
    """

    def __init__(self, path: Path, collection_stamp: str) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
            raise BadLedger(
                f"the ledger cannot be opened ({error}) · {path} · "
                "make its folder writable, and remove what is in the file's place if it is no file"
            ) from error
        try:
            self._prepare(f"{_EDITION}/{collection_stamp}")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise BadLedger(
                f"the ledger cannot be used ({error}) · {path} · "
                "delete it: the next run reads everything again and embeds only what is new"
            ) from error

    def of_product(self, product_id: str) -> dict[str, Entry]:
        """All known points of a product, those too that its row does not name any more, by id."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT {','.join(_COLUMNS)} FROM points WHERE product_id = ?",  # noqa: S608 - names only
                (product_id,),
            ).fetchall()
        return {row[0]: Entry(*row) for row in rows}

    def put(self, entries: Sequence[Entry]) -> None:
        """All or none. Only for what the store has acknowledged and flushed."""
        marks = ",".join("?" * len(_COLUMNS))
        with self._lock, self._db:
            self._db.executemany(
                f"INSERT OR REPLACE INTO points VALUES ({marks})",  # noqa: S608 - marks only
                map(astuple, entries),
            )

    def remove(self, point_ids: Sequence[str]) -> None:
        """All or none. Only what the store has deleted and flushed."""
        with self._lock, self._db:
            self._db.executemany(
                "DELETE FROM points WHERE point_id = ?", [(point_id,) for point_id in point_ids]
            )

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

    def __iter__(self) -> Iterator[Entry]:
        """All known points, by id; in constant memory, and others may write meanwhile."""
        last = ""
        while rows := self._after(last):
            yield from (Entry(*row) for row in rows)
            last = rows[-1][0]

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM points").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _after(self, point_id: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(
                f"SELECT {','.join(_COLUMNS)} FROM points WHERE point_id > ?"  # noqa: S608 - names only
                " ORDER BY point_id LIMIT ?",
                (point_id, _PAGE),
            ).fetchall()

    def _prepare(self, stamp: str) -> None:
        # WAL survives a killed process; a lost machine loses at most the last batches, which
        # are then written again under the same ids
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._db:
            self._db.execute("CREATE TABLE IF NOT EXISTS about (stamp TEXT NOT NULL)")
            row = self._db.execute("SELECT stamp FROM about").fetchone()
            if row is not None and row[0] != stamp:
                self._db.execute("DROP TABLE IF EXISTS points")
                self._db.execute("DROP TABLE IF EXISTS catalog")
                self._db.execute("DROP TABLE IF EXISTS root")
                self._db.execute("DELETE FROM about")
            if row is None or row[0] != stamp:
                self._db.execute("INSERT INTO about VALUES (?)", (stamp,))
            self._db.execute("CREATE TABLE IF NOT EXISTS catalog (path BLOB NOT NULL)")
            self._db.execute("CREATE TABLE IF NOT EXISTS root (path BLOB NOT NULL)")
            others = ",".join(_COLUMNS[1:])
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS points (point_id TEXT PRIMARY KEY,{others})"
                " WITHOUT ROWID"
            )
            self._db.execute("CREATE INDEX IF NOT EXISTS by_product ON points (product_id)")
