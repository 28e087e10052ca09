"""A ZIP of a catalog and its pictures, unpacked so that it can do no harm.

Nothing is mended: a ZIP that holds what no honest one would is refused as a whole. Sizes are held
against the limits twice: as the ZIP's directory tells them, and while the files are written.
"""

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.errors import BadCatalog
from ingest.files import MAX_BYTES
from ingest.names import is_device
from ingest.readers_folder import SUFFIXES

CATALOGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xml", ".rss", ".parquet")
_ARCHIVES = (
    ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".jar", ".cab", ".iso",
)  # fmt: skip
# How gzip, ZIP and bzip2 begin, whatever the file is called.
_PACKED = (b"\x1f\x8b", b"PK", b"BZ")
# What systems leave behind in ZIPs.
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")
_SPREADSHEET = "[Content_Types].xml"
_CHUNK = 1 << 20
# Left on the disk for the index and its caches.
_SPARE_BYTES = 512 << 20
_PART_BYTES, _PATH_BYTES = 200, 800
# The end of a ZIP's directory, and what stands before it in the 64-bit kind (APPNOTE 4.3.15).
_END, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _COMMENT_BYTES = 22, 1 << 16


@dataclass(frozen=True)
class Limits:
    """What a ZIP may hold at most."""

    files: int = 65_535
    directory_bytes: int = 8 << 20
    """Of the list of its files, which is read into memory as a whole."""
    picture_bytes: int = MAX_BYTES
    total_bytes: int = 8 << 30


LIMITS = Limits()


def is_zip(path: Path) -> bool:
    """By its first bytes, whatever it is called."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", _END)


def unpack(archive: Path, folder: Path, limits: Limits = LIMITS) -> Path:
    """What `open_catalog` takes: the catalog file, or a folder of pictures below `folder`.

    `folder` must be new; of a ZIP that is refused nothing stays. Only pictures and the one catalog
    are unpacked. Raises BadCatalog.
    """
    _check_directory(archive, limits)
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpacked(opened, folder, limits)
    except BadCatalog:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError,
            OSError) as error:  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
        raise BadCatalog(f"the ZIP cannot be unpacked ({error}) · pack it again") from error


def _unpacked(opened: zipfile.ZipFile, folder: Path, limits: Limits) -> Path:
    files = {_place(one): one for one in opened.infolist() if not one.is_dir()}
    if len(files) > limits.files or len(files) < sum(not one.is_dir() for one in opened.infolist()):
        raise BadCatalog(
            f"the ZIP holds too many files, or two of one name · {limits.files:,} are allowed · "
            "pack each file once"
        )
    wanted = [place for place in files if not _is_junk(place)]
    _check_kinds(wanted)
    catalog = _catalog_of(wanted)
    pictures = [place for place in wanted if place.suffix.lower() in SUFFIXES]
    if catalog is None and not pictures:
        raise BadCatalog("the ZIP holds neither a catalog nor pictures · pack them into it")
    taken = [*pictures, *([catalog] if catalog else [])]
    _check_sizes([files[place] for place in pictures], [files[place] for place in taken],
                 folder, limits)  # fmt: skip
    for place in taken:
        _write(opened, files[place], folder / place)
    if catalog is None:
        return _shelves(folder)
    if _first_bytes(folder / catalog) in _PACKED:
        raise _another(catalog)
    return folder / catalog


def _place(one: zipfile.ZipInfo) -> PurePosixPath:
    """Where a file belongs, below the folder. Raises BadCatalog."""
    name = one.filename.replace("\\", "/")
    kind = stat.S_IFMT(one.external_attr >> 16)
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or parts[0][1:2] == ":":
        raise _refused(one, "a path that leads out of it")
    if kind not in (0, stat.S_IFREG):
        raise _refused(one, "a link or a device")
    if one.flag_bits & 0x1:
        raise _refused(one, "a file with a password")
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refused(one, "a file in a rare compression")
    long = len(name.encode(errors="replace")) > _PATH_BYTES
    if long or any(not _is_name(part) for part in parts):
        raise _refused(one, "a name that not every disk takes")
    return PurePosixPath(*parts)


def _is_name(part: str) -> bool:
    short = 0 < len(part.encode(errors="replace")) <= _PART_BYTES
    return short and part.isprintable() and part != "." and not is_device(part)


def _is_junk(place: PurePosixPath) -> bool:
    return any(part.startswith(".") or part in _JUNK for part in place.parts)


def _check_kinds(places: Iterable[PurePosixPath]) -> None:
    for place in places:
        if place.name == _SPREADSHEET:
            raise BadCatalog("this is a spreadsheet, not a ZIP of pictures · save its table as CSV")
        if place.suffix.lower() in _ARCHIVES:
            raise _another(place)


def _catalog_of(places: Sequence[PurePosixPath]) -> PurePosixPath | None:
    """The one nearest the top; None where there are pictures only."""
    found = [place for place in places if place.suffix.lower() in CATALOGS]
    # beside a table, a text tells how to read it
    found = [place for place in found if place.suffix.lower() != ".txt"] or found
    top = min((len(place.parts) for place in found), default=0)
    found = [place for place in found if len(place.parts) == top]
    if len(found) > 1:
        names = ", ".join(sorted(place.name for place in found)[:5])
        raise BadCatalog(f"the ZIP holds several catalogs · {names} · leave one of them in it")
    return found[0] if found else None


def _check_sizes(
    pictures: Sequence[zipfile.ZipInfo],
    taken: Sequence[zipfile.ZipInfo],
    folder: Path,
    limits: Limits,
) -> None:
    for one in pictures:
        if one.file_size > limits.picture_bytes:
            raise BadCatalog(
                f"a picture in the ZIP has over {limits.picture_bytes:,} bytes · "
                f"{one.filename[:200]} · pack a smaller copy"
            )
    total = sum(one.file_size for one in taken)
    if total > limits.total_bytes:
        raise BadCatalog(
            f"unpacked, the ZIP has {total:,} bytes · {limits.total_bytes:,} are allowed · "
            "split it, or let the operator put the folder on the server"
        )
    if total + _SPARE_BYTES > shutil.disk_usage(folder).free:
        raise BadCatalog(f"the disk has no room for {total:,} bytes more · free some space")


def _write(opened: zipfile.ZipFile, one: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    left = one.file_size
    with opened.open(one) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise _refused(one, "a file that is larger than it says")
            target.write(chunk)
    if left:
        raise _refused(one, "a file that is smaller than it says")


def _shelves(folder: Path) -> Path:
    """Where the folders of the categories are: a ZIP often holds one folder around them."""
    while True:
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir():
            return folder
        if not any(one.is_dir() for one in inside[0].iterdir()):
            return folder
        folder = inside[0]


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(2)


def _another(place: PurePosixPath) -> BadCatalog:
    return BadCatalog(f"the ZIP holds another archive · {place.name} · pack what is in it directly")


def _refused(one: zipfile.ZipInfo, what: str) -> BadCatalog:
    shown = "".join(letter if letter.isprintable() else "?" for letter in one.filename[:200])
    return BadCatalog(f"the ZIP holds {what} · {shown} · pack only pictures and one catalog")


def _check_directory(archive: Path, limits: Limits) -> None:
    """Before it is read into memory: how long is the list of files?"""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _COMMENT_BYTES - _END_BYTES))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise BadCatalog("this is no whole ZIP · send it again, or pack it again")
    length = struct.unpack_from("<I", tail, at + 12)[0]
    # the 64-bit kind tells the length elsewhere, and overrules this one
    if length > limits.directory_bytes or _LOCATOR64 in tail[:at][-20:]:
        raise BadCatalog(
            f"the ZIP holds too many files · {limits.files:,} are allowed · split it, or let the "
            "operator put the folder on the server"
        )
