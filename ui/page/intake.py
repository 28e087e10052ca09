"""The job that brings a catalog in, as whoever watches it sees it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ingest.prune import MAX_PRUNE
from ingest.records import Catalog
from ingest.report import OUTCOMES, Report
from ui.build import Target, model_for, rejects_path, run_ingest
from ui.inventory import known_source
from ui.page.drafts import Draft, Drafts
from ui.page.jobs import Job, Jobs
from ui.run_watch import LOG_ONLY, RunWatch

KIND = "ingest"
# Before that much has been seen, a guess of the time left is none.
_SEEN_S, _SEEN_SHARE = 2.0, 0.02


@dataclass(frozen=True)
class Options:
    """What a manager may choose."""

    prune: float | None = None
    """Remove vanished products, unless more than so many per cent have; None: leave them."""
    retry_failed: bool = False
    """Only the rows that were rejected last time."""

    @classmethod
    def told(cls, prune: object, most: object, retry: object) -> Self:
        """As a browser says it; whatever is no choice is the default."""
        number = most if isinstance(most, int | float) and math.isfinite(most) else MAX_PRUNE
        retry_failed = retry is True
        wanted = prune is True and not retry_failed
        return cls(min(max(float(number), 0.0), 100.0) if wanted else None, retry_failed)


@dataclass
class Intake:
    """One catalog on its way in. The job's thread writes, others read."""

    name: str
    total: int = 0
    """Rows to go through; 0 while they are being counted."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """As `Report.to_json`, some tenths of a second old."""
    oddities: Mapping[str, int] = field(default_factory=dict)
    """Facts that were left out of rows, and how often."""
    rejects: Path | None = None
    """The CSV of the rows that were not taken."""

    def see(self, report: Report) -> None:
        """For the thread that counts: a copy, so that others read whole numbers."""
        self.report, self.oddities = report.to_json(), dict(report.warnings)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """In their order, those too that did not occur."""
        told = self.report.get("outcomes", {})
        return {outcome: told.get(outcome, 0) for outcome in OUTCOMES}

    @property
    def done(self) -> int:
        """Rows that have their outcome."""
        return sum(self.outcomes.values())

    @property
    def reasons(self) -> Mapping[str, int]:
        """Of the rows that were not taken, the most frequent first."""
        return dict(self.report.get("reasons", {}))

    @property
    def pruned(self) -> int:
        """Products that had vanished and were removed."""
        told = self.report.get("pruned") or {"points": 0}
        return int(told["products"]) if told["points"] else 0

    @property
    def pictures_per_second(self) -> float:
        return float(self.report.get("images_per_second", 0.0))

    @property
    def seconds_left(self) -> int | None:
        """None while nobody can say."""
        spent, share = self.report.get("seconds", 0.0), self.done / max(self.total, 1)
        if spent < _SEEN_S or share < _SEEN_SHARE:
            return None
        return round(spent * max(0.0, 1 / share - 1))


def bring_in(
    target: Target,
    jobs: Jobs,
    drafts: Drafts,
    draft: Draft,
    options: Options,
    watch: RunWatch = LOG_ONLY,
) -> Job:
    """The job, which has begun. Raises JobRunning; then the draft is still there."""

    def work(job: Job) -> Intake:
        intake = job.result = Intake(draft.name)
        catalog = draft.settled().open()
        drafts.drop(draft)
        intake.total = _failed(target, catalog) if options.retry_failed else catalog.count_rows()
        rejects = rejects_path(catalog, target.settings)
        report = run_ingest(
            catalog,
            _model(target),
            target,
            rejects=rejects,
            retry_failed=options.retry_failed,
            max_prune=options.prune,
            stop=job.stopping.is_set,
            progress=intake.see,
            warn=job.warn,
            watch=watch,
        )
        intake.see(report)
        if not report.interrupted:  # asked too late: it had come to its end
            job.stopping.clear()
        if report.pruned is not None and report.pruned.refused:
            job.warn(report.pruned.refused)
        intake.rejects = rejects if rejects.exists() else None
        return intake

    return jobs.start(KIND, work)


def _failed(target: Target, catalog: Catalog) -> int:
    """Rows that were not taken the last time."""
    known = known_source(target, catalog.name)
    return known.rejected if known else 0


def _model(target: Target) -> str | None:
    """The one that the index was made with, whatever the settings say; None: there is none yet."""
    with target.open() as store:
        info = store.describe()
    return None if info is None else model_for(info, target.settings)
