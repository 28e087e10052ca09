"""A number that others are asked for, which may not hold up whoever looks at all numbers."""

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

# Two such numbers fit well into the seconds that Prometheus waits for all of them.
PATIENCE_S = 1.0


class Timely:
    """What `ask` returns, or NaN when that takes too long. Safe for several threads.

    Nothing can stop a thread: while one still asks, whoever looks waits for the same answer.
    """

    def __init__(self, ask: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gauge")
        self._lock = threading.Lock()
        self._asked: Future[float] | None = None

    def __call__(self) -> float:
        try:
            return self._under_way().result(self._patience_s)
        except TimeoutError:
            return math.nan

    def _under_way(self) -> "Future[float]":
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._pool.submit(self._ask)
            return self._asked
