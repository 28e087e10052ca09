"""The embedded store's folder: where its files lie, written so that a crash leaves old or new.

<root>/<alias>                               the collection that the alias means; below it the
                                             one that it meant before
<root>/collections/.<alias>.lock             held by who writes, or builds the next collection
<root>/collections/<collection>/meta.json    CollectionInfo; written last: no file, no index
<root>/collections/<collection>/lock         held by who has the shard open
<root>/collections/<collection>/owner        who that is, for the error message
<root>/collections/<collection>/shard/       the engine's own files
<root>/collections/<collection>/shard-2/     the same points, optimized; the highest number counts,
                                             and has a lock-2 and an owner-2 of its own
"""

import json
import math
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from catalog.contract import CollectionInfo, is_collection
from catalog.errors import StoreBusy, StoreLocked, StoreUnavailable
from catalog.versions import minor

# letters that are safe in a file name, a URL and a collection name alike
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")

# The engine writes through memory maps, where a full disk kills the process instead of raising.
# It takes space in steps: two 32 MB log segments and a 32 MB vector chunk may be due at once.
# Measured: opening took 90 MB, and closing after 25 batches as much again.
OPEN_BYTES = 128 * 1024 * 1024
WRITE_BYTES = 256 * 1024 * 1024
# An empty index is 230 MB of zeros in files, in steps of a page of memory.
_BLOCK = 64 * 1024
# A page that starts or ends writes for less than a second, once.
_COPIES = 5


def free_bytes(path: Path) -> int:
    """Free space of the disk that holds `path`, which need not exist yet."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def used_bytes(path: Path) -> int:
    """What a file takes of the disk: the engine's are mostly holes."""
    stat = path.stat()
    return getattr(stat, "st_blocks", math.ceil(stat.st_size / 512)) * 512


def copy_sparse(source: str | Path, to: str | Path) -> None:
    """Contents and times; what is zero takes no room in the copy."""
    with Path(source).open("rb") as reader, Path(to).open("wb") as writer:
        while block := reader.read(_BLOCK):
            if block.strip(b"\0"):
                writer.write(block)
            else:
                writer.seek(len(block), os.SEEK_CUR)
        writer.truncate()
    shutil.copystat(source, to)


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
    if durable:
        _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened to be synced
        return
    folder = os.open(path, os.O_RDONLY)
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
        self._lock = FileLock(root / "collections" / f".{alias}.lock", thread_local=False)

    def shard(self, collection: str) -> Path:
        """Of the newest generation; the first one's where there is none yet."""
        return self._generations(collection)[-1]

    def pointer(self) -> str | None:
        """The collection that the alias means, or None when there is no alias."""
        return next(iter(self._pointers()), None)

    def previous(self) -> str | None:
        """The collection that the alias meant before."""
        return next(iter(self._pointers()[1:]), None)

    def point_to(self, collection: str) -> None:
        """What the alias means now becomes the previous one, in the same step."""
        before = [name for name in self._pointers()[:1] if name != collection]
        data = "".join(f"{name}\n" for name in (collection, *before)).encode()
        replace_file(self.root / self.alias, data, durable=True)

    def info(self, collection: str) -> CollectionInfo | None:
        """What the collection remembers, or None when it was never finished."""
        path = self._home(collection) / "meta.json"
        if not path.is_file():
            return None
        try:
            info = CollectionInfo.from_metadata(json.loads(path.read_bytes()))
            if info.engine:
                minor(info.engine)
            return info
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, f"it does not describe a collection ({error})") from error

    def write_info(self, collection: str, info: CollectionInfo) -> None:
        data = json.dumps(info.to_metadata(), indent=2).encode()
        replace_file(self._home(collection) / "meta.json", data, durable=True)

    def claim(self, shard: Path) -> FileLock:
        """The shard is this process's until `release`, or its end. Raises StoreLocked.

        Before the engine sees it: its own lock comes after it has opened the files, and cut the
        journals of whoever holds them.
        """
        lock = FileLock(_beside(shard, "lock"), thread_local=False)
        try:
            shard.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout as error:
            raise StoreLocked(shard, self.owner(shard)) from error
        except OSError as error:
            raise _unlockable(shard.parent, error) from error
        note = f"{os.getpid()} {socket.gethostname()}\n".encode()
        replace_file(_beside(shard, "owner"), note, durable=False)
        return lock

    def release(self, shard: Path, claim: FileLock) -> None:
        """After the engine has closed the shard."""
        _beside(shard, "owner").unlink(missing_ok=True)
        claim.release(force=True)

    def owner(self, shard: Path) -> int | None:
        """The process that claimed the shard, or None when it left no number on this machine."""
        path = _beside(shard, "owner")
        try:
            pid, _, host = path.read_text(encoding="utf-8").strip().partition(" ")
        except FileNotFoundError:
            return None
        # in a container or on a shared disk the number would name a stranger
        return int(pid) if pid.isdigit() and host == socket.gethostname() else None

    def install(self, collection: str, shard: Path) -> None:
        """`shard`, of this disk, holds the collection's points from now on, in one step.

        Whoever has the generation before open keeps it, and may only read. For who keeps writers
        out.
        """
        newest = self.shard(collection)
        shard.rename(newest.with_name(f"shard-{_number(newest) + 1}"))
        _sync_folder(newest.parent)

    def sweep(self, collection: str) -> None:
        """Remove earlier generations that nobody has open."""
        for shard in self._generations(collection)[:-1]:
            with suppress(StoreLocked, StoreUnavailable):
                claim = self.claim(shard)
                shutil.rmtree(shard, ignore_errors=True)
                self.release(shard, claim)
                _beside(shard, "lock").unlink(missing_ok=True)

    def hold(self, wait_s: float = 0) -> None:
        """Keep other writers out, until `let_go` or the process's end.

        Raises StoreBusy, StoreUnavailable.
        """
        try:
            self._lock.acquire(timeout=wait_s)
        except Timeout as error:
            raise StoreBusy(self.root) from error
        except OSError as error:
            raise _unlockable(self.root, error) from error

    def let_go(self, *, wholly: bool = False) -> None:
        """Undo one `hold`, or all of them."""
        self._lock.release(force=wholly)

    @contextmanager
    def copied(self, collection: str) -> Iterator[Path]:
        """The root of a store that holds a copy of this collection, gone afterwards.

        Only for who keeps writers out: the engine's own lock may be with a reader.
        """
        root = self.root / "collections" / f".{self.alias}.copy"
        shutil.rmtree(root, ignore_errors=True)  # of a run that was killed
        try:
            self.copy_to(StoreFolder(root, self.alias, free=self._free), collection, collection)
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def copy_to(self, other: "StoreFolder", collection: str, name: str) -> None:
        """What `copied` yields, to stay, as `name`. The other folder is empty."""
        shard, home = self.shard(collection), other._home(name)
        other.check_space(OPEN_BYTES + self.size(collection))
        home.mkdir(parents=True)
        shutil.copy(self._home(collection) / "meta.json", home)
        _copy_quiet(shard, home / "shard")
        other.point_to(name)

    def size(self, collection: str) -> int:
        """Bytes that the newest generation takes of the disk."""
        return sum(map(used_bytes, _files(self.shard(collection))))

    def take_from(self, other: "StoreFolder", collection: str) -> None:
        """The collection as it is in `other` is what the alias means from now on.

        Killed meanwhile, the alias means what it meant before, or this collection with all its
        points. For who keeps writers out; those who search what was here before go on with it.
        """
        name = other.alias + collection.removeprefix(self.alias)
        info = other.info(name)
        if info is None:
            raise _damaged(other._home(name) / "meta.json", "it is not there")
        staged = self.root / "collections" / f".{self.alias}.restored"
        shutil.rmtree(staged, ignore_errors=True)  # of a run that was killed
        self.check_space(OPEN_BYTES + other.size(name))
        staged.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(other.shard(name), staged, copy_function=copy_sparse)
        first = self._home(collection) / "shard"
        first.parent.mkdir(exist_ok=True)
        # first: killed here, a newer engine's files are called older, and not the other way round
        self.write_info(collection, info)
        if self.shard(collection).exists():
            self.install(collection, staged)
        else:
            staged.rename(first)
        try:
            self.point_to(collection)
        except StoreUnavailable:  # what the alias meant cannot be read any more
            (self.root / self.alias).unlink()
            self.point_to(collection)
        self.sweep(collection)

    def collections(self) -> list[str]:
        """The finished and unfinished collections of this alias."""
        homes = (self.root / "collections").glob(f"{self.alias}__*")
        return sorted(home.name for home in homes if is_collection(home.name, self.alias))

    def remove(self, collection: str) -> None:
        """For a shard that nobody has open."""
        gone = self.root / "collections" / f".{self.alias}.gone"
        shutil.rmtree(gone, ignore_errors=True)  # of a run that was killed
        # first out of sight: half a collection must never look like a whole one
        self._home(collection).rename(gone)
        shutil.rmtree(gone)

    def check_space(self, needed: int) -> None:
        """Raise StoreUnavailable unless the disk has `needed` bytes left."""
        free = self._free(self.root)
        if free < needed:
            raise StoreUnavailable(
                f"the disk is almost full · {self.root} has {free >> 20} MB free, "
                f"the store wants {needed >> 20} MB · free some space and run again: "
                "what was acknowledged is kept"
            )

    def _pointers(self) -> list[str]:
        """What the alias means, and what it meant before, as far as there is any."""
        path = self.root / self.alias
        if not path.is_file():
            return []
        names = path.read_text(encoding="utf-8", errors="replace").split()
        if not names or not all(_NAME.fullmatch(name) for name in names):
            raise _damaged(path, "it must hold the name of a folder in collections/")
        return names

    def _home(self, collection: str) -> Path:
        return self.root / "collections" / collection

    def _generations(self, collection: str) -> list[Path]:
        """Oldest first, never empty."""
        first = self._home(collection) / "shard"
        later = [path for path in first.parent.glob("shard-*") if _number(path) > 1]
        return [*([first] if first.exists() else []), *sorted(later, key=_number)] or [first]


def _number(shard: Path) -> int:
    """Which generation of the collection's files: `shard` is 1, `shard-2` is 2."""
    digits = shard.name.removeprefix("shard-")
    return int(digits) if digits.isdigit() else 1


def _beside(shard: Path, name: str) -> Path:
    """`lock` or `owner` of this generation."""
    return shard.with_name(shard.name.replace("shard", name, 1))


def _files(shard: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of every file below."""
    found = ((path, path.stat()) for path in shard.rglob("*") if path.is_file())
    return {path: (one.st_size, one.st_mtime_ns) for path, one in found}


def _copy_quiet(shard: Path, to: Path) -> None:
    """A reader writes to the files too, when it opens and when it closes them."""
    why = "its files change all the time"
    for _ in range(_COPIES):
        try:
            before = _files(shard)
            shutil.copytree(shard, to, copy_function=copy_sparse)
            if _files(shard) == before:
                return
        except OSError as error:  # one that was there is gone
            why = str(error)
        shutil.rmtree(to, ignore_errors=True)
    raise StoreUnavailable(
        f"the index cannot be copied ({why}) · {shard} · see what writes there, end it, run again"
    )


def _unlockable(folder: Path, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"the product store cannot be locked ({error}) · {folder} · make it writable"
    )


def _damaged(path: Path, why: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"the product store is damaged · {path}: {why} · "
        "restore it from a backup, or move the store away and ingest again"
    )
