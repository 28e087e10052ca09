"""Many workers, one catalog: every row is one worker's, and together they do the whole."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient

from catalog.store import Store, open_store
from ingest.errors import BadPartition
from ingest.partition import Partition

WORKERS = 3


def parts(count: int) -> list[Partition]:
    return [Partition.parse(f"{index}/{count}") for index in range(count)]


@pytest.mark.parametrize("text", ["", "1", "4/4", "-1/4", "1/0", "a/b", "1/4/8", "٣/٤", "1/4 "])
def test_text_that_names_no_part_is_refused(text: str) -> None:
    with pytest.raises(BadPartition, match="i from 0 to n - 1"):
        Partition.parse(text)


def test_each_row_is_in_one_part_and_the_parts_are_about_equal() -> None:
    rows: list[tuple[str | None, int]] = [(f"P{number:04}", 1) for number in range(2000)]
    rows += [(None, line) for line in range(2, 1002)]
    held = [[part for part in parts(4) if part.holds(*row)] for row in rows]
    assert {len(some) for some in held} == {1}
    assert min(Counter(some[0] for some in held).values()) > len(rows) / 4 * 0.9


def test_a_part_depends_on_the_product_id_alone_and_not_on_the_process() -> None:
    for line in (7, 9):
        assert [part for part in parts(4) if part.holds("A-1", line)] == [Partition(0, 4)]


@pytest.fixture
def faulty(shop: Any) -> Any:
    """A catalog with every kind of row: good, twin, bad picture, no product."""
    for number in range(24):
        shop.add(f"p{number:02}")
    shop.file("images/p05.jpg", b"")
    shop.add("twin", image="images/p03.jpg")
    shop.add("p07")
    for _ in range(3):
        shop.add("")
    shop.write()
    return shop


def run(shop: Any, part: Partition, data: Path, **options: Any) -> Any:
    """One worker, with a data folder of its own."""
    return replace(shop, data=data / str(part.index)).ingest(partition=part, **options)


def assert_the_same(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for key, stored in found.items():
        facts = [
            {name: value for name, value in one.payload.items() if name != "updated_at"}
            for one in (stored, expected[key])
        ]
        assert (stored.id, facts[0]) == (expected[key].id, facts[1])
        # a picture's neighbours in its batch move the last bits
        np.testing.assert_allclose(stored.vector, expected[key].vector, atol=2e-3)


def test_the_parts_one_after_the_other_equal_one_whole_run(faulty: Any, tmp_path: Path) -> None:
    whole = faulty.ingest()
    expected = faulty.points()
    rejected = [row["line"] for row in faulty.rejected()]
    with open_store(tmp_path / "parts") as store:
        store.ensure(faulty.info())
        split = replace(faulty, store=store, runs=0)
        reports = [run(split, part, tmp_path) for part in parts(WORKERS)]
        assert_the_same(split.points(), expected)
        again = [run(split, part, tmp_path) for part in parts(WORKERS)]
    for report in reports:
        assert report.outcomes.total() == report.rows
        assert report.rows + report.elsewhere == whole.rows
        assert report.to_json()["elsewhere"] == report.elsewhere > 0
    assert sum((report.outcomes for report in reports), Counter()) == whole.outcomes
    assert sum((report.reasons for report in reports), Counter()) == whole.reasons
    lines = [
        row["line"]
        for part in parts(WORKERS)
        for row in replace(split, data=tmp_path / str(part.index)).rejected()
    ]
    assert sorted(lines) == sorted(rejected)
    # each worker's ledger knows its own part
    assert sum(report.outcomes["unchanged"] for report in again) == whole.outcomes["new"]
    assert sum(report.embedded for report in again) == 0


class Serialised:
    """A server takes one request after another; the oracle needs somebody to see to that."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                found = getattr(self._store, name)(*arguments, **options)
                return iter(list(found)) if isinstance(found, Iterator) else found

        return call


def test_workers_at_once_on_one_server_equal_one_whole_run(faulty: Any, tmp_path: Path) -> None:
    whole = faulty.ingest()
    expected = faulty.points()
    client = QdrantClient(":memory:")
    store: Any = Serialised(open_store(":memory:", client=client))
    store.ensure(faulty.info())
    split = replace(faulty, store=store, runs=0)
    with ThreadPoolExecutor(WORKERS) as workers:
        jobs = [workers.submit(run, split, part, tmp_path) for part in parts(WORKERS)]
        reports = [job.result() for job in jobs]
    assert sum((report.outcomes for report in reports), Counter()) == whole.outcomes
    assert_the_same(split.points(), expected)
    client.close()


def test_a_row_of_no_product_keeps_the_other_parts_from_pruning_too(shop: Any) -> None:
    for number in range(8):
        shop.add(f"p{number}")
    shop.write()
    part, _ = parts(2)
    gone = next(row for row in shop.rows if part.holds(row["id"], 0))
    assert shop.ingest(partition=part).outcomes["new"]
    shop.rows.remove(gone)
    shop.add("")
    while part.holds(None, len(shop.rows) + 1):  # until the nameless row is the other worker's
        shop.rows.insert(0, shop.rows[0])
    shop.write()
    report = shop.ingest(partition=part, max_prune=100.0)
    assert (report.pruned.products, report.pruned.points) == (1, 0)
    assert "does not tell which product" in report.pruned.refused
