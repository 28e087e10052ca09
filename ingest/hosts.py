"""What one host gets: so many connections, so many requests a second, patience when it fails."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.errors import FetchError
from ingest.retry import RETRY_AFTER_CEILING_S

# A flaky host rarely fails so often in a row: at one failure in ten, once in 100 million requests.
FAILURES = 8
# Then one request asks how it is this often, seconds, and the others wait ...
ASK_EVERY_S = 2.0
# ... for so long, seconds: a restart costs no row. A host that stays away must not hold up the
# rows of the others: from now on its rows are rejected at once, until an asking one is answered.
PATIENCE_S = 120.0
# A waiting thread looks again this often, seconds: the host may have answered another one.
_LOOK_AGAIN_S = 0.5
# Hosts remembered; a catalog rarely has more than a few. Forgetting one that is in use would
# only let it have more connections for a moment.
_REMEMBERED = 256


@dataclass
class _Host:
    slots: threading.Semaphore
    free_at: float = 0.0
    """When the next request may begin."""
    failures: int = 0
    """In a row."""
    failing_since: float = 0.0

    @property
    def failing(self) -> bool:
        return self.failures >= FAILURES


class Hosts:
    """Turns for the requests to each host. Safe for several threads."""

    def __init__(
        self,
        per_host: int,
        per_second: float | None,
        hurry: threading.Event,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Once `hurry` is set, nobody waits for a turn; `now` is in seconds."""
        self._per_host = per_host
        self._gap_s = 1 / per_second if per_second else 0.0
        self._hurry = hurry
        self._now = now
        self._lock = threading.Lock()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Waits for a turn at the host and holds one of its slots inside the block.

        A transient FetchError of the block is a failure of the host, everything else a sign of
        life. Raises FetchError `host_down`.
        """
        host = self._of(name)
        with host.slots:
            while (wait_s := self._wait_s(host, name)) > 0 and not self._hurry.is_set():
                self._hurry.wait(min(wait_s, _LOOK_AGAIN_S))
            try:
                yield
            except FetchError as error:
                self._told(host, error)
                raise
            self._told(host, None)

    def _of(self, name: str) -> _Host:
        with self._lock:
            host = self._hosts.setdefault(name, _Host(threading.Semaphore(self._per_host)))
            self._hosts.move_to_end(name)
            if len(self._hosts) > _REMEMBERED:
                self._hosts.popitem(last=False)
            return host

    def _wait_s(self, host: _Host, name: str) -> float:
        """0 when it is the caller's turn, which is then taken."""
        with self._lock:
            now = self._now()
            if now >= host.free_at:
                host.free_at = now + (ASK_EVERY_S if host.failing else self._gap_s)
                return 0.0
            silent_s = now - host.failing_since
            if host.failing and (silent_s > PATIENCE_S or self._hurry.is_set()):
                raise FetchError(
                    "host_down",
                    f"{host.failures} failures in a row for {silent_s:.0f} s · {name} · "
                    "try its rows again when the host is back",
                )
            return host.free_at - now

    def _told(self, host: _Host, error: FetchError | None) -> None:
        with self._lock:
            now = self._now()
            if error is None or not error.transient:
                if host.failing:
                    host.free_at = now
                host.failures = 0
                return
            if host.failures == 0:
                host.failing_since = now
            host.failures += 1
            # who asks for patience asks for all requests, not only for the one it answered
            asked_s = min(error.retry_after_s or 0.0, RETRY_AFTER_CEILING_S)
            host.free_at = max(host.free_at, now + asked_s)
