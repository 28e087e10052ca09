"""What a run did, row by row and stage by stage."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from catalog.timed import Tell, untold

Outcome = Literal["new", "updated", "payload_only", "unchanged", "duplicate", "rejected"]
OUTCOMES: tuple[Outcome, ...] = (
    "new",
    "updated",
    "payload_only",
    "unchanged",
    "duplicate",
    "rejected",
)


class Counts:
    """How often each of a few things has happened. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def told(self) -> dict[str, int]:
        """Most frequent first."""
        with self._lock:
            return dict(self._counts.most_common())


class Stages:
    """Busy seconds of each stage, summed over the threads that work in it.

    `tell` hears of each time that a thread was busy.
    """

    def __init__(self, tell: Tell = untold) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._seconds: Counter[str] = Counter()

    @contextmanager
    def busy(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - began
            with self._lock:
                self._seconds[stage] += spent  # type: ignore[assignment]
            self._tell(stage, spent)

    def seconds(self) -> dict[str, float]:
        with self._lock:
            return {stage: round(spent, 3) for stage, spent in self._seconds.items()}


@dataclass(frozen=True)
class Pruned:
    """Products that had vanished from the catalog, and how many of their points were deleted.

    `refused` says why none were.
    """

    products: int
    points: int
    refused: str | None = None


@dataclass
class Report:
    """A run so far; once it has ended, every row that was read has exactly one outcome."""

    run_id: str
    rows: int = 0
    elsewhere: int = 0
    """Rows of other partitions: read, left to their workers, and not among `rows`."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Of rejected rows: their sum is the number of those."""
    warnings: Counter[str] = field(default_factory=Counter)
    """Facts left out of rows that were taken, e.g. `unreadable_price`."""
    fetched: Counts = field(default_factory=Counts)
    """Images that were asked for, from disk or network: `ok` or `failed`."""
    retries: Counts = field(default_factory=Counts)
    """Times an image was asked for again, by the reason why the time before had failed."""
    embedded: int = 0
    """Images that went through the backbone."""
    cached: int = 0
    """Images written with features that were known."""
    interrupted: bool = False
    """Stopped before the catalog's end; the next run goes on from here."""
    pruned: Pruned | None = None
    """None when nothing was to be pruned, or the catalog was not read to its end."""
    seconds: float = 0.0
    stages: Stages = field(default_factory=Stages)
    queues: Callable[[], Mapping[str, int]] = dict
    """What waits right now, by queue: images to `fetch` and to `embed`, batches to `write`."""

    @property
    def done(self) -> int:
        """Rows that have their outcome."""
        return self.outcomes.total()

    @property
    def images_per_second(self) -> float:
        """Images written with a vector, per second of the whole run."""
        return (self.embedded + self.cached) / self.seconds if self.seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        """The names that runs are compared by."""
        return {
            "rows": self.rows,
            "elsewhere": self.elsewhere,
            "outcomes": {outcome: self.outcomes[outcome] for outcome in OUTCOMES},
            "reasons": dict(self.reasons.most_common()),
            "fetched": self.fetched.told(),
            "retries": self.retries.told(),
            "images": {"embedded": self.embedded, "cached": self.cached},
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 2),
            "stages": self.stages.seconds(),
        } | ({"pruned": asdict(self.pruned)} if self.pruned else {})
