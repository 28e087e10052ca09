"""`snapshelf restore`: a backup into a data folder and its store, and the proof that it is whole.

What is in the way is put aside (`<home>/.replaced`) until the backup is in its place. While
`<home>/.restoring` is there, a restore has begun and not ended: the same command finishes it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from catalog.contract import SCHEMA
from catalog.errors import IndexMismatch, StoreLocked, StoreUnavailable
from catalog.folder import free_bytes, replace_file
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
    check_files,
    read_manifest,
    sha256_of,
)
from ui.settings import Settings
from vision.progress import Progress, unwatched

_MARK, _ASIDE = ".restoring", ".replaced"
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
    with target.open() as opened:
        opened.accept(manifest.saved)
        check_files(backup, manifest, progress)
        _check_space(settings.home, manifest)
        with opened.held():
            _check_place(target, opened, manifest, force, backup)
            _put_in_place(backup, manifest, target, opened, progress)
    return Restored(
        str(backup), target.collection, manifest.points, len(manifest.files), _verified(target)
    )


def _check_contract(manifest: Manifest) -> None:
    found = manifest.metadata.schema_
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
    target: Target, store: Store, manifest: Manifest, force: bool, backup: Path
) -> None:
    """Raise BadBackup where something is already, unless it is the rest of this restore."""
    mark = target.settings.home / _MARK
    begun = mark.is_file() and mark.read_text(encoding="utf-8") == str(backup.resolve())
    found = None if force or begun else next(_in_the_way(target, store, manifest, backup), None)
    if found is not None:
        raise BadBackup(
            f"there is something in the place of the backup · {found} · nothing was changed; "
            "--force puts it aside until the backup is in its place, and then removes it"
        )


def _in_the_way(target: Target, store: Store, manifest: Manifest, backup: Path) -> Iterator[str]:
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
        if (home / name).exists() and not _is(home / name, said):
            yield f"{home / name}, which differs"


def _put_in_place(
    backup: Path, manifest: Manifest, target: Target, store: Store, progress: Progress
) -> None:
    home = target.settings.home
    aside = home / _ASIDE
    home.mkdir(parents=True, exist_ok=True)
    replace_file(home / _MARK, str(backup.resolve()).encode(), durable=True)
    files = _of(manifest, (*KEPT, *CACHES))
    for done, (name, said) in enumerate(files, start=1):
        # a cache that is there may know more, and is never wrong
        known = (home / name).exists() and name.startswith(CACHES)
        if not known and not _is(home / name, said):
            _put(backup / name, home / name, aside / name)
        progress("files", done, len(files))
    info = manifest.saved.info
    # without a ledger an ingest would read everything again; with a false one it would not
    for file, _ in list(ledgers_of(target, info)):
        _put_aside(file, aside / file.relative_to(home))
    store.load(backup / COLLECTION, manifest.saved, partial(progress, "index"))
    for name, ledger in manifest.ledgers.items():
        to = target.ledger(ledger.source, info, ledger.part)
        _put(backup / name, to, aside / to.relative_to(home))
    (home / _MARK).unlink()
    shutil.rmtree(aside, ignore_errors=True)


def _of(manifest: Manifest, parts: tuple[str, ...]) -> list[tuple[str, File]]:
    return [(name, one) for name, one in manifest.files.items() if name.split("/")[0] in parts]


def _is(path: Path, said: File) -> bool:
    return path.is_file() and path.stat().st_size == said.size and sha256_of(path) == said.sha256


def _put(source: Path, to: Path, aside: Path) -> None:
    """A copy, whole or not at all; what is there goes aside."""
    to.parent.mkdir(parents=True, exist_ok=True)
    temporary = to.with_name(f".{to.name}.restored")
    shutil.copy2(source, temporary)
    _put_aside(to, aside)
    temporary.replace(to)


def _put_aside(path: Path, aside: Path) -> None:
    for beside in _BESIDE:
        old = path.with_name(path.name + beside)
        if old.exists() or old.is_symlink():
            aside.parent.mkdir(parents=True, exist_ok=True)
            old.replace(aside.with_name(aside.name + beside))


def _verified(target: Target) -> Verification | None:
    try:
        return run_verify(target, None)
    except StoreLocked:
        return None
