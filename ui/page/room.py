"""A tab of the manager's: its door, and what lies behind it for those who are let in."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import gradio as gr

from ui.page.draw import draw
from ui.page.gate import WRONG
from ui.page.language import Language
from ui.page.office import Office
from ui.page.visitor import html, language_of

T = TypeVar("T")
# Between two looks at a job that runs.
_LOOK_S = 1.0


class Room:
    """The frame of a manager's tab. What is made inside `with room.inside:` only managers see."""

    def __init__(self, name: str, office: Office) -> None:
        self.name = name
        self.office = office
        self.door = html(f"door-{name}", "stop")
        self.inside = gr.Column(visible=False, elem_id=f"room-{name}", elem_classes="sf-room")
        self.timer = gr.Timer(_LOOK_S, active=False)

    def open_to(self, request: gr.Request) -> bool:
        return self.office.gate.entry(request) == "open"

    def arrive(self, request: gr.Request) -> tuple[object, object]:
        """For `door` and `inside`."""
        say, entry = language_of(request), self.office.gate.entry(request)
        wrong = WRONG in request.cookies
        shown = draw("door", say, entry=entry, tab=self.name, wrong=wrong)
        return shown, gr.update(visible=entry == "open")

    def guarded(self, handler: Callable[..., T]) -> Callable[..., T]:
        """For every event of the tab: nothing is done for a `request` that is not let in."""
        place = list(inspect.signature(handler).parameters).index("request")

        @wraps(handler)
        def inner(*args: Any, **kwargs: Any) -> T:
            request = kwargs["request"] if "request" in kwargs else args[place]
            self.office.gate.require(request)
            return handler(*args, **kwargs)

        return inner

    def job(self, say: Language, *kinds: str) -> str:
        """How the latest job of these kinds is getting on, or how it ended; "" without any."""
        job = self.office.jobs.last(*kinds)
        return "" if job is None else draw("job", say, job=job)
