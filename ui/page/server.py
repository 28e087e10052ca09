"""The page's frame and its tabs; and the server that shows it."""

import getpass
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from catalog.thumbs import Thumbs
from ui.api import Api
from ui.page.catalog_tab import CatalogTab
from ui.page.desk import Desk, Searching
from ui.page.draw import scripts, styles
from ui.page.headers import KeepToItself
from ui.page.language import english
from ui.page.model_tab import ModelTab
from ui.page.office import Office
from ui.page.photo_folder import PhotoFolder
from ui.page.photos import Photos
from ui.page.pictures import picture_routes
from ui.page.search_tab import SearchTab
from ui.page.theme import ICON, theme
from ui.page.threshold import MAX_UPLOAD, Threshold
from ui.page.visitor import html, language_of

if TYPE_CHECKING:  # an extra
    from ui.mcp_server import Tools

# Far more than a shop's visitors at once: whoever waits too long is told so by the tab itself.
_WAITING = 1000
_THREADS = 64
# Uploaded photos are private: swept every hour once they are a day old.
_SWEEP_S = (3600, 86400)


class Page(gr.Blocks):
    """The blocks of one page, together with the pictures that it shows."""

    desk: Desk
    office: Office | None
    folder: PhotoFolder

    async def uploaded(self, size: int) -> None:
        """A photo of `size` bytes has arrived: now and then others have to go."""
        if self.folder.arrived(size):
            gone = await run_in_threadpool(self.folder.sweep)
            self.upload_file_set.difference_update(map(str, gone))


def build_page(
    service: Searching,
    *,
    thumbs: Thumbs,
    examples: Sequence[Path] = (),
    title: str = "Snapshelf",
    office: Office | None = None,
) -> Page:
    """The page over one index; nothing is opened or served yet.

    Without an `office` there is nothing to manage: only the search.
    """
    folder = PhotoFolder(_uploads())
    desk = Desk(service, thumbs, Photos(folder.path), tuple(examples), title)
    with Page(title=title, analytics_enabled=False, delete_cache=_SWEEP_S) as page:
        page.desk, page.office, page.folder = desk, office, folder
        head = html("head")
        with gr.Tabs(elem_id="tabs") as tabs:
            with _tab("search") as tab:
                search = SearchTab(desk)
            rooms: dict[str, tuple[gr.Tab, CatalogTab | ModelTab]] = {}
            if office is not None:
                for name, kind in (("catalog", CatalogTab), ("model", ModelTab)):
                    with _tab(name) as one:
                        rooms[name] = one, kind(office)

        def arrive(request: gr.Request) -> tuple[object, ...]:
            say = language_of(request)
            wanted = request.query_params.get("tab")
            labels = {name: gr.update(label=say(f"tab.{name}")) for name in ("search", *rooms)}
            at = gr.update(selected=wanted) if wanted in rooms else gr.skip()
            return at, desk.head(say), desk.ask(say), *labels.values()

        def head_again(request: gr.Request) -> str:
            return desk.head(language_of(request))

        shown = [tabs, head, search.ask, tab, *(one for one, _ in rooms.values())]
        page.load(arrive, None, shown, api_visibility="private")
        search.wire()
        for one, room in rooms.values():
            room.wire(page, one)
        for one in (tab, *(one for one, _ in rooms.values())):
            one.select(head_again, None, [head], show_progress="hidden", api_visibility="private")
    return page


def _uploads() -> Path:
    """A folder of our own, unless told: the toolkit's default is shared by all that it serves."""
    if "GRADIO_TEMP_DIR" not in os.environ:
        user = getattr(os, "getuid", getpass.getuser)()
        own = Path(tempfile.gettempdir(), f"snapshelf-uploads-{user}")
        os.environ["GRADIO_TEMP_DIR"] = str(own)
    return Path(get_upload_folder())


def _tab(name: str) -> gr.Tab:
    return gr.Tab(english()(f"tab.{name}"), id=name)


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

    `allowed_paths` is what may be fetched as files; nothing needs to be. Port None picks a free
    one. Raises OSError when the port is taken.
    """
    page.folder.sweep()  # what an earlier server has left
    page.queue(api_open=False, max_size=_WAITING)
    _, url, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=prevent_thread_lock,
        quiet=quiet,
        max_threads=_THREADS,
        share=False,
        show_error=False,
        allowed_paths=[str(path) for path in allowed_paths],
        max_file_size=MAX_UPLOAD,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        strict_cors=True,
        ssr_mode=False,
        app_kwargs=_beside(page, api, tools),
        theme=theme(),
        head=_head(),
    )
    return url


def _head() -> str:
    # not as the toolkit's `css`: it would rewrite the selectors of media queries
    return (
        f"<style>{styles()}</style>"
        f'<link rel="icon" href="{ICON}"><meta name="referrer" content="same-origin">'
        f'<meta name="color-scheme" content="light dark"><script>{scripts()}</script>'
    )


def _beside(page: Page, api: Api, tools: "Tools | None") -> dict[str, Any]:
    """What the server gives besides the page itself."""
    routes = [*api.routes(), *picture_routes(page.desk)]
    if page.office is not None:
        routes += page.office.routes()
    around = [Middleware(KeepToItself), Middleware(Threshold, page.uploaded)]
    beside: dict[str, Any] = {"routes": routes, "middleware": around}
    if tools is not None:
        beside |= {"routes": [*tools.routes(), *routes], "lifespan": tools.lifespan}
    return beside
