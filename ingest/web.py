"""Images over HTTP(S), from hosts that are not trusted. The only module that imports httpx."""

import io
import re
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

import httpcore
import httpx

from ingest.addresses import AllowedHosts, check_port, plain_host
from ingest.dial import Dialler
from ingest.errors import FetchError
from ingest.hosts import Hosts

# Asked again: the server was busy or broken. Every other 4xx is an answer.
_BUSY = {408, 425, 429}
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {
    "User-Agent": "snapshelf (product catalog ingest)",
    "Accept": "image/*,*/*;q=0.5",
    # a compressed body could be a bomb; images are compressed already
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True)
class WebLimits:
    """What one image may cost."""

    max_bytes: int = 15_000_000
    wait_s: float = 10.0
    """Longest silence: to connect, and between two pieces of an answer, seconds."""
    total_s: float = 30.0
    """Longest attempt with all its redirects, seconds: ends a host that sends byte by byte."""
    per_host: int = 8
    """Connections to one host at a time."""
    per_second: float | None = None
    """Requests to one host; None: as many as its connections bring."""
    redirects: int = 5


class Web:
    """One attempt at a time; trying again is the caller's. Safe for several threads."""

    def __init__(
        self,
        allow_hosts: Collection[str] = (),
        limits: WebLimits | None = None,
        verify: ssl.SSLContext | None = None,
        hurry: threading.Event | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`allow_hosts` ("host" or "host:port") may be private. Raises BadHost.

        Once `hurry` is set, no request waits for its turn; `now` is the clock of the turns.
        """
        self.hurry = hurry or threading.Event()
        self._allowed = AllowedHosts.parse(allow_hosts)
        self._limits = limits or WebLimits()
        self._hosts = Hosts(self._limits.per_host, self._limits.per_second, self.hurry, now)
        self._transport = _CheckedTransport(self._allowed, verify)
        self._wait = {"timeout": httpx.Timeout(self._limits.wait_s).as_dict()}

    def get(self, url: str) -> bytes:
        """The body of the final answer. Raises FetchError."""
        body = io.BytesIO()
        self.save(url, body)
        return body.getvalue()

    def save(self, url: str, file: BinaryIO) -> None:
        """The body of the final answer, written as it comes. Raises FetchError."""
        left_s = self._limits.total_s
        current = self._checked(url)
        for _ in range(self._limits.redirects + 1):
            # waiting for a turn is our own doing and costs the host nothing of its time
            with self._hosts.turn(plain_host(current.host)):
                began = time.monotonic()
                with self._transport.deadline(began + left_s):
                    answer = self._visit(current, file)
                left_s -= time.monotonic() - began
            if answer is None:
                return
            current = self._redirected(current, answer)
        raise FetchError(
            "too_many_redirects",
            f"more than {self._limits.redirects} redirects · {_shown(current)} · use the final URL",
        )

    def close(self) -> None:
        self._transport.close()

    def _checked(self, text: str, base: httpx.URL | None = None) -> httpx.URL:
        try:
            url = httpx.URL(text) if base is None else base.join(text)
            # the host's name is decoded on first use, and that can fail too
            named = bool(url.host)
        except (httpx.InvalidURL, UnicodeError) as error:
            at = "" if base is None else f"redirected from {_shown(base)} · "
            raise FetchError("bad_url", f"not a URL ({error}) · {at}correct it") from error
        if url.scheme not in ("http", "https") or not named:
            raise FetchError(
                "refused_url", f"only http and https are fetched · {_shown(url)} · correct the URL"
            )
        if url.userinfo:
            raise FetchError(
                "refused_url",
                f"the URL names a user · {_shown(url)} · images are fetched without signing in",
            )
        if url.port is not None:
            check_port(url.host, url.port, self._allowed)
        return url

    def _redirected(self, current: httpx.URL, location: str) -> httpx.URL:
        target = self._checked(location, current)
        if current.scheme == "https" and target.scheme == "http":
            raise FetchError(
                "refused_url",
                f"redirected from https to http · {_shown(current)} · use an https URL",
            )
        return target

    def _visit(self, url: httpx.URL, file: BinaryIO) -> str | None:
        """Where a redirect points to; else the body is written."""
        # straight to the transport: httpx's client would read a redirect's target by itself,
        # and keep the cookies of whoever sets them
        request = httpx.Request("GET", url, headers=_HEADERS, extensions=self._wait)
        try:
            with closing(self._transport.handle_request(request)) as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    return response.headers["location"]
                _check_status(response, url)
                self._write(response, url, file)
                return None
        except httpx.TimeoutException as error:
            message = f"no complete answer in time ({error}) · {_shown(url)} · try again later"
            raise FetchError("timeout", message, transient=True) from error
        except httpx.TransportError as error:
            raise _transport_error(error, url) from error

    def _write(self, response: httpx.Response, url: httpx.URL, file: BinaryIO) -> None:
        announced = response.headers.get("content-length", "")
        too_large = announced.isdecimal() and int(announced) > self._limits.max_bytes
        written = 0
        # raw: nothing is ever unpacked here
        for piece in () if too_large else response.iter_raw():
            written += len(piece)
            if written > self._limits.max_bytes:
                too_large = True
                break
            file.write(piece)
        if too_large:
            raise FetchError(
                "too_large",
                f"over {self._limits.max_bytes:,} bytes · {_shown(url)} · supply a smaller copy",
            )


def _check_status(response: httpx.Response, url: httpx.URL) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding != "identity":
            message = f"the image came as {encoding} unasked · {_shown(url)} · serve it as it is"
            raise FetchError("encoded_body", message)
        return
    busy = status in _BUSY or status >= 500
    raise FetchError(
        f"http_{status}",
        f"the host answered {status} {response.reason_phrase} · {_shown(url)} · "
        + ("try again later" if busy else "correct the URL"),
        transient=busy,
        retry_after_s=_retry_after(response.headers.get("retry-after", "")) if busy else None,
    )


def _retry_after(text: str) -> float | None:
    """Seconds from now, of a number or an HTTP date; None for anything else."""
    if re.fullmatch(r"\d{1,12}", text.strip()):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a time zone of absurd size
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _transport_error(error: httpx.TransportError, url: httpx.URL) -> FetchError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            what = f"the host's certificate is not valid ({cause.verify_message})"
            return FetchError("bad_certificate", f"{what} · {_shown(url)} · correct the host")
        cause = cause.__cause__ or cause.__context__
    message = f"the connection failed ({error}) · {_shown(url)} · try again later"
    return FetchError("connection_failed", message, transient=True)


def _shown(url: httpx.URL) -> str:
    """Without user and query: those may be keys, and messages go to logs and reports."""
    port = f":{url.port}" if url.port is not None else ""
    return f"{url.scheme}://{plain_host(url.host)}{port}{url.path}"


class _CheckedTransport(httpx.HTTPTransport):
    """Names are resolved once, by us, and what was checked is what is dialled.

    The connection goes to the checked address while Host and TLS keep the name, so that
    certificates are verified as ever. No proxy and no other setting of the environment is read.
    """

    def __init__(self, allowed: AllowedHosts, verify: ssl.SSLContext | None) -> None:
        context = verify or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._dialler = Dialler(allowed)
        # httpx has no parameter for the pool's network backend: the pool that its constructor
        # made, still empty, is replaced by one that differs in that alone
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=32,
            keepalive_expiry=30.0,
            network_backend=self._dialler,
        )

    @contextmanager
    def deadline(self, at: float) -> Iterator[None]:
        """Every network call of this thread inside the block ends by `at` (time.monotonic)."""
        self._dialler.until.at = at
        try:
            yield
        finally:
            self._dialler.until.at = None
