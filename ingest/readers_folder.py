"""A folder of images, one subfolder per category, as a catalog."""

import os
import unicodedata
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from catalog.product import Product
from ingest.columns import PATH_SEPARATOR, prefixes, reading_digest, row_digest
from ingest.errors import BadCatalog
from ingest.records import BadRow, Catalog, Record, Row, Unread

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".avif")
COLUMNS = ("id", "category", "image")
_JUNK = {"thumbs.db"}
_READING = reading_digest("folder")


def open_folder(path: Path, mapping: Mapping[str, str], source: str, limit: int | None) -> Catalog:
    """Raises BadCatalog when columns are mapped: a folder has none."""
    if mapping:
        raise BadCatalog(
            f"an image folder has no columns to map · {', '.join(mapping)} · leave the mapping out"
        )
    root = path.resolve()
    read = partial(_rows, root, source)
    count = partial(_count, root)
    return Catalog(path, source, root, COLUMNS, read, count, limit, "folder of images")


def _rows(root: Path, source: str) -> Iterator[Row]:
    for number, (relative, inside) in enumerate(_entries(root), 1):
        yield _row(number, relative, inside, source)


def _row(number: int, relative: str, inside: bool, source: str) -> Row:
    # a name that is no UTF-8 cannot be written to a report or a payload as it is
    shown = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    category = PATH_SEPARATOR.join(shown.split("/")[:-1])
    row = {"id": shown, "category": category, "image": shown}
    if not inside:
        message = f"the link leads out of the catalog's folder · {shown} · copy what it points to"
        return BadRow(number, "outside_root", message, row)
    if shown != relative:
        message = f"the file's name is not UTF-8 · {shown} · rename the file"
        return BadRow(number, "bad_name", message, row)
    # as the product will have it
    product_id = unicodedata.normalize("NFC", relative).strip()
    # nothing but its path says what an image is
    digest = row_digest(_READING, row)
    make = partial(_record, number, product_id, row, source, digest)
    return Unread(number, product_id, (relative,), digest, make)


def _record(
    number: int, product_id: str, row: Mapping[str, str], source: str, digest: bytes
) -> Record:
    folders = row["image"].split("/")[:-1]
    product = Product(
        source=source,
        product_id=product_id,
        category=folders[-1] if folders else None,
        # one level says no more than `category` does
        category_path=prefixes(row["category"]) if len(folders) > 1 else (),
    )
    return Record(number, product, (row["image"],), row, digest=digest)


def _count(root: Path) -> int:
    return sum(1 for _ in _entries(root))


def _entries(root: Path) -> Iterator[tuple[str, bool]]:
    """Images and links out of the root, as (path relative to it, is it inside), sorted."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        at = Path(folder)
        # a link to another folder of the catalog would only repeat it; one that leaves is told
        links = [name for name in folders if (at / name).is_symlink()]
        images = [name for name in files if not _hidden(name) and name.lower().endswith(SUFFIXES)]
        for name in sorted([*links, *images]):
            path = at / name
            inside = not path.is_symlink() or path.resolve().is_relative_to(root)
            if inside and name in links:
                continue
            yield path.relative_to(root).as_posix(), inside


def _hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _JUNK
