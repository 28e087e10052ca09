"""`optimize` links an index in a graph: nothing is lost by it, whatever happens meanwhile."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.edge import EdgeStore
from catalog.errors import StoreBusy, StoreUnavailable
from catalog.graph import GRAPH_FROM, Optimized, build_graph
from catalog.store import Filter, Store

REPOSITORY = Path(__file__).parents[2]
COUNT = 1500
HATS = Filter(any_of={"category": ("Hat",)})
# Runs in a process of its own: it says "building", and then waits until it is killed.
CHILD = """
import sys, time
from catalog.store import open_store

def watch(done, expected):
    print("building", flush=True)
    time.sleep(600)

open_store(sys.argv[1]).optimize(force=True, watch=watch)
"""


@pytest.fixture(scope="module")
def points(kit: Any) -> list[Any]:
    return kit.shelf(COUNT)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, kit: Any, points: list[Any]) -> Path:
    root = tmp_path_factory.mktemp("scanned") / "store"
    with EdgeStore(root) as store:
        store.ensure(kit.info())
        store.upsert(points)
    return root


@pytest.fixture
def root(tmp_path: Path, scanned: Path) -> Path:
    return Path(shutil.copytree(scanned, tmp_path / "store"))


@pytest.fixture
def optimized(root: Path) -> Iterator[EdgeStore]:
    with EdgeStore(root) as store:
        assert store.optimize(force=True) == Optimized(COUNT, COUNT, built=True)
        yield store


def shards(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("collections/*/shard*"))


def ids(store: Store, query: Any, where: Filter, exact: bool) -> list[str]:
    return [hit.id for hit in store.query(query, 10, where, exact=exact)]


def test_every_point_is_as_it_was_and_found_through_the_graph(
    optimized: EdgeStore, root: Path, kit: Any, points: list[Any]
) -> None:
    assert shards(root) == ["shard-2"]
    kept = optimized.get([point.id for point in points], with_vectors=True)
    assert all(kept[point.id].payload == point.payload for point in points)
    assert all(np.allclose(kept[point.id].vector, point.vector, atol=1e-6) for point in points)
    assert optimized.facet("category")["Hat"] == optimized.count(HATS)
    assert optimized._linked() == COUNT
    for where in (Filter(), HATS):
        recalls = [
            len({*ids(optimized, query, where, True)} & {*ids(optimized, query, where, False)}) / 10
            for query in kit.unit(99, 50)
        ]
        assert np.mean(recalls) >= 0.99


def test_a_small_index_is_left_as_it_is_unless_forced(root: Path) -> None:
    assert COUNT < GRAPH_FROM
    with EdgeStore(root) as store:
        assert store.optimize() == Optimized(COUNT, 0, built=False)
        assert shards(root) == ["shard"]


def test_what_is_written_afterwards_is_found_and_linked_the_next_time(
    optimized: EdgeStore, root: Path, kit: Any, points: list[Any]
) -> None:
    fresh = [kit.point(f"N{row}", vector) for row, vector in enumerate(kit.unit(5, 40))]
    changed = kit.point("P0007", kit.unit(6, 1)[0], title="another")
    assert optimized.optimize(force=True) == Optimized(COUNT, COUNT, built=False)
    with EdgeStore(root) as writer:
        writer.ensure(kit.info())
        writer.upsert([*fresh, changed])
        writer.delete([points[0].id])
        for point in (*fresh, changed):
            assert writer.query(point.vector, 1)[0].id == point.id
    with EdgeStore(root) as again:
        count = COUNT + len(fresh) - 1
        assert again.optimize(force=True) == Optimized(count, count, built=True)
        assert again.count() == count
        assert again.get([points[0].id]) == {}
        assert again.query(changed.vector, 1)[0].product.title == "another"
    assert shards(root) == ["shard-3"]


def test_who_searches_keeps_the_old_files_until_it_opens_the_new_ones(
    root: Path, points: list[Any]
) -> None:
    with EdgeStore(root) as page, EdgeStore(root) as store:
        before = page.revision()
        hits = page.query(points[3].vector, 5)
        store.optimize(force=True)
        assert page.query(points[3].vector, 5) == hits
        assert page.revision() != before
        assert shards(root) == ["shard", "shard-2"]
        with EdgeStore(root) as fresh:
            assert fresh.query(points[3].vector, 1)[0].id == points[3].id
    assert shards(root) == ["shard-2"]


def test_what_began_as_a_reader_of_the_old_files_writes_to_the_new_ones(
    root: Path, kit: Any
) -> None:
    fresh = kit.point("N1", kit.unit(5, 1)[0])
    with EdgeStore(root) as reader, EdgeStore(root) as store:
        assert reader.count() == COUNT
        store.optimize(force=True)
        reader.ensure(kit.info())
        reader.upsert([fresh])
    with EdgeStore(root) as store:
        assert store.count() == COUNT + 1
        assert store.query(fresh.vector, 1)[0].id == fresh.id


def test_a_writer_and_an_optimize_keep_each_other_out(root: Path, kit: Any) -> None:
    with EdgeStore(root) as writer, EdgeStore(root) as store:
        writer.ensure(kit.info())
        with pytest.raises(StoreBusy):
            store.optimize(force=True)
    refused: list[bool] = []

    def write(done: int, expected: int) -> None:
        if not refused:
            with EdgeStore(root) as writer, pytest.raises(StoreBusy):
                writer.ensure(kit.info())
            refused.append(True)

    with EdgeStore(root) as store:
        store.optimize(force=True, watch=write)
    assert refused == [True]


def test_killed_while_it_builds_it_leaves_every_point_and_starts_again(
    root: Path, points: list[Any]
) -> None:
    command = [sys.executable, "-c", CHILD, str(root)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "building"
        assert len(builders(root)) == 1
        process.kill()
    assert process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while builders(root):  # nobody builds on for nothing
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with EdgeStore(root) as store:
        assert {one.id for one in store.scroll()} == {point.id for point in points}
        assert store.optimize(force=True).built
        assert store.count() == COUNT
    assert [path.name for path in (root / "collections").iterdir() if path.is_dir()] == [
        next(root.glob("collections/*/meta.json")).parent.name
    ]


def test_interrupted_it_ends_its_builder_and_changes_nothing(root: Path) -> None:
    def interrupt(done: int, expected: int) -> None:
        raise KeyboardInterrupt

    with EdgeStore(root) as store:
        with pytest.raises(KeyboardInterrupt):
            store.optimize(force=True, watch=interrupt)
        assert builders(root) == []
        assert (shards(root), store.count()) == (["shard"], COUNT)


def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="run the same command again"):
        build_graph(tmp_path / "no shard", 10, 16)


def builders(root: Path) -> list[str]:
    """Processes that build in this folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "catalog.graph" in words and str(root) in words:
            lines.append(words)
    return lines
