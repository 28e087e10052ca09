"""The product ids that a run has met, in constant memory."""

import sqlite3
from types import TracebackType


class Seen:
    """Product ids and the line of the first row of each.

    Kept in SQLite's private temporary file: a set would grow with the catalog.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE seen (product_id TEXT PRIMARY KEY, line INT) WITHOUT ROWID")
        # one transaction that never ends: nobody else reads it and nothing survives it
        self._db.execute("BEGIN")

    def first_line(self, product_id: str, line: int) -> int | None:
        """The line that had this id before, or None: then this one is the first."""
        added = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (product_id, line))
        if added.rowcount:
            return None
        found = self._db.execute("SELECT line FROM seen WHERE product_id = ?", (product_id,))
        return int(found.fetchone()[0])

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> "Seen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
