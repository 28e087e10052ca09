"""Any supported catalog, opened: which reader takes which file is decided here."""

import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from ingest.columns import Columns, find_columns, listed
from ingest.dialect import Dialect, flat, joined
from ingest.errors import BadCatalog
from ingest.formats import Container, container_of, dialect_of
from ingest.readers_folder import open_folder
from ingest.records import BadRow, Catalog, Raw, Record, Row
from ingest.remote import Download, download, is_remote, remote_name

__all__ = ["BadRow", "Catalog", "Record", "columns_of", "open_catalog"]


def open_catalog(
    path: Path | str,
    *,
    mapping: Mapping[str, str] | None = None,
    source: str | None = None,
    image_root: Path | None = None,
    limit: int | None = None,
    format: str | None = None,  # noqa: A002 - the option's own name
    allow_hosts: Collection[str] = (),
) -> Catalog:
    """A catalog file of any known format, a folder of images (`root/<category>/<file>`), or a URL.

    `mapping` names the column of a product field where it is not found by its name
    (`{"title": "productDisplayName"}`), `format` one of `formats.DIALECTS` where the headers do
    not show it. `source` is kept in every product's id, so it must stay the same from run to run;
    by default "<folder>/<file>" for a file, the folder's name for a folder, "<host>/<path>" for a
    URL. `image_root` is what image paths are relative to, by default the file's folder or the
    URL. A file behind a URL is kept in a temporary folder as long as the catalog;
    `allow_hosts` may lie in a private network. Raises BadCatalog, BadHost.
    """
    name = source_name(path, source)
    if is_remote(path):
        fetched = download(str(path), allow_hosts)
        return _open_file(fetched.path, mapping, name, image_root, limit, format, fetched)
    at = Path(path)
    full = at.resolve()
    if full.is_dir():
        return open_folder(at, mapping or {}, name, limit)
    if not full.is_file():
        raise BadCatalog(
            f"there is no catalog · {at} · give a catalog file, its URL, or a folder of images"
        )
    return _open_file(at, mapping, name, image_root, limit, format)


def columns_of(path: Path, format: str | None = None) -> tuple[str, ...]:  # noqa: A002
    """The columns of a catalog file, for who has to say what they mean. Raises BadCatalog."""
    return _opened(path, format)[2]


@dataclass(frozen=True)
class _Reading:
    """All that a reading needs, as often as it is done."""

    container: Container
    dialect: Dialect
    columns: Columns
    source: str
    download: Download | None
    """Of a remote catalog: its file lives as long as this."""
    images_at: str | None
    """The URL that image paths are relative to."""

    def raws(self) -> Iterator[Raw]:
        """Raises BadCatalog where the rest of the file cannot be had."""
        try:
            yield from self.dialect.mend(self.container.rows())
        except (OSError, EOFError, zlib.error) as error:
            # read in part, it must not look like a whole catalog
            what = f"the catalog breaks off ({error})"
            raise BadCatalog(f"{what} · write or fetch it again") from error

    def records(self) -> Iterator[Row]:
        return map(self._record, self.raws())

    def _record(self, raw: Raw) -> Row:
        if raw.problem is not None:
            # which of its values is the id is not sure either
            return BadRow(raw.line, *raw.problem, flat(raw.values))
        warnings = list(raw.warnings)
        row = self.dialect.tidy(raw.values, warnings)
        if self.images_at is not None:
            image = self.columns.of["image"]
            row[image] = joined(
                _absolute(self.images_at, ref) for ref in listed(row.get(image, ""), "|")
            )
        return self.columns.glance(raw.line, row, self.source, warnings)

    def count(self) -> int:
        return sum(1 for _ in self.raws())


def _open_file(
    path: Path,
    mapping: Mapping[str, str] | None,
    source: str,
    image_root: Path | None,
    limit: int | None,
    format_name: str | None,
    fetched: Download | None = None,
) -> Catalog:
    container, dialect, names = _opened(path, format_name)
    columns = find_columns(names, mapping or {}, dialect.known)
    images_at = fetched.url if fetched and image_root is None else None
    reading = _Reading(container, dialect, columns, source, fetched, images_at)
    return Catalog(
        path,
        source,
        image_root or path.resolve().parent,
        (*columns.names, *(("record",) if container.kind == "JSON lines" else ())),
        reading.records,
        reading.count,
        limit,
        f"{dialect.name} ({container.kind})",
        columns.of,
    )


def _opened(path: Path, format_name: str | None) -> tuple[Container, Dialect, tuple[str, ...]]:
    try:
        container = container_of(path)
        return container, *dialect_of(container, format_name)
    except (OSError, EOFError, zlib.error) as error:
        raise BadCatalog(f"the catalog cannot be read ({error}) · {path.name}") from error


def _absolute(base: str, ref: str) -> str:
    """Always a URL: what a stranger's catalog names must never be read from this disk."""
    if "://" in ref:
        return ref
    return urljoin(base, ref if ref.startswith("/") else f"./{ref}")


def source_name(path: Path | str, given: str | None = None) -> str:
    """The name of a catalog in its products' ids. Raises BadCatalog."""
    if given or is_remote(path):
        return _named(given or remote_name(str(path)))
    full = Path(path).resolve()
    return _named(full.name if full.is_dir() else f"{full.parent.name}/{full.name}")


def _named(source: str) -> str:
    # the root of a disk has no name either, and a folder's need not be UTF-8
    utf8 = source.encode(errors="replace").decode()
    if not source.strip() or "\0" in source or source != utf8:
        raise BadCatalog(
            f"the catalog's source name is blank, has a NUL or is not UTF-8 · {utf8!r} · "
            "give a name that stays the same from run to run"
        )
    return source
