"""A run that is killed, at any point, costs nothing but time."""

import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ingest
from catalog.store import open_store

ROWS = 40
SEEDS = (1, 2, 3)
# Where a kill leaves the most different states behind: before each of these calls.
MOMENTS = ("store.upsert", "store.flush", "ledger.put", "cache.put", "thumbs.put")
# What the command line builds, in a process of its own that kills itself as by `kill -9`:
# no handler runs, no thread is waited for, nothing is flushed.
SCRIPT = """
import itertools, os, signal, sys
from pathlib import Path
from catalog.store import open_store
from catalog.thumbs import Thumbs
from ingest.fetch import Fetcher
from ingest.ledger import Ledger
from ingest.pipeline import ingest
from ingest.readers import open_catalog
from ingest.rejects import Rejects
from vision.cache import FeatureCache
from vision.embedder import open_embedder

root, data, model, moment, nth = *map(Path, sys.argv[1:3]), *sys.argv[3:5], int(sys.argv[5])
embedder = open_embedder(model)
catalog = open_catalog(root / "catalog.csv", source="shop")
store = open_store(data / "store")
ledger = Ledger(data / "ledger.db", store.describe().created_at)
cache = FeatureCache(data / "features.db")
thumbs = Thumbs(data / "thumbs")
owner, name = moment.split(".")
real, calls = getattr(globals()[owner], name), itertools.count(1)

def deadly(*arguments):
    if next(calls) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)

setattr(globals()[owner], name, deadly)
ingest(
    catalog, embedder=embedder, store=store, fetcher=Fetcher(root), ledger=ledger, thumbs=thumbs,
    cache=cache, rejects=Rejects(data / "rejects.csv", catalog.columns), run_id="killed", batch=2,
    checkpoint_s=0,
)
"""


def killed_run(shop: Any, moment: str, nth: int) -> None:
    arguments = [shop.root, shop.data, shop.embedder.spec, moment, str(nth)]
    here = Path(ingest.__file__ or "").parent.parent
    died = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], cwd=here, timeout=120)
    assert died.returncode == -signal.SIGKILL


def facts(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key not in ("run_id", "updated_at")}


@pytest.mark.slow
def test_killed_at_random_points_and_run_again_it_ends_as_if_nothing_had_happened(
    shop: Any, tmp_path: Path
) -> None:
    for number in range(ROWS):
        shop.add(f"p{number:02}", price=str(number + 1))
    shop.file("images/p05.jpg", b"")
    shop.add("p07")
    shop.write()
    shop.ingest()
    expected = shop.points()
    assert len(expected) == ROWS - 1

    killed = replace(shop, data=tmp_path / "killed")
    with open_store(killed.data / "store") as store:
        store.ensure(shop.info())
    known = 0
    for seed in SEEDS:
        chance = random.Random(seed)
        killed_run(killed, chance.choice(MOMENTS), chance.randint(1, 5))
        with open_store(killed.data / "store") as killed.store:
            reached = len(killed.points())
        assert known <= reached < ROWS - 1
        known = reached
    assert known > 0

    with open_store(killed.data / "store") as killed.store:
        report = killed.ingest()
        found = killed.points()
    assert report.outcomes["unchanged"] > 0
    assert report.outcomes.total() == report.rows == ROWS + 1
    assert found.keys() == expected.keys()
    for key, stored in found.items():
        assert stored.id == expected[key].id
        assert facts(stored.payload) == facts(expected[key].payload)
        # a picture's neighbours in its batch move the last bits
        np.testing.assert_allclose(stored.vector, expected[key].vector, atol=2e-3)  # type: ignore[arg-type]
    assert killed.rejects_path.read_text() == shop.rejects_path.read_text()
