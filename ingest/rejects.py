"""The rows that were not taken, as a CSV that can be corrected and ingested."""

import csv
import io
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TextIO

from ingest.errors import BadRejects

ADDED = ("reason", "message", "line", "attempts")
# Of a file that is in the way: its header is no longer.
_HEAD = 1 << 20
# A spreadsheet may have saved it anew.
_SEPARATORS = ",;\t"


class Rejects:
    """The catalog's own columns, then why: written beside `path`, in its place when closed.

    Every run replaces the file; a run without rejects leaves none, and one that ends with an
    error leaves the file as it was. An added column whose name the catalog has already is called
    `reject_<name>`. `catalog` is the file or folder that is read. Raises BadRejects, before
    anything is written, for a path that must not be replaced (`check_place`).
    """

    def __init__(self, path: Path, columns: Sequence[str], catalog: Path | None = None) -> None:
        check_place(path, catalog)
        self.path = path
        self.count = 0
        self._columns = tuple(columns)
        self._added = tuple(f"reject_{name}" if name in columns else name for name in ADDED)
        self._partial = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.partial")
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

    def discard(self) -> None:
        """Ends without a result: the file of an earlier run stays."""
        if self._file is not None:
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    def _begin(self) -> TextIO:
        self._partial.parent.mkdir(parents=True, exist_ok=True)
        file = self._partial.open("w", encoding="utf-8", newline="", buffering=1)
        csv.writer(file).writerow([*self._columns, *self._added])
        return file


def check_place(path: Path, catalog: Path | None = None) -> None:
    """Raises BadRejects unless nothing is there, an empty file, or rejects of an earlier run."""
    if not path.exists():
        return
    if path.is_dir():
        raise BadRejects(f"rejected rows go to a file, this is a folder · {path} · name a file")
    if catalog is not None and catalog.exists() and path.samefile(catalog):
        raise BadRejects(
            f"rejected rows would replace the catalog itself · {path} · name another file"
        )
    if not path.is_file() or not _is_ours(path):
        raise BadRejects(
            f"rejected rows would replace what snapshelf did not write · {path} · "
            "name another file, or move this one away"
        )


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head = file.read(_HEAD)
    return not head or any(_ends_as_ours(head, separator) for separator in _SEPARATORS)


def _ends_as_ours(head: str, separator: str) -> bool:
    try:
        header = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])
    except csv.Error:
        return False
    last = [name.removeprefix("reject_") for name in header[-len(ADDED) :]]
    return last == list(ADDED)
