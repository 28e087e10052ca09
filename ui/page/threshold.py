"""What of a stranger's request never reaches the page's toolkit."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api_body import foreign_charset
from ui.api_problem import Refused, busy

MAX_UPLOAD = 10 << 20
# The page sends one file at a time, and a form's words around it.
_UPLOAD, _FORM = "/gradio_api/upload", 100_000
# Of words and choices: whatever else the page sends.
_MAX_BODY = 1_000_000
# For a body to arrive: a photo from a slow phone.
_BODY_S = 120.0
# Photos of one address that may be arriving.
_UPLOADS_EACH = 32
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
    body that may fill its memory by its header, or as soon as too much of it has arrived; one that
    trickles in is cut off. What the toolkit offers beyond the page's need is not there.

    `uploaded` is told the bytes of each photo after its answer, also of one that was refused.
    """

    def __init__(
        self, app: ASGIApp, uploaded: Callable[[int], Awaitable[None]], body_s: float = _BODY_S
    ) -> None:
        self._app = app
        self._uploaded = uploaded
        self._body_s = body_s
        self._uploading: Counter[str] = Counter()

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
            if path == _UPLOAD:
                self._admit(_client(scope))
        except Refused as refusal:
            await refusal.response(scope, receive, send)
            return
        if most is None:
            await self._app(scope, receive, send)
            return
        body = _Body(receive, path, most, self._body_s)
        if path == _UPLOAD:
            await self._take(scope, body, send)
        else:
            await self._app(scope, body.receive, send)

    def _admit(self, client: str) -> None:
        """Raises Refused: 429."""
        if self._uploading[client] >= _UPLOADS_EACH:
            raise busy("too many of your photos are arriving at once; send it again later", 1)

    async def _take(self, scope: Scope, body: "_Body", send: Send) -> None:
        client = _client(scope)
        self._uploading[client] += 1
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._uploading -= Counter([client])  # nobody is remembered who sends nothing
            await self._uploaded(body.size)


def _client(scope: Scope) -> str:
    """The address that sends; behind a proxy that is trusted, the one that it names."""
    return str((scope.get("client") or ("", 0))[0])


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


class _Body:
    """What arrives of one: no more than `most` bytes, and no longer than `seconds`."""

    def __init__(self, receive: Receive, path: str, most: int, seconds: float) -> None:
        self.size = 0
        self._receive = receive
        self._path = path
        self._most = most
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:  # whoever asks on waits for the client to leave
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as error:
            told = f"the body did not arrive within {self._seconds:g} s"
            raise _stop(self._path, 408, told) from error
        self.size += len(message.get("body", b""))
        if self.size > self._most:
            raise _stop(self._path, 413, _told(self._most))
        self._whole = not message.get("more_body", False)
        return message


def _stop(path: str, status: int, told: str) -> Exception:
    """What the toolkit ends a request by."""
    if path == _UPLOAD:
        # for this one alone it also removes what it has written; it answers 413, or 400
        return MultiPartException(told)
    return HTTPException(status, told, _CLOSE)


def _told(most: int) -> str:
    return f"over the maximum allowed size of {most:,} bytes"
