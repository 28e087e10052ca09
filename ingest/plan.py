"""Which rows of a run need work: the others are counted here, most of them unread."""

from collections.abc import Iterator, Sequence

from ingest.failures import key_of
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.records import BadRow, Record, Row, Unread
from ingest.seen import Seen
from ingest.tally import Tally
from ingest.work import is_unchanged


class Planner:
    """For one thread. With `retry_failed`, only rows that the ledger has as rejected are taken."""

    def __init__(
        self,
        ledger: Ledger,
        seen: Seen,
        fetcher: Fetcher,
        tally: Tally,
        retry_failed: bool = False,
    ) -> None:
        self._ledger = ledger
        self._seen = seen
        self._fetcher = fetcher
        self._tally = tally
        self._retry_failed = retry_failed

    def changed(self, rows: Sequence[Row]) -> Iterator[Record]:
        """The rows to be worked on, in their order; a few statements for all of them."""
        rows = self._first(rows)
        if self._retry_failed:
            rows = self._failed(rows)
        self._tally.report.rows += len(rows)
        known = self._ledger.glance([row.product_id for row in rows if isinstance(row, Unread)])
        for row in rows:
            if isinstance(row, BadRow):
                self._tally.bad(row)
            elif isinstance(row, Unread) and is_unchanged(
                row, known.get(row.product_id, ()), self._fetcher
            ):
                self._tally.unchanged()
            else:
                yield row.read()

    def pass_by(self, row: Row) -> None:
        """A row of another worker's part."""
        self._tally.report.elsewhere += 1
        self._note_nameless(row)

    def _note_nameless(self, row: Row) -> None:
        # it may be a product of any part
        if row.product_id is None:
            self._seen.nameless = self._seen.nameless or row.line

    def _first(self, rows: Sequence[Row]) -> list[Row]:
        """Without those whose id was met before, which are told."""
        named = [row for row in rows if not isinstance(row, BadRow)]
        lines = iter(self._seen.first_lines([(row.product_id, row.line) for row in named]))
        kept: list[Row] = []
        for row in rows:
            if isinstance(row, BadRow):
                self._note_nameless(row)
                kept.append(row)
            elif (first_line := next(lines)) is None:
                kept.append(row)
            else:
                self._tally.duplicate(row.read(), first_line, counted=not self._retry_failed)
        return kept

    def _failed(self, rows: Sequence[Row]) -> list[Row]:
        # a row that told no id may tell one now
        keys = [{key_of(row.product_id, row.line), key_of(None, row.line)} for row in rows]
        known = self._ledger.failures.known([key for some in keys for key in some])
        return [row for row, some in zip(rows, keys, strict=True) if some & known]
