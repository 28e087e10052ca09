"""What a backup's folder says of itself. A backup is input: nothing in it is believed unchecked."""

import hashlib
import json
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from catalog.contract import CollectionInfo
from catalog.errors import CatalogError
from catalog.folder import replace_file
from catalog.store import Saved
from vision.progress import Progress, unwatched

FORMAT = 1
NAME = "manifest.json"
COLLECTION, LEDGERS = "collection", "ledger"
# Folders of the data folder: what nothing else can make again …
KEPT = ("models", "trained", "catalogs", "rejects")
# … and what is there only to save time.
CACHES = ("features", "thumbs")
_HEX64 = r"^[0-9a-f]{64}$"


class BadBackup(CatalogError):
    """A folder that is no whole backup, or one that must not be restored."""


class File(BaseModel):
    size: int = Field(ge=0)
    sha256: str = Field(pattern=_HEX64)


class LedgerFile(BaseModel):
    """Whose ledger it is: where it belongs depends on the store that is restored to."""

    source: str
    part: str = Field("", pattern=r"^(\d+/\d+)?$")


class Metadata(BaseModel):
    """The collection's own (`CollectionInfo`)."""

    fingerprint: str = Field(pattern=_HEX64)
    dim: int
    backbone: str
    labels_hash: str
    created_at: str
    schema_: int = Field(alias="schema")
    engine: str = Field("", pattern=r"^([\w-]+ \d+\.\d+\b.*)?$")


class Manifest(BaseModel):
    """Written last: without it there is no backup."""

    format: int
    created_at: str
    snapshelf: str
    contract: int
    engine: str = Field(pattern=r"^[\w-]+ \d+\.\d+\b")
    shop: str = ""
    """Digest of the data folder's place and the store's: only its own backups make room."""
    alias: str
    collection: str
    metadata: Metadata
    points: int | None
    left_out: list[str]
    """Of the data folder; what is not there when the backup is restored."""
    ledgers: Mapping[str, LedgerFile]
    files: Mapping[str, File]

    @property
    def saved(self) -> Saved:
        info = CollectionInfo.from_metadata(self.metadata.model_dump(by_alias=True))
        return Saved(info, self.engine, self.points)

    @property
    def size(self) -> int:
        return sum(one.size for one in self.files.values())

    def write(self, folder: Path) -> None:
        data = self.model_dump_json(indent=1, by_alias=True).encode()
        replace_file(folder / NAME, data, durable=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Raises BadBackup while another command writes to, or reads, this folder of backups."""
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise BadBackup(
            f"another backup or restore is at work there · {folder} · wait until it has ended"
        ) from error
    except OSError:  # it can only be read: then no other can remove anything either
        pass
    try:
        yield
    finally:
        lock.release()


def read_manifest(folder: Path) -> Manifest:
    """Raises BadBackup."""
    path = folder / NAME
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        whole = sorted(path.parent.name for path in folder.glob(f"[!.]*/{NAME}"))
        what = f"name one of those in it, e.g. {folder / whole[-1]}" if whole else (
            "name a folder that `snapshelf backup` has finished"
        )  # fmt: skip
        raise BadBackup(f"this is not a whole backup · {folder} has no {NAME} · {what}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    _check_format(told, path)
    try:
        manifest = Manifest.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _damaged(path, f"{where}: {first['msg']}") from error
    for name in manifest.files:
        if not _is_safe(name):
            raise _damaged(path, f"{name!r} is not the name of a file in a backup")
    if unknown := manifest.ledgers.keys() - manifest.files.keys():
        raise _damaged(path, f"there is no file {min(unknown)!r}")
    return manifest


def check_files(folder: Path, manifest: Manifest, progress: Progress = unwatched) -> None:
    """Raise BadBackup unless every file is there as it was written. Reads all of them."""
    # the store takes that folder as it is
    for path in (folder / COLLECTION).rglob("*"):
        known = path.relative_to(folder).as_posix() in manifest.files
        if not known and (path.is_symlink() or not path.is_dir()):
            raise _damaged(path, "it is not in the manifest")
    done = 0
    for name, said in manifest.files.items():
        path = folder / name
        if any(one.is_symlink() for one in (path, *path.parents[: name.count("/")])):
            raise _damaged(path, "it is a link, and a backup has none")
        try:
            found = path.stat()
            whole = stat.S_ISREG(found.st_mode) and found.st_size == said.size
            same = whole and sha256_of(path) == said.sha256
        except OSError as error:
            raise _damaged(path, str(error)) from error
        if not same:
            raise _damaged(path, "it is not what was written there (size or checksum)")
        done += said.size
        tell_bytes(progress, "check", done, manifest.size)


def tell_bytes(progress: Progress, what: str, done: int, total: int) -> None:
    """In MB; only the last byte makes them complete."""
    whole = -(-total >> 20)
    progress(what, whole if done == total else done >> 20, whole, "MB")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_format(told: Any, path: Path) -> None:
    found = told.get("format") if isinstance(told, dict) else None
    if found != FORMAT:
        raise BadBackup(
            f"this backup is of another format · expected {FORMAT}, found {found!r} in {path} · "
            "restore it with the edition of snapshelf that wrote it, or a newer one"
        )


def _is_safe(name: str) -> bool:
    """Below one of the folders a backup has, on every system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    first, *rest = posix.parts or ("",)
    return (
        first in (COLLECTION, LEDGERS, *KEPT, *CACHES)
        and bool(rest)
        and posix.as_posix() == name
        and not (posix.is_absolute() or windows.drive or windows.root or "\0" in name)
        and ".." not in (*posix.parts, *windows.parts)
    )


def _damaged(path: Path, why: str) -> BadBackup:
    return BadBackup(
        f"the backup is damaged · {path}: {why} · nothing was changed; restore an older one"
    )
