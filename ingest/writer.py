"""The thread that talks to the store: points first, then the ledger."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from catalog.store import Point, Store, Stored
from ingest.ledger import Entry, Ledger
from ingest.report import Stages

# Batches on their way to the store: one being written, one waiting for it.
PENDING = 2


class Writer:
    """Writes behind the model's back, in order; whatever goes wrong is raised on the next call."""

    def __init__(self, store: Store, ledger: Ledger, stages: Stages) -> None:
        self._store = store
        self._ledger = ledger
        self._stages = stages
        self._broken = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ingest-write")
        self._pending: deque[tuple[Future[None], Callable[[], None]]] = deque()

    def upsert(
        self, points: Sequence[Point], entries: Sequence[Entry], done: Callable[[], None]
    ) -> None:
        """`done` is called, by the caller's thread, once the store has acknowledged."""
        self._submit(self._store.upsert, points, entries, done)

    def set_payload(
        self,
        payloads: Mapping[str, Mapping[str, Any]],
        entries: Sequence[Entry],
        done: Callable[[], None],
    ) -> None:
        self._submit(self._store.set_payload, payloads, entries, done)

    def read(self, ids: Sequence[str]) -> dict[str, Stored]:
        """After all writes so far."""
        return self._thread.submit(self._store.get, ids).result()

    def wait(self, at_most: int = 0) -> None:
        """Until so many batches are left. Raises what a write raised."""
        while len(self._pending) > at_most:
            future, done = self._pending.popleft()
            future.result()
            done()

    def close(self) -> None:
        """Ends the batch under way; the ledger holds all that was acknowledged."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _submit(
        self,
        write: Callable[[Any], None],
        what: Any,
        entries: Sequence[Entry],
        done: Callable[[], None],
    ) -> None:
        self.wait(PENDING - 1)
        self._pending.append((self._thread.submit(self._run, write, what, entries), done))

    def _run(self, write: Callable[[Any], None], what: Any, entries: Sequence[Entry]) -> None:
        if self._broken:
            # the error of an earlier batch is about to end the run; this one will be done again
            return
        self._broken = True
        with self._stages.busy("write"):
            if what:
                write(what)
            # the ledger must never know of a point that a power cut can still take
            self._store.flush()
            self._ledger.put(entries)
        self._broken = False
