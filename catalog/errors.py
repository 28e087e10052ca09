"""What can go wrong in the catalog.

CatalogError
├── IndexMismatch      the index was made with another model, dimension or contract
├── NoIndex            nothing was ingested yet
├── StoreLocked        another process owns the embedded store
├── StoreBusy          somebody writes the embedded index, or builds the next one
├── StoreUnavailable   the server is unreachable or refuses, or the disk is full
├── BadVector          NaN, infinity, zero norm, or the wrong dimension
└── UnknownPoints      a payload was given for points that are not there
"""

from collections.abc import Sequence
from pathlib import Path


class CatalogError(Exception):
    """Base of the room: whoever serves a request or a command catches this one."""


class IndexMismatch(CatalogError):
    """The index and its user disagree; `expected`, `found` and `mend` (what to run) say how."""

    def __init__(self, what: str, *, expected: str, found: str, mend: str) -> None:
        super().__init__(f"{what} · expected {expected}, found {found} · {mend}")
        self.expected = expected
        self.found = found
        self.mend = mend


class NoIndex(CatalogError):
    """Nothing was ingested yet; `where` is the folder or the URL that was asked, and by what
    `alias` if not by the usual one: it may be another's name mistyped.
    """

    def __init__(self, where: str, alias: str = "") -> None:
        named = alias not in ("", "products")
        super().__init__(
            f"there is no product index{f' named {alias}' if named else ''} · {where} · "
            f"fill it with: snapshelf ingest SOURCE --model MODEL"
            f"{f' --collection {alias}, or name another --collection' if named else ''}"
        )
        self.where = where


class StoreLocked(CatalogError):
    """Another process owns the embedded store at `path`; `pid` is None when it left no number."""

    def __init__(self, path: Path, pid: int | None) -> None:
        owner = f"process {pid}" if pid is not None else "another process"
        super().__init__(
            f"the product store is in use · {path} is held by {owner} · "
            "stop that process, or use a Qdrant server (--store http://HOST:6333), "
            "which several processes may share"
        )
        self.path = path
        self.pid = pid


class StoreBusy(CatalogError):
    """An ingest and a re-index, or two of them, want the embedded index at `path` at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the index is being written or re-indexed by another process · {path} · "
            "wait until that has ended (searching goes on), then run the same command again"
        )
        self.path = path


class StoreUnavailable(CatalogError):
    """The engine cannot do it now: server unreachable or refusing, disk full, storage damaged."""


class BadVector(CatalogError):
    """A vector that would poison the index; engines accept some of these silently."""


class UnknownPoints(CatalogError):
    """Payloads for points that the store does not have; `ids` are all of them."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(
            f"{len(ids)} points are not in the store · the first is {ids[0]} · "
            "write them with their vectors (upsert)"
        )
        self.ids = tuple(ids)
