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
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from catalog.contract import collection_name
from catalog.errors import NoIndex, StoreUnavailable
from catalog.folder import free_bytes, used_bytes
from catalog.store import Saved, Store
from ingest.ledger import copy_database, fault_of
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
    alone,
    read_manifest,
    sha256_of,
    tell_bytes,
)
from ui.unfinished import check_finished
from vision.cache import out_of_reach
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
    NoIndex, StoreBusy, StoreUnavailable, also while a restore has not ended, BadLedger, BadBackup.
    """
    began = monotonic()
    home = target.settings.home
    check_finished(home)
    _make(folder)
    if folder.resolve().is_relative_to(home.resolve()):
        warn(f"{folder} lies in the data folder {home}: what destroys the one destroys the other")
    with alone(folder):
        earlier = [path for path, _ in _whole(folder)][-1:]
        before = earlier[0] if earlier else None
        made = folder / ".partial"
        for rest in (made, *folder.glob(".*.gone")):  # of runs that were killed
            shutil.rmtree(rest, ignore_errors=True)
        made.mkdir()
        parts = [*KEPT, *(one for one in CACHES if one not in without)]
        _check_space(folder, _listed(home, parts), before)
        saved, ledgers = _saved(target, made, wait_s, progress, warn)
        # listed anew: the ingest that was waited for has written files
        linked = _copy(_listed(home, parts), made, before, progress, warn)
        manifest = Manifest(
            format=FORMAT,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            snapshelf=version("snapshelf"),
            contract=saved.info.schema,
            engine=saved.engine,
            shop=_shop(target),
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
        read_manifest(made)
        path = made.rename(_free_name(folder))
        removed = [] if keep is None else _remove_old(folder, path, manifest, keep - 1)
    return BackedUp(
        str(path), saved.points, len(manifest.files), manifest.size, len(linked),
        manifest.left_out, removed, round(monotonic() - began, 1),
    )  # fmt: skip


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise BadBackup(
            f"no backup can lie in a file · {folder} · name a folder; it is made if there is none"
        ) from error


def _shop(target: Target) -> str:
    # a digest: a store's address may hold a password
    return sha256(f"{target.settings.home.resolve()}\n{target.store}".encode()).hexdigest()


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
        _check_ledgers(target.settings.ledgers)
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
        if saved.points and not known:
            warn(
                f"the index has {saved.points:,} pictures and {target.settings.ledgers} no ledger "
                "of it: after a restore the next ingest reads every row anew"
            )
        if list(map(_changes, clocks)) != times:
            warn(
                "products were written while the server made its snapshot: after a restore run "
                "`snapshelf verify --mend`, and the next ingest writes them again"
            )
        return saved, ledgers


def _changes(database: sqlite3.Connection) -> int:
    """Another number once another connection has written."""
    return int(database.execute("PRAGMA data_version").fetchone()[0])


def _check_ledgers(folder: Path) -> None:
    """Raise BadLedger: one that does not say whose it is would be left out unnoticed."""
    for file in sorted(folder.glob(f"*{_DATABASE}")):
        if fault := fault_of(file):
            raise fault


def _listed(home: Path, parts: Collection[str]) -> dict[str, Path]:
    return {name: path for part in parts for name, path in _files(home, part)}


def _files(home: Path, part: str) -> Iterator[tuple[str, Path]]:
    """Of one folder of the data folder, by name; what begins with a dot is being written.

    Links are followed. Raises StoreUnavailable for a name that no manifest could hold.
    """
    seen = set()
    for at, folders, names in os.walk(home / part, followlinks=True):
        place = Path(at).stat()
        folders[:] = sorted(one for one in folders if one[0] != ".")
        if (place.st_dev, place.st_ino) in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        for one in sorted(names):
            path = Path(at, one)
            beside = one.endswith((f"{_DATABASE}-wal", f"{_DATABASE}-shm"))
            if one[0] == "." or beside or not path.is_file():
                continue
            name = path.relative_to(home).as_posix()
            try:
                name.encode()
            except UnicodeEncodeError as error:
                raise StoreUnavailable(
                    f"a file's name is no UTF-8 · {name!r} · rename it and run again"
                ) from error
            yield name, path


def _check_space(folder: Path, files: Mapping[str, Path], before: Path | None) -> None:
    """Of what is not shared with the backup before."""
    needed = sum(
        used_bytes(path)
        for name, path in files.items()
        if before is None or _is_database(name) or not _is_unchanged(path, before / name)
    )
    free = free_bytes(folder)
    if free < needed:
        raise StoreUnavailable(
            f"the disk is almost full · {folder} has {free >> 20} MB free, the backup wants "
            f"{needed >> 20} MB and the index · free some space, keep fewer (--keep), or leave "
            "caches out (--without features,thumbnails)"
        )


def _copy(
    files: Mapping[str, Path], made: Path, before: Path | None, progress: Progress, warn: Warn
) -> set[str]:
    """The names of those that are links to the backup before."""
    linked = set()
    for done, (name, source) in enumerate(files.items(), start=1):
        to = made / name
        to.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # gone since it was listed
            if _is_database(name):
                _copy_database(source, to, warn)
            elif before is not None and _is_unchanged(source, before / name):
                linked |= _linked(before / name, source, to, name)
            else:
                shutil.copy2(source, to)
        progress("files", done, len(files))
    return linked


def _is_database(name: str) -> bool:
    """Of ours, which others may be writing to; a shop's own file of that suffix is a file."""
    return name.startswith(CACHES) and name.endswith(_DATABASE)


def _is_unchanged(source: Path, before: Path) -> bool:
    if before.is_symlink() or not before.is_file():
        return False
    now, then = source.stat(), before.stat()
    return (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)


def _copy_database(source: Path, to: Path, warn: Warn) -> None:
    """A cache is no reason to have no backup."""
    try:
        copy_database(source, to)
    except sqlite3.DatabaseError as error:
        to.unlink(missing_ok=True)
        what, mend = "is damaged", "delete it, it is made again"
        if out_of_reach(error):
            what, mend = "cannot be read", "make its folder writable"
        warn(f"{source} {what} ({error}) and not in the backup; {mend}")


def _linked(before: Path, source: Path, to: Path, name: str) -> set[str]:
    try:
        to.hardlink_to(before)
    except OSError:  # a disk without such links
        shutil.copy2(source, to)
        return set()
    return {name}


def _sums(
    made: Path, before: Manifest | None, linked: set[str], progress: Progress
) -> dict[str, File]:
    """Of every file; those of a link are known, and checked when they are restored."""
    files = sorted(path for path in made.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in files)
    found, done = {}, 0
    for path in files:
        name = path.relative_to(made).as_posix()
        size = path.stat().st_size
        known = before.files.get(name) if before is not None and name in linked else None
        found[name] = known or File(size=size, sha256=sha256_of(path))
        done += size
        tell_bytes(progress, "checksums", done, total)
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


def _remove_old(folder: Path, made: Path, manifest: Manifest, others: int) -> list[str]:
    """All of the same shop's and index's but `made` and the newest so many `others`."""
    own = (manifest.shop, manifest.alias)
    same = [path for path, one in _whole(folder) if (one.shop, one.alias) == own and path != made]
    old = same[: len(same) - others] if others < len(same) else []
    for path in old:
        # first out of sight: half a backup must never look like a whole one
        gone = path.rename(folder / f".{path.name}.gone")
        shutil.rmtree(gone)
    return [path.name for path in old]
