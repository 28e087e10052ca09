"""The alias moves under people who search: nobody fails, no answer is of two models."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from made import TINY, picture
from qdrant_client import QdrantClient

from catalog.contract import CollectionInfo
from catalog.errors import NoIndex
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store
from search.follow import Following
from search.request import SearchRequest
from search.service import SearchService
from vision.embedder import Embedder, open_embedder
from vision.errors import BadArtefact

NOW = "2026-01-01T00:00:00+00:00"
PER_SECOND = 20
PHOTOS = [picture(seed) for seed in range(12)]


def info(embedder: Embedder) -> CollectionInfo:
    return CollectionInfo(
        embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, NOW
    )


def fill(store: Store, embedder: Embedder) -> None:
    """One product a photo, its id the photo's number."""
    store.ensure(info(embedder))
    vectors = embedder.encode([embedder.decode(photo) for photo in PHOTOS]).vectors
    stamp = Stamp("0" * 64, embedder.fingerprint, "run", NOW)
    products = [Product("s", str(number)) for number in range(len(PHOTOS))]
    store.upsert(
        [
            Point(product.point_id, vector, product.to_payload(stamp))
            for product, vector in zip(products, vectors, strict=True)
        ]
    )


class OneByOne:
    """The client's own engine is not safe for threads; a server is."""

    def __init__(self, client: QdrantClient) -> None:
        self._client, self._lock = client, threading.RLock()

    def __getattr__(self, name: str) -> Any:
        called = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                return called(*args, **kwargs)

        return call


@pytest.fixture(scope="module")
def other() -> Embedder:
    """Its vectors are as long as those of `tiny`: only the model tells them apart."""
    return open_embedder(TINY.replace("64", "96"))


@pytest.fixture(params=["edge", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same store again, as another process would."""
    if request.param == "edge":
        return lambda: open_store(tmp_path / "store")
    client: Any = OneByOne(QdrantClient(":memory:"))
    return lambda: open_store(":memory:", client=client)


@dataclass
class Shelf:
    """Opens each collection with the model that belongs to it, and counts what is open."""

    store: Store
    models: list[Embedder]
    open: list[str] = field(default_factory=list)

    @contextmanager
    def __call__(self, wanted: CollectionInfo) -> Iterator[SearchService]:
        known = {model.fingerprint: model for model in self.models}
        if wanted.fingerprint not in known:
            raise BadArtefact(f"no model {wanted.fingerprint[:8]}")
        with self.store.beside(wanted.fingerprint) as own:
            self.open.append(wanted.fingerprint)
            yield SearchService(known[wanted.fingerprint], own)
        self.open.remove(wanted.fingerprint)


@dataclass
class Client:
    """Asks 20 times a second; keeps what went wrong, and the model of each answer."""

    service: Following
    wrong: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)

    def ask(self, number: int) -> None:
        asked = number % len(PHOTOS)
        try:
            result = self.service.search(SearchRequest(PHOTOS[asked], k=5))
        except Exception as error:  # noqa: BLE001 - whatever it is, the shopper saw it
            self.wrong.append(repr(error))
            return
        made_by = {hit.stamp.model for hit in result.hits}
        best = result.hits[0]
        # a photo of the catalog: in its own model's collection it is its own nearest neighbour
        if len(made_by) > 1 or best.product.product_id != str(asked) or best.score < 0.999:
            self.wrong.append(f"{number}: {made_by}, {best.product.product_id}, {best.score}")
        self.models.append(made_by.pop())

    def wait_for(self, model: str) -> None:
        deadline = time.monotonic() + 30
        while not self.models or self.models[-1] != model:
            assert time.monotonic() < deadline, f"still not {model[:8]}: {self.wrong}"
            time.sleep(0.02)


@contextmanager
def asking(service: Following) -> Iterator[Client]:
    client, ended = Client(service), threading.Event()

    def work() -> None:
        number = 0
        while not ended.wait(1 / PER_SECOND):
            client.ask(number)
            number += 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield client
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_the_alias_moves_there_and_back_under_a_client_and_no_answer_fails_or_is_mixed(
    place: Callable[[], Store], tiny: Embedder, other: Embedder
) -> None:
    with place() as filling:
        fill(filling, tiny)
    with (
        place() as store,
        Following(store.describe, Shelf(store, [tiny, other]), look_s=0.02) as service,
        asking(service) as client,
        place() as maker,
    ):
        client.wait_for(tiny.fingerprint)
        with maker.beside(other.fingerprint) as beside:
            fill(beside, other)
        maker.promote(other.fingerprint)
        client.wait_for(other.fingerprint)
        maker.promote(tiny.fingerprint)
        client.wait_for(tiny.fingerprint)
    assert client.wrong == []
    assert set(client.models) == {tiny.fingerprint, other.fingerprint}


def test_an_optimized_index_is_moved_to_under_a_client_and_no_answer_fails(
    tmp_path: Path, tiny: Embedder
) -> None:
    with open_store(tmp_path) as store:
        fill(store, tiny)
    with (
        open_store(tmp_path) as store,
        Following(
            store.describe, Shelf(store, [tiny]), revision=store.revision, look_s=0.02
        ) as service,
        asking(service) as client,
    ):
        client.wait_for(tiny.fingerprint)
        assert store.optimize(force=True).built
        deadline = time.monotonic() + 30
        while list(tmp_path.glob("collections/*/shard")):  # until nobody has the old files open
            assert time.monotonic() < deadline
            time.sleep(0.02)
        answered = len(client.models)
        while len(client.models) < answered + 5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert client.wrong == []


def test_a_collection_is_let_go_of_after_its_last_answer_and_not_before(
    tmp_path: Path, tiny: Embedder, other: Embedder
) -> None:
    with open_store(tmp_path) as store:
        fill(store, tiny)
        with store.beside(other.fingerprint) as beside:
            fill(beside, other)
    with open_store(tmp_path) as store:
        shelf = Shelf(store, [tiny, other])
        with Following(store.describe, shelf, look_s=0.01) as service:
            with service._service() as answering:  # a query that takes its time
                store.promote(other.fingerprint)
                while service._pair.info.fingerprint != other.fingerprint:
                    time.sleep(0.01)
                assert sorted(shelf.open) == sorted([tiny.fingerprint, other.fingerprint])
                assert answering.count() == len(PHOTOS)
            assert shelf.open == [other.fingerprint]
            assert service.count() == len(PHOTOS)
        assert shelf.open == []


def test_without_the_new_model_the_old_collection_goes_on_answering_and_the_log_tells(
    tmp_path: Path, tiny: Embedder, other: Embedder, caplog: pytest.LogCaptureFixture
) -> None:
    client: Any = OneByOne(QdrantClient(":memory:"))
    with open_store(":memory:", client=client) as store:
        fill(store, tiny)
        with store.beside(other.fingerprint) as beside:
            fill(beside, other)
        shelf = Shelf(store, [tiny])
        with Following(store.describe, shelf, look_s=0.01, again_s=0.01) as service:
            store.promote(other.fingerprint)
            while not caplog.messages:
                time.sleep(0.01)
            assert other.fingerprint[:8] in caplog.text
            hit = service.search(SearchRequest(PHOTOS[3], k=1)).hits[0]
            assert (hit.stamp.model, hit.product.product_id) == (tiny.fingerprint, "3")
            assert service.categories() == {}
            shelf.models.append(other)  # somebody copies it here
            while service._pair.info.fingerprint != other.fingerprint:
                time.sleep(0.01)
            assert service.search(SearchRequest(PHOTOS[3], k=1)).hits[0].score > 0.999


def test_before_the_first_ingest_every_question_says_so_and_then_it_is_followed(
    place: Callable[[], Store], tiny: Embedder
) -> None:
    with (
        place() as store,
        Following(store.describe, Shelf(store, [tiny]), look_s=0.01) as service,
    ):
        for ask in (
            service.count, service.categories, lambda: service.product("3"),
            lambda: service.search(SearchRequest(PHOTOS[3])), lambda: service.embed(PHOTOS[3]),
        ):  # fmt: skip
            with pytest.raises(NoIndex):
                ask()
        with place() as writer:
            fill(writer, tiny)
            for _ in range(3000):
                try:
                    hits = service.search(SearchRequest(PHOTOS[3], k=1)).hits
                    break
                except NoIndex:
                    time.sleep(0.01)
            assert hits[0].product.product_id == "3"
            assert service.count() == len(PHOTOS)


def test_a_search_that_never_had_an_index_ends_all_the_same(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        service = Following(store.describe, Shelf(store, []), look_s=0.01)
        service.close()
        service.close()
