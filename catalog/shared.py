"""What a process opens once, however many of its parts use it."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Shared(Generic[K, T]):
    """Things by key, each with the number of its users. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._things: dict[K, tuple[T, int]] = {}

    def take(self, key: K, make: Callable[[], T]) -> T:
        """The thing of `key`, made for its first user; others wait meanwhile."""
        with self._lock:
            thing, users = self._things[key] if key in self._things else (make(), 0)
            self._things[key] = thing, users + 1
            return thing

    def leave(self, key: K, end: Callable[[T], None]) -> None:
        """One user less; `end` is called for the last one."""
        with self._lock:
            thing, users = self._things.pop(key)
            if users > 1:
                self._things[key] = thing, users - 1
            else:
                end(thing)

    def users(self, key: K) -> int:
        with self._lock:
            return self._things[key][1] if key in self._things else 0
