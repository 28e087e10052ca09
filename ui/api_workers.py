"""Searches by the number: so many at once, so many waiting, the rest is told to come again."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from time import perf_counter
from typing import TypeVar

from ui.api_problem import Refused, busy

T = TypeVar("T")


class Workers:
    """Runs work on threads of its own, first come, first served.

    Work that misses its deadline keeps its slot until it really ends, since nothing can stop a
    thread; what still waits is never begun.
    """

    def __init__(self, slots: int, waiting: int, deadline_s: float) -> None:
        self._slots = slots
        self._most = slots + waiting
        self._deadline_s = deadline_s
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="search")
        self._lock = threading.Lock()
        self._pending = 0
        self._usual_s = 0.1

    @property
    def pending(self) -> int:
        """At work or waiting."""
        return self._pending

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises. Raises Refused: 429 when full, 503 when too late."""
        self._enter()
        # the log names the request on whatever thread its work is done
        future = self._pool.submit(copy_context().run, self._timed, work)
        future.add_done_callback(self._leave)
        wrapped = asyncio.wrap_future(future)
        done, _ = await asyncio.wait([wrapped], timeout=self._deadline_s)
        if done:
            return wrapped.result()
        wrapped.cancel()
        raise Refused(
            503, "too_late", f"There was no answer within {self._deadline_s:g} s; ask again later.",
            headers={"Retry-After": str(max(1, round(self._wait_s())))},
        )  # fmt: skip

    def _enter(self) -> None:
        with self._lock:
            if self._pending >= self._most:
                raise busy(
                    f"{self._pending} searches are under way or waiting; ask again later.",
                    self._wait_s(),
                )
            self._pending += 1

    def _leave(self, _future: "Future[T]") -> None:
        with self._lock:
            self._pending -= 1

    def _wait_s(self) -> float:
        """About as long as those who are here now take."""
        return self._usual_s * self._pending / self._slots

    def _timed(self, work: Callable[[], T]) -> T:
        start = perf_counter()
        try:
            return work()
        finally:
            self._usual_s += 0.1 * (perf_counter() - start - self._usual_s)
