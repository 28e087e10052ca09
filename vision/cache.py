"""Backbone features that are already known: nothing is embedded twice."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from vision.errors import BadCache

# SQLite's default limit of bound variables in one statement is 32,766; far below it.
_KEYS_PER_SELECT = 500


def out_of_reach(error: Exception) -> bool:
    """Whether a database may be fine, and its folder, its disk or another process is in the way."""
    if not isinstance(error, sqlite3.OperationalError):
        return isinstance(error, OSError)
    # the rest is what a database of other tables says
    return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR


class FeatureCache:
    """Features by image sha256, one file per backbone fingerprint. Safe for several threads.

    fp16 on disk: half the space, and the embedder rounds its features to fp16 in any case,
    so that a cached and a fresh image give the same vector. Raises BadCache for a file that
    is none, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False)
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "CREATE TABLE IF NOT EXISTS features (key TEXT PRIMARY KEY, value BLOB)"
                " WITHOUT ROWID"
            )
        except (OSError, sqlite3.DatabaseError) as error:
            if out_of_reach(error):
                raise BadCache(
                    f"the feature cache {path} cannot be opened ({error}); make its folder "
                    "writable, with room on its disk and nobody else at the file"
                ) from error
            raise BadCache(
                f"the feature cache {path} cannot be used ({error}); delete it: what is missing "
                "is embedded again"
            ) from error

    def get(self, keys: Sequence[str]) -> dict[str, np.ndarray]:
        """The known ones among `keys`, each (F,) float32."""
        found: dict[str, np.ndarray] = {}
        for start in range(0, len(keys), _KEYS_PER_SELECT):
            some = list(keys[start : start + _KEYS_PER_SELECT])
            marks = ",".join("?" * len(some))
            with self._lock:
                rows = self._db.execute(
                    f"SELECT key, value FROM features WHERE key IN ({marks})",  # noqa: S608 - marks only
                    some,
                ).fetchall()
            for key, value in rows:
                found[key] = np.frombuffer(value, np.float16).astype(np.float32)
        return found

    def put(self, features: Mapping[str, np.ndarray]) -> None:
        """Stores (F,) arrays; a key that is there keeps its first value."""
        rows = [(key, value.astype(np.float16).tobytes()) for key, value in features.items()]
        with self._lock, self._db:
            self._db.executemany("INSERT OR IGNORE INTO features VALUES (?, ?)", rows)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
