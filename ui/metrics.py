"""What is counted, for Prometheus: no label holds anything that a client or a catalog wrote."""

from collections.abc import Callable, Iterator

from prometheus_client import Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from search.demand import unmet
from search.request import SearchRequest
from search.result import SearchResult
from ui.metrics_ingest import IngestMetrics, registry_of_process

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_PATHS = frozenset(
    {"/v1/search", "/v1/facets", "/v1/embed", "/v1/categories", "/v1/docs", "/v1/openapi.json",
     "/healthz", "/readyz", "/metrics", "/mcp"}
)  # fmt: skip
_METHODS = frozenset({"GET", "POST"})


class Metrics:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry_of_process()
        self.ingest = IngestMetrics(self._registry)
        """Of the catalogs that the page brings in, and of the engine."""
        self._requests = Counter(
            "snapshelf_requests", "Requests of services, by outcome.",
            ("path", "method", "status"), registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "snapshelf_request_seconds", "From a request's headers to the end of its answer.",
            ("path",), buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._steps = Histogram(
            "snapshelf_search_seconds", "Searches of page and services, step by step.",
            ("step",), buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._routes = Counter(
            "snapshelf_route", "Answers, by where was searched.", ("route",),
            registry=self._registry,
        )  # fmt: skip
        self._no_match = Counter(
            "snapshelf_no_match", "Answers with nothing alike.", registry=self._registry
        )

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """A number that is asked for whenever somebody looks."""
        self._registry.register(_Gauge(name, meaning, value))

    def answered(self, path: str, method: str, status: int, seconds: float) -> None:
        """`path` and `method` as `label_of` tells them."""
        self._requests.labels(path, method, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def searched(self, request: SearchRequest, result: SearchResult) -> None:
        for step, milliseconds in result.timings_ms.items():
            self._steps.labels(step).observe(milliseconds / 1e3)
        self._routes.labels(result.route.kind).inc()
        if unmet(request, result):
            self._no_match.inc()

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


def label_of(method: str, path: str) -> tuple[str, str]:
    """A request's path and method in words of our own."""
    method = method if method in _METHODS else "other"
    if path.startswith("/v1/products/"):
        return "/v1/products/{product_id}/similar", method
    return path if path in _PATHS else "other", method
