"""The books of a run: every row that was read ends here, once."""

import time
from collections.abc import Callable

from ingest.failures import Failures, Reject
from ingest.records import BadRow, Record
from ingest.rejects import Rejects
from ingest.report import Outcome, Report
from ingest.seen import Seen
from ingest.work import RowWork

PROGRESS_EVERY_S = 0.1


class Tally:
    """Keeps report, rejects and the ledger's failures in step. For one thread."""

    def __init__(
        self,
        report: Report,
        rejects: Rejects,
        failures: Failures,
        progress: Callable[[Report], None],
    ) -> None:
        self.report = report
        self._rejects = rejects
        self._failures = failures
        self._progress = progress
        self._began = self._told = time.perf_counter()

    def bad(self, row: BadRow) -> None:
        self._reject(Reject(row.product_id, row.line, row.reason, row.message, 1, row.row))
        self._count("rejected")

    def duplicate(self, record: Record, first_line: int, *, counted: bool = True) -> None:
        """Told in every run; `counted` when the run takes more than the failed rows."""
        message = (
            f"the id {record.product.product_id!r} was on line {first_line} already · "
            "the first row is kept · give this one an id of its own, or remove it"
        )
        self._rejects.add(record.row, "duplicate", message, record.line)
        if counted:
            self.report.rows += 1
            self._count("duplicate")

    def unchanged(self) -> None:
        self._count("unchanged")

    def settle(self, row: RowWork) -> None:
        """Called after each image of a row; counts when it was the last."""
        outcome = row.outcome
        if outcome is None:
            return
        if row.failure is not None:
            record, why = row.record, row.failure
            self._reject(
                Reject(
                    record.product_id, record.line, why.reason, why.message, why.attempts,
                    record.row,
                )
            )  # fmt: skip
        self._count(outcome)

    def end(self, seen: Seen, *, everything: bool) -> None:
        """After the last row: whoever is not rejected any more is forgotten, the others told.

        `everything` that failed before was read again; else only what was `seen`.
        """
        self._failures.flush()
        for keys in self._failures.before(self.report.run_id):
            self._failures.remove(keys if everything else seen.met(keys))
        for reject in self._failures:
            self._rejects.add(
                reject.row, reject.reason, reject.message, reject.line, reject.attempts
            )

    def tell(self) -> None:
        self._told = time.perf_counter()
        self.report.seconds = self._told - self._began
        self._progress(self.report)

    def _reject(self, reject: Reject) -> None:
        self.report.reasons[reject.reason] += 1
        self._failures.add(reject, self.report.run_id)

    def _count(self, outcome: Outcome) -> None:
        self.report.outcomes[outcome] += 1
        if time.perf_counter() - self._told >= PROGRESS_EVERY_S:
            self.tell()
