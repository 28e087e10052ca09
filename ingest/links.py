"""Dead links: every picture of a catalog asked for, under the fetcher's own rules."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from ingest.errors import FetchError
from ingest.fetch import Fetcher
from ingest.findings import Finding
from ingest.records import Catalog, Record

# Requests under way at a time; a host's own limit may be lower.
_AT_ONCE = 16


def dead_links(
    catalog: Catalog, fetcher: Fetcher, progress: Callable[[int], None] = lambda done: None
) -> Iterator[Finding]:
    """In the catalog's order. Nothing is decoded or kept; rows that are none are left out."""

    def check(record: Record, ref: str) -> Finding | None:
        try:
            fetcher.fetch(ref)
        except FetchError as error:
            product = record.product
            detail = f"{error.reason} · {error.message}"
            return Finding("dead_link", product.source, product.product_id, detail, 1.0)
        return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        window: deque[Future[Finding | None]] = deque()
        for done, row in enumerate(catalog, 1):
            asked = [(row, ref) for ref in row.images] if isinstance(row, Record) else []
            window.extend(pool.submit(check, one, ref) for one, ref in asked)
            while len(window) > 2 * _AT_ONCE:
                yield from filter(None, [window.popleft().result()])
            progress(done)
        while window:
            yield from filter(None, [window.popleft().result()])
