"""Long work that the manager starts from the page: one job at a time, watched by whoever looks."""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from types import MappingProxyType
from typing import Any, Literal

from catalog.errors import CatalogError
from ingest.errors import IngestError
from lab.errors import LabError
from vision.errors import VisionError

_LOG = logging.getLogger(__name__)
# What a manager can mend, as on the command line.
FAULTS = (CatalogError, IngestError, VisionError, LabError, OSError, ValueError, sqlite3.Error)
_WARNINGS = 50

State = Literal["running", "done", "stopped", "failed"]


class JobRunning(Exception):
    """Another job is not done yet; `kind` is its kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Stopped(Exception):
    """The work was given up half-way, as it was asked to."""


@dataclass(frozen=True)
class Step:
    """How far one part of a job is."""

    done: int
    total: int
    detail: str = ""

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0


@dataclass
class Job:
    """One piece of work. Its own thread writes, others read."""

    kind: str
    state: State = "running"
    result: Any = None
    """What the work returned, once it is done; before, whatever it wants to show."""
    error: str | None = None
    """Why it failed, for the manager; "" for a fault of this program, which the log has."""
    warnings: deque[str] = field(default_factory=lambda: deque(maxlen=_WARNINGS))
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when it is to end early; what was done stays done."""
    _steps: Mapping[str, Step] = field(default_factory=dict)
    _began: float = field(default_factory=monotonic)
    _ended: float | None = None

    @property
    def seconds(self) -> float:
        return (self._ended or monotonic()) - self._began

    @property
    def steps(self) -> Mapping[str, Step]:
        """By name, in the order in which they began."""
        return self._steps

    def progress(self, what: str, done: int, total: int, detail: str = "") -> None:
        """A `vision.progress.Progress`."""
        # a new mapping, so that who reads meanwhile sees the old one whole
        self._steps = MappingProxyType({**self._steps, what: Step(done, total, detail)})

    def stoppable(self, what: str, done: int, total: int, detail: str = "") -> None:
        """The same, for work that has no other way to end early. Raises Stopped."""
        self.progress(what, done, total, detail)
        if self.stopping.is_set():
            raise Stopped

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def run(self, work: "Callable[[Job], Any]") -> None:
        """Never raises."""
        try:
            self.result = work(self)
            self._end("stopped" if self.stopping.is_set() else "done")
        except Stopped:
            self._end("stopped")
        except FAULTS as error:
            self.error = str(error)
            self._end("failed")
        except Exception:  # noqa: BLE001 the page goes on, and its log has the trace
            _LOG.exception("a job of the page failed: %s", self.kind)
            self.error = ""
            self._end("failed")

    def _end(self, state: State) -> None:
        self._ended = monotonic()
        self.state = state


class Jobs:
    """One job at a time, and the last one of each kind. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, Job] = {}
        self._current: Job | None = None
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Job | None:
        """The job that runs."""
        job = self._current
        return job if job is not None and job.state == "running" else None

    def last(self, *kinds: str) -> Job | None:
        """The latest of these kinds: running, or how it ended."""
        found = [self._last[kind] for kind in kinds if kind in self._last]
        return max(found, key=lambda job: job._began, default=None)

    def start(self, kind: str, work: Callable[[Job], Any]) -> Job:
        """`work(job)` in a thread of its own. Raises JobRunning."""
        with self._lock:
            if self.current is not None:
                raise JobRunning(self.current.kind)
            job = self._last[kind] = self._current = Job(kind)
            self._thread = threading.Thread(target=job.run, args=(work,), name=kind, daemon=True)
            self._thread.start()
        return job

    def stop(self) -> None:
        """Ask the job that runs to end early; returns at once."""
        if job := self.current:
            job.stopping.set()

    def close(self, patience_s: float = 30.0) -> None:
        """Ask it to end, and wait for that; what was not done is done by the next run."""
        self.stop()
        if self._thread is not None:
            self._thread.join(patience_s)
