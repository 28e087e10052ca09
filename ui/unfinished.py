"""A restore that has begun and not ended: what it is, and who must wait for it."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from catalog.errors import StoreUnavailable
from catalog.folder import replace_file

_NAME = ".restoring"


@dataclass(frozen=True)
class Unfinished:
    """Of one backup into one store and alias: only the same command goes on with it."""

    backup: str
    key: str

    @classmethod
    def of(cls, backup: Path, store: str, collection: str) -> "Unfinished":
        path = str(backup.resolve())
        # a digest: a store's address may hold a password
        return cls(path, sha256("\n".join((path, store, collection)).encode()).hexdigest()[:16])

    def write(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        replace_file(home / _NAME, f"{self.key}\n{self.backup}".encode(), durable=True)


def unfinished(home: Path) -> Unfinished | None:
    try:
        key, _, backup = (home / _NAME).read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return None
    return Unfinished(backup, key)


def finish(home: Path) -> None:
    (home / _NAME).unlink(missing_ok=True)


def check_finished(home: Path) -> None:
    """Raise StoreUnavailable: index, ledgers and models may not be of one time."""
    begun = unfinished(home)
    if begun is not None:
        raise StoreUnavailable(
            f"a restore has begun and not ended · {begun.backup} · run the same `snapshelf "
            "restore` again, it goes on from there; or restore another backup with --force"
        )
