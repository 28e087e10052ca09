"""Who is told of an ingest, beside the terminal: the log, counters, and spans if wanted."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.timed import Tell, untold
from ui.log import facts, named

if TYPE_CHECKING:
    from ingest.report import Report
    from ui.metrics_ingest import IngestMetrics
    from ui.tracing import Tracer

_LOG = logging.getLogger(__name__)
# Stages that work in batches; a span for each picture would be a flood.
_IN_BATCHES = frozenset({"read", "embed", "write"})


@dataclass(frozen=True)
class RunWatch:
    """Nobody but the log, by default."""

    metrics: "IngestMetrics | None" = None
    tracer: "Tracer | None" = None

    @contextmanager
    def run(self, run_id: str) -> Iterator[Tell]:
        """Around one run; who is to hear of its stages."""
        above = self.tracer.span("ingest", {"run": run_id}) if self.tracer else nullcontext()
        with named(run=run_id), above:
            _LOG.info("ingest begins")
            yield self._stages()

    def ended(self, report: "Report") -> None:
        told = report.to_json()
        _LOG.info("ingest ended", extra=facts(**told, interrupted=report.interrupted))

    def see(self, report: "Report") -> None:
        """A run's progress."""
        if self.metrics is not None:
            self.metrics.see(report)

    @property
    def engine(self) -> Tell:
        """Who is to hear of the store's calls."""
        return self.metrics.engine if self.metrics is not None else untold

    def _stages(self) -> Tell:
        count = self.metrics.stage if self.metrics is not None else untold
        if self.tracer is None:
            return count
        span = self.tracer.teller()

        def tell(stage: str, seconds: float) -> None:
            count(stage, seconds)
            if stage in _IN_BATCHES:
                span(stage, seconds)

        return tell


LOG_ONLY = RunWatch()
