"""The page: a photo in, the shelf out; and the server that shows it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.data_classes import ImageData

from catalog.thumbs import Thumbs
from ui import markup
from ui.api import Api
from ui.desk import Desk, Reply, Searching, example_name
from ui.pictures import picture_routes
from ui.style import CSS, DROP_BAD_PHOTO, HEAD, ON_LOAD
from ui.theme import theme
from ui.view import AUTOMATIC, options

if TYPE_CHECKING:  # an extra
    from ui.mcp_server import Tools

# More than two photos at once only make each other slow: the model uses every core anyway.
_MODEL_SLOTS = 2
_WAITING = 64
_MAX_UPLOAD = "10mb"
# Uploaded photos are private: swept every hour once they are a day old.
_SWEEP_S = (3600, 86400)


class Page(gr.Blocks):
    """The blocks of one page, together with the pictures that it shows."""

    thumbs: Thumbs
    examples: tuple[Path, ...]


def build_page(
    service: Searching, *, thumbs: Thumbs, examples: Sequence[Path] = (), title: str = "Snapshelf"
) -> Page:
    """The page over one index; nothing is opened or served yet."""
    desk = Desk(service, thumbs, tuple(examples), title)
    with Page(title=title, analytics_enabled=False, delete_cache=_SWEEP_S) as page:
        page.thumbs, page.examples = thumbs, tuple(examples)
        _Controls(desk).wire(page)
    return page


def serve(
    page: Page,
    api: Api,
    *,
    tools: "Tools | None" = None,
    host: str = "127.0.0.1",
    port: int | None = 7860,
    allowed_paths: Sequence[str | Path] = (),
    prevent_thread_lock: bool = False,
    quiet: bool = True,
) -> str:
    """Serve page and API until interrupted (or at once back, with `prevent_thread_lock`); the URL.

    `allowed_paths` is what may be fetched as files; the example photos are always among them and
    nothing else needs to be. Port None picks a free one. Raises OSError when the port is taken.
    """
    page.queue(api_open=False, max_size=_WAITING)
    _, url, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=prevent_thread_lock,
        quiet=quiet,
        share=False,
        show_error=False,
        allowed_paths=[str(path) for path in (*page.examples, *allowed_paths)],
        max_file_size=_MAX_UPLOAD,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        strict_cors=True,
        ssr_mode=False,
        app_kwargs=_beside(page, api, tools),
        theme=theme(),
        css=CSS,
        head=HEAD,
    )
    return url


def _beside(page: Page, api: Api, tools: "Tools | None") -> dict[str, Any]:
    """What the server gives besides the page itself."""
    routes = [*api.routes(), *picture_routes(page.thumbs, page.examples)]
    if tools is None:
        return {"routes": routes}
    return {"routes": [*tools.routes(), *routes], "lifespan": tools.lifespan}


class _Controls:
    """The page's components, and which of them an event reads and writes."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.head = gr.HTML(markup.header(desk.title, None, 0), elem_id="head")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=1, min_width=300, elem_id="ask"):
                self.photo = _photo()
                with gr.Column(visible=False, elem_id="refine") as self.refine:
                    self.choice = gr.Dropdown(
                        options({}), value=AUTOMATIC, label="Category", elem_id="category"
                    )
                    self.k = gr.Slider(3, 48, 9, step=1, label="Results", elem_id="results")
                names = [example_name(path) for path in desk.examples]
                self.examples = _html(markup.examples(names), elem_id="examples")
            with gr.Column(scale=3, min_width=320, elem_id="shelf"):
                self.shelf = _html("", elem_id="answer")

    def wire(self, page: Page) -> None:
        """Every way to ask: all of them end in one answer, and the latest one wins."""
        page.load(
            self._arrive, None, [self.head, self.choice, self.shelf], api_visibility="private"
        )
        answer = [self.shelf, self.choice, self.refine]
        ask: dict[str, Any] = {
            "concurrency_id": "model",
            "concurrency_limit": _MODEL_SLOTS,
            "trigger_mode": "always_last",
            "show_progress": "minimal",
            "show_progress_on": [self.shelf],
            "api_visibility": "private",
        }
        photo, again = [self.photo, self.k], [self.photo, self.choice, self.k]
        asked = self.photo.input(self._new_photo, photo, answer, **ask)
        # In the browser, not by the server: its reply to "cleared" would arrive after a paste,
        # which clears first, and would take the pasted photo away again.
        asked.then(None, self.photo, self.photo, js=DROP_BAD_PHOTO, api_visibility="private")
        refined = [self.choice.input, self.k.change]
        for event in (
            asked,
            self.examples.example(self._example, [self.k], [self.photo, *answer], **ask),
            gr.on(refined, self._again, again, answer, **ask),
            self.shelf.pick(self._picked, photo, answer, **ask),
        ):
            event.failure(markup.fault, None, self.shelf, api_visibility="private")

    def _arrive(self) -> tuple[object, ...]:
        head, choices, welcome = self.desk.size()
        return head, gr.update(choices=choices, value=AUTOMATIC), welcome

    def _new_photo(self, photo: str | None, k: float) -> tuple[object, ...]:
        # a new photo is a new question: the category chosen for the last one is forgotten
        return _shown(self._reply(photo, AUTOMATIC, k))

    def _example(self, k: float, event: gr.EventData) -> tuple[object, ...]:
        path = self.desk.example(_told(event, "place"))
        # The plain value, never gr.update or gr.skip: those would make the frame anew, without
        # its own `preprocess`.
        photo = str(path) if path else None
        return photo, *self._new_photo(photo, k)

    def _again(self, photo: str | None, choice: str, k: float) -> tuple[object, ...]:
        return _shown(self._reply(photo, choice, k))

    def _picked(self, photo: str | None, k: float, event: gr.EventData) -> tuple[object, ...]:
        return _shown(self._reply(photo, _told(event, "choice"), k))

    def _reply(self, photo: str | None, choice: object, k: float) -> Reply:
        return self.desk.answer(Path(photo) if photo else None, choice, k)


def _shown(reply: Reply) -> tuple[object, ...]:
    return reply.markup, reply.choice, gr.update(visible=reply.usable)


def _photo() -> gr.Image:
    photo = gr.Image(
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False),
        label="Your photo",
        placeholder="Drop a photo here\nor click to choose one",
        buttons=[],
        height=300,
        elem_id="photo",
    )
    # The toolkit opens every picture with all its decoders before we see it, and answers a bad
    # one with a bare "Error". Ours decides what a picture is, and says why not.
    photo.preprocess = _uploaded  # type: ignore[method-assign]
    return photo


def _uploaded(payload: ImageData | None) -> str | None:
    return payload.path if payload else None


def _html(value: str, elem_id: str) -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, js_on_load=ON_LOAD, apply_default_css=False)


def _told(event: gr.EventData, name: str) -> object:
    """What the browser says was clicked: to be checked like everything it says."""
    return getattr(event, name, None)
