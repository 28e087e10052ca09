"""How many connections one host gets at a time."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

# Hosts remembered; a catalog rarely has more than a few. Forgetting one that is in use would
# only let it have more connections for a moment.
_REMEMBERED = 256


class HostSlots:
    """A limited number of slots for each host. Safe for several threads."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._lock = threading.Lock()
        self._slots: OrderedDict[str, threading.Semaphore] = OrderedDict()

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Waits for a slot of `host` and holds it inside the block."""
        with self._of(host):
            yield

    def _of(self, host: str) -> threading.Semaphore:
        with self._lock:
            slots = self._slots.setdefault(host, threading.Semaphore(self._per_host))
            self._slots.move_to_end(host)
            if len(self._slots) > _REMEMBERED:
                self._slots.popitem(last=False)
            return slots
