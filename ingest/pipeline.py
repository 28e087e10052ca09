"""Catalog rows to points: reading, fetching, decoding, the model and the store, overlapped.

    catalog ─ rows ─► pool: fetch, hash, decode ─► this thread: model ─► writer: store, ledger

Every hand-over is bounded by one of the constants below, so memory does not depend on the
catalog's size. Results come in any order: each carries its own job, and nothing is matched by
position across a hand-over.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from catalog.store import Store
from catalog.thumbs import Thumbs
from ingest.batches import Batches
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.prepare import Failed, Prepared, Preparer
from ingest.records import BadRow, Catalog, Record
from ingest.rejects import Rejects
from ingest.report import Report
from ingest.seen import Seen
from ingest.tally import Tally
from ingest.work import Job, jobs_of, need_of
from ingest.writer import CHECKPOINT_S, Writer
from vision.cache import FeatureCache

if TYPE_CHECKING:
    from vision.embedder import Embedder

# Images per forward pass: on a CPU larger batches gained nothing and take memory.
BATCH = 16
# Threads that fetch; with a slow host most of them wait.
FETCHERS = 16
# Images between the catalog and the model, in batches: hides a slow file or host.
AHEAD = 4


def ingest(
    catalog: Catalog,
    *,
    embedder: "Embedder",
    store: Store,
    fetcher: Fetcher,
    ledger: Ledger,
    thumbs: Thumbs,
    cache: FeatureCache,
    rejects: Rejects,
    run_id: str,
    batch: int = BATCH,
    decoders: int | None = None,
    checkpoint_s: float = CHECKPOINT_S,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Brings every row of `catalog` into `store`, and tells what became of each.

    Only faults of single rows become outcomes. An error of the store, or of the program, ends
    the run and is raised; what was acknowledged is in the ledger, and the next run goes on from
    there. When `stop` answers true, no further row is read, those under way are finished, and
    the report is marked interrupted. `decoders` is the number of images decoded at a time, by
    default one per processor; every `checkpoint_s` seconds the ledger learns what was written.
    `fetcher` serves this one run. Raises CatalogError; IndexMismatch before anything is read.
    """
    store.require(embedder.fingerprint)
    report = Report(run_id)
    stages = report.stages
    prepare = Preparer(embedder, fetcher, cache, thumbs, stages, decoders or os.cpu_count() or 1)
    writer = Writer(store, ledger, stages, checkpoint_s)
    tally = Tally(report, rejects, progress)
    batches = Batches(embedder, cache, writer, tally, batch, thumbs)
    pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="ingest-fetch")
    with ExitStack() as ending:
        ending.callback(writer.close)
        ending.callback(pool.shutdown, wait=True, cancel_futures=True)
        # when an error ends the run, no host that asked for patience may hold it up
        ending.callback(fetcher.hurry)
        run = _Run(
            tally, batches, fetcher, ledger, ending.enter_context(Seen()), embedder.fingerprint,
            lambda job: pool.submit(prepare, job), AHEAD * batch,
        )  # fmt: skip
        run.read(catalog, stop)
        if report.interrupted:
            fetcher.hurry()
        run.drain()
        batches.finish()
    tally.end()
    return report


@dataclass
class _Run:
    """The rows of one run: planned, started in the pool, settled as they come back.

    For one thread, the one that also runs the model.
    """

    tally: Tally
    batches: Batches
    fetcher: Fetcher
    ledger: Ledger
    seen: Seen
    model: str
    start: Callable[[Job], Future[Prepared | Failed]]
    ahead: int
    under_way: int = 0
    ready: SimpleQueue[Future[Prepared | Failed]] = field(default_factory=SimpleQueue)

    def read(self, catalog: Catalog, stop: Callable[[], bool]) -> None:
        report = self.tally.report
        rows = iter(catalog)
        while not stop():
            with report.stages.busy("read"):
                row = next(rows, None)
            if row is None:
                return
            report.rows += 1
            self.take(row)
        report.interrupted = True

    def drain(self) -> None:
        """Until everything that was read is with the writer."""
        while True:
            while self.under_way:
                self.settle_one()
            self.batches.flush()
            if not self.batches.lost:
                return
            self.find_lost()

    def take(self, row: Record | BadRow) -> None:
        if isinstance(row, BadRow):
            self.tally.bad(row)
            return
        self.tally.report.warnings.update(row.warnings)
        first_line = self.seen.first_line(row.product.product_id, row.line)
        if first_line is not None:
            self.tally.duplicate(row, first_line)
            return
        for job in jobs_of(row, self.ledger, self.model):
            self.plan(job)
        self.find_lost()

    def plan(self, job: Job) -> None:
        need = need_of(job, self.fetcher)
        if job.known is None or need == "image":
            self.submit(job)
        elif need == "payload":
            self.batches.refresh(job, job.known.image_sha256, job.known.signature)
        else:
            job.row.finish("unchanged")
            self.batches.settle(job.row)

    def find_lost(self) -> None:
        """What the store has lost is done from the start."""
        while self.batches.lost:
            self.submit(self.batches.lost.pop())

    def submit(self, job: Job) -> None:
        while self.under_way >= self.ahead:
            self.settle_one()
        self.under_way += 1
        self.start(job).add_done_callback(self.ready.put)

    def settle_one(self) -> None:
        """The next image that is ready, whichever row it is of."""
        # raises here what was no fault of the image
        result = self.ready.get().result()
        self.under_way -= 1
        if isinstance(result, Prepared):
            self.batches.add(result)
            return
        result.job.row.fail(result.failure)
        self.batches.settle(result.job.row)
