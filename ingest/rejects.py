"""The rows that were not taken, as a CSV that can be corrected and ingested."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

ADDED = ("reason", "message", "line", "attempts")


class Rejects:
    """The catalog's own columns, then why: written beside `path`, in its place when closed.

    Every run replaces the file; a run without rejects leaves none. An added column whose name
    the catalog has already is called `reject_<name>`.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        self._columns = tuple(columns)
        self._added = tuple(f"reject_{name}" if name in columns else name for name in ADDED)
        self._partial = path.with_name(path.name + ".partial")
        self._file: TextIO | None = None

    def add(
        self, row: Mapping[str, str], reason: str, message: str, line: int, attempts: int = 1
    ) -> None:
        if self._file is None:
            self._file = self._begin()
        values = [row.get(name, "") for name in self._columns]
        csv.writer(self._file).writerow([*values, reason, message, line, attempts])
        self.count += 1

    def close(self) -> None:
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return
        self._file.close()
        self._partial.replace(self.path)

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> TextIO:
        self._partial.parent.mkdir(parents=True, exist_ok=True)
        file = self._partial.open("w", encoding="utf-8", newline="", buffering=1)
        csv.writer(file).writerow([*self._columns, *self._added])
        return file
