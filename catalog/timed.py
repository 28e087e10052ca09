"""A store that tells how long its engine took."""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, Self, cast

from catalog.store import Store

Tell = Callable[[str, float], None]
"""Told what was done, and in how many seconds, once it has ended; from any thread."""

# What takes an engine's time; the rest of a store's methods go straight through.
OPERATIONS = (
    "query", "recommend", "get", "scroll", "count", "facet", "upsert", "set_payload", "delete",
    "flush",
)  # fmt: skip


def untold(what: str, seconds: float) -> None:
    """Nobody wants to know."""


def timed(store: Store, tell: Tell) -> Store:
    """The same store, of whose OPERATIONS each is told. Closing it closes the store."""
    return store if tell is untold else cast(Store, _Timed(store, tell))


class _Timed:
    def __init__(self, store: Store, tell: Tell) -> None:
        self._store = store
        self._tell = tell
        for name in OPERATIONS:
            if name != "scroll":
                setattr(self, name, self._timed(name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def scroll(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Only the engine's own time: not what the caller does between two points."""
        points, seconds = self._store.scroll(*args, **options), 0.0
        try:
            while True:
                began = perf_counter()
                point = next(points, None)
                seconds += perf_counter() - began
                if point is None:
                    return
                yield point
        finally:
            self._tell("scroll", seconds)

    def _timed(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def ask(*args: Any, **options: Any) -> Any:
            began = perf_counter()
            try:
                return method(*args, **options)
            finally:
                self._tell(name, perf_counter() - began)

        return ask
