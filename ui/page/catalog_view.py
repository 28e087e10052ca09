"""The parts of the catalog tab as markup."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.errors import CatalogError
from catalog.probe import probe
from catalog.thumbs import Thumbs
from ingest.errors import IngestError
from ingest.known import Known
from ingest.preview import ROWS, preview_of
from ingest.prune import MAX_PRUNE
from ui.inventory import Inventory, known_source, take_stock
from ui.page import findings, intake, preview
from ui.page.checkup import Checkup, demand, doctor
from ui.page.drafts import Draft
from ui.page.draw import draw
from ui.page.language import Language
from ui.page.office import Office
from ui.page.places import places
from ui.page.samples import sheet

# Categories with a bar at first, and at all.
_SHELVES, _MOST_SHELVES = 20, 400
# What shoppers want, and the pictures of each.
_WANTS, _PHOTOS = 12, 4
_PARTS = ("alias", "metadata", "indexes", "strict mode", "points")


@dataclass(frozen=True)
class Source:
    """One catalog of the list."""

    known: Known
    there: bool
    """Whether it can be run again."""
    rejects: str | None
    """Address of the CSV of the rows that were not taken."""


class CatalogView:
    """For one office. Faults of the index are told in the markup."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._thumbs = Thumbs(office.target.settings.thumbs)
        self.doctor = doctor(office.target)
        self.demand = demand(office.target)

    def inventory(self, say: Language) -> tuple[str, str, str]:
        """What there is, which catalogs it came from, and its categories."""
        try:
            stock, failed = take_stock(self._office.target), ""
        except CatalogError as error:
            stock, failed = None, str(error)
        return (
            draw("stock", say, stock=stock, failed=failed),
            self._sources(stock, say),
            self._shelf(stock, say),
        )

    def contract(self, say: Language) -> str:
        """What `snapshelf contract check` tells."""
        try:
            with self._office.target.open() as store:
                return draw("contract", say, probe=probe(store), parts=_PARTS, failed="")
        except CatalogError as error:
            return draw("contract", say, failed=str(error))

    def deliver(self, say: Language) -> str:
        most = self._office.uploads.max_bytes
        return draw("deliver", say, most=most, size=_size(most, say))

    def draft(self, draft: Draft, say: Language, busy: str = "") -> str:
        """How a catalog will be read, and why it cannot be, if so."""
        shown: dict[str, Any] = {"preview": None, "lines": [], "columns": (), "choices": []}
        wrong, fields = "", draft.mapping
        try:
            shown["columns"] = draft.columns()
            found = preview_of(draft.open(ROWS))
            fields = found.catalog.fields
            told = preview.format_of(found.catalog.format, say)
            shown |= {"preview": found, "lines": preview.lines(found, say), "format": told}
        except (IngestError, OSError) as error:
            wrong = str(error)
        shown["choices"] = preview.choices(fields)
        known = self._known(draft)
        return draw(
            "draft", say, draft=draft, wrong=wrong, busy=busy, most=round(MAX_PRUNE),
            failed=known.rejected if known else 0, **shown,
        )  # fmt: skip

    def no_draft(self, why: str, say: Language) -> str:
        """Instead of a look at a catalog."""
        nothing: dict[str, Any] = {"preview": None, "lines": [], "columns": (), "choices": []}
        return draw("draft", say, draft=None, wrong=why, busy="", failed=0, most=0, **nothing)

    def intake(self, say: Language) -> str:
        """The ingest that runs, or how the last one ended; "" without any."""
        job = self._office.jobs.last(intake.KIND)
        if job is None:
            return ""
        told = job.result if isinstance(job.result, intake.Intake) else None
        rejects = self._link(told.rejects if told else None)
        return draw("intake", say, job=job, intake=told, rejects=rejects, reason=preview.reason)

    def sheet(self, category: str, round_: int, say: Language) -> str:
        """Some pictures of a category; "" for one that is not there."""
        target = self._office.target
        try:
            with target.open() as store:
                known = store.facet("category", limit=10_000)
            if category and category not in known:
                return ""
            found = sheet(target, self._thumbs, category, known, round_)
        except CatalogError:
            return ""
        return draw("sheet", say, sheet=found)

    def examined(self, say: Language, busy: str = "") -> str:
        """What the doctor found the last time, and how far it is with the next; "" of nothing."""
        try:
            with self._office.target.open() as store:
                if store.describe() is None:
                    return ""
        except CatalogError:  # told where the numbers are
            return ""
        found = self.doctor.found
        shown = findings.chapters(found.found, self._thumbs, say) if found else ()
        return draw(
            "doctor", say, diagnosis=found, chapters=list(shown), busy=busy,
            **self._checkup(self.doctor),
        )  # fmt: skip

    def wanted(self, say: Language, busy: str = "") -> str:
        """What was looked for in vain."""
        return draw(
            "demand", say, kept=self._office.demand_log, demand=self.demand.found, busy=busy,
            room=_WANTS, shown=_PHOTOS, **self._checkup(self.demand),
        )  # fmt: skip

    def _checkup(self, one: Checkup[Any]) -> dict[str, Any]:
        job = self._office.jobs.last(one.kind)
        return {
            # how it went is of no interest once it went well
            "job": job if job is not None and job.state != "done" else None,
            "running": job is not None and job.state == "running",
            "links": one.links(self._office.files),
        }

    def _sources(self, stock: Inventory | None, say: Language) -> str:
        folders = self._office.catalogs
        sources = [self._source(one) for one in stock.sources] if stock else []
        return draw("sources", say, sources=sources, allowed=bool(folders), places=places(folders))

    def _source(self, known: Known) -> Source:
        rejects = Path(known.run.rejects) if known.run and known.run.rejects else None
        there = known.path is not None and known.path.exists()
        return Source(known, there, self._link(rejects))

    def _shelf(self, stock: Inventory | None, say: Language) -> str:
        shelves = list(self._shelves(stock)) if stock else []
        top = max((n for _, n in shelves), default=1)
        pictures = max(stock.pictures, 1) if stock else 1
        return draw(
            "categories", say, shelves=shelves, pictures=pictures, top=top,
            room=_SHELVES, most=_MOST_SHELVES, without=stock.without_category if stock else 0,
        )  # fmt: skip

    def _shelves(self, stock: Inventory) -> Iterator[tuple[str, int]]:
        """What is without a category first: it is the one to do something about."""
        if stock.without_category:
            yield "", stock.without_category
        yield from stock.categories.items()

    def _known(self, draft: Draft) -> Known | None:
        """What was brought in under this name before."""
        try:
            return known_source(self._office.target, draft.open(1).name)
        except (CatalogError, IngestError, OSError):
            return None

    def _link(self, path: Path | None) -> str | None:
        return self._office.files.link(path) if path is not None and path.is_file() else None


def _size(size: int, say: Language) -> str:
    return f"{say.number(size >> 30)} GB" if size >= 1 << 30 else f"{say.number(size >> 20)} MB"
