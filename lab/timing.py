"""Time per query, and what the engine's index costs in answers."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from catalog.store import Store
from lab.answers import ASKED
from lab.exact import ExactSearch
from lab.sides import Side
from search.service import SearchService

# Enough queries for a median and a 95th percentile, few enough to stay in seconds.
TIMED_QUERIES = 100
NEAREST = 10


def latency(service: SearchService, asked: Side) -> dict[str, float]:
    """From the photo's bytes to hits, one at a time, as a shopper's query runs; milliseconds."""
    step = max(len(asked.samples) // TIMED_QUERIES, 1)
    photos = [one.read() for one in asked.samples[::step]]
    service.search(replace(ASKED, image=photos[0]))  # the first run allocates; it is not typical
    timings = [service.search(replace(ASKED, image=photo)).timings_ms for photo in photos]

    def at(name: str, percentile: int) -> float:
        return float(np.percentile([timing[name] for timing in timings], percentile))

    return {
        "encode_p50": at("encode", 50),
        "search_p50": at("search", 50),
        "total_p50": at("total", 50),
        "total_p95": at("total", 95),
    }


def against_exact(store: Store, shelf: Side, asked: Side) -> dict[str, float]:
    """Share of the exact top 10 that the engine's index finds, and the time of both."""
    search = ExactSearch(shelf, shelf.encoded.vectors)
    vectors = asked.encoded.vectors
    recalls = [
        len({hit.id for hit in store.query(vector, NEAREST)}.intersection(ids)) / len(ids)
        for vector, ids in zip(
            vectors, search.nearest(vectors, [NEAREST] * len(vectors)), strict=True
        )
    ]
    return {
        "recall_at_10": float(np.mean(recalls)),
        "p50_ms": _median_ms(store, asked, exact=False),
        "exact_p50_ms": _median_ms(store, asked, exact=True),
    }


def _median_ms(store: Store, asked: Side, *, exact: bool) -> float:
    step = max(len(asked.samples) // TIMED_QUERIES, 1)
    times = []
    for vector in asked.encoded.vectors[::step]:
        start = perf_counter()
        store.query(vector, NEAREST, exact=exact)
        times.append((perf_counter() - start) * 1e3)
    return float(np.median(times))
