"""The pictures that the page shows, under names of their own: no path of this machine leaves it."""

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ui.page.desk import Desk
from ui.page.photos import PhotoGone
from vision.errors import UnreadableImage

# A thumbnail's name is the hash of what it shows: it can never change, so browsers may keep it.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_SHORT = {"Cache-Control": "public, max-age=300"}
# A shopper's own photo: for the browser that sent it, and for as long as the server keeps it.
_PRIVATE = {"Cache-Control": "private, max-age=86400"}
_SAFE = {"X-Content-Type-Options": "nosniff"}
_HEX = frozenset("0123456789abcdef")


def picture_routes(desk: Desk) -> list[BaseRoute]:
    """`thumbs/<sha256>.jpg`, `examples/<place>` and `photos/<token>.jpg`."""

    async def thumb(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        # checked here, whatever the store of thumbnails does with names
        known = len(sha256) == 64 and _HEX.issuperset(sha256)
        return _file(desk.thumbs.path(sha256) if known else None, _FOR_EVER)

    async def example(request: Request) -> Response:
        place = request.path_params["place"]
        return _file(desk.examples[place] if place < len(desk.examples) else None, _SHORT)

    async def photo(request: Request) -> Response:
        try:
            data = await run_in_threadpool(desk.photos.shown, request.path_params["token"])
        except (PhotoGone, UnreadableImage):
            return _file(None, {})
        return Response(data, media_type="image/jpeg", headers=_PRIVATE | _SAFE)

    return [
        Route("/thumbs/{sha256}.jpg", thumb),
        Route("/examples/{place:int}", example),
        Route("/photos/{token}.jpg", photo),
    ]


def _file(path: Path | None, headers: dict[str, str]) -> Response:
    if path is None or not path.is_file():
        return PlainTextResponse("no such picture\n", status_code=404)
    return FileResponse(path, headers=headers | _SAFE)
