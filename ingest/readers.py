"""Any supported catalog, opened: which reader takes which file is decided here."""

from collections.abc import Mapping
from pathlib import Path

from ingest.errors import BadCatalog
from ingest.readers_csv import open_csv
from ingest.readers_folder import open_folder
from ingest.records import BadRow, Catalog, Record

__all__ = ["BadRow", "Catalog", "Record", "open_catalog"]

CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")


def open_catalog(
    path: Path | str,
    *,
    mapping: Mapping[str, str] | None = None,
    source: str | None = None,
    image_root: Path | None = None,
    limit: int | None = None,
) -> Catalog:
    """A CSV or TSV file, or a folder of images (`root/<category>/<file>`).

    `mapping` names the column of a product field where it is not found by its name
    (`{"title": "productDisplayName"}`). `source` is kept in every product's id, so it must stay
    the same from run to run; by default "<folder>/<file>" for a file and the folder's name for a
    folder. `image_root` is what image paths are relative to, by default the file's folder.
    Raises BadCatalog.
    """
    at = Path(path)
    full = at.resolve()
    name = source_name(at, source)
    if full.is_dir():
        return open_folder(at, mapping or {}, name, limit)
    if not full.is_file():
        raise BadCatalog(f"there is no catalog · {at} · give a CSV file or a folder of images")
    if full.suffix.lower() not in CSV_SUFFIXES:
        raise BadCatalog(
            f"this kind of catalog cannot be read · {at.name} · "
            f"give a folder of images or a file ending in {', '.join(CSV_SUFFIXES)}"
        )
    return open_csv(at, mapping or {}, name, image_root or full.parent, limit)


def source_name(path: Path, given: str | None = None) -> str:
    """The name of a catalog in its products' ids. Raises BadCatalog."""
    full = path.resolve()
    return _named(given or (full.name if full.is_dir() else f"{full.parent.name}/{full.name}"))


def _named(source: str) -> str:
    # the root of a disk has no name either, and a folder's need not be UTF-8
    utf8 = source.encode(errors="replace").decode()
    if not source.strip() or "\0" in source or source != utf8:
        raise BadCatalog(
            f"the catalog's source name is blank, has a NUL or is not UTF-8 · {utf8!r} · "
            "give a name that stays the same from run to run"
        )
    return source
