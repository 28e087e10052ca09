"""Two models' collections under one alias: which is read, which is kept, what is in the way."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catalog.contract import collection_name
from catalog.edge import EdgeStore
from catalog.errors import NoIndex, StoreBusy, StoreLocked, StoreUnavailable
from catalog.store import open_store

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def swapped(engine: Any, kit: Any) -> Any:
    """A store in which the model "other" has followed "model"; three points, then five."""
    with engine.open() as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
        with store.beside(kit.fingerprint("other")) as beside:
            assert beside.describe() is None
            beside.ensure(kit.info("other", dim=8))
            beside.upsert([kit.point(f"N{row}", kit.unit(row, 1, 8)[0]) for row in range(5)])
            assert store.describe() == kit.info()  # the alias has not moved
        store.promote(kit.fingerprint("other"))
    return engine


def test_the_alias_moves_in_one_step_and_what_it_meant_is_kept(swapped: Any, kit: Any) -> None:
    with swapped.open() as store:
        assert store.require(kit.fingerprint("other")) == kit.info("other", dim=8)
        assert store.count() == 5
        assert store.previous() == kit.info()
    with swapped.open() as store:
        store.promote(kit.fingerprint("model"))
        assert (store.describe(), store.previous()) == (kit.info(), kit.info("other", dim=8))
        assert store.count() == 3


def test_a_store_keeps_to_its_collection_when_the_alias_moves(swapped: Any, kit: Any) -> None:
    with swapped.open() as store, swapped.open() as mover:
        own = kit.point("N0", kit.unit(0, 1, 8)[0])
        assert store.query(own.vector, 1)[0].id == own.id
        mover.promote(kit.fingerprint("model"))
        assert store.query(own.vector, 1)[0].id == own.id
        assert store.count() == len(list(store.scroll())) == 5
        assert store.get([own.id]).keys() == {own.id}
        assert sum(store.facet("product_id").values()) == 5
        assert store.describe() == kit.info()  # of this it does tell


def test_the_served_collection_can_be_read_while_somebody_searches_it(
    swapped: Any, kit: Any
) -> None:
    with swapped.open() as page, swapped.open() as store:
        page.require(kit.fingerprint("other"))
        with store.frozen() as frozen:
            assert frozen.describe() == kit.info("other", dim=8)
            assert [one.id for one in frozen.scroll()] == [one.id for one in page.scroll()]
        assert page.count() == 5


def test_only_what_nobody_is_served_can_be_deleted(swapped: Any, kit: Any) -> None:
    served, other = (
        collection_name(kit.fingerprint(name), swapped.alias) for name in ("other", "model")
    )
    with swapped.open() as store:
        assert store.collections() == sorted((served, other))
        with pytest.raises(ValueError, match="served"):
            store.drop(served)
        store.drop(other)
        assert store.collections() == [served]
        assert store.previous() is None
        assert store.count() == 5


def test_the_alias_never_moves_to_what_is_not_there(engine: Any, kit: Any) -> None:
    with engine.open() as store:
        assert store.previous() is None
        store.ensure(kit.info())
        with pytest.raises(NoIndex):
            store.promote(kit.fingerprint("other"))
        assert store.describe() == kit.info()
        with pytest.raises(NoIndex):
            store.beside(kit.fingerprint("other")).count()


def test_an_ingest_and_a_re_index_of_the_embedded_store_keep_out_of_each_others_way(
    tmp_path: Path, kit: Any
) -> None:
    with open_store(tmp_path) as writer, open_store(tmp_path) as other:
        writer.ensure(kit.info())
        with pytest.raises(StoreBusy, match="wait"), other.frozen():
            pass
        writer.close()
        with other.frozen():
            with open_store(tmp_path) as late, pytest.raises(StoreBusy, match="wait"):
                late.ensure(kit.info())
            with open_store(tmp_path) as page:  # it was let go of, and searching goes on
                assert page.count() == 0
            with open_store(tmp_path) as second, pytest.raises(StoreBusy), second.frozen():
                pass
        with open_store(tmp_path) as late:
            late.ensure(kit.info())


def test_a_re_index_that_was_killed_is_in_nobodys_way(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(3))
    script = (
        "import os, sys; from catalog.store import open_store\n"
        "with open_store(sys.argv[1]).frozen() as copy:\n"
        "    assert copy.count() == 3\n"
        "    os._exit(9)"
    )
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=REPOSITORY)
    assert died.returncode == 9
    assert list((tmp_path / "collections").glob(".*.copy"))
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.upsert(kit.shelf(4))
    with open_store(tmp_path) as store, store.frozen() as copy:
        assert copy.count() == 4
    assert not list((tmp_path / "collections").glob(".*.copy"))


def test_a_collection_that_somebody_still_searches_is_not_deleted(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
        store.beside(kit.fingerprint("other")).ensure(kit.info("other"))
    with open_store(tmp_path) as page, open_store(tmp_path) as store:
        page.require(kit.fingerprint("model"))
        store.promote(kit.fingerprint("other"))
        name = collection_name(kit.fingerprint("model"))
        with pytest.raises(StoreLocked) as caught:
            store.drop(name)
        assert caught.value.pid == os.getpid()
        assert page.count() == 0
        page.close()
        store.drop(name)
    assert not list(tmp_path.rglob(name))


def test_a_pointer_that_tells_no_names_is_damaged(tmp_path: Path, kit: Any) -> None:
    with EdgeStore(tmp_path) as store:
        store.ensure(kit.info())
        for text in ("", "\n", "products__00000000\n../../elsewhere\n"):
            (tmp_path / "products").write_text(text)
            with pytest.raises(StoreUnavailable, match="damaged"):
                store.previous()
