"""Before a request is believed: its key, its client's rate, the size and speed of its body."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable
from time import monotonic

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api_policy import Policy
from ui.api_problem import Refused, busy, fault
from ui.watch import Asked, Watch

# Anybody may ask these, as often as they like; and these without a key.
WATCHED = frozenset({"/healthz", "/readyz"})
PUBLIC = WATCHED | {"/v1/docs", "/v1/openapi.json"}
# Clients that are remembered; the one that came least recently is forgotten first.
_CLIENTS = 10_000
_BY_KEY = "key "
_SAFE = {
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
}


class Rates:
    """A bucket of requests for each client, which fills up again within a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """One request: 0.0, or the seconds until the next one is allowed."""
        if not self._most:
            return 0.0
        now = self._clock()
        left, then = self._left.pop(client, (float(self._most), now))
        left = min(float(self._most), left + (now - then) * self._most / 60)
        wait_s = 0.0 if left >= 1 else (1 - left) * 60 / self._most
        self._left[client] = (left if wait_s else left - 1, now)
        if len(self._left) > _CLIENTS:
            self._left.popitem(last=False)
        return wait_s


class Guard:
    """An ASGI application around another one: what it refuses, the other never sees.

    Nothing that the other raises reaches the server above: the client gets a problem of ours.
    """

    def __init__(self, app: ASGIApp, policy: Policy, watch: Watch) -> None:
        self._app = app
        self._policy = policy
        self._watch = watch
        self._rates = Rates(policy.per_minute)
        self._bodies = 0
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._watch.request(scope) as asked:
            await self._answer(asked, scope, receive, send)

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                asked.status = message["status"]
                given = dict(message.get("headers", ()))
                told = {b"x-request-id": asked.id.encode()}
                message["headers"] = list((_SAFE | given | told).items())
            await send(message)

        try:
            client = self._client(scope)
            self._admit(scope, client)
            await self._pass(scope, client, receive, answer)
        except Refused as refusal:
            await refusal.response(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 a stack trace must not leave the server
            if asked.status:
                fault(error)
            else:
                await fault(error).response(scope, receive, answer)

    def _client(self, scope: Scope) -> str:
        """Who asks; whoever guesses keys is counted by address."""
        key = _key(Headers(scope=scope))
        if self._policy.keys and self._policy.admits(key):
            return f"{_BY_KEY}{key}"
        return f"address {(scope.get('client') or ('', 0))[0]}"

    def _admit(self, scope: Scope, client: str) -> None:
        """Raises Refused: 401, 413, 429."""
        path = scope["path"]
        if path in WATCHED:
            return
        wait_s = self._rates.take(client)
        if wait_s:
            raise busy(
                f"more than {self._policy.per_minute} requests in a minute; ask less often", wait_s
            )
        if self._policy.keys and not client.startswith(_BY_KEY) and path not in PUBLIC:
            raise Refused(
                401, "no_key", "Send an API key: `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
                headers={"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or int(declared) > self._policy.body_bytes:
            raise self._too_large()

    async def _pass(self, scope: Scope, client: str, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        if self._bodies >= self._policy.bodies:
            raise busy("too many requests are arriving at once; ask again later", 1)
        self._bodies += 1
        try:
            body = await self._body_of(client, receive)
            await self._app(scope, _replay(body, receive), send)
        finally:
            self._bodies -= 1

    async def _body_of(self, client: str, receive: Receive) -> bytes:
        """Whoever lets many trickle in keeps out nobody else."""
        if self._arriving[client] >= self._policy.bodies_each:
            raise busy("too many of your requests are arriving at once; ask again later", 1)
        self._arriving[client] += 1
        try:
            return await self._body(receive)
        finally:
            self._arriving[client] -= 1
            if not self._arriving[client]:
                del self._arriving[client]

    async def _body(self, receive: Receive) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._policy.body_s):
                async for chunk in _chunks(receive):
                    body += chunk
                    if len(body) > self._policy.body_bytes:
                        raise self._too_large()
        except TimeoutError as error:
            raise Refused(
                408, "too_slow", f"The body did not arrive within {self._policy.body_s:g} s.",
                headers={"Connection": "close"},
            ) from error  # fmt: skip
        return bytes(body)

    def _too_large(self) -> Refused:
        return Refused(
            413, "too_large", f"A request holds at most {self._policy.body_bytes:,} bytes, a photo "
            f"{self._policy.photo_bytes:,}; send a smaller copy.", headers={"Connection": "close"},
        )  # fmt: skip


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "gone", "The client has gone.")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then whatever comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


def _key(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
