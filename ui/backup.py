"""`snapshelf backup`: the index, its ledgers and models in one folder, while people search.

FOLDER/<UTC time>/manifest.json       last; then the folder gets its name
FOLDER/<UTC time>/collection/         what `Store.save` writes
FOLDER/<UTC time>/ledger/<n>.sqlite
FOLDER/<UTC time>/models/ …           of the data folder, as they are there
FOLDER/.partial/                      one that is being written, or was cut off
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from filelock import FileLock, Timeout

from catalog.contract import collection_name
from catalog.errors import NoIndex, StoreUnavailable
from catalog.folder import free_bytes, used_bytes
from catalog.store import Saved, Store
from ingest.ledger import copy_database
from ui.build import Target, Warn, ledgers_of
from ui.manifest import (
    CACHES,
    COLLECTION,
    FORMAT,
    KEPT,
    LEDGERS,
    BadBackup,
    File,
    LedgerFile,
    Manifest,
    Metadata,
    read_manifest,
    sha256_of,
)
from vision.progress import Progress, unwatched

_STAMP = "%Y%m%dT%H%M%SZ"
_NAMED = re.compile(r"\d{8}T\d{6}Z")
_DATABASE = ".sqlite"


@dataclass(frozen=True)
class BackedUp:
    backup: str
    points: int | None
    files: int
    bytes: int
    """As the files say; those of the embedded engine are mostly holes."""
    linked: int
    """Files that are those of the backup before: they take no room."""
    left_out: list[str]
    removed: list[str]
    """Older backups, of which there were more than were to be kept."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def back_up(
    target: Target,
    folder: Path,
    *,
    keep: int | None = None,
    without: Collection[str] = (),
    wait_s: float = 0,
    progress: Progress = unwatched,
    warn: Warn = lambda text: None,
) -> BackedUp:
    """A new backup in `folder`, and only the newest `keep` of this alias stay.

    `without` names CACHES. A writer of the embedded index is waited for, at most `wait_s`; ledgers
    and collection are copied while nobody writes. Killed, it leaves no backup at all. Raises
    NoIndex, StoreBusy, StoreUnavailable, BadBackup.
    """
    began = monotonic()
    home = target.settings.home
    if folder.resolve().is_relative_to(home.resolve()):
        warn(f"{folder} lies in the data folder {home}: what destroys the one destroys the other")
    with _alone(folder):
        earlier = [path for path, _ in _whole(folder)][-1:]
        made = folder / ".partial"
        for rest in (made, *folder.glob(".*.gone")):  # of runs that were killed
            shutil.rmtree(rest, ignore_errors=True)
        made.mkdir()
        parts = [*KEPT, *(one for one in CACHES if one not in without)]
        files = {name: path for part in parts for name, path in _files(home, part)}
        _check_space(folder, files.values())
        saved, ledgers = _saved(target, made, wait_s, progress, warn)
        before = earlier[0] if earlier else None
        linked = _copy(files, made, before, progress)
        manifest = Manifest(
            format=FORMAT,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            snapshelf=version("snapshelf"),
            contract=saved.info.schema,
            engine=saved.engine,
            alias=target.collection,
            collection=collection_name(saved.info.fingerprint, target.collection),
            metadata=Metadata.model_validate(saved.info.to_metadata()),
            points=saved.points,
            left_out=_left_out(target, parts),
            ledgers=ledgers,
            files=_sums(made, read_manifest(before) if before else None, linked, progress),
        )
        if hasattr(os, "sync"):
            os.sync()
        manifest.write(made)
        path = made.rename(_free_name(folder))
        removed = [] if keep is None else _remove_old(folder, target.collection, keep)
    return BackedUp(
        str(path), saved.points, len(manifest.files), manifest.size, len(linked),
        manifest.left_out, removed, round(monotonic() - began, 1),
    )  # fmt: skip


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise BadBackup(
            f"another backup is being written there · {folder} · wait until it has ended"
        ) from error


def _saved(
    target: Target, made: Path, wait_s: float, progress: Progress, warn: Warn
) -> tuple[Saved, dict[str, LedgerFile]]:
    """Ledgers first: what a server takes in meanwhile, the next ingest would write again."""
    with ExitStack() as opened:
        store: Store = opened.enter_context(target.open())
        opened.enter_context(store.held(wait_s))
        info = store.describe()
        if info is None:
            raise NoIndex(target.store)
        (made / LEDGERS).mkdir()
        (made / COLLECTION).mkdir()
        known = list(ledgers_of(target, info))
        clocks = [opened.enter_context(closing(sqlite3.connect(file))) for file, _ in known]
        times = list(map(_changes, clocks))
        ledgers = {}
        for number, (file, source) in enumerate(known):
            name = f"{LEDGERS}/{number}{_DATABASE}"
            copy_database(file, made / name)
            part = file.stem.partition("-")[2].replace("of", "/")
            ledgers[name] = LedgerFile(source=source, part=part)
        saved = store.save(made / COLLECTION, partial(progress, "index"))
        if list(map(_changes, clocks)) != times:
            warn(
                "products were written while the server made its snapshot: after a restore, "
                "`snapshelf verify` tells which, and the next ingest writes them again"
            )
        return saved, ledgers


def _changes(database: sqlite3.Connection) -> int:
    """Another number once another connection has written."""
    return int(database.execute("PRAGMA data_version").fetchone()[0])


def _files(home: Path, part: str) -> Iterator[tuple[str, Path]]:
    """Of one folder of the data folder, by name; what begins with a dot is being written."""
    for path in sorted((home / part).rglob("*")):
        name = path.relative_to(home)
        beside = path.name.endswith((f"{_DATABASE}-wal", f"{_DATABASE}-shm"))
        if path.is_file() and not beside and not any(one[0] == "." for one in name.parts):
            yield name.as_posix(), path


def _check_space(folder: Path, files: Collection[Path]) -> None:
    needed = sum(map(used_bytes, files))
    free = free_bytes(folder)
    if free < needed:
        raise StoreUnavailable(
            f"the disk is almost full · {folder} has {free >> 20} MB free, the backup wants "
            f"{needed >> 20} MB and the index · free some space, keep fewer (--keep), or leave "
            "caches out (--without features,thumbnails)"
        )


def _copy(files: dict[str, Path], made: Path, before: Path | None, progress: Progress) -> set[str]:
    """The names of those that are links to the backup before."""
    linked = set()
    for done, (name, source) in enumerate(files.items(), start=1):
        to = made / name
        to.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # gone since it was listed
            if source.suffix == _DATABASE:
                copy_database(source, to)
            elif before is not None and _is_unchanged(source, before / name):
                linked |= _linked(before / name, to, name)
            else:
                shutil.copy2(source, to)
        progress("files", done, len(files))
    return linked


def _is_unchanged(source: Path, before: Path) -> bool:
    if before.is_symlink() or not before.is_file():
        return False
    now, then = source.stat(), before.stat()
    return (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)


def _linked(before: Path, to: Path, name: str) -> set[str]:
    try:
        to.hardlink_to(before)
    except OSError:  # a disk without such links
        shutil.copy2(before, to)
        return set()
    return {name}


def _sums(
    made: Path, before: Manifest | None, linked: set[str], progress: Progress
) -> dict[str, File]:
    """Of every file; those of a link are known, and checked when they are restored."""
    files = sorted(path for path in made.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files) >> 20
    found, done = {}, 0
    for path in files:
        name = path.relative_to(made).as_posix()
        size = path.stat().st_size
        known = before.files.get(name) if before is not None and name in linked else None
        found[name] = known or File(size=size, sha256=sha256_of(path))
        done += size
        progress("checksums", done >> 20, total, "MB")
    return found


def _left_out(target: Target, parts: Collection[str]) -> list[str]:
    """Of the data folder: what commands make again, and what is not kept on purpose."""
    home = target.settings.home
    own = {*parts, LEDGERS}
    store = Path(target.store).resolve()
    names = home.iterdir() if home.is_dir() else iter(())
    return sorted(
        path.name for path in names
        if path.name not in own and path.name[0] != "." and path.resolve() != store
    )  # fmt: skip


def _free_name(folder: Path) -> Path:
    now = datetime.now(UTC)
    while (path := folder / now.strftime(_STAMP)).exists():
        now += timedelta(seconds=1)
    return path


def _whole(folder: Path) -> list[tuple[Path, Manifest]]:
    """The backups of a folder, oldest first."""
    found = []
    for path in sorted(folder.iterdir()):
        if _NAMED.fullmatch(path.name):
            with suppress(BadBackup):
                found.append((path, read_manifest(path)))
    return found


def _remove_old(folder: Path, alias: str, keep: int) -> list[str]:
    old = [path for path, manifest in _whole(folder) if manifest.alias == alias][:-keep]
    for path in old:
        # first out of sight: half a backup must never look like a whole one
        gone = path.rename(folder / f".{path.name}.gone")
        shutil.rmtree(gone)
    return [path.name for path in old]
