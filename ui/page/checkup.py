"""The doctor and the log of unmet searches, as jobs: each keeps what its last run found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from ui.build import Target
from ui.demand import PAGE, TABLE, Demand, tell_demand
from ui.doctor import Diagnosis, diagnose
from ui.page.jobs import Job, Jobs
from ui.page.office import Files
from vision.progress import Progress

T = TypeVar("T")


class _Ended(Exception):
    """Somebody asked the job to end."""


@dataclass(frozen=True)
class Links:
    """Addresses of the files that the last run wrote, and when that was (ISO 8601, UTC)."""

    csv: str
    page: str
    at: str


@dataclass
class Checkup(Generic[T]):
    """Work without a way to stop it, as a job that can be stopped wherever it tells its progress.

    What it found is there until the next run has ended, for whoever comes by.
    """

    kind: str
    work: Callable[[Progress], T]
    csv: Path
    page: Path
    found: T | None = field(default=None, init=False)

    def start(self, jobs: Jobs) -> Job:
        """Raises JobRunning."""

        def run(job: Job) -> None:
            def progress(what: str, done: int, total: int, detail: str = "") -> None:
                if job.stopping.is_set():
                    raise _Ended
                job.progress(what, done, total, detail)

            try:
                self.found = self.work(progress)
            except _Ended:
                return

        return jobs.start(self.kind, run)

    def links(self, files: Files) -> Links | None:
        """None while nothing was ever found out in this data folder."""
        if not (self.csv.is_file() and self.page.is_file()):
            return None
        at = datetime.fromtimestamp(self.page.stat().st_mtime, UTC).isoformat(timespec="seconds")
        return Links(files.link(self.csv), files.link(self.page), at)


def doctor(target: Target) -> Checkup[Diagnosis]:
    out = target.settings.home / "doctor"
    return Checkup(
        "doctor",
        lambda progress: diagnose(target, out, progress=progress),
        out / "findings.csv",
        out / "doctor.html",
    )


def demand(target: Target) -> Checkup[Demand]:
    out = target.settings.home / "demand"
    return Checkup(
        "demand",
        lambda progress: tell_demand(target, None, out, alike=None, progress=progress),
        out / TABLE,
        out / PAGE,
    )
