"""What a timed store tells, and that it stays the store it was."""

from collections import Counter
from pathlib import Path
from time import sleep

import pytest
from made_shop import fill, products

from catalog.store import Store, open_store
from catalog.timed import OPERATIONS, timed, untold
from vision.embedder import Embedder


@pytest.fixture
def spent() -> list[tuple[str, float]]:
    return []


@pytest.fixture(params=["edge", ":memory:"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, tiny: Embedder, spent: list[tuple[str, float]]
) -> Store:
    place = ":memory:" if request.param == ":memory:" else str(tmp_path / "store")
    made = open_store(place)
    fill(made, tiny)
    return timed(made, lambda name, seconds: spent.append((name, seconds)))


def test_each_call_of_an_engine_is_told_once(
    store: Store, tiny: Embedder, spent: list[tuple[str, float]]
) -> None:
    with store:
        point = next(iter(store.scroll()))
        stored = store.get([point.id], with_vectors=True)[point.id]
        assert stored.vector is not None
        store.query(stored.vector, 3)
        store.recommend([stored.vector], [], 3)
        store.facet("category")
        store.set_payload({point.id: point.payload})
        store.delete([point.id])
        store.flush()
        assert store.count() == len(products()) - 1
        assert store.describe() is not None
        assert store.require(tiny.fingerprint).dim == tiny.dim
    told = Counter(name for name, _ in spent)
    assert told == Counter(set(OPERATIONS) - {"upsert"})
    assert all(0 < seconds < 60 for _, seconds in spent)


def test_what_a_reader_does_between_two_points_is_not_the_engines_time(
    store: Store, spent: list[tuple[str, float]]
) -> None:
    with store:
        for _ in zip(store.scroll(), range(3), strict=False):
            sleep(0.5)
    assert [name for name, _ in spent] == ["scroll"]
    assert spent[0][1] < 1


def test_a_call_that_fails_is_told_too(store: Store, spent: list[tuple[str, float]]) -> None:
    with store, pytest.raises(ValueError, match="nothing is liked"):
        store.recommend([], [], 3)
    assert [name for name, _ in spent] == ["recommend"]


def test_a_store_that_nobody_listens_to_is_left_as_it_is() -> None:
    with open_store(":memory:") as store:
        assert timed(store, untold) is store
