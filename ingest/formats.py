"""The formats that are known, and which of them a file is in."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ingest.dialect import Dialect
from ingest.dialect_amazon import AMAZON
from ingest.dialect_fashion import FASHION
from ingest.dialect_google import GOOGLE
from ingest.dialect_shops import SHOPIFY, WOOCOMMERCE
from ingest.errors import BadCatalog
from ingest.opening import first_bytes
from ingest.readers_csv import Table
from ingest.readers_feed import Feed
from ingest.readers_jsonl import JsonLines
from ingest.readers_parquet import Parquet
from ingest.records import Raw

OWN = Dialect("own")
DIALECTS = {one.name: one for one in (OWN, GOOGLE, SHOPIFY, WOOCOMMERCE, *AMAZON, FASHION)}
# Enough for a byte order mark and the blanks before a first letter.
_START = 4096
# Records that tell which columns there are.
_SAMPLES = 1000


class Container(Protocol):
    """What rows lie in: how a file is cut into them, whatever they mean."""

    kind: str

    def samples(self) -> Iterator[Mapping[str, Any]]:
        """The values of the first readable rows, or of a row of blanks."""
        ...

    def rows(self) -> Iterator[Raw]: ...


def container_of(path: Path) -> Container:
    """Judged by the first bytes, whatever the file is called. Raises BadCatalog."""
    start = first_bytes(path, _START)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"PAR1"):
        return Parquet(path)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadCatalog(f"the catalog is UTF-16 · {path.name} · save it as UTF-8")
    if text.startswith(b"<"):
        return Feed(path)
    if text.startswith((b"{", b"[")):
        return JsonLines(path)
    if start.startswith(b"PK\x03\x04") or _is_binary(start):
        raise BadCatalog(
            f"this kind of catalog cannot be read · {path.name} · give a folder of images, or "
            "CSV, TSV, JSON lines, XML (any of them gzipped too) or Parquet; save a table of a "
            "spreadsheet as CSV"
        )
    return Table(path)


def dialect_of(container: Container, name: str | None) -> tuple[Dialect, tuple[str, ...]]:
    """The named dialect, else the one that the headers show; and the columns it makes.

    Raises BadCatalog.
    """
    if name is not None and name not in DIALECTS:
        raise BadCatalog(
            f"no format is called {name!r} · formats are: {', '.join(DIALECTS)} · "
            "leave it out to have it found"
        )
    samples = list(islice(container.samples(), _SAMPLES))
    headers = _union(samples)
    found = next((one for one in DIALECTS.values() if one.fits(headers)), OWN)
    dialect = DIALECTS[name] if name else found
    return dialect, _union(dialect.tidy(values, []) for values in samples)


def _union(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _is_binary(start: bytes) -> bool:
    # a row with a NUL is told with its line; a file that begins with control characters is none
    head = start[:64]
    return any(byte < 9 for byte in head[:8]) or head.startswith((b"\x89PNG", b"\xff\xd8", b"%PDF"))
