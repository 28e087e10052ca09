"""The thread that talks to the store: points first, then the ledger."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from catalog.store import Point, Store, Stored
from ingest.ledger import Entry, Ledger
from ingest.report import Stages

# Batches on their way to the store: one being written, one waiting for it.
PENDING = 2
# Between two checkpoints, seconds. The embedded engine needs about 0.2 s to bring itself to the
# disk, however little there is, and holds Python's lock meanwhile: every 2 s cost a tenth of the
# run. A killed one writes at most this much again, with features that are in the cache.
CHECKPOINT_S = 10.0
# The same for a run that was told to stop: whoever stops it may lose patience.
_HURRIED_S = 1.0


class Writer:
    """Writes behind the model's back, in order; whatever goes wrong is raised on the next call.

    The ledger learns of points at checkpoints, after the store has flushed them.
    """

    def __init__(
        self, store: Store, ledger: Ledger, stages: Stages, checkpoint_s: float = CHECKPOINT_S
    ) -> None:
        self._checkpoint_s = checkpoint_s
        self._checked = time.monotonic()
        self._unrecorded: list[Entry] = []
        self._deleted: list[str] = []
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

    def delete(self, ids: Sequence[str], done: Callable[[], None]) -> None:
        """After all writes so far."""

        def delete(ids: Sequence[str]) -> None:
            self._store.delete(ids)
            self._deleted += ids

        self._submit(delete, ids, (), done)

    def read(self, ids: Sequence[str]) -> dict[str, Stored]:
        """After all writes so far."""
        return self._thread.submit(self._store.get, ids).result()

    @property
    def pending(self) -> int:
        """Batches on their way to the store."""
        return len(self._pending)

    def hurry(self) -> None:
        """The run is about to end: the ledger learns of things soon."""
        self._checkpoint_s = min(self._checkpoint_s, _HURRIED_S)

    def rest(self) -> None:
        """While nothing comes: tells what has been done, and does a checkpoint that is due."""
        while self._pending and self._pending[0][0].done():
            self.wait(len(self._pending) - 1)
        if not self._pending and (self._unrecorded or self._deleted) and self._due():
            self._submit(lambda nothing: None, (), (), lambda: None)

    def wait(self, at_most: int = 0) -> None:
        """Until so many batches are left. Raises what a write raised."""
        while len(self._pending) > at_most:
            future, done = self._pending.popleft()
            future.result()
            done()

    def close(self) -> None:
        """Ends the batch under way, and brings what was acknowledged to disk and ledger."""
        checkpoint = self._thread.submit(self._checkpoint)
        self._thread.shutdown(wait=True)
        checkpoint.result()

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
            self._unrecorded += entries
        if self._due():
            self._checkpoint()
        self._broken = False

    def _due(self) -> bool:
        return time.monotonic() - self._checked >= self._checkpoint_s

    def _checkpoint(self) -> None:
        entries, self._unrecorded = self._unrecorded, []
        deleted, self._deleted = self._deleted, []
        if entries or deleted:
            with self._stages.busy("write"):
                # the ledger must never know of a point that a power cut can still take, nor
                # forget one that it can bring back
                self._store.flush()
                self._ledger.put(entries)
                self._ledger.remove(deleted)
        self._checked = time.monotonic()
