"""The rows whose last outcome was rejected, as the ledger remembers them."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

# Rejected rows read or written at a time; one may be as large as a line of a catalog.
BATCH = 64
_TABLE = """
    CREATE TABLE IF NOT EXISTS failures (
        key TEXT PRIMARY KEY, product_id TEXT, line INT, reason TEXT, message TEXT, attempts INT,
        first_at TEXT, last_at TEXT, run_id TEXT, row TEXT
    ) WITHOUT ROWID
"""
_ADD = """
    INSERT INTO failures VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)
    ON CONFLICT (key) DO UPDATE SET line = ?3, reason = ?4, message = ?5,
        attempts = attempts + ?6, last_at = ?7, run_id = ?8, row = ?9
"""


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that was not taken. `attempts` are those of one run, or of all runs so far."""

    product_id: str | None
    line: int
    reason: str
    message: str
    attempts: int
    row: Mapping[str, str]

    @property
    def key(self) -> str:
        return key_of(self.product_id, self.line)


class Failures:
    """One table of the ledger's file. A row leaves it when it is taken, or gone.

    `add` is for one thread.
    """

    def __init__(self, db: sqlite3.Connection, lock: threading.Lock) -> None:
        self._db = db
        self._lock = lock
        self._held: list[tuple[Reject, str]] = []
        with lock, db:
            db.execute(_TABLE)
            db.execute("CREATE INDEX IF NOT EXISTS failures_by_line ON failures (line)")

    def add(self, reject: Reject, run_id: str) -> None:
        """Written at the latest with `flush`; the attempts of the runs before are added."""
        self._held.append((reject, run_id))
        if len(self._held) >= BATCH:
            self.flush()

    def flush(self) -> None:
        held, self._held = self._held, []
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            (r.key, r.product_id, r.line, r.reason, r.message, r.attempts, now, run_id,
             json.dumps(dict(r.row)))
            for r, run_id in held
        ]  # fmt: skip
        with self._lock, self._db:
            self._db.executemany(_ADD, rows)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of some keys under which a row was rejected."""
        marks = ",".join("?" * len(keys))
        query = f"SELECT key FROM failures WHERE key IN ({marks})"  # noqa: S608 - marks only
        with self._lock:
            return {row[0] for row in self._db.execute(query, keys)}

    def before(self, run_id: str) -> Iterator[list[str]]:
        """Keys of the rows that this run has not rejected, in pages that may be removed."""
        last = ""
        while True:
            with self._lock:
                page = self._db.execute(
                    "SELECT key FROM failures WHERE run_id != ? AND key > ? ORDER BY key LIMIT ?",
                    (run_id, last, BATCH),
                ).fetchall()
            if not page:
                return
            last = page[-1][0]
            yield [key for (key,) in page]

    def remove(self, keys: Iterable[str]) -> None:
        with self._lock, self._db:
            self._db.executemany("DELETE FROM failures WHERE key = ?", [(key,) for key in keys])

    def __iter__(self) -> Iterator[Reject]:
        """All of them, in the order of their lines."""
        last = (-1, "")
        while True:
            with self._lock:
                page = self._db.execute(
                    "SELECT key, product_id, line, reason, message, attempts, row FROM failures"
                    " WHERE (line, key) > (?, ?) ORDER BY line, key LIMIT ?",
                    (*last, BATCH),
                ).fetchall()
            if not page:
                return
            last = (page[-1][2], page[-1][0])
            for _, product_id, line, reason, message, attempts, row in page:
                yield Reject(product_id, line, reason, message, attempts, json.loads(row))


def key_of(product_id: str | None, line: int) -> str:
    """By its id; a row that does not tell its id is known by its line (no id holds a NUL)."""
    return product_id or f"\0{line}"
