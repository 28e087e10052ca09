"""`snapshelf restore`: a backup into a data folder and its store, and the proof that it is whole.

What is in the way is put aside (`<home>/.replaced`) until the backup is in its place, and put back
where the store refuses it. While `<home>/.restoring` is there, a restore has begun and not ended:
the same command finishes it, and nothing else writes (`ui.unfinished`).
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from catalog.contract import SCHEMA, CollectionInfo
from catalog.errors import CatalogError, IndexMismatch, StoreLocked, StoreUnavailable
from catalog.folder import free_bytes
from catalog.store import Store
from ingest.verify import Verification
from ui.build import Target, ledgers_of, run_verify
from ui.manifest import (
    CACHES,
    COLLECTION,
    KEPT,
    BadBackup,
    File,
    Manifest,
    alone,
    check_files,
    read_manifest,
    sha256_of,
)
from ui.settings import Settings
from ui.unfinished import Unfinished, finish, unfinished
from vision.progress import Progress, unwatched

_ASIDE = ".replaced"
# SQLite's own, which belong to the file that they lie beside and to no other
_BESIDE = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Restored:
    """`verified` is None where another process has the index open, which only it may read then."""

    backup: str
    collection: str
    points: int | None
    """When the backup was made."""
    files: int
    verified: Verification | None

    @property
    def clean(self) -> bool | None:
        """None where nobody could look."""
        found = self.verified
        if found is None:
            return None
        return not (found.findings or self.points not in (None, found.points))

    def to_json(self) -> dict[str, Any]:
        verified = self.verified.to_json() if self.verified else None
        return {
            "backup": self.backup, "collection": self.collection, "points": self.points,
            "files": self.files, "clean": self.clean, "verified": verified,
        }  # fmt: skip


def restore(
    backup: Path,
    settings: Settings,
    store: str | None = None,
    collection: str | None = None,
    *,
    force: bool = False,
    progress: Progress = unwatched,
) -> Restored:
    """The alias is the backup's unless `collection` names another.

    Nothing is touched before the whole backup was read and found to be as it was written. Raises
    BadBackup, IndexMismatch, StoreBusy, StoreUnavailable.
    """
    manifest = read_manifest(backup)
    target = Target(settings, settings.store_or_default(store), collection or manifest.alias)
    _check_contract(manifest)
    # no other backup may remove this one meanwhile
    with alone(backup.resolve().parent), target.open() as opened:
        opened.accept(backup / COLLECTION, manifest.saved)
        check_files(backup, manifest, progress)
        _check_space(settings.home, manifest)
        with opened.held():
            own = Unfinished.of(backup, target.store, target.collection)
            _check_place(target, opened, manifest, force, own)
            _put_in_place(backup, manifest, target, opened, own, progress)
    return Restored(
        str(backup), target.collection, manifest.points, len(manifest.files), _verified(target)
    )


def _check_contract(manifest: Manifest) -> None:
    named = (manifest.contract, manifest.metadata.schema_)
    found = next((one for one in named if one != SCHEMA), SCHEMA)
    if found != SCHEMA:
        or_newer = ", or a newer one" if found > SCHEMA else ""
        raise IndexMismatch(
            "the backup follows another payload contract",
            expected=f"version {SCHEMA}",
            found=f"version {found}",
            mend="nothing was changed; restore it with the edition of snapshelf that wrote it "
            f"({manifest.snapshelf}{or_newer})",
        )


def _check_space(home: Path, manifest: Manifest) -> None:
    """The index is checked by the store, which knows its holes and its disk."""
    needed = sum(f.size for name, f in manifest.files.items() if not name.startswith(COLLECTION))
    free = free_bytes(home)
    if free < needed:
        raise StoreUnavailable(
            f"the disk is almost full · {home} has {free >> 20} MB free, the backup wants "
            f"{needed >> 20} MB and the index · free some space: nothing was changed"
        )


def _check_place(
    target: Target, store: Store, manifest: Manifest, force: bool, own: Unfinished
) -> None:
    """Raise BadBackup where something is already, unless it is the rest of this restore."""
    begun = unfinished(target.settings.home)
    if force or begun == own:
        return
    if begun is not None:
        raise BadBackup(
            f"another restore has begun and not ended · {begun.backup} · nothing was changed; run "
            "that one again with its --store and --collection, or this one with --force, and "
            f"what the other has put aside stays in {_aside(target, begun)}"
        )
    found = next(_in_the_way(target, store, manifest), None)
    if found is not None:
        raise BadBackup(
            f"there is something in the place of the backup · {found} · nothing was changed; "
            "--force puts it aside until the backup is in its place, and then removes it"
        )


def _in_the_way(target: Target, store: Store, manifest: Manifest) -> Iterator[str]:
    try:
        info = store.describe()
    except StoreUnavailable:
        if "://" in target.store:
            raise
        yield f"a damaged index in {target.store}"
    else:
        if info is not None:
            yield f"the index {target.collection!r} of {info.name} in {target.store}"
    home = target.settings.home
    for name, said in _of(manifest, KEPT):
        blocked = _not_a_folder(home, name)
        if blocked or ((home / name).exists() and not _is(home / name, said)):
            yield f"{blocked or home / name}, which differs"


def _put_in_place(
    backup: Path, manifest: Manifest, target: Target, store: Store, own: Unfinished,
    progress: Progress,
) -> None:  # fmt: skip
    home, aside = target.settings.home, _aside(target, own)
    own.write(home)
    files = _of(manifest, (*KEPT, *CACHES))
    for done, (name, said) in enumerate(files, start=1):
        # a cache that is there may know more, and is never wrong
        known = (home / name).exists() and name.startswith(CACHES)
        if not known and not _is(home / name, said):
            blocked = _not_a_folder(home, name)
            if blocked is not None:
                _move(blocked, aside / blocked.relative_to(home))
            _put(backup / name, home / name, aside / name)
        progress("files", done, len(files))
    info = manifest.saved.info
    # without a ledger an ingest would read everything again; with a false one it would not
    for file, _ in list(ledgers_of(target, info)):
        _move(file, aside / file.relative_to(home))
    before = _served(store)
    try:
        store.load(backup / COLLECTION, manifest.saved, partial(progress, "index"))
    except (CatalogError, OSError):
        if before is not None and before == _served(store) and before[1:] != _told(manifest):
            _put_back(home, aside)
        raise
    for name, ledger in manifest.ledgers.items():
        to = target.ledger(ledger.source, info, ledger.part)
        _put(backup / name, to, aside / to.relative_to(home))
    finish(home)
    shutil.rmtree(aside, ignore_errors=True)
    _remove_empty(aside.parent)


def _aside(target: Target, restore: Unfinished) -> Path:
    """Each restore has its own: none removes what another has put aside."""
    return target.settings.home / _ASIDE / restore.key


_Served = tuple[str, CollectionInfo | None, int | None]


def _served(store: Store) -> _Served | None:
    """What tells the index that is there from any other; None where it cannot be read."""
    with suppress(CatalogError):
        info = store.describe()
        try:
            return store.revision(), info, store.count() if info else None
        except StoreLocked:  # by a page; then the files themselves tell it by their revision
            return store.revision(), info, None
    return None


def _told(manifest: Manifest) -> tuple[CollectionInfo, int | None]:
    return manifest.saved.info, manifest.points


def _put_back(home: Path, aside: Path) -> None:
    """The store is as it was, and now so is all else; what cannot go back stays aside, marked."""
    for path in sorted(one for one in aside.rglob("*") if not one.is_dir()):
        shutil.move(path, home / path.relative_to(aside))
    shutil.rmtree(aside, ignore_errors=True)
    _remove_empty(aside.parent)
    finish(home)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _not_a_folder(home: Path, name: str) -> Path | None:
    """What is there in the place of a folder that `name` lies in."""
    parents = [home / parent for parent in reversed(Path(name).parents)][1:]
    return next((one for one in parents if one.exists() and not one.is_dir()), None)


def _of(manifest: Manifest, parts: tuple[str, ...]) -> list[tuple[str, File]]:
    return [(name, one) for name, one in manifest.files.items() if name.split("/")[0] in parts]


def _is(path: Path, said: File) -> bool:
    return path.is_file() and path.stat().st_size == said.size and sha256_of(path) == said.sha256


def _put(source: Path, to: Path, aside: Path) -> None:
    """A copy, whole or not at all; what is there goes aside."""
    to.parent.mkdir(parents=True, exist_ok=True)
    temporary = to.with_name(f".{to.name}.restored")
    shutil.copy2(source, temporary)
    _move(to, aside)
    temporary.replace(to)


def _move(path: Path, to: Path) -> None:
    for beside in _BESIDE:
        old = path.with_name(path.name + beside)
        if old.exists() or old.is_symlink():
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(old, to.with_name(to.name + beside))  # a folder may lie on another disk


def _verified(target: Target) -> Verification | None:
    try:
        return run_verify(target, None)
    except StoreLocked:
        return None
