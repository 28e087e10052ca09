"""The embedded store's folder: where its files lie, written so that a crash leaves old or new.

<root>/<alias>                               the name of the collection that the alias means
<root>/collections/<collection>/meta.json    CollectionInfo; written last: no file, no index
<root>/collections/<collection>/lock         held by who has the shard open
<root>/collections/<collection>/owner        who that is, for the error message
<root>/collections/<collection>/shard/       the engine's own files
"""

import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from catalog.contract import CollectionInfo
from catalog.errors import StoreLocked, StoreUnavailable

# letters that are safe in a file name, a URL and a collection name alike
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

# The engine writes through memory maps, where a full disk kills the process instead of raising.
# It takes space in steps: two 32 MB log segments and a 32 MB vector chunk may be due at once.
# Measured: opening took 90 MB, and closing after 25 batches as much again.
OPEN_BYTES = 128 * 1024 * 1024
WRITE_BYTES = 256 * 1024 * 1024


def free_bytes(path: Path) -> int:
    """Free space of the disk that holds `path`, which need not exist yet."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def replace_file(path: Path, data: bytes, *, durable: bool) -> None:
    """Write `data` to `path`: readers see the old file or the new one, never a part.

    `durable` also outlives a power cut, at the price of waiting for the disk.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable and os.name == "posix":  # elsewhere a folder cannot be opened to be synced
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class StoreFolder:
    """The files of one alias under `root`. Reading creates nothing. Raises StoreUnavailable."""

    def __init__(self, root: Path, alias: str, *, free: Callable[[Path], int] = free_bytes) -> None:
        if not _NAME.fullmatch(alias) or alias == "collections":
            raise ValueError(
                f"this cannot be a collection's name · {alias!r} · "
                "use letters, digits, - and _, starting with a letter or digit"
            )
        self.root = root
        self.alias = alias
        self._free = free
        self._claimed: FileLock | None = None

    def shard(self, collection: str) -> Path:
        return self._home(collection) / "shard"

    def pointer(self) -> str | None:
        """The collection that the alias means, or None when there is no alias."""
        path = self.root / self.alias
        if not path.is_file():
            return None
        name = path.read_text(encoding="utf-8").strip()
        if not _NAME.fullmatch(name):
            raise _damaged(path, "it must hold the name of a folder in collections/")
        return name

    def point_to(self, collection: str) -> None:
        replace_file(self.root / self.alias, f"{collection}\n".encode(), durable=True)

    def info(self, collection: str) -> CollectionInfo | None:
        """What the collection remembers, or None when it was never finished."""
        path = self._home(collection) / "meta.json"
        if not path.is_file():
            return None
        try:
            return CollectionInfo.from_metadata(json.loads(path.read_bytes()))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, f"it does not describe a collection ({error})") from error

    def write_info(self, collection: str, info: CollectionInfo) -> None:
        data = json.dumps(info.to_metadata(), indent=2).encode()
        replace_file(self._home(collection) / "meta.json", data, durable=True)

    def claim(self, collection: str) -> None:
        """The shard is this store's until `release`, or its process's end. Raises StoreLocked.

        Before the engine sees it: its own lock comes after it has opened the files, and cut the
        journals of whoever holds them.
        """
        home = self._home(collection)
        lock = FileLock(home / "lock", thread_local=False)
        try:
            home.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout as error:
            raise StoreLocked(self.shard(collection), self.owner(collection)) from error
        except OSError as error:
            raise StoreUnavailable(
                f"the product store cannot be locked ({error}) · {home} · make it writable"
            ) from error
        self._claimed = lock
        note = f"{os.getpid()} {socket.gethostname()}\n".encode()
        replace_file(home / "owner", note, durable=False)

    def release(self, collection: str) -> None:
        """After the engine has closed the shard."""
        (self._home(collection) / "owner").unlink(missing_ok=True)
        if self._claimed is not None:
            self._claimed.release(force=True)

    def owner(self, collection: str) -> int | None:
        """The process that claimed the shard, or None when it left no number on this machine."""
        path = self._home(collection) / "owner"
        try:
            pid, _, host = path.read_text(encoding="utf-8").strip().partition(" ")
        except FileNotFoundError:
            return None
        # in a container or on a shared disk the number would name a stranger
        return int(pid) if pid.isdigit() and host == socket.gethostname() else None

    def check_space(self, needed: int) -> None:
        """Raise StoreUnavailable unless the disk has `needed` bytes left."""
        free = self._free(self.root)
        if free < needed:
            raise StoreUnavailable(
                f"the disk is almost full · {self.root} has {free >> 20} MB free, "
                f"the store wants {needed >> 20} MB · free some space and run again: "
                "what was acknowledged is kept"
            )

    def _home(self, collection: str) -> Path:
        return self.root / "collections" / collection


def _damaged(path: Path, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the product store is damaged · {path}: {why} · "
        "restore it from a backup, or move the store away and ingest again"
    )
