"""The model tab: the lab's report, models side by side, the map, training, re-indexing."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from catalog.errors import NoIndex
from ui.page.draw import draw
from ui.page.jobs import FAULTS, Job, JobRunning
from ui.page.language import Language
from ui.page.model_lab import Lab
from ui.page.model_list import Models
from ui.page.model_map import Map
from ui.page.model_pair import SideBySide
from ui.page.model_section import Section, Told
from ui.page.model_switch import Switch
from ui.page.model_train import Train
from ui.page.office import Office
from ui.page.photos import PhotoGone
from ui.page.room import Room
from ui.page.view import unreadable
from ui.page.visitor import html, language_of
from vision.errors import UnreadableImage

if TYPE_CHECKING:
    from ui.page.server import Page

KINDS = ("measure", "compare", "map", "train", "reindex", "rollback", "cleanup")
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class ModelTab:
    """To be made where its components are to stand."""

    _read: Job | None = None
    """The ended job that nobody needs to hear of any more."""

    def __init__(self, office: Office) -> None:
        self._room = Room("model", office)
        with self._room.inside:
            self._top = html("model-top")
            self._job = html("model-job", "stop", "close")
            self._sections: Sequence[Section] = [
                kind(office) for kind in (Models, Lab, SideBySide, Map, Train, Switch)
            ]

    def wire(self, page: "Page", tab: gr.Tab) -> None:
        room, parts = self._room, [one.component for one in self._sections]
        below = [self._job, room.timer, *parts]
        for section in self._sections:
            section.desk = page.desk
            for name in section.events:
                event = getattr(section.component, name)
                event(room.guarded(self._answer(section, name)), None, below, **_QUIET)
        self._job.stop(room.guarded(self._stop), None, below, **_QUIET)
        self._job.close(room.guarded(self._close), None, below, **_QUIET)
        room.timer.tick(room.guarded(self._look), None, below, **_QUIET)
        whole = [room.door, room.inside, self._top, *below]
        page.load(self._arrive, None, whole, **_QUIET)
        tab.select(self._enter, None, whole, **_QUIET)

    def _arrive(self, request: gr.Request) -> tuple[object, ...]:
        """The page was opened: with a link to this tab, or only to another one."""
        if request.query_params.get("tab") == self._room.name:
            return self._enter(request)
        return *self._room.arrive(request), *[gr.skip()] * (3 + len(self._sections))

    def _enter(self, request: gr.Request) -> tuple[object, ...]:
        """The door for everybody; what lies behind it for those who are let in."""
        door = self._room.arrive(request)
        if not self._room.open_to(request):
            return *door, *[gr.skip()] * (3 + len(self._sections))
        say = language_of(request)
        parts = [_drawn(one, say) for one in self._sections]
        names = [one.name for one, part in zip(self._sections, parts, strict=True) if part]
        return *door, draw("model_top", say, names=names), *self._state(say), *parts

    def _look(self, request: gr.Request) -> tuple[object, ...]:
        """How the job is getting on; and once it has ended, whatever it has changed."""
        say, jobs = language_of(request), self._room.office.jobs
        ended = None if jobs.current else jobs.last(*KINDS)
        parts = [
            _drawn(one, say) if ended is not None and ended.kind in one.kinds else gr.skip()
            for one in self._sections
        ]
        return *self._state(say), *parts

    def _stop(self, request: gr.Request) -> tuple[object, ...]:
        self._room.office.jobs.stop()
        return *self._state(language_of(request)), *[gr.skip()] * len(self._sections)

    def _close(self, request: gr.Request) -> tuple[object, ...]:
        """How the last job ended has been read."""
        self._read = self._room.office.jobs.last(*KINDS)
        return *self._state(language_of(request)), *[gr.skip()] * len(self._sections)

    def _answer(self, section: Section, name: str) -> Callable[..., tuple[object, ...]]:
        """The handler of one event: what it starts or shows, or why it cannot."""

        def answer(event: gr.EventData, request: gr.Request) -> tuple[object, ...]:
            say, notice, shown = language_of(request), "", None
            try:
                shown = getattr(section, name)(Told(event), say)
            except JobRunning as other:
                notice = say("job.other_running", name=say(f"job.{other.kind}"))
            except PhotoGone:
                notice = f"{say('notice.gone_title')}. {say('notice.gone')}"
            except UnreadableImage as error:
                told = unreadable(error, say)
                notice = f"{told.title}. {told.text}"
            except FAULTS as error:
                notice = str(error)
            parts = [gr.skip() if one is not section or shown is None else shown
                     for one in self._sections]  # fmt: skip
            # a job may be over already: the next look shows what it has changed
            started = shown is None and not notice
            return *self._state(say, notice, watch=started), *parts

        answer.__name__ = f"{section.name}_{name}"
        return answer

    def _state(
        self, say: Language, notice: str = "", *, watch: bool = False
    ) -> tuple[object, object]:
        """For the job's place and the timer. Jobs of other tabs are shown while they run."""
        jobs = self._room.office.jobs
        last = jobs.last(*KINDS)
        job = jobs.current or (None if last is self._read else last)
        shown = draw("model_job", say, job=job, notice=notice)
        return shown, gr.Timer(active=watch or jobs.current is not None)


def _drawn(section: Section, say: Language) -> str:
    try:
        return section.draw(say)
    except NoIndex:  # said once, at the top
        return ""
    except FAULTS as error:
        return draw("model_broken", say, part=section.name, error=str(error))
