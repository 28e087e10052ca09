"""The search tab: the toolkit's components, and what a visitor's events become."""

from typing import Any

import gradio as gr

from ui.page.desk import Desk, Reply
from ui.page.draw import draw
from ui.page.photos import PhotoGone
from ui.page.question import Question
from ui.page.slots import Busy, Slots
from ui.page.visitor import html, language_of, told

# More than two questions at once only make each other slow: the model uses every core anyway.
_AT_ONCE = 2
# As long as one waits before being told that many are here; a question takes some 0.1 s.
_PATIENCE_S = 20.0
# Questions that are inside, most of them waiting for their turn.
_INSIDE = 32


class SearchTab:
    """One for each page; to be made where its components are to stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._slots = Slots(_AT_ONCE, _PATIENCE_S)
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=0, min_width=300, elem_id="question"):
                self.ask = html("ask")
                self.narrow = html("narrow")
            with gr.Column(scale=1, min_width=300, elem_id="shelf"):
                self.answer = html("answer", "ask", "photo", "open")
        self.panel = html("panel", template=" ")

    def wire(self) -> None:
        """Every way to ask ends in one answer, and the latest one wins."""
        shown = [self.answer, self.narrow]
        ask: dict[str, Any] = {
            "concurrency_id": "search",
            "concurrency_limit": _INSIDE,
            # which of several questions counts is settled in the browser
            "trigger_mode": "multiple",
            "show_progress": "minimal",
            "show_progress_on": [self.answer],
            "api_visibility": "private",
        }
        for event in (
            self.answer.ask(self._ask, None, shown, **ask),
            self.answer.photo(self._photo, None, shown, **ask),
        ):
            event.failure(None, None, None, js="() => snapshelf.failed()", api_visibility="private")
        quiet = {**ask, "show_progress": "hidden", "show_progress_on": None}
        self.answer.open(self._open, None, [self.panel], **quiet)

    def _ask(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        link, data = told(event, "link"), told(event, "question")
        question = Question.linked(link) if isinstance(link, str) else Question.told(data)
        return self._reply(event, question, request)

    def _photo(self, event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        path, place = told(event, "path"), told(event, "example")
        try:
            token = self._desk.photo(path) if place is None else self._desk.example(place)
        except PhotoGone:
            token = None
        asked = Question.told(told(event, "question"))
        return self._reply(event, asked.model_copy(update={"photo": token}), request)

    def _open(self, event: gr.EventData, request: gr.Request) -> str:
        product = Question.told({"product": told(event, "product")}).product
        return self._desk.product(product or "", language_of(request), told(event, "number"))

    def _reply(
        self, event: gr.EventData, question: Question, request: gr.Request
    ) -> tuple[str, str]:
        say, number = language_of(request), told(event, "number")
        try:
            with self._slots:
                reply = self._desk.answer(number, question, say)
        except Busy:
            reply = Reply(draw("busy", say, **self._desk.about(number, question)))
        return reply.answer, reply.narrow
