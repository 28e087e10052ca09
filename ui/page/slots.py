"""So many at once, and the others wait, but not for ever."""

import threading


class Busy(Exception):
    """Nobody left in time."""


class Slots:
    """A context for `slots` threads at a time. Raises Busy for one that waited `patience_s`."""

    def __init__(self, slots: int, patience_s: float) -> None:
        self._free = threading.BoundedSemaphore(slots)
        self._patience_s = patience_s

    def __enter__(self) -> None:
        if not self._free.acquire(timeout=self._patience_s):
            raise Busy

    def __exit__(self, *_: object) -> None:
        self._free.release()
