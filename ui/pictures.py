"""The pictures that the page shows, under names of their own: no path of this machine leaves it."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from catalog.thumbs import Thumbs

# A thumbnail's name is the hash of what it shows: it can never change, so browsers may keep it.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_SHORT = {"Cache-Control": "public, max-age=300"}
_HEX = frozenset("0123456789abcdef")


def picture_routes(thumbs: Thumbs, examples: Sequence[Path]) -> list[BaseRoute]:
    """`thumbs/<sha256>.jpg` and `examples/<place>`."""

    async def thumb(request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        # checked here, whatever the store of thumbnails does with names
        known = len(sha256) == 64 and _HEX.issuperset(sha256)
        return _file(thumbs.path(sha256) if known else None, _FOR_EVER)

    async def example(request: Request) -> Response:
        place = request.path_params["place"]
        return _file(examples[place] if place < len(examples) else None, _SHORT)

    return [
        Route("/thumbs/{sha256}.jpg", thumb),
        Route("/examples/{place:int}", example),
    ]


def _file(path: Path | None, headers: dict[str, str]) -> Response:
    if path is None or not path.is_file():
        return PlainTextResponse("no such picture\n", status_code=404)
    return FileResponse(path, headers=headers | {"X-Content-Type-Options": "nosniff"})
