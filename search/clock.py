"""Where the time of one search goes."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from catalog.timed import Tell, untold


class Clock:
    """Runs from its making. For one thread; steps must not lie within one another.

    `tell` hears of each step when it has ended.
    """

    def __init__(self, tell: Tell = untold) -> None:
        self._tell = tell
        self._began = perf_counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Its time is added to what the step has taken so far."""
        began = perf_counter()
        try:
            yield
        finally:
            spent = perf_counter() - began
            self._seconds[name] += spent
            self._tell(name, spent)

    def timings_ms(self) -> dict[str, float]:
        """Milliseconds until now: decode, encode, engine; search, the engine's part of it
        included, is all that came after the model; total."""
        total = perf_counter() - self._began
        model = {name: self._seconds[name] for name in ("decode", "encode")}
        seconds = {
            **model,
            "engine": self._seconds["engine"],
            "search": total - sum(model.values()),
            "total": total,
        }
        return {name: value * 1e3 for name, value in seconds.items()}
