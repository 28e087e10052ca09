"""The doctor's notes: on disk, so that memory does not grow with the catalog, and kept.

Points are read anew in every examination. What was found out about a picture stays: it belongs to
the picture's bytes, and with the neighbours to the model too.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from catalog.store import Hit
from ingest.errors import BadLedger
from vision.cache import out_of_reach

# Raised when a table changes or the doctor sees otherwise: older notes are forgotten.
_EDITION = "1"
# 64 MB of pages in memory, whatever the catalog's size: votes jump about in the tables.
_SETTINGS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
_TABLES = """
CREATE TABLE IF NOT EXISTS about (stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pictures (n INTEGER PRIMARY KEY, sha TEXT UNIQUE, look TEXT,
  probed INT NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS neighbours (a INT, b INT, score REAL, twins INT,
  PRIMARY KEY (a, b)) WITHOUT ROWID;
DROP TABLE IF EXISTS products;
CREATE TABLE products (n INTEGER PRIMARY KEY, source TEXT, product_id TEXT, title TEXT,
  category TEXT, colours TEXT, UNIQUE (source, product_id));
DROP TABLE IF EXISTS points;
CREATE TABLE points (point_id TEXT PRIMARY KEY, product INT, picture INT, slot INT,
  predicted TEXT, confidence REAL) WITHOUT ROWID;
CREATE INDEX products_by_category ON products (category);
CREATE INDEX points_by_product ON points (product, slot);
CREATE INDEX points_by_picture ON points (picture);
"""
# rows of one transaction or one walk
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`picture` is the sha256, `score` the cosine; `twins` says that both are one photo."""

    picture: str
    score: float
    twins: bool


class Casebook:
    """One file per index. For one thread. Raises BadLedger for a file that is none."""

    def __init__(self, path: Path, model: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise _bad(path, error) from error
        try:
            self._db.executescript(_SETTINGS + _TABLES)
            self._keep_or_forget(f"{_EDITION}/{model}")
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise _bad(path, error) from error

    def add_points(self, points: Iterable[Hit]) -> None:
        """What is in the index now; a product's facts are those of its first point."""
        with self._db:
            self._db.execute("BEGIN")
            for point in points:
                self._add_point(point)

    def unseen(self) -> Iterator[list[str]]:
        """sha256 of pictures that nobody has looked at, in batches."""
        return self._batches(
            "SELECT n, sha FROM pictures WHERE look IS NULL AND n > ? AND n IN "
            "(SELECT picture FROM points) ORDER BY n LIMIT ?"
        )

    def put_looks(self, looks: Mapping[str, Mapping[str, Any]]) -> None:
        rows = [(json.dumps(look), sha) for sha, look in looks.items()]
        self._many("UPDATE pictures SET look = ? WHERE sha = ?", rows)

    def unprobed(self) -> Iterator[list[str]]:
        """One point id of each picture whose neighbours nobody has asked for, in batches."""
        return self._batches(
            "SELECT n, min(point_id) FROM pictures JOIN points ON picture = n "
            "WHERE probed = 0 AND n > ? GROUP BY n ORDER BY n LIMIT ?"
        )

    def put_neighbours(self, found: Mapping[str, Sequence[Neighbour]]) -> None:
        """By the picture that was asked with. A neighbour unknown by now waits for the next run."""
        pairs = [
            (one.score, one.twins, sha, one.picture) for sha, near in found.items() for one in near
        ]
        self._many(
            "INSERT OR REPLACE INTO neighbours SELECT a.n, b.n, ?, ? FROM pictures a, pictures b "
            "WHERE a.sha = ? AND b.sha = ?",
            pairs,
        )
        self._many("UPDATE pictures SET probed = 1 WHERE sha = ?", [(sha,) for sha in found])

    def count(self, question: str) -> int:
        return int(self._db.execute(question).fetchone()[0])

    def ask(self, question: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Rows of a SELECT, as they are found."""
        # a cursor of its own: other questions may come in between
        return self._db.cursor().execute(question, values)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep_or_forget(self, stamp: str) -> None:
        row = self._db.execute("SELECT stamp FROM about").fetchone()
        if row is not None and row[0] == stamp:
            return
        self._db.executescript("DELETE FROM about; DELETE FROM neighbours; DELETE FROM pictures;")
        self._db.execute("INSERT INTO about VALUES (?)", (stamp,))

    def _add_point(self, point: Hit) -> None:
        product, stamp = point.product, point.stamp
        known = (product.source, product.product_id)
        self._db.execute(
            "INSERT OR IGNORE INTO products (source, product_id, title, category, colours) "
            "VALUES (?, ?, ?, ?, ?)",
            (*known, product.title, product.category, json.dumps(product.colors)),
        )
        self._db.execute("INSERT OR IGNORE INTO pictures (sha) VALUES (?)", (stamp.image_sha256,))
        self._db.execute(
            "INSERT OR REPLACE INTO points SELECT ?, p.n, i.n, ?, ?, ? "
            "FROM products p, pictures i WHERE p.source = ? AND p.product_id = ? AND i.sha = ?",
            (point.id, product.image_slot, stamp.predicted_category, stamp.predicted_confidence,
             *known, stamp.image_sha256),
        )  # fmt: skip

    def _batches(self, question: str) -> Iterator[list[str]]:
        """Keyed by n, so that writing between two batches neither skips nor repeats."""
        last = 0
        while rows := self._db.execute(question, (last, _AT_ONCE)).fetchall():
            last = rows[-1][0]
            yield [row[1] for row in rows]

    def _many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany(statement, rows)


def _bad(path: Path, error: Exception) -> BadLedger:
    if out_of_reach(error):
        return BadLedger(
            f"the doctor's notes cannot be opened ({error}) · {path} · make their folder writable, "
            "with room on its disk and nobody else at the file"
        )
    return BadLedger(
        f"the doctor's notes cannot be used ({error}) · {path} · "
        "delete the file: everything in it is found out again"
    )
