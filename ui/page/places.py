"""Catalogs below the folders that the operator allows: listed, never typed."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ingest.readers_folder import SUFFIXES
from ingest.unpack import CATALOGS

# A folder to choose from is no file system: deeper, and more, than anybody keeps catalogs.
_DEPTH, _MOST, _LOOKED_AT = 3, 200, 20_000
_PACKED = tuple(f"{suffix}.gz" for suffix in CATALOGS)


@dataclass(frozen=True)
class Place:
    """One catalog file, or one folder of images."""

    path: Path
    name: str
    """Relative to the allowed folder."""
    folder: bool

    @property
    def token(self) -> str:
        """What the browser calls it by: never a path."""
        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]


def places(folders: Sequence[Path]) -> list[Place]:
    """By name. Links that lead out of an allowed folder are left out."""
    found = (place for root in folders for place in _below(root.resolve()))
    return sorted(islice(found, _MOST), key=lambda place: place.name.casefold())


def chosen(token: object, folders: Sequence[Path]) -> Place | None:
    """The place that a browser names, if it is one of those that were listed."""
    return next((place for place in places(folders) if place.token == token), None)


def _below(root: Path) -> Iterator[Place]:
    looked_at = 0
    # folders beside or below a catalog file hold its pictures
    covered: set[Path] = set()
    for at, folders, files in os.walk(root):
        here = Path(at)
        looked_at += len(files)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        catalogs = [here / name for name in sorted(files) if _is_catalog(here / name, root)]
        yield from (Place(path, _shown(path, root), False) for path in catalogs)
        if catalogs or here.parent in covered:
            covered.add(here)
        pictures = here not in covered and _has_pictures(here, folders)
        if pictures:
            yield Place(here, _shown(here, root), True)
        deep = len(here.relative_to(root).parts) >= _DEPTH
        # the folders of a catalog of images are its categories
        if (pictures and here != root) or deep or looked_at > _LOOKED_AT:
            folders.clear()


def _is_catalog(path: Path, root: Path) -> bool:
    named = path.name.lower().endswith((*CATALOGS, *_PACKED)) and not path.name.startswith(".")
    return named and path.is_file() and path.resolve().is_relative_to(root)


def _has_pictures(here: Path, folders: Sequence[str]) -> bool:
    """In itself, or in the folders right below, which are its categories then."""
    below = [here / name for name in folders[:50] if not (here / name).is_symlink()]
    return any(map(_holds_picture, (here, *below)))


def _holds_picture(folder: Path) -> bool:
    """Its own, not those of a catalog file beside them."""
    try:
        with os.scandir(folder) as entries:
            names = [one.name.lower() for one in islice(entries, 200) if one.is_file()]
    except OSError:
        return False
    pictures = any(name.endswith(SUFFIXES) for name in names)
    return pictures and not any(name.endswith(CATALOGS) for name in names)


def _shown(path: Path, root: Path) -> str:
    text = root.name if path == root else path.relative_to(root).as_posix()
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
