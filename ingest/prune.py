"""Products that have vanished from their catalog, removed from the index."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest.ledger import Ledger
from ingest.records import Catalog
from ingest.report import Pruned
from ingest.seen import Seen
from ingest.watch import state_of
from ingest.writer import Writer

# Of the source's products, per cent. More is a catalog that was cut off, or another one.
MAX_PRUNE = 20.0


@dataclass(frozen=True)
class Prune:
    """What the index knew when the catalog was opened, and how much of it may go."""

    path: Path
    state: str | None
    products: int
    at_most: float

    @classmethod
    def of(cls, catalog: Catalog, ledger: Ledger, at_most: float) -> "Prune":
        """`at_most` is in per cent."""
        return cls(catalog.path, state_of(catalog.path), ledger.count_products(), at_most)

    def __call__(self, ledger: Ledger, seen: Seen, writer: Writer) -> Pruned:
        """After a complete reading. All that vanished, or nothing."""
        pages = partial(_vanished, ledger, seen)
        gone = sum(map(len, pages()))
        if gone and (why := self._refusal(gone, seen)) is not None:
            return Pruned(gone, 0, f"nothing was pruned: {why}")
        points = 0
        for page in pages():
            ids = ledger.points_of(page)
            writer.delete(ids, lambda: None)
            points += len(ids)
        writer.wait()
        return Pruned(gone, points)

    def _refusal(self, gone: int, seen: Seen) -> str | None:
        if seen.nameless is not None:
            return (
                "a row does not tell which product it is, so nobody knows which have vanished · "
                f"line {seen.nameless} · correct the rejected rows"
            )
        if state_of(self.path) != self.state:
            return f"the catalog changed while it was read · {self.path} · run it again"
        if 100 * gone > self.at_most * self.products:
            return (
                f"too many products have vanished · {gone} of {self.products}, at most "
                f"{self.at_most:g} % may · look at the catalog, and if it is right give "
                f"--max-prune {min(100, int(100 * gone / self.products) + 1)}"
            )
        return None


def _vanished(ledger: Ledger, seen: Seen) -> Iterator[list[str]]:
    """Products that the ledger knows and the catalog does not, in pages.

    A row that was rejected is there, whatever became of it.
    """
    for page in ledger.products():
        there = seen.met(page).keys() | ledger.failures.known(page)
        if gone := [product_id for product_id in page if product_id not in there]:
            yield gone
