"""What of a stranger's request never reaches the page's toolkit."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.api_body import foreign_charset
from ui.api_problem import Refused

# These keep their own door, with their own limits and words.
_GUARDED = frozenset({"/healthz", "/readyz", "/metrics", "/mcp"})


class Threshold:
    """An ASGI middleware: a form in a charset that may stop the server is refused unread."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        try:
            if path not in _GUARDED and not path.startswith("/v1/"):
                _check(scope)
            await self._app(scope, receive, send)
        except Refused as refusal:
            await refusal.response(scope, receive, send)


def _check(scope: Scope) -> None:
    """Raises Refused: 415."""
    if any(foreign_charset(kind) for kind in Headers(scope=scope).getlist("content-type")):
        raise Refused(415, "unknown_charset", "send the form in UTF-8")
