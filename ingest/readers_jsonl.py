"""One record per line: JSON, or the Python literals of Amazon's 2014 metadata."""

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ingest.errors import BadCatalog
from ingest.opening import MAX_LINE_BYTES, numbered_lines
from ingest.records import Raw

# Of a Python literal: its tree takes several hundred times the memory of the text.
MAX_LITERAL_CHARS = 1_000_000
# Several times what any export has: each becomes an attribute of the product.
MAX_KEYS = 2000
# Records that are looked at to learn the columns.
SAMPLES = 1000
# Of a line that cannot be read, for the report of rejects.
_SHOWN_CHARS = 2000


class JsonLines:
    """Raises BadCatalog when none of the first lines can be read."""

    kind = "JSON lines"

    def __init__(self, path: Path) -> None:
        self._path = path
        if next(self.samples(), None) is None:
            raise BadCatalog(
                f"none of the first lines is a record · {path.name} · write one JSON object to "
                "a line; a JSON array becomes that with `jq -c '.[]'`"
            )

    def samples(self) -> Iterator[Mapping[str, Any]]:
        rows = islice(self.rows(), SAMPLES)
        return (raw.values for raw in rows if raw.problem is None)

    def rows(self) -> Iterator[Raw]:
        for number, line in numbered_lines(self._path):
            yield _raw(number, line)


def _raw(number: int, line: bytes) -> Raw:
    text = line.decode("utf-8-sig", errors="replace").strip()
    try:
        if len(line) >= MAX_LINE_BYTES:
            raise ValueError(f"it is longer than {MAX_LINE_BYTES:,} bytes")
        record = parse_record(text)
        if len(record) > MAX_KEYS:
            raise ValueError(f"it has over {MAX_KEYS:,} keys")
    # a literal that nests without end is refused by each of these, by its depth
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        message = f"the line is no record: {_why(error)} · line {number} · correct that line"
        return Raw(number, {"record": text[:_SHOWN_CHARS]}, ("bad_row", message))
    legacy = ("read_as_utf8",) if "\ufffd" in text else ()
    return Raw(number, record, warnings=legacy)


def parse_record(text: str) -> dict[str, Any]:
    """Never evaluates anything. Numbers of JSON stay the text that they are written as.

    Raises ValueError, SyntaxError, RecursionError or MemoryError.
    """
    try:
        record = json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda _: None)
    except json.JSONDecodeError:
        if not text.startswith("{'"):
            raise
        record = _literal(text)
    if not isinstance(record, dict):
        raise ValueError(f"it holds no object but {text[:20]!r}")
    if "\\u" in text.lower():
        # half a character can be written by its number, and no report could hold it
        json.dumps(record, ensure_ascii=False, default=str, skipkeys=True).encode()
    return {str(key): value for key, value in record.items()}


def _literal(text: str) -> object:
    if len(text) > MAX_LITERAL_CHARS:
        raise ValueError(f"it is a Python literal of over {MAX_LITERAL_CHARS:,} characters")
    with warnings.catch_warnings():
        # about back-slashes in a shop's text: not for whoever reads our output
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def _why(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "it nests too deeply"
    if isinstance(error, UnicodeEncodeError):
        return "it writes half a character"
    if isinstance(error, SyntaxError):
        return error.msg
    # the parser of literals names what it refuses by its place in memory
    return re.sub(r" on line 1: <.*", "", str(error))[:200]
