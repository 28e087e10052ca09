"""The embedded engine: its files, its lock, its crashes, its disk."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import turned_away

from catalog.contract import INDEXES, collection_name
from catalog.edge import EdgeStore
from catalog.errors import CatalogError, IndexMismatch, NoIndex, StoreLocked, StoreUnavailable
from catalog.store import Filter, open_store
from catalog.versions import edge_engine

REPOSITORY = Path(__file__).parents[2]

# Runs in a process of its own: opens the store named in argv, then does what the second word says.
CHILD = """
import sys
import numpy as np
from pathlib import Path
from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Point, open_store

store = open_store(Path(sys.argv[1]))
store.ensure(CollectionInfo("f" * 64, 8, "timm:child", "labels", "2026-01-02T03:04:05Z"))
stamp = Stamp("a" * 64, "f" * 64, "run", "2026-01-02T03:04:05Z")
vectors = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
print("ready", flush=True)
if sys.argv[2] == "hold":
    sys.stdin.read()
batch = 0
while sys.argv[2] == "write":
    products = [Product("shop", f"{batch}-{row}") for row in range(64)]
    store.upsert(
        [Point(p.point_id, v, p.to_payload(stamp)) for p, v in zip(products, vectors, strict=True)]
    )
    batch += 1
    print(batch, flush=True)  # acknowledged
"""


def child(root: Path, job: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), job],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    process = child(tmp_path / "store", "hold")
    assert said(process) == "ready"
    yield process
    process.kill()
    process.communicate()


def test_the_folder_looks_as_documented(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path / "store") as store:
        store.ensure(kit.info())
    name = collection_name(kit.fingerprint("model"))
    home = tmp_path / "store" / "collections" / name
    assert (tmp_path / "store" / "products").read_text().strip() == name
    written = kit.info(engine=edge_engine())
    assert json.loads((home / "meta.json").read_text()) == written.to_metadata()
    assert sorted(path.name for path in home.iterdir()) == ["lock", "meta.json", "shard"]
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [
        "collections",
        "products",
    ]


def test_every_index_of_the_contract_exists_before_the_first_point(
    tmp_path: Path, kit: Any
) -> None:
    with EdgeStore(tmp_path) as store:
        store.ensure(kit.info())
        schema = store._ready().shard.info().payload_schema
        kinds = {key: str(index.data_type).split(".")[-1].lower() for key, index in schema.items()}
        assert kinds == dict(INDEXES)
        assert store.count() == 0


def test_reading_where_nothing_is_creates_nothing(tmp_path: Path, kit: Any) -> None:
    root = tmp_path / "never" / "made"
    with open_store(root) as store:
        assert store.describe() is None
        with pytest.raises(NoIndex):
            store.require(kit.fingerprint("model"))
        with pytest.raises(NoIndex):
            store.query(kit.unit(0, 1)[0], 1)
        with pytest.raises(NoIndex):
            list(store.scroll())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("alias", ["../x", "a/b", "", ".hidden", "collections", "x" * 200, "a\n"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, alias: str) -> None:
    with pytest.raises(ValueError, match="name"):
        open_store(tmp_path, alias=alias)


@pytest.mark.parametrize("where", ["localhost:6333", "qdrant.shop.example:6333/", "grpc://shop:1"])
def test_an_address_without_http_is_not_taken_for_a_folder(where: str) -> None:
    with pytest.raises(ValueError, match="http://"):
        open_store(where)


def test_two_aliases_in_one_folder_are_two_indexes(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path, alias="hats") as hats, open_store(tmp_path, alias="bags") as bags:
        hats.ensure(kit.info())
        bags.ensure(kit.info("other"))
        hats.upsert(kit.shelf(3))
        assert (hats.count(), bags.count()) == (3, 0)
        assert bags.describe() == kit.info("other")


def test_stores_of_the_same_process_share_one_shard(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as writer, open_store(tmp_path) as reader:
        writer.ensure(kit.info())
        writer.upsert(kit.shelf(3))
        assert reader.count() == 3  # at once, and while the other is open
        writer.close()
        assert reader.count() == 3
        reader.close()
    with open_store(tmp_path) as again:
        assert again.count() == 3


def test_the_last_store_of_a_process_lets_other_processes_in(tmp_path: Path, kit: Any) -> None:
    root = tmp_path / "store"
    with open_store(root) as first, open_store(root) as second:
        first.ensure(kit.info())
        second.count()
        first.close()
        assert "StoreLocked" in turned_away(root)
        second.close()
        assert turned_away(root) == ""


def test_many_threads_open_and_close_one_folder_at_once(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as first:
        first.ensure(kit.info())
        first.upsert(kit.shelf(5))

    def visit(_: int) -> int:
        with open_store(tmp_path) as store:
            return store.count()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(visit, range(40))) == {5}


def test_who_is_turned_away_has_not_touched_the_holders_files(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as first:
        first.ensure(kit.info())
        first.upsert(kit.shelf(50))
        first.flush()
        for _ in range(3):
            assert "StoreLocked" in turned_away(tmp_path)
            first.upsert(kit.shelf(50, seed=8))
            first.flush()
        assert first.count() == 50
    with open_store(tmp_path) as again:
        assert again.count() == 50


def test_a_second_process_is_told_who_holds_the_store_and_what_to_do(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    with open_store(tmp_path / "store") as store:
        info = store.describe()
        assert info is not None
        attempts = (lambda: store.ensure(info), lambda: store.require(info.fingerprint))
        for attempt in attempts:
            with pytest.raises(StoreLocked) as caught:
                attempt()
            assert caught.value.pid == holder.pid
            message = str(caught.value)
            assert str(holder.pid) in message
            assert str(tmp_path / "store") in message
            assert "Qdrant server" in message
        holder.communicate("")  # its input ends, so it does too
        assert store.count() == 0


def test_a_note_from_another_machine_names_no_process_here(
    tmp_path: Path, holder: "subprocess.Popen[str]"
) -> None:
    note = next((tmp_path / "store").rglob("owner"))
    note.write_text("1 some-container\n")
    with open_store(tmp_path / "store") as store, pytest.raises(StoreLocked) as caught:
        store.count()
    assert caught.value.pid is None
    assert "another process" in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is the point of this test")
@pytest.mark.parametrize("batches", [1, 5, 12])
def test_kill_9_in_the_middle_of_writing_loses_nothing_acknowledged(
    tmp_path: Path, batches: int
) -> None:
    process = child(tmp_path / "store", "write")
    assert said(process) == "ready"
    acknowledged = 0
    while acknowledged < batches:
        acknowledged = int(said(process))
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0].split()
    acknowledged = int(rest[-1]) if rest else acknowledged
    with open_store(tmp_path / "store") as store:
        stored = {point.payload["product_id"] for point in store.scroll()}
        assert stored >= {f"{batch}-{row}" for batch in range(acknowledged) for row in range(64)}
        assert len(stored) % 64 == 0  # a batch is whole or absent
        assert store.count(Filter(any_of={"run_id": ("run",)})) == len(stored)
        first = next(iter(store.scroll()))
        vector = store.get([first.id], with_vectors=True)[first.id].vector
        assert vector is not None
        assert store.query(vector, 1)[0].score > 0.99999


def test_a_full_disk_stops_the_batch_before_the_engine_sees_it(tmp_path: Path, kit: Any) -> None:
    free = 10 * 2**30
    with EdgeStore(tmp_path, free=lambda path: free) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(2))
        free = 200 * 2**20
        with pytest.raises(StoreUnavailable, match=r"200 MB free.*free some space"):
            store.upsert(kit.shelf(5))
        point = kit.shelf(1)[0]
        with pytest.raises(StoreUnavailable, match="disk"):
            store.set_payload({point.id: point.payload})
        assert store.count() == 2  # reading goes on
        free = 10 * 2**30
        store.upsert(kit.shelf(5))
        assert store.count() == 5


def test_a_full_disk_is_seen_before_the_engine_opens_its_files(tmp_path: Path, kit: Any) -> None:
    with (
        EdgeStore(tmp_path / "store", free=lambda path: 50 * 2**20) as store,
        pytest.raises(StoreUnavailable, match="50 MB free"),
    ):
        store.ensure(kit.info())
    assert not (tmp_path / "store").exists()


def test_threads_may_write_and_search_at_once(tmp_path: Path, kit: Any) -> None:
    points = kit.shelf(600)
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(points[:100])
        writing = threading.Event()

        def write(start: int) -> None:
            for at in range(start, start + 125, 25):
                store.upsert(points[at : at + 25])
                writing.set()

        def search(seed: int) -> int:
            writing.wait(timeout=30)
            for point in points[seed:100:10]:
                assert store.query(point.vector, 3)[0].id == point.id
                store.count(Filter(any_of={"category": ("Hat",)}))
            return 1

        with ThreadPoolExecutor(8) as pool:
            writers = [pool.submit(write, start) for start in range(100, 600, 125)]
            readers = [pool.submit(search, seed) for seed in range(4)]
            assert [job.result(timeout=60) for job in writers] == [None] * 4
            assert sum(job.result(timeout=60) for job in readers) == 4
        assert store.count() == 600


def test_threads_that_open_it_together_share_one_shard(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
    with open_store(tmp_path) as store, ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(store.count) for _ in range(8)]
        assert [job.result(timeout=60) for job in jobs] == [0] * 8


def test_a_run_that_died_before_the_alias_is_taken_up_again(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
    (tmp_path / "products").unlink()
    with open_store(tmp_path) as store:
        assert store.describe() is None
        store.ensure(kit.info())
        assert store.count() == 3


def test_a_run_that_died_before_the_metadata_is_taken_up_again(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
    (tmp_path / "products").unlink()
    next(tmp_path.rglob("meta.json")).unlink()
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
        assert store.require(kit.fingerprint("model")) == kit.info()


def test_points_without_metadata_are_never_adopted(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
    (tmp_path / "products").unlink()
    next(tmp_path.rglob("meta.json")).unlink()
    with open_store(tmp_path) as store, pytest.raises(StoreUnavailable, match="unknown model"):
        store.ensure(kit.info())


def test_another_model_is_refused_even_when_its_own_collection_exists(
    tmp_path: Path, kit: Any
) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info("other"))
    (tmp_path / "products").unlink()
    with open_store(tmp_path) as store:
        store.ensure(kit.info("model"))
        with pytest.raises(IndexMismatch, match="another model"):
            store.ensure(kit.info("other"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: next(root.rglob("meta.json")).write_text("{"), "damaged"),
        (lambda root: next(root.rglob("meta.json")).write_text("[1]"), "damaged"),
        (lambda root: next(root.rglob("meta.json")).unlink(), "meta.json"),
        (lambda root: (root / "products").write_text("../../elsewhere"), "damaged"),
        (lambda root: (root / "products").write_text("no__such"), "no__such"),
    ],
    ids=["torn metadata", "foreign metadata", "no metadata", "escaping alias", "dangling alias"],
)
def test_a_damaged_folder_is_named_and_left_as_it_is(
    tmp_path: Path, kit: Any, spoil: Any, message: str
) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
    spoil(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*"))
    uses = (EdgeStore.describe, EdgeStore.count, lambda store: store.ensure(kit.info()))
    for use in uses:
        with EdgeStore(tmp_path) as store, pytest.raises(StoreUnavailable, match=message):
            use(store)
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_damaged_shard_is_an_error_of_ours(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
    next(tmp_path.rglob("edge_config.json")).write_text("{")
    with open_store(tmp_path) as store, pytest.raises(CatalogError, match="embedded engine"):
        store.count()


def test_a_programming_error_is_not_dressed_up_as_a_store_failure(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        good = kit.shelf(1)[0]
        with pytest.raises((TypeError, ValueError)):
            store.upsert([type(good)("no uuid", good.vector, good.payload)])
        with pytest.raises((TypeError, ValueError)):
            store.upsert([type(good)(good.id, good.vector, {"price": np.nan})])
        assert store.count() == 0
