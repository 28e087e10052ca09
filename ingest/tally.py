"""The books of a run: every row that was read ends here, once."""

import time
from collections.abc import Callable

from ingest.records import BadRow, Record
from ingest.rejects import Rejects
from ingest.report import Outcome, Report
from ingest.work import RowWork

PROGRESS_EVERY_S = 0.1


class Tally:
    """Keeps the report and the rejects in step. For one thread."""

    def __init__(
        self, report: Report, rejects: Rejects, progress: Callable[[Report], None]
    ) -> None:
        self.report = report
        self._rejects = rejects
        self._progress = progress
        self._began = self._told = time.perf_counter()

    def bad(self, row: BadRow) -> None:
        self.report.reasons[row.reason] += 1
        self._rejects.add(row.row, row.reason, row.message, row.line)
        self._count("rejected")

    def duplicate(self, record: Record, first_line: int) -> None:
        message = (
            f"the id {record.product.product_id!r} was on line {first_line} already · "
            "the first row is kept · give this one an id of its own, or remove it"
        )
        self._rejects.add(record.row, "duplicate", message, record.line)
        self._count("duplicate")

    def settle(self, row: RowWork) -> None:
        """Called after each image of a row; counts when it was the last."""
        outcome = row.outcome
        if outcome is None:
            return
        if row.failure is not None:
            record, failure = row.record, row.failure
            self.report.reasons[failure.reason] += 1
            self._rejects.add(
                record.row, failure.reason, failure.message, record.line, failure.attempts
            )
        self._count(outcome)

    def end(self) -> None:
        self._tell(time.perf_counter())

    def _count(self, outcome: Outcome) -> None:
        self.report.outcomes[outcome] += 1
        now = time.perf_counter()
        if now - self._told >= PROGRESS_EVERY_S:
            self._tell(now)

    def _tell(self, now: float) -> None:
        self._told = now
        self.report.seconds = now - self._began
        self._progress(self.report)
