"""A catalog's bytes, unpacked, whatever its name says."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

# One physical line: a row of several large fields. The rest of a longer line is skipped.
MAX_LINE_BYTES = 4_000_000
_GZIP = b"\x1f\x8b"


def open_bytes(path: Path) -> BinaryIO:
    """From the start; gzip is known by its first bytes."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")


def first_bytes(path: Path, size: int) -> bytes:
    with open_bytes(path) as file:
        return file.read(size)


def read_line(file: BinaryIO) -> bytes:
    """With its end; of a line that is too long the first MAX_LINE_BYTES, without."""
    raw = file.readline(MAX_LINE_BYTES)
    if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
        while (more := file.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
            pass
    return raw


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, from 1."""
    with open_bytes(path) as file:
        number = 0
        while raw := read_line(file):
            number += 1
            if raw.strip():
                yield number, raw
