"""The door to the manager's tabs: a password, or the machine itself."""

import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Literal, Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ui.api_guard import Rates

_LOG = logging.getLogger(__name__)
COOKIE = "snapshelf-manager"
# That the last password was wrong: whatever draws the door again within these seconds says so.
WRONG, _TOLD_S = "snapshelf-wrong", 10
# A working day; afterwards the password is asked for again.
_OPEN_S = 12 * 3600
_GUESSES_A_MINUTE = 10
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What proxies add: who comes by one is not at this machine.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

Entry = Literal["open", "password", "closed"]
"""Come in; say the password; nobody comes in here, because no password was set."""


class Asking(Protocol):
    """What the toolkit's requests and the server's have in common."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def cookies(self) -> Mapping[str, str]: ...


class NotLetIn(Exception):
    """The manager's tabs are not open to whoever asks."""


class Gate:
    """Who may manage. Safe for several threads.

    With a `password`: who has said it, for twelve hours. Without: only browsers on this machine,
    while the page listens (`host`) to this machine alone.
    """

    def __init__(self, password: str | None, host: str) -> None:
        self._password = _digest(password) if password else None
        self._host = host
        self._lock = threading.Lock()
        self._sessions: dict[bytes, float] = {}
        self._rates = Rates(_GUESSES_A_MINUTE)

    def entry(self, request: Asking) -> Entry:
        if self._password is None:
            return "open" if self._at_this_machine(request) else "closed"
        return "open" if self._knows(request.cookies.get(COOKIE)) and _own(request) else "password"

    def require(self, request: Asking) -> None:
        """Raises NotLetIn."""
        if self.entry(request) != "open":
            raise NotLetIn

    def routes(self) -> list[BaseRoute]:
        """`manage/enter` and `manage/leave`, for plain forms."""
        return [
            Route("/manage/enter", self._enter, methods=["POST"]),
            Route("/manage/leave", self._leave, methods=["POST"]),
        ]

    async def _enter(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if wait_s := self._rates.take(address):
            return PlainTextResponse(
                "Too many passwords were tried. Wait a minute.\n", 429,
                {"Retry-After": str(round(wait_s) + 1)},
            )  # fmt: skip
        form = await request.form(max_files=0, max_fields=4)
        tab = "model" if form.get("tab") == "model" else "catalog"
        if not (_own(request) and self._is_password(form.get("password"))):
            _LOG.warning("a wrong password for the manager's tabs")
            answer = RedirectResponse(f"../?tab={tab}", 303)
            answer.set_cookie(WRONG, "1", max_age=_TOLD_S, httponly=True, samesite="strict")
            return answer
        answer = RedirectResponse(f"../?tab={tab}", 303)
        answer.set_cookie(
            COOKIE, self._session(), max_age=_OPEN_S, httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        answer.delete_cookie(WRONG)
        return answer

    async def _leave(self, request: Request) -> Response:
        with self._lock:
            self._sessions.pop(_digest(request.cookies.get(COOKIE, "")), None)
        answer = RedirectResponse("../", 303)
        answer.delete_cookie(COOKIE)
        return answer

    def _is_password(self, given: object) -> bool:
        if self._password is None or not isinstance(given, str):
            return False
        # digests are equally long: time tells nothing
        return hmac.compare_digest(_digest(given), self._password)

    def _session(self) -> str:
        token, now = secrets.token_urlsafe(32), monotonic()
        with self._lock:
            self._sessions = {key: end for key, end in self._sessions.items() if end > now}
            self._sessions[_digest(token)] = now + _OPEN_S
        return token

    def _knows(self, token: str | None) -> bool:
        with self._lock:
            return token is not None and self._sessions.get(_digest(token), 0) > monotonic()

    def _at_this_machine(self, request: Asking) -> bool:
        passed_on = any(name in request.headers for name in _PASSED_ON)
        # another site's page that calls itself by a name which leads here has that name as host
        here = _name(f"//{request.headers.get('host', '')}") in _LOOPBACK
        return self._host in _LOOPBACK and here and not passed_on and _own(request)


def _own(request: Asking) -> bool:
    """No other site's page sends this."""
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # "http://[": no browser's own
        return False


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
