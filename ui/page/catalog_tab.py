"""The catalog tab: what is in the index, bringing more in, and what is wrong with it."""

import gradio as gr

from ui.page.office import Office
from ui.page.room import Room
from ui.page.visitor import html, language_of

_KINDS = ("ingest",)


class CatalogTab:
    """To be made where its components are to stand."""

    def __init__(self, office: Office) -> None:
        self._room = Room("catalog", office)
        with self._room.inside:
            self.state = html("catalog-state", "stop")

    def wire(self, page: gr.Blocks, tab: gr.Tab) -> None:
        room = self._room
        for event in (page.load, tab.select):
            event(room.arrive, None, [room.door, room.inside], api_visibility="private")
        looked = room.timer.tick(
            room.guarded(self._look), None, [self.state, room.timer], show_progress="hidden",
            api_visibility="private",
        )  # fmt: skip
        del looked

    def _look(self, request: gr.Request) -> tuple[str, object]:
        say = language_of(request)
        running = self._room.office.jobs.current is not None
        return self._room.job(say, *_KINDS), gr.Timer(active=running)
