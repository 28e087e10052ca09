"""Which engine wrote an index, and what becomes of one that this program's engine may not open."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.edge import EdgeStore
from catalog.errors import IndexMismatch, StoreBusy, StoreUnavailable
from catalog.store import Upgraded
from catalog.versions import edge_engine, is_current, minor

REPOSITORY = Path(__file__).parents[2]
COUNT = 600
OLD, NEW = "qdrant-edge 0.8.7", "qdrant-edge 0.99.1"
CHILD = """
import sys, time
from catalog.store import open_store

def watch(done, expected):
    print("rewriting", flush=True)
    time.sleep(600)

open_store(sys.argv[1]).upgrade(watch)
"""


@pytest.fixture
def root(tmp_path: Path, kit: Any) -> Path:
    with EdgeStore(tmp_path / "store") as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(COUNT))
    return tmp_path / "store"


def meta(root: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(next(root.glob("collections/*/meta.json")).read_text())
    return told


def wrote(root: Path, engine: str | None) -> None:
    """As if that engine had written it."""
    path = next(root.glob("collections/*/meta.json"))
    others = {key: value for key, value in meta(root).items() if key != "engine"}
    path.write_text(json.dumps(others | ({"engine": engine} if engine else {})))


def shards(root: Path) -> list[str]:
    return sorted(path.name for path in root.glob("collections/*/shard*"))


def test_a_writer_writes_down_its_engine_also_where_an_earlier_edition_did_not(
    root: Path, kit: Any
) -> None:
    assert meta(root)["engine"] == edge_engine()
    wrote(root, None)
    with EdgeStore(root) as reader:
        assert reader.count() == COUNT
    assert "engine" not in meta(root)
    with EdgeStore(root) as writer:
        writer.ensure(kit.info())
    assert meta(root)["engine"] == edge_engine()


def test_another_patch_of_the_same_minor_version_opens_it(root: Path) -> None:
    wrote(root, edge_engine().rpartition(".")[0] + ".99")
    with EdgeStore(root) as store:
        assert store.count() == COUNT


@pytest.mark.parametrize(
    ("engine", "mend"), [(NEW, "pip install --upgrade"), (OLD, "snapshelf upgrade")]
)
def test_files_of_another_minor_version_are_not_opened_and_not_touched(
    root: Path, kit: Any, engine: str, mend: str
) -> None:
    wrote(root, engine)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("shard/**/*")}
    for use in (
        lambda store: store.count(),
        lambda store: store.require(kit.fingerprint("model")),
        lambda store: store.ensure(kit.info()),
        lambda store: store.optimize(force=True),
    ):
        with EdgeStore(root) as store, pytest.raises(IndexMismatch) as refused:
            use(store)
        assert refused.value.found == engine
        assert edge_engine() in refused.value.expected
        assert mend in refused.value.mend
    assert {path: path.stat().st_mtime_ns for path in root.rglob("shard/**/*")} == before


@pytest.mark.parametrize("schema", [0, 2])
def test_another_contract_is_refused_with_both_versions(root: Path, kit: Any, schema: int) -> None:
    path = next(root.glob("collections/*/meta.json"))
    path.write_text(json.dumps(meta(root) | {"schema": schema}))
    for use in (
        lambda store: store.require(kit.fingerprint("model")),
        lambda store: store.ensure(kit.info()),
        lambda store: store.upgrade(),
    ):
        with EdgeStore(root) as store, pytest.raises(IndexMismatch) as refused:
            use(store)
        assert (refused.value.expected, refused.value.found) == ("version 1", f"version {schema}")


def test_upgrade_rewrites_every_point_and_keeps_its_vector(root: Path, kit: Any) -> None:
    points = kit.shelf(COUNT)
    wrote(root, OLD)
    steps: list[tuple[int, int]] = []
    with EdgeStore(root) as store:
        done = store.upgrade(lambda *step: steps.append(step))
        assert done == Upgraded(OLD, edge_engine(), COUNT)
        assert steps[-1] == (COUNT, COUNT)
    assert shards(root) == ["shard-2"]
    assert meta(root) == kit.info(engine=edge_engine()).to_metadata()
    with EdgeStore(root) as store:
        kept = store.get([point.id for point in points], with_vectors=True)
        assert all(kept[point.id].payload == point.payload for point in points)
        assert all(np.allclose(kept[point.id].vector, point.vector, atol=1e-6) for point in points)
        assert store.inspect().indexes
        assert store.upgrade() == Upgraded(edge_engine(), edge_engine(), COUNT)
    assert sorted(path.name for path in root.iterdir()) == ["collections", "products"]


def test_killed_while_it_rewrites_nothing_has_changed_and_the_next_run_does_it(
    root: Path,
) -> None:
    wrote(root, OLD)
    command = [sys.executable, "-c", CHILD, str(root)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "rewriting"
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (shards(root), meta(root)["engine"]) == (["shard"], OLD)
    with EdgeStore(root) as store:
        assert store.upgrade().points == COUNT
        assert store.count() == COUNT


def test_an_upgrade_keeps_writers_out(root: Path) -> None:
    wrote(root, OLD)
    store, other = EdgeStore(root), EdgeStore(root)
    with store, other, other.held(), pytest.raises(StoreBusy):
        store.upgrade()
    assert meta(root)["engine"] == OLD


def test_an_engine_that_is_no_engine_is_a_damaged_store(root: Path) -> None:
    wrote(root, "nonsense")
    with EdgeStore(root) as store, pytest.raises(StoreUnavailable, match="damaged"):
        store.count()


def test_only_the_minor_version_counts() -> None:
    assert minor("qdrant-edge 0.9.0") == minor("v0.9.3-dev") == (0, 9)
    assert is_current(edge_engine())
    with pytest.raises(ValueError, match="not an engine's version"):
        minor("nonsense")
