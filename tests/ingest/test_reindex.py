"""A change of model: what comes over, what does not, and when the alias moves."""

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest
from catalog.contract import CollectionInfo
from catalog.errors import NoIndex
from catalog.store import Store, Stored, open_store
from catalog.thumbs import Thumbs
from ingest.errors import Unsettled
from ingest.ledger import Entry, Ledger
from ingest.rebuild import COLUMNS
from ingest.reindex import PASSES, Reindexed, reindex
from ingest.rejects import Rejects
from ingest.sources import Sources
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder
from vision.head import Head

OTHER = "timm:test_resnet?pretrained=false&size=40"
CATEGORIES = ("Hat", "Shoes")
OURS = ("model", "image_sha256", "predicted_category", "predicted_confidence")


def info_of(embedder: Embedder) -> CollectionInfo:
    return CollectionInfo(
        embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, "2026-02-02T00:00Z"
    )


def ledger_path(shop: Any, info: CollectionInfo) -> Path:
    return Path(shop.data) / f"ledger-{info.fingerprint[:8]}.db"


def change(shop: Any, model: Embedder, **options: Any) -> Reindexed:
    """As the command line does it; features of each backbone in a cache of their own."""
    cache = shop.data / f"features-{model.backbone.fingerprint[:8]}.db"
    roots = options.pop("roots", {"shop": shop.root})
    with FeatureCache(cache) as features, Sources(roots.get) as sources:
        return reindex(
            shop.store,
            info_of(model),
            embedder=model,
            cache=features,
            sources=sources,
            thumbs=Thumbs(shop.data / "thumbs"),
            ledgers=lambda source, info: ledger_path(shop, info),
            rejects=lambda: Rejects(shop.rejects_path, COLUMNS),
            **options,
        )


def points(store: Store) -> dict[str, Stored]:
    """By product id, with vectors."""
    found = store.get([one.id for one in store.scroll()], with_vectors=True)
    return {one.payload["product_id"]: one for one in found.values()}


def facts(stored: dict[str, Stored]) -> dict[str, Any]:
    """What a change of model leaves alone."""
    return {
        key: {name: value for name, value in one.payload.items() if name not in OURS}
        for key, one in stored.items()
    }


@pytest.fixture(scope="module")
def other() -> Embedder:
    return open_embedder(OTHER)


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Any:
    """In memory where it is not said otherwise: an embedded collection takes a second to make."""
    made = request.getfixturevalue(getattr(request, "param", "memory_shop"))
    for number in range(6):
        made.add(f"p{number}", price=str(number + 1))
    made.write()
    assert made.ingest().outcomes["new"] == 6
    return made


@pytest.mark.parametrize("filled", ["shop", "memory_shop"], indirect=True)
def test_every_point_comes_over_as_the_new_model_sees_it_and_then_the_alias_moves(
    filled: Any, other: Embedder
) -> None:
    theirs = next(filled.store.scroll())
    filled.store.set_payload({theirs.id: theirs.payload | {"theirs": [1, {"a": "b"}]}})
    before = points(filled.store)
    seen: list[CollectionInfo | None] = []
    result = change(filled, other, gate=lambda old: seen.append(filled.store.describe()) or ())
    assert (result.swapped, result.rebuilt.embedded, result.rebuilt.there) == (True, 6, 6)
    assert seen == [filled.info()]  # not before the gate has been passed
    assert filled.store.describe() == info_of(other)
    assert filled.store.previous() == filled.info()
    with filled.store.beside(other.fingerprint) as new:
        after = points(new)
    assert facts(after) == facts(before)
    for product_id, stored in after.items():
        picture = (filled.root / "images" / f"{product_id}.jpg").read_bytes()
        np.testing.assert_allclose(
            stored.vector, replace(filled, embedder=other).vector_of(picture), atol=1e-5
        )
        assert stored.payload["model"] == other.fingerprint
    assert facts(points(filled.store)) == facts(before)  # what was served is as it was


def test_a_new_head_on_the_same_backbone_needs_no_image_and_brings_its_categories(
    memory_shop: Any, embedder: Embedder
) -> None:
    shop = memory_shop
    shop.add("p0")
    shop.add("p1")
    shop.write()
    shop.ingest()
    size = embedder.backbone.feature_size
    head = Head(
        np.zeros(size, np.float32), np.ones(size, np.float32), np.eye(size, dtype=np.float32),
        np.zeros((size, 2), np.float32), np.array([5, -5], np.float32),
    )  # fmt: skip
    taught = Embedder(embedder.backbone, head, CATEGORIES)
    for image in (shop.root / "images").iterdir():
        image.unlink()
    (shop.data / "features.db").rename(
        shop.data / f"features-{embedder.backbone.fingerprint[:8]}.db"
    )
    result = change(shop, taught)
    assert (result.swapped, result.rebuilt.cached, result.rebuilt.embedded) == (True, 2, 0)
    with shop.store.beside(taught.fingerprint) as new:
        assert new.facet("predicted_category") == {"Hat": 2}


def test_an_image_that_is_gone_is_told_and_nothing_is_swapped_unless_it_may_be_lost(
    filled: Any, other: Embedder
) -> None:
    (filled.root / "images/p3.jpg").unlink()
    result = change(filled, other)
    assert not result.swapped
    assert dict(result.rebuilt.failed) == {"not_found": 1}
    assert filled.store.describe() == filled.info()
    with filled.rejects_path.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["source"], row["product_id"], row["reason"]) == ("shop", "p3", "not_found")
    result = change(filled, other, lose=1)
    assert (result.swapped, result.rebuilt.there, result.rebuilt.embedded) == (True, 5, 0)
    with filled.store.beside(other.fingerprint) as new:
        assert points(new).keys() == {"p0", "p1", "p2", "p4", "p5"}


def test_an_image_that_was_changed_since_is_taken_as_it_is_now(
    filled: Any, other: Embedder, picture_of: Any
) -> None:
    now = picture_of(99)
    filled.file("images/p2.jpg", now)
    assert change(filled, other).swapped
    with filled.store.beside(other.fingerprint) as new:
        stored = points(new)["p2"]
    assert stored.payload["image_sha256"] != points(filled.store)["p2"].payload["image_sha256"]
    vector = replace(filled, embedder=other).vector_of(now)
    np.testing.assert_allclose(stored.vector, vector, atol=1e-5)


def test_without_a_known_folder_the_message_says_how_to_name_it(
    filled: Any, other: Embedder
) -> None:
    result = change(filled, other, roots={})
    assert dict(result.rebuilt.failed) == {"unknown_root": 6}
    assert "--root shop=FOLDER" in filled.rejects_path.read_text()


def test_what_is_written_meanwhile_is_caught_up_before_the_swap(
    memory_shop: Any, other: Embedder
) -> None:
    """On a server, where an ingest can go on while a re-index runs."""
    for number in range(4):
        memory_shop.add(f"p{number}")
    memory_shop.write()
    memory_shop.ingest()
    gone = points(memory_shop.store)["p1"].id
    told = []

    def ingest_meanwhile(rebuilt: Any) -> None:
        told.append(rebuilt.points)
        if len(told) == 1:
            memory_shop.store.delete([gone])
            memory_shop.rows[0]["price"] = "77"
            memory_shop.add("late")
            memory_shop.write()
            memory_shop.ingest()

    result = change(memory_shop, other, progress=ingest_meanwhile)
    assert result.swapped
    assert len(told) == 3
    with memory_shop.store.beside(other.fingerprint) as new:
        assert facts(points(new)) == facts(points(memory_shop.store))
        assert points(new)["p0"].payload["price"] == 77.0
        assert points(new).keys() == {"p0", "p2", "p3", "late"}


def test_an_index_that_never_rests_is_not_swapped(memory_shop: Any, other: Embedder) -> None:
    memory_shop.add("p0")
    memory_shop.write()
    memory_shop.ingest()
    passes = []

    def write_again(rebuilt: Any) -> None:
        passes.append(rebuilt.points)
        memory_shop.rows[0]["price"] = str(len(passes))
        memory_shop.write()
        memory_shop.ingest()

    with pytest.raises(Unsettled, match="end the ingest"):
        change(memory_shop, other, progress=write_again)
    assert len(passes) == PASSES
    assert memory_shop.store.describe() == memory_shop.info()


def test_a_model_that_fails_the_gate_is_not_served_and_its_work_is_kept(
    filled: Any, other: Embedder
) -> None:
    result = change(filled, other, gate=lambda old: ["p_at_9 is 0.1"])
    assert (result.swapped, result.broken) == (False, ["p_at_9 is 0.1"])
    assert filled.store.describe() == filled.info()
    assert filled.store.previous() is None
    result = change(filled, other)
    assert (result.swapped, result.rebuilt.there, result.rebuilt.embedded) == (True, 6, 0)


def test_stopped_it_leaves_the_alias_alone_and_goes_on_later(filled: Any, other: Embedder) -> None:
    result = change(filled, other, stop=lambda: True)
    assert (result.interrupted, result.swapped) == (True, False)
    assert filled.store.describe() == filled.info()
    assert change(filled, other).swapped


def test_after_a_rollback_it_catches_up_with_what_was_ingested_since(
    filled: Any, embedder: Embedder, other: Embedder
) -> None:
    assert change(filled, other).swapped
    filled.store.promote(embedder.fingerprint)
    filled.store.delete([points(filled.store)["p1"].id])
    filled.add("late")
    filled.write()
    filled.ingest()
    result = change(filled, other)
    assert (result.swapped, result.rebuilt.embedded, result.rebuilt.removed) == (True, 1, 1)
    with filled.store.beside(other.fingerprint) as new:
        assert facts(points(new)) == facts(points(filled.store))


def test_the_new_ledger_knows_what_came_over_as_the_old_one_knew_it(
    filled: Any, other: Embedder, picture_of: Any
) -> None:
    old = [
        Entry(
            one.id, product_id, f"images/{product_id}.jpg", "1:2", one.payload["image_sha256"],
            "of the row", filled.embedder.fingerprint, 7, "run-1", "then",
        )
        for product_id, one in sorted(points(filled.store).items())
    ]  # fmt: skip
    with Ledger(ledger_path(filled, filled.info()), filled.info().stamp) as ledger:
        ledger.put([*old, replace(old[0], point_id="never written")])
    (filled.root / "images/p3.jpg").unlink()
    filled.file("images/p4.jpg", picture_of(99))
    assert change(filled, other, lose=1).swapped
    with filled.store.beside(other.fingerprint) as new:
        now = points(new)["p4"].payload["image_sha256"]
    with Ledger(ledger_path(filled, info_of(other)), info_of(other).stamp) as ledger:
        found = {entry.product_id: entry for entry in ledger}
    expected = {one.product_id: replace(one, model=other.fingerprint) for one in old}
    del expected["p3"]
    expected["p4"] = replace(expected["p4"], image_sha256=now, signature=None)
    assert found == expected


def test_what_fails_keeps_its_older_state_but_is_not_taken_for_known(
    filled: Any, embedder: Embedder, other: Embedder
) -> None:
    point_id = points(filled.store)["p3"].id
    entry = Entry(point_id, "p3", "images/p3.jpg", "1:2", "a", "b", "c", 7, "run-1", "then")
    with Ledger(ledger_path(filled, filled.info()), filled.info().stamp) as ledger:
        ledger.put([entry])
    assert change(filled, other).swapped
    filled.store.promote(embedder.fingerprint)
    filled.rows[3]["price"] = "77"
    filled.write()
    filled.ingest()
    (filled.root / "images/p3.jpg").unlink()
    (filled.data / f"features-{other.backbone.fingerprint[:8]}.db").unlink()
    assert change(filled, other, lose=1).swapped
    with filled.store.beside(other.fingerprint) as new:
        assert points(new)["p3"].payload["price"] == 4.0
    with Ledger(ledger_path(filled, info_of(other)), info_of(other).stamp) as ledger:
        assert len(ledger) == 0


def test_there_is_nothing_to_re_index_before_the_first_ingest_and_nothing_to_do_twice(
    memory_shop: Any, embedder: Embedder, tmp_path: Path
) -> None:
    result = change(memory_shop, embedder)
    assert (result.swapped, result.before) == (False, result.after)
    with open_store(tmp_path / "empty") as store, pytest.raises(NoIndex):
        change(replace(memory_shop, store=store), embedder)


# Runs in a process of its own, which dies as by `kill -9` when it writes for the third time.
SCRIPT = """
import os, signal, sys
from pathlib import Path
from catalog.contract import CollectionInfo
from catalog.edge import EdgeStore
from catalog.thumbs import Thumbs
from ingest import rebuild
from ingest.reindex import reindex
from ingest.rejects import Rejects
from ingest.sources import Sources
from vision.cache import FeatureCache
from vision.embedder import open_embedder

root, data, store = map(Path, sys.argv[1:4])
model = open_embedder(sys.argv[4])
rebuild.BATCH = 2
real, calls = EdgeStore.upsert, []

def deadly(self, points):
    calls.append(points)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    real(self, points)

EdgeStore.upsert = deadly
info = CollectionInfo(model.fingerprint, model.dim, model.spec, model.labels_hash, "now")
reindex(
    EdgeStore(store), info, embedder=model, cache=FeatureCache(data / "killed.db"),
    sources=Sources({"shop": root}.get), thumbs=Thumbs(data / "thumbs"),
    ledgers=lambda source, info: data / "none",
    rejects=lambda: Rejects(data / "rejects.csv", rebuild.COLUMNS),
)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is the point of this test")
def test_killed_in_the_middle_it_goes_on_where_it_was_and_the_alias_never_moved(
    shop: Any, other: Embedder, tmp_path: Path
) -> None:
    for number in range(8):
        shop.add(f"p{number}")
    shop.write()
    shop.ingest()
    before = points(shop.store)
    shop.store.close()
    died = subprocess.run(
        [sys.executable, "-c", SCRIPT, shop.root, shop.data, tmp_path / "store", OTHER],
        cwd=Path(ingest.__file__ or "").parent.parent,
        env=os.environ,
    )
    assert died.returncode == -signal.SIGKILL
    with open_store(tmp_path / "store") as store:
        assert store.describe() == shop.info()
        result = change(replace(shop, store=store), other)
        assert (result.swapped, result.rebuilt.embedded) == (True, 4)
        with store.beside(other.fingerprint) as new:
            assert facts(points(new)) == facts(before)
