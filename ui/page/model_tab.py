"""The model tab: the lab's report, models side by side, the map, training, re-indexing."""

import gradio as gr

from ui.page.office import Office
from ui.page.room import Room


class ModelTab:
    """To be made where its components are to stand."""

    def __init__(self, office: Office) -> None:
        self._room = Room("model", office)

    def wire(self, page: gr.Blocks, tab: gr.Tab) -> None:
        room = self._room
        for event in (page.load, tab.select):
            event(room.arrive, None, [room.door, room.inside], api_visibility="private")
