"""What the server counts, for Prometheus: no label holds anything that a client wrote."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.types import Scope

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PATHS = frozenset(
    {"/v1/search", "/v1/facets", "/v1/embed", "/v1/categories", "/v1/docs", "/v1/openapi.json",
     "/healthz", "/readyz", "/metrics", "/mcp"}
)  # fmt: skip
_METHODS = frozenset({"GET", "POST"})


class Metrics:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._requests = Counter(
            "snapshelf_requests", "Requests of services, by outcome.",
            ("path", "method", "status"), registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "snapshelf_request_seconds", "From a request's headers to the end of its answer.",
            ("path",), buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._steps = Histogram(
            "snapshelf_search_seconds", "Searches of services, step by step.",
            ("step",), buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A number that is asked for whenever somebody looks."""
        self._registry.register(_Gauge(name, meaning, value))

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        path = _label(scope["path"])
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(path, method, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def searched(self, timings_ms: Mapping[str, float]) -> None:
        for step, milliseconds in timings_ms.items():
            self._steps.labels(step).observe(milliseconds / 1e3)

    def text(self) -> bytes:
        """Prometheus' text format 0.0.4."""
        return generate_latest(self._registry)


class _Gauge(Collector):
    def __init__(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        self._name, self._meaning, self._value = name, meaning, value

    def describe(self) -> Iterator[GaugeMetricFamily]:
        # otherwise registering would ask for the value, before there is one
        yield GaugeMetricFamily(self._name, self._meaning)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(self._name, self._meaning, value=self._value())


def _label(path: str) -> str:
    if path.startswith("/v1/products/"):
        return "/v1/products/{product_id}/similar"
    return path if path in _PATHS else "other"
