"""What of a stranger's request never reaches the page's toolkit."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api_body import foreign_charset
from ui.api_problem import Refused

MAX_UPLOAD = 10 << 20
# The page sends one file at a time, and a form's words around it.
_UPLOAD, _FORM = "/gradio_api/upload", 100_000
# Of words and choices: whatever else the page sends.
_MAX_BODY = 1_000_000
# These keep their own door, with their own limits and words.
_GUARDED = frozenset({"/healthz", "/readyz", "/metrics", "/mcp"})
# For managers: bounded, and written to the disk, by `Uploads`.
_CATALOGS = "/manage/catalogs"
# The toolkit's own, which the page has no use for: some keep what they are sent for ever.
_TOOLKIT = "/gradio_api/"
_UNUSED = (
    "process_recording",
    "component_server",
    "deep_link",
    "vibe-",
    "undo-vibe-edit",
    "stream/",
    "proxy=",
)
_CLOSE = {"Connection": "close"}


class Threshold:
    """An ASGI middleware: a form in a charset that may stop the server is refused unread, and a
    body that may fill its memory by its header, or as soon as too much of it has arrived. What the
    toolkit offers beyond the page's need is not there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in _GUARDED or path.startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        most = _most(path)
        try:
            _find(path)
            _check(Headers(scope=scope), most)
        except Refused as refusal:
            await refusal.response(scope, receive, send)
            return
        await self._app(scope, _bounded(receive, most, path) if most else receive, send)


def _most(path: str) -> int | None:
    """The bytes that a body sent there may have; None: whoever takes it counts them."""
    if path == _CATALOGS:
        return None
    return MAX_UPLOAD + _FORM if path == _UPLOAD else _MAX_BODY


def _find(path: str) -> None:
    """Raises Refused: 404."""
    if path.startswith(_TOOLKIT) and path.removeprefix(_TOOLKIT).startswith(_UNUSED):
        raise Refused(404, "unknown_path", "Not Found")


def _check(headers: Headers, most: int | None) -> None:
    """Raises Refused: 413, 415."""
    if any(foreign_charset(kind) for kind in headers.getlist("content-type")):
        raise Refused(415, "unknown_charset", "send the form in UTF-8")
    declared = headers.get("content-length", "0")
    if most is not None and (not declared.isdecimal() or int(declared) > most):
        raise Refused(413, "too_large", _told(most), headers=_CLOSE)


def _bounded(receive: Receive, most: int, path: str) -> Receive:
    arrived = 0

    async def counted() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise _over(most, path)
        return message

    return counted


def _over(most: int, path: str) -> Exception:
    """What the toolkit answers with 413."""
    if path == _UPLOAD:
        # for this one alone it also removes what it has written
        return MultiPartException(_told(most))
    return HTTPException(413, _told(most), _CLOSE)


def _told(most: int) -> str:
    return f"over the maximum allowed size of {most:,} bytes"
