"""One part of the model tab: its place, what happens in it, and what it shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import gradio as gr

from ui.page.language import Language
from ui.page.model_scene import Scene, scene_of
from ui.page.office import Office
from ui.page.visitor import html, told

if TYPE_CHECKING:
    from ui.page.desk import Desk

# Nobody ticks more labels, nor writes more.
_MOST, _LONGEST = 1000, 500


class Told:
    """What a browser says of an event: to be checked like everything it says."""

    def __init__(self, event: gr.EventData) -> None:
        self._event = event

    def text(self, name: str) -> str:
        """ "" for what is no text."""
        value = told(self._event, name)
        return value[:_LONGEST] if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = told(self._event, name)
        given = value[:_MOST] if isinstance(value, list) else []
        return tuple(one for one in given if isinstance(one, str))

    def yes(self, name: str) -> bool:
        return told(self._event, name) is True

    def number(self, name: str) -> int:
        """At least 0; 0 for what is no number."""
        value = told(self._event, name)
        return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else 0


class Section:
    """To be made where its component is to stand."""

    name: ClassVar[str]
    events: ClassVar[Sequence[str]]
    """Each is answered by the method of its name, which takes what is told and the language."""
    kinds: ClassVar[frozenset[str]]
    """Jobs after whose end it is drawn anew."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.component = html(f"model-{self.name}", *self.events)
        self.desk: Desk | None = None
        """Where shoppers' photos are; known once the page is wired."""

    @property
    def scene(self) -> Scene:
        return scene_of(self.office.target)

    def draw(self, say: Language) -> str:
        """Raises what the store raises."""
        raise NotImplementedError
