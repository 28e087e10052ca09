"""The product ids that a run has met, in constant memory."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Self


class Seen:
    """Product ids and the line of the first row of each.

    Kept in SQLite's private temporary file: a set would grow with the catalog.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE seen (product_id TEXT PRIMARY KEY, line INT) WITHOUT ROWID")
        # one transaction that never ends: nobody else reads it and nothing survives it
        self._db.execute("BEGIN")
        self.nameless: int | None = None
        """The first line that did not tell which product it is."""

    def first_lines(self, rows: Sequence[tuple[str, int]]) -> list[int | None]:
        """For each (id, line): the line that had this id before, or None for the first one."""
        known = self.met([product_id for product_id, _ in rows])
        found: list[int | None] = []
        new: dict[str, int] = {}
        for product_id, line in rows:
            first = known.get(product_id, new.get(product_id))
            if first is None:
                new[product_id] = line
            found.append(first)
        self._db.executemany("INSERT INTO seen VALUES (?, ?)", new.items())
        return found

    def met(self, product_ids: Iterable[str]) -> dict[str, int]:
        """The known ones among some ids, each with its first line."""
        ids = list(product_ids)
        marks = ",".join("?" * len(ids))
        query = f"SELECT product_id, line FROM seen WHERE product_id IN ({marks})"  # noqa: S608 - marks only
        return dict(self._db.execute(query, ids).fetchall())

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
