"""CSV and TSV catalogs, row by row, in constant memory."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ingest.errors import BadCatalog
from ingest.opening import open_bytes, read_line
from ingest.records import Raw

DELIMITERS = ",;\t|"
# One field: above every description, below what would hurt.
MAX_FIELD_CHARS = 1_000_000


class Table:
    """Text in rows and columns below a header. Raises BadCatalog: no header, or not text."""

    kind = "CSV"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._header, self._delimiter = _read_header(path)

    def samples(self) -> Iterator[Mapping[str, Any]]:
        yield dict.fromkeys(self._header, "")

    def rows(self) -> Iterator[Raw]:
        names = self._header
        with open_bytes(self._path) as file:
            rows = _rows(file, self._delimiter, len(names))
            next(rows)
            for row in rows:
                values = dict(zip(names, row.fields, strict=False))
                beyond = tuple(row.fields[len(names) :])
                warnings = ("read_as_cp1252",) if row.legacy else ()
                yield Raw(row.line, values, _problem(row, len(names)), warnings, beyond)


@dataclass
class _Lines:
    """Physical lines with their numbers; lines can be given back to be read again."""

    file: BinaryIO
    number: int = 0
    """Of the line handed out last, from 1."""
    taken: list[str] = field(default_factory=list)
    """Handed out since the row began."""
    ended: bool = False
    legacy: bool = False
    """A line since the row began was no UTF-8 and was read as cp1252."""
    _again: list[str] = field(default_factory=list)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._read()
        self.number += 1
        self.taken.append(line)
        return line

    def begin(self) -> None:
        self.taken.clear()
        self.legacy = False

    def give_back(self, keep: int) -> None:
        """All but the first `keep` lines of this row will be read again."""
        back = self.taken[keep:]
        self._again.extend(reversed(back))
        self.number -= len(back)
        del self.taken[keep:]
        self.ended = False

    def _read(self) -> str:
        raw = read_line(self.file)
        if not raw:
            self.ended = True
            raise StopIteration
        return self._decode(raw)

    def _decode(self, raw: bytes) -> str:
        # per line: one legacy row must not turn every other row's umlauts into noise
        try:
            return raw.decode("utf-8-sig" if self.number == 0 else "utf-8")
        except UnicodeDecodeError:
            self.legacy = True
            return raw.decode("cp1252", errors="replace")


@dataclass(frozen=True)
class _Row:
    line: int
    fields: list[str]
    problem: str | None = None
    legacy: bool = False


def _rows(file: BinaryIO, delimiter: str, width: int | None) -> Iterator[_Row]:
    """Rows that are not blank. `problem` says why one could not be read.

    A quote that never closes would swallow the rows after it: then only its first line is
    given up, and reading resumes on the next.
    """
    # process-wide in the csv module; its own default of 128 k refuses real descriptions
    csv.field_size_limit(MAX_FIELD_CHARS)
    lines = _Lines(file)
    parser = csv.reader(lines, delimiter=delimiter)
    while True:
        lines.begin()
        start = lines.number + 1
        try:
            fields = next(parser)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back(1)
            yield _Row(start, _split(lines.taken[0], delimiter), str(error))
            continue
        if _swallowed(lines, fields, width, delimiter):
            first = _split(lines.taken[0], delimiter)
            lines.give_back(1)
            yield _Row(start, first, "a quote is opened and not closed")
        elif any("\0" in text for text in lines.taken):
            yield _Row(start, fields, "it holds a NUL byte")
        elif fields:
            yield _Row(start, fields, legacy=lines.legacy)


def _swallowed(lines: _Lines, fields: list[str], width: int | None, delimiter: str) -> bool:
    """Has a stray quote joined rows? A row on several lines must prove that it is one."""
    taken = lines.taken
    if len(taken) < 2:
        return False
    if lines.ended or not _is_strict(taken, delimiter):
        return True
    if width is None or len(fields) == width:
        return False
    return any(len(_split(line, delimiter)) == width for line in taken[1:])


def _is_strict(taken: list[str], delimiter: str) -> bool:
    """Does every quote that closes end its field?"""
    try:
        next(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _split(line: str, delimiter: str) -> list[str]:
    """One physical line on its own, whatever is wrong with it."""
    with suppress(csv.Error):
        return next(csv.reader([line], delimiter=delimiter), [])
    return line.split(delimiter)


def _problem(row: _Row, width: int) -> tuple[str, str] | None:
    if row.problem is not None:
        message = f"the row cannot be read: {row.problem} · line {row.line} · correct that line"
        return "bad_row", message
    have = f"{len(row.fields)} fields where the header has {width} · line {row.line}"
    if len(row.fields) > width:
        # shown in full: guessing which comma is too many would shift a column silently
        beyond = ", ".join(repr(text) for text in row.fields[width:])
        message = f"{have}, beyond the last: {beyond} · quote the field that holds a separator"
        return "extra_columns", message
    if len(row.fields) < width:
        return "missing_columns", f"{have} · add the missing fields"
    return None


def _read_header(path: Path) -> tuple[tuple[str, ...], str]:
    """Column names, every one filled and unique, and the delimiter."""
    with open_bytes(path) as file:
        lines = iter(partial(read_line, file), b"")
        first = next((line for line in lines if line.strip(b"\xef\xbb\xbf \t\r\n")), b"")
    text = first.decode("utf-8", errors="replace")
    delimiter = max(DELIMITERS, key=text.count)
    with open_bytes(path) as file:
        row = next(_rows(file, delimiter, None), None)
    if row is None or row.problem is not None:
        problem = "it is empty" if row is None else row.problem
        raise BadCatalog(f"the catalog has no header row: {problem} · {path.name} · add one")
    return _unique(row.fields), delimiter


def _unique(header: list[str]) -> tuple[str, ...]:
    names: list[str] = []
    for index, text in enumerate(header, 1):
        name = text.strip() or f"column_{index}"
        while name in names:
            name += "_2"
        names.append(name)
    return tuple(names)
