"""What shoppers looked for and did not find: kept small, capped, and only where it is asked for.

docs/demand.md states what is kept; whoever changes `Unmet` changes it there too.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from search.request import SearchRequest
from search.result import SearchResult

# With pictures of about 4 kB: 8 MB at most.
MAX_ENTRIES = 2_000
MAX_AGE_DAYS = 30
# Another process, `snapshelf demand`, may be reading or forgetting.
_BUSY_S = 5.0

Kind = Literal["refused", "nothing", "weak"]
"""Unlike all that the model knows; no hit at all; hits, and the best of them a weak match."""


class BadDemandLog(OSError):
    """A file in the log's place that is damaged, something else, or cannot be written."""

    def __init__(self, path: Path, error: sqlite3.Error | OSError) -> None:
        super().__init__(
            f"the demand log cannot be used ({error}) · {path} · "
            "make its folder writable; if it is damaged, remove the file"
        )


@dataclass(frozen=True, slots=True)
class Unmet:
    """One search that found nothing alike. No address, no name, no time of day."""

    day: str
    """ISO 8601, UTC."""
    kind: Kind
    score: float | None
    """Cosine of the best hit; None: no hit."""
    guess: str | None
    """The category that the photo most probably shows."""
    words: str
    photo: bytes
    """A small JPEG of what was searched for, without metadata; empty: words only."""


_COLUMNS = tuple(field.name for field in fields(Unmet))


def unmet(request: SearchRequest, result: SearchResult) -> Kind | None:
    """Why an answer is none; None for a good one, and for what says nothing about the shop.

    That is a further page, a search by products of the shop, and scores that are no cosines. A
    model that never measured what a weak match is can only be without hits.
    """
    asked = request.image or request.text
    products = request.like or request.liked or request.disliked
    if not asked or products or request.offset or request.measure != "cosine":
        return None
    if result.nothing_like_this:
        return "refused"
    if not result.hits:
        return "nothing"
    best = max(result.hits, key=lambda hit: hit.score)
    return "weak" if result.match(best) == "weak" else None


def today() -> date:
    return datetime.now(UTC).date()


class DemandLog:
    """One file of the newest unmet searches. Safe for several threads and processes.

    One picture with the same words counts once a day. Entries over the number and the age given go
    with each `put` and `trim`. Raises BadDemandLog.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_entries: int = MAX_ENTRIES,
        max_age_days: int = MAX_AGE_DAYS,
        today: Callable[[], date] = today,
    ) -> None:
        self.path = path
        self.today = today
        self._max_entries = max_entries
        self._max_age = timedelta(days=max_age_days)
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=_BUSY_S)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise BadDemandLog(path, error) from error

    def put(self, entry: Unmet) -> None:
        marks = ",".join("?" * len(_COLUMNS))
        with self._writing() as db:
            db.execute(f"INSERT OR IGNORE INTO unmet VALUES ({marks})", astuple(entry))  # noqa: S608
            self._trim(db)

    def trim(self) -> None:
        """Forget what is too old or too much."""
        with self._writing() as db:
            self._trim(db)

    def forget(self) -> int:
        """Everything, also on the disk; how many entries that were."""
        count = len(self.entries())
        with self._writing() as db:
            db.execute("DELETE FROM unmet")
        with self._writing() as db:
            db.execute("VACUUM")
        return count

    def entries(self) -> list[Unmet]:
        """Newest first."""
        try:
            with self._lock:
                rows = self._db.execute(
                    f"SELECT {','.join(_COLUMNS)} FROM unmet ORDER BY rowid DESC"  # noqa: S608
                ).fetchall()
        except sqlite3.Error as error:
            raise BadDemandLog(self.path, error) from error
        return [Unmet(*row) for row in rows]

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of the block."""
        try:
            with self._lock, self._db:
                yield self._db
        except sqlite3.Error as error:
            raise BadDemandLog(self.path, error) from error

    def _trim(self, db: sqlite3.Connection) -> None:
        oldest = self.today() - self._max_age
        db.execute("DELETE FROM unmet WHERE day < ?", (oldest.isoformat(),))
        db.execute(
            "DELETE FROM unmet WHERE rowid IN"
            " (SELECT rowid FROM unmet ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (self._max_entries,),
        )

    def _prepare(self) -> None:
        # what is deleted is overwritten with zeros: a shopper's photo is not to linger on the disk
        self._db.execute("PRAGMA secure_delete=ON")
        columns = ",".join(_COLUMNS)
        with self._db:
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS unmet ({columns}, UNIQUE (day, words, photo))"
            )
