"""Who is told what a server does: counters, the log, and spans if wanted."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.types import Scope

from catalog.timed import Tell, untold
from search.drift import Drift
from search.request import SearchRequest
from search.result import SearchResult
from ui.log import facts, fresh_id, id_of, named
from ui.metrics import Metrics, label_of
from ui.run_watch import RunWatch
from ui.timely import Timely

if TYPE_CHECKING:
    from ui.page.desk import Searching
    from ui.tracing import Tracer

_LOG = logging.getLogger(__name__)
# A caller's own request id is taken when it can do no harm in a log or a header.
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Asked every few seconds by whoever watches the server: told in the log only when they fail.
_ROUTINE = frozenset({"/healthz", "/readyz", "/metrics"})


@dataclass
class Asked:
    """A request that is being answered."""

    id: str
    status: int = 0


class Watch:
    """Of one server. Safe for several threads."""

    def __init__(self, tracer: "Tracer | None" = None) -> None:
        self.metrics = Metrics()
        self._tracer = tracer

    @property
    def runs(self) -> RunWatch:
        """For catalogs that the page brings in."""
        return RunWatch(self.metrics.ingest, self._tracer)

    @property
    def engine(self) -> Tell:
        """Who is to hear of the store's calls."""
        return self.metrics.ingest.engine

    @property
    def step(self) -> Tell:
        """Who is to hear of a search's steps."""
        return self._tracer.tell if self._tracer else untold

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Asked]:
        """Around one request of a service; the status is told inside."""
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        asked = Asked(given if _SANE.fullmatch(given) else fresh_id())
        path, method = label_of(scope["method"], scope["path"])
        about, began = {"request": asked.id}, perf_counter()
        span = self._tracer.span(f"{method} {path}", about, headers) if self._tracer else None
        with named(**about), span or nullcontext():
            yield asked
            seconds = perf_counter() - began
            self.metrics.answered(path, method, asked.status, seconds)
            quiet = path in _ROUTINE and asked.status < 400
            _LOG.log(
                logging.DEBUG if quiet else logging.INFO, "request",
                extra=facts(
                    path=path, method=method, status=asked.status, seconds=round(seconds, 4)
                ),
            )  # fmt: skip

    @contextmanager
    def search(self) -> Iterator[None]:
        """Around one search: a part of a request, or one of its own, as on the page."""
        about = {"request": id_of("request") or fresh_id()}
        span = self._tracer.span("search", about) if self._tracer else None
        with named(**about), span or nullcontext():
            yield

    def close(self) -> None:
        if self._tracer is not None:
            self._tracer.close()


class Watched:
    """`service`, whose searches are told: of the page, of services and of assistants alike."""

    def __init__(self, service: "Searching", watch: Watch) -> None:
        self._service = service
        self._watch = watch
        self._drift = Drift(service.categories)
        watch.metrics.watch(
            "snapshelf_category_drift",
            "Categories of query photos beside those of the catalog: 0 alike, 1 nothing in common.",
            Timely(self._drift.value),
        )  # fmt: skip

    def search(self, request: SearchRequest) -> SearchResult:
        with self._watch.search():
            began = perf_counter()
            try:
                result = self._service.search(request)
            except Exception as error:
                # its message may repeat what was asked
                spent, kind = round(perf_counter() - began, 4), type(error).__name__
                _LOG.info("search failed", extra=facts(reason=kind, seconds=spent))
                raise
            self._watch.metrics.searched(request, result)
            self._drift.see(request, result)
            _LOG.info("search", extra=facts(**_told(result)))
            return result

    def facets(self, request: SearchRequest) -> Mapping[str, Mapping[str, float]]:
        """They cost a whole search, and are counted as one."""
        return self.search(replace(request, facets=True)).facets

    def __getattr__(self, name: str) -> Any:
        """All that is no search goes straight through."""
        return getattr(self._service, name)


def _told(result: SearchResult) -> dict[str, Any]:
    """Nothing of what was looked for, or found."""
    steps = {f"{step}_ms": round(spent, 2) for step, spent in result.timings_ms.items()}
    seconds = round(result.timings_ms.get("total", 0.0) / 1e3, 4)
    return {
        "route": result.route.kind, "cause": result.route.cause, "hits": len(result.hits),
        "nothing_like_this": result.nothing_like_this, "seconds": seconds, **steps,
    }  # fmt: skip
