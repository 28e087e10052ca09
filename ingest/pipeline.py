"""Catalog rows to points: reading, fetching, decoding, the model and the store, overlapped.

    catalog ─ rows ─► pool: fetch, hash, decode ─► batches ─► pool: model ─► batches ─► writer

This thread reads the rows and collects the batches; the writer's brings them to store and ledger.
Every hand-over is bounded by one of the constants below, so memory does not depend on the
catalog's size. Results come in any order: each carries its own job, and nothing is matched by
position across a hand-over.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from catalog.store import Store
from catalog.thumbs import Thumbs
from catalog.timed import Tell, untold
from ingest.batches import Batches
from ingest.fetch import Fetcher
from ingest.forward import Embedded, Forward
from ingest.ledger import Ledger
from ingest.partition import Partition
from ingest.plan import Planner
from ingest.prepare import Failed, Prepared, Preparer
from ingest.prune import Prune
from ingest.records import Catalog, Record, Row
from ingest.rejects import Rejects
from ingest.report import Report, Stages
from ingest.seen import Seen
from ingest.tally import Tally
from ingest.trial import BATCH
from ingest.work import Job, jobs_of, need_of
from ingest.writer import CHECKPOINT_S, Writer
from vision.cache import FeatureCache
from vision.processors import processors

if TYPE_CHECKING:
    from vision.embedder import Embedder

# Threads that fetch; with a slow host most of them wait.
FETCHERS = 16
# Batches between the catalog and the model, beside those that it is at: hides a slow file or host.
AHEAD = 8
# Rows that are held against the ledger in one look. More gained nothing, and a row may be large.
LOOK = 64


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
    threads: int | None = None,
    partition: Partition | None = None,
    checkpoint_s: float = CHECKPOINT_S,
    retry_failed: bool = False,
    max_prune: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Report], None] = lambda report: None,
    tell: Tell = untold,
) -> Report:
    """Brings every row of `catalog` into `store`, and tells what became of each.

    Only faults of single rows become outcomes. An error of the store, or of the program, ends
    the run and is raised; what was acknowledged is in the ledger, and the next run goes on from
    there. When `stop` answers true, no further row is read, those under way are finished, and
    the report is marked interrupted. `threads` is the number of images decoded, and of batches
    embedded, at a time, by default one for each processor; `batch` the number of images in one. Of
    the rows only those of `partition` are taken; every `checkpoint_s` seconds the ledger learns
    what was written. `fetcher` serves this one run. `retry_failed` takes only the rows whose last
    outcome was rejected. `max_prune`, a percentage: after a complete reading, products that have
    vanished from the catalog are removed, if no more than that share has. `tell` hears of every
    stage whenever one of its threads was busy. Raises CatalogError; IndexMismatch before anything
    is read.
    """
    store.require(embedder.fingerprint)
    report = Report(run_id, retries=fetcher.retries, stages=Stages(tell))
    stages, threads = report.stages, threads or processors()
    ready: SimpleQueue[Future[Any]] = SimpleQueue()
    prepare = Preparer(embedder, fetcher, cache, thumbs, stages, report.fetched, threads)
    writer = Writer(store, ledger, stages, checkpoint_s)
    tally = Tally(report, rejects, ledger.failures, progress)
    prune = None if max_prune is None else Prune.of(catalog, ledger, max_prune)
    with ExitStack() as ending:
        ending.callback(ledger.failures.flush)
        ending.callback(writer.close)
        ending.enter_context(embedder.threads())
        forward = Forward(embedder, cache, stages, threads, ready.put)
        ending.callback(forward.close)
        pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="ingest-fetch")
        ending.callback(pool.shutdown, wait=True, cancel_futures=True)
        # when an error ends the run, no host that asked for patience may hold it up
        ending.callback(fetcher.hurry)
        batches = Batches(embedder, cache, forward, writer, tally, batch, thumbs)
        seen = ending.enter_context(Seen())
        planner = Planner(ledger, seen, fetcher, tally, retry_failed)
        run = _Run(
            tally, batches, planner, fetcher, ledger, embedder.fingerprint,
            lambda job: pool.submit(prepare, job).add_done_callback(ready.put), ready,
            (AHEAD + threads) * batch, stop,
        )  # fmt: skip
        report.queues = run.queues
        # a report outlives its run, and must not hold its pictures
        ending.callback(setattr, report, "queues", dict)
        run.read(catalog, partition)
        run.drain()
        batches.finish()
        everything = catalog.is_whole and not report.interrupted
        tally.end(seen, everything=everything)
        if prune is not None and everything and not retry_failed:
            report.pruned = prune(ledger, seen, writer)
    tally.tell()
    return report


@dataclass
class _Run:
    """The rows of one run: planned, started in the pools, settled as they come back.

    For one thread.
    """

    tally: Tally
    batches: Batches
    planner: Planner
    fetcher: Fetcher
    ledger: Ledger
    model: str
    start: Callable[[Job], None]
    ready: SimpleQueue[Future[Any]]
    ahead: int
    stop: Callable[[], bool]
    preparing: int = 0

    def read(self, catalog: Catalog, partition: Partition | None) -> None:
        rows = catalog.rows()
        while some := self.look(rows, partition):
            for record in self.planner.changed(some):
                self.take(record)
                self.settle_ready()
        if self.tally.report.interrupted:
            self.hurry()

    def look(self, rows: Iterator[Row], partition: Partition | None) -> list[Row]:
        """The next few rows; none at the end, or when it is time to stop."""
        some: list[Row] = []
        report = self.tally.report
        with report.stages.busy("read"):
            while len(some) < LOOK and not report.interrupted:
                report.interrupted = self.stop()
                if report.interrupted or (row := next(rows, None)) is None:
                    break
                if partition is None or partition.holds(row.product_id, row.line):
                    some.append(row)
                else:
                    self.planner.pass_by(row)
        return some

    def drain(self) -> None:
        """Until everything that was read is with the writer."""
        while True:
            while self.preparing or self.batches.running:
                self.settle_one()
            self.batches.flush()
            self.find_lost()
            if not (self.preparing or self.batches.running):
                return

    def take(self, record: Record) -> None:
        self.tally.report.warnings.update(record.warnings)
        for job in jobs_of(record, self.ledger, self.model):
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

    def queues(self) -> dict[str, int]:
        """For whoever watches, from any thread."""
        batches = self.batches
        return {"fetch": self.preparing, "embed": batches.waiting, "write": batches.writing}

    def find_lost(self) -> None:
        """What the store has lost is done from the start."""
        while self.batches.lost:
            self.submit(self.batches.lost.pop())

    def submit(self, job: Job) -> None:
        while self.preparing + self.batches.waiting >= self.ahead:
            self.settle_one()
        self.preparing += 1
        self.start(job)

    def hurry(self) -> None:
        """Nothing is tried again, and what is done is recorded soon."""
        self.fetcher.hurry()
        self.batches.hurry()

    def settle_ready(self) -> None:
        """Whatever need not be waited for."""
        while not self.ready.empty():
            self.settle_one()
        if not self.batches.patience():
            self.batches.flush()

    def settle_one(self) -> None:
        """The next image or batch that is ready, whichever rows it is of."""
        try:
            ended = self.ready.get(timeout=self.batches.patience())
        except Empty:
            self.batches.flush()
            if self.stop():
                self.hurry()
            return
        # raises here what was no fault of an image
        result: Prepared | Failed | Embedded = ended.result()
        if isinstance(result, Embedded):
            self.batches.embedded(result)
            return
        self.preparing -= 1
        if isinstance(result, Prepared):
            self.batches.add(result)
            return
        result.job.row.fail(result.failure)
        self.batches.settle(result.job.row)
