"""Spans for OpenTelemetry (extra `otel`), sent where its own environment variables say.

The provider is ours alone and never the process's: libraries that trace by themselves would send
what visitors wrote, such as the queries of addresses.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from catalog.timed import Tell


class Tracer:
    """`close` sends what is left. Safe for several threads."""

    def __init__(self) -> None:
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
        ours = Resource.create().merge(Resource({"service.name": "snapshelf"}))
        self._provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("snapshelf")

    @contextmanager
    def span(
        self, name: str, facts: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """Around what is done inside; below the caller's span that `headers` name, if any."""
        above = extract(headers) if headers is not None else None
        with self._tracer.start_as_current_span(
            name, above, attributes=facts, record_exception=False, set_status_on_exception=False
        ):
            yield

    def tell(self, what: str, seconds: float) -> None:
        """Something that has just ended, below the span of this thread or task."""
        self._told(context.get_current(), what, seconds)

    def teller(self) -> Tell:
        """`tell` below the present span, for any thread."""
        return partial(self._told, context.get_current())

    def close(self) -> None:
        self._provider.shutdown()

    def _told(self, above: Context, what: str, seconds: float) -> None:
        now = time.time_ns()
        span = self._tracer.start_span(what, above, start_time=now - int(seconds * 1e9))
        span.end(now)
