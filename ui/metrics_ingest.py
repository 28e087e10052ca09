"""What is counted of ingest and of the engine, for Prometheus."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ingest.report import OUTCOMES, Report

# A call of the engine takes a millisecond, a checkpoint or a slow host many seconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# Name, meaning and label of what is read from the report of a run.
_COUNTS = {
    "rows": ("Rows of catalogs, by what became of them.", "outcome"),
    "rejected": ("Rejected rows, by reason.", "reason"),
    "fetched": ("Pictures asked for, from disk or network.", "result"),
    "retries": ("Pictures asked for again, by why the time before had failed.", "reason"),
}
# Told at 0, too: Prometheus sees no increase in what begins with its first value.
_ALWAYS: Mapping[str, Mapping[str, int]] = {"rows": dict.fromkeys(OUTCOMES, 0)}


def registry_of_process() -> CollectorRegistry:
    """With the process's own memory, time and files in it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class IngestMetrics(Collector):
    """Of all runs of this process: the counts are those of their reports, and never differ."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._before: dict[str, Counter[str]] = {name: Counter() for name in _COUNTS}
        self._report: Report | None = None
        self._lock = threading.Lock()
        self._stages = Histogram(
            "snapshelf_ingest_stage_seconds", "Each time a thread was busy in a stage of ingest.",
            ("stage",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._engine = Histogram(
            "snapshelf_engine_seconds", "Calls of the vector engine, from asking to the answer.",
            ("operation",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        registry.register(self)

    def engine(self, operation: str, seconds: float) -> None:
        self._engine.labels(operation).observe(seconds)

    def stage(self, name: str, seconds: float) -> None:
        self._stages.labels(name).observe(seconds)

    def see(self, report: Report) -> None:
        """A run's progress; with another run's, the one before has ended."""
        if report is not self._report:
            with self._lock:
                self._before, self._report = self._counts(), report

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            report, counts = self._report, self._counts()
        for name, (meaning, label) in _COUNTS.items():
            family = CounterMetricFamily(f"snapshelf_ingest_{name}", meaning, labels=(label,))
            for value, count in {**_ALWAYS.get(name, {}), **counts[name]}.items():
                family.add_metric((value,), count)
            yield family
        depth = GaugeMetricFamily(
            "snapshelf_ingest_queue_depth", "What waits for a stage of ingest.", labels=("queue",)
        )
        for queue, length in ({} if report is None else report.queues()).items():
            depth.add_metric((queue,), length)
        yield depth

    def _counts(self) -> dict[str, Counter[str]]:
        """Of the runs before, and of the present one so far."""
        report = self._report
        if report is None:
            return self._before
        now: dict[str, Mapping[str, int]] = {
            "rows": dict(report.outcomes.items()),
            "rejected": dict(report.reasons),
            "fetched": report.fetched.told(),
            "retries": report.retries.told(),
        }
        return {name: self._before[name] + Counter(counts) for name, counts in now.items()}
