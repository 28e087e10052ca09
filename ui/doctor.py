"""`snapshelf doctor`: an index to its findings, a CSV and a page."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from catalog.errors import NoIndex
from catalog.thumbs import Thumbs
from ingest.casebook import Casebook
from ingest.doctor import findings
from ingest.examination import examine
from ingest.fetch import Fetcher
from ingest.findings import KINDS, Finding, written
from ingest.glance import Glance, glance
from ingest.links import dead_links
from ingest.readers import Catalog
from lab.doctor_page import Strongest, write_doctor_page
from ui.build import Target
from vision.folders import check_folder
from vision.progress import Progress


@dataclass(frozen=True)
class Diagnosis:
    glance: Glance
    found: Strongest
    csv: Path
    page: Path

    def to_json(self) -> dict[str, Any]:
        return {
            "products": self.glance.products,
            "images": self.glance.images,
            "pictures": self.glance.pictures,
            "pictures_without_thumbnail": self.glance.unseen,
            "categories": {shelf.name: shelf.products for shelf in self.glance.shelves},
            "findings": {kind: self.found.counts[kind] for kind in KINDS},
            "csv": str(self.csv),
            "page": str(self.page),
        }

    def table(self) -> Table:
        table = Table("finding", "products")
        for kind in KINDS:
            table.add_row(kind.replace("_", " "), f"{self.found.counts[kind]:,}")
        return table


def diagnose(
    target: Target,
    out: Path,
    *,
    catalog: Catalog | None = None,
    allow_hosts: Sequence[str] = (),
    progress: Progress,
) -> Diagnosis:
    """`catalog`: also ask for each of its pictures. Raises CatalogError, NotADirectoryError."""
    check_folder(out)
    settings, thumbs = target.settings, Thumbs(target.settings.thumbs)
    with ExitStack() as opened:
        store = opened.enter_context(target.open())
        info = store.describe()
        if info is None:
            raise NoIndex(target.store, target.collection)
        notes = settings.ledger(target.store, target.collection, "").name
        book = opened.enter_context(Casebook(settings.home / "doctor" / notes, info.fingerprint))
        examine(store, thumbs, book, progress)
        found, csv, page = Strongest(), out / "findings.csv", out / "doctor.html"
        links = _links(catalog, allow_hosts, progress) if catalog else iter(())
        for one in written((one for some in (findings(book), links) for one in some), csv):
            found.add(one)
        seen = glance(book)
        write_doctor_page(seen, found, thumbs, page)
    return Diagnosis(seen, found, csv, page)


def _links(catalog: Catalog, allow_hosts: Sequence[str], progress: Progress) -> Iterator[Finding]:
    rows = catalog.count_rows()
    with Fetcher(catalog.root, allow_hosts=allow_hosts) as fetcher:
        yield from dead_links(catalog, fetcher, partial(progress, "links", total=rows))
