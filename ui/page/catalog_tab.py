"""The catalog tab: what is in the index, bringing more in, and what is wrong with it."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from catalog.errors import CatalogError
from ingest.errors import BadCatalog
from ui.inventory import known_source
from ui.page import intake
from ui.page.catalog_view import CatalogView
from ui.page.checkup import Checkup
from ui.page.drafts import Draft, Drafts
from ui.page.intake import Options, bring_in
from ui.page.jobs import JobRunning
from ui.page.language import Language
from ui.page.office import Office
from ui.page.places import chosen
from ui.page.room import Room
from ui.page.visitor import html, language_of

_NAME = "catalog"
# Looks at large catalogs may take a while; others need not wait for them.
_AT_ONCE = 4
_MAX_FIELDS = 50
# While a catalog comes in, the shelf is counted so often.
_STOCK_S = 5


class CatalogTab:
    """To be made where its components are to stand."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._room = Room(_NAME, office)
        self._view = CatalogView(office)
        self._drafts = Drafts(office.kept, office.uploads)
        with self._room.inside:
            self.stock = html("catalog-stock", "check")
            self.contract = html("catalog-contract")
            self.intake = html("catalog-intake", "stop")
            self.deliver = html("catalog-deliver", "look")
            self.draft = html("catalog-draft", "mapped", "bring", "leave")
            self.sources = html("catalog-sources", "look")
            self.shelf = html("catalog-shelf", "sheet")
            self.sheet = html("catalog-sheet", "others", "shut")
            self.doctor = html("catalog-doctor", "examine", "stop")
            self.demand = html("catalog-demand", "tell", "stop")

    def wire(self, page: gr.Blocks, tab: gr.Tab) -> None:
        room = self._room
        shown = [self.stock, self.sources, self.shelf, self.intake, self.doctor, self.demand]
        for event, arrive in ((page.load, self._arrive_by_link), (tab.select, self._arrive)):
            event(room.arrive, None, [room.door, room.inside], api_visibility="private")
            event(arrive, None, [*shown, self.deliver, room.timer], **_QUIET)
        on, timer = self._on, room.timer
        on(timer.tick, self._look, [*shown, timer], quiet=True)
        on(self.stock.check, self._check, [self.contract])
        for part in (self.deliver, self.sources):
            on(part.look, self._look_at, [self.draft])
        on(self.draft.mapped, self._mapped, [self.draft])
        on(self.draft.bring, self._bring, [self.draft, self.intake, timer])
        on(self.draft.leave, self._leave, [self.draft])
        on(self.shelf.sheet, self._sheet, [self.sheet])
        on(self.sheet.others, self._sheet, [self.sheet])
        on(self.sheet.shut, self._shut, [self.sheet])
        on(self.doctor.examine, self._examine, [self.doctor, timer])
        on(self.demand.tell, self._tell, [self.demand, timer])
        for part in (self.intake, self.doctor, self.demand):
            on(part.stop, self._stop, [*shown, timer])

    def _on(self, event: Any, handler: Any, shown: list[Any], *, quiet: bool = False) -> None:
        """For managers only; whoever is not let in any more sees the door again."""
        how = _QUIET if quiet else {**_QUIET, "show_progress": "minimal"}
        room = self._room
        done = event(self._room.guarded(handler), None, shown, **how)
        done.failure(self._turned_away, None, [room.door, room.inside, room.timer], **_QUIET)

    def _arrive_by_link(self, request: gr.Request) -> tuple[object, ...]:
        """Most who load the page come to search."""
        here = request.query_params.get("tab") == _NAME
        return self._arrive(request) if here else (gr.skip(),) * 8

    def _arrive(self, request: gr.Request) -> tuple[object, ...]:
        if not self._room.open_to(request):
            return (gr.skip(),) * 8
        say = language_of(request)
        *shown, timer = self._everything(say)
        return *shown, self._view.deliver(say), timer

    def _turned_away(self, request: gr.Request) -> tuple[object, ...]:
        let_in = self._room.open_to(request)
        return *self._room.arrive(request), gr.skip() if let_in else gr.Timer(active=False)

    def _look(self, request: gr.Request) -> tuple[object, ...]:
        """What the job that runs has changed; all there is, once none runs."""
        say, job = language_of(request), self._office.jobs.current
        if job is None:
            return self._everything(say)
        doctor = self._view.examined(say) if job.kind == "doctor" else gr.skip()
        demand = self._view.wanted(say) if job.kind == "demand" else gr.skip()
        now_and_then = job.kind == intake.KIND and round(job.seconds) % _STOCK_S == 0
        stock = self._view.inventory(say) if now_and_then else (gr.skip(),) * 3
        return *stock, self._view.intake(say), doctor, demand, gr.skip()

    def _everything(self, say: Language) -> tuple[object, ...]:
        view = self._view
        parts = (*view.inventory(say), view.intake(say), view.examined(say), view.wanted(say))
        # last of all: a job that began meanwhile must be looked at
        return *parts, gr.Timer(active=self._office.jobs.current is not None)

    def _check(self, request: gr.Request) -> str:
        return self._view.contract(language_of(request))

    def _look_at(self, event: gr.EventData, request: gr.Request) -> str:
        """At what was sent, chosen, or brought in before."""
        say = language_of(request)
        try:
            return self._view.draft(self._drafted(event), say)
        except (BadCatalog, CatalogError, OSError) as error:
            return self._view.no_draft(str(error) or say("draft.gone"), say)

    def _mapped(self, event: gr.EventData, request: gr.Request) -> str:
        draft, say = self._drafts.find(_told(event, "draft")), language_of(request)
        if draft is None:
            return self._view.no_draft(say("draft.gone"), say)
        draft = self._drafts.mapped(draft, _mapping(_told(event, "mapping")))
        return self._view.draft(draft, say)

    def _bring(self, event: gr.EventData, request: gr.Request) -> tuple[object, ...]:
        draft, say = self._drafts.find(_told(event, "draft")), language_of(request)
        if draft is None:
            return self._view.no_draft(say("draft.gone"), say), gr.skip(), gr.skip()
        told = (_told(event, name) for name in ("prune", "most", "retry"))
        try:
            bring_in(
                self._office.target, self._office.jobs, self._drafts, draft, Options.told(*told),
                self._office.watch,
            )  # fmt: skip
        except JobRunning as other:
            return self._view.draft(draft, say, _busy(other, say)), gr.skip(), gr.skip()
        return "", self._view.intake(say), gr.Timer(active=True)

    def _leave(self, event: gr.EventData, request: gr.Request) -> str:
        del request  # the guard asks for it
        if draft := self._drafts.find(_told(event, "draft")):
            self._drafts.drop(draft)
        return ""

    def _sheet(self, event: gr.EventData, request: gr.Request) -> str:
        category, number = _told(event, "category"), _told(event, "round")
        round_ = number if isinstance(number, int) and 0 <= number < 1_000_000 else 0
        named = category if isinstance(category, str) else ""
        return self._view.sheet(named, round_, language_of(request))

    def _shut(self, request: gr.Request) -> str:
        del request
        return ""

    def _examine(self, request: gr.Request) -> tuple[object, ...]:
        say = language_of(request)
        busy = self._started(self._view.doctor, say)
        return self._view.examined(say, busy), gr.skip() if busy else gr.Timer(active=True)

    def _tell(self, request: gr.Request) -> tuple[object, ...]:
        say = language_of(request)
        busy = self._started(self._view.demand, say)
        return self._view.wanted(say, busy), gr.skip() if busy else gr.Timer(active=True)

    def _started(self, checkup: Checkup[Any], say: Language) -> str:
        """ "" or why it could not begin."""
        try:
            checkup.start(self._office.jobs)
        except JobRunning as other:
            return _busy(other, say)
        return ""

    def _stop(self, request: gr.Request) -> tuple[object, ...]:
        self._office.jobs.stop()
        return self._look(request)

    def _drafted(self, event: gr.EventData) -> Draft:
        """Raises BadCatalog, CatalogError, OSError."""
        token = _told(event, "upload")
        if upload := self._office.uploads.find(token):
            return self._drafts.of_upload(upload, str(token))
        if place := chosen(_told(event, "place"), self._office.catalogs):
            return self._drafts.of_place(place.path, place.name)
        known = known_source(self._office.target, str(_told(event, "known")))
        if known is None:
            raise BadCatalog("")
        return self._drafts.of_known(known)


# Handlers that draw: fast, and not offered to other programs.
_QUIET: Mapping[str, Any] = {
    "show_progress": "hidden",
    "concurrency_limit": _AT_ONCE,
    "api_visibility": "private",
}


def _told(event: gr.EventData, name: str) -> object:
    """What the browser says: to be checked like everything it says."""
    return getattr(event, name, None)


def _mapping(told: object) -> dict[str, str]:
    """Field → column, as far as it is one; the catalog's reader checks the names."""
    if not isinstance(told, dict) or len(told) > _MAX_FIELDS:
        return {}
    texts = ((field, column) for field, column in told.items() if isinstance(column, str))
    return {str(field): column for field, column in texts if column}


def _busy(other: JobRunning, say: Language) -> str:
    return say("job.other_running", name=say.known(f"job.{other.kind}", other.kind))
