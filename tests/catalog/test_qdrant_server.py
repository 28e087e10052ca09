"""What only a real server proves; see docs/qdrant-server-tests.md. Skipped without QDRANT_URL."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from catalog.contract import INDEXES, collection_name
from catalog.errors import StoreUnavailable
from catalog.store import Filter, open_store

pytestmark = pytest.mark.qdrant


@pytest.fixture
def client(server: Any) -> Iterator[QdrantClient]:
    """The server as another service sees it."""
    url, key = os.environ["QDRANT_URL"], os.environ.get("QDRANT_API_KEY")
    direct = QdrantClient(url=url, api_key=key, check_compatibility=False)
    yield direct
    direct.close()


def test_the_server_has_every_payload_index_before_the_first_point(
    server: Any, client: QdrantClient, kit: Any
) -> None:
    with server.open() as store:
        store.ensure(kit.info())
    live = client.get_collection(server.alias)
    assert live.points_count == 0
    assert {key: index.data_type.value for key, index in live.payload_schema.items()} == INDEXES


def test_the_alias_is_an_alias_and_other_clients_read_through_it(
    server: Any, client: QdrantClient, kit: Any
) -> None:
    points = kit.shelf(20)
    with server.open() as store:
        store.ensure(kit.info())
        store.upsert(points)
    name = collection_name(kit.fingerprint("model"), server.alias)
    pairs = {a.alias_name: a.collection_name for a in client.get_aliases().aliases}
    assert pairs[server.alias] == name
    assert client.count(server.alias, exact=True).count == 20
    assert client.facet(server.alias, key="category", exact=True).hits


def test_strict_mode_accepts_our_filters_on_indexed_keys(
    server: Any, client: QdrantClient, kit: Any
) -> None:
    points = kit.shelf(50)
    with server.open() as store:
        store.ensure(kit.info())
        store.upsert(points)
        strict = models.StrictModeConfig(enabled=True, unindexed_filtering_retrieve=False)
        name = collection_name(kit.fingerprint("model"), server.alias)
        client.update_collection(name, strict_mode_config=strict)
        where = Filter(any_of={"category": ("Hat",)}, price_min=1.0, available=True)
        assert store.count(where) == len(store.query(points[0].vector, 50, where, exact=True))
        with pytest.raises(StoreUnavailable, match="400"):
            store.count(Filter(any_of={"image_url": ("x",)}))


@pytest.mark.slow
def test_the_graph_finds_what_the_exact_scan_finds(server: Any, kit: Any) -> None:
    """Recall@10 of at least 0.99, unfiltered and inside one category, once the graph is built."""
    points = kit.shelf(20_000)
    with server.open() as store:
        store.ensure(kit.info())
        store.upsert(points)
        # at this size the server would otherwise scan
        assert store.optimize(force=True).linked >= len(points) * 0.9
        for where in (Filter(), Filter(any_of={"category": ("Hat",)})):
            found = []
            for query in kit.unit(99, 100):
                exact = {hit.id for hit in store.query(query, 10, where, exact=True)}
                walked = {hit.id for hit in store.query(query, 10, where)}
                found.append(len(exact & walked) / 10)
            assert np.mean(found) >= 0.99


def test_several_writers_share_one_server(server: Any, kit: Any) -> None:
    points = kit.shelf(2_000)

    def work(part: int) -> None:
        with server.open() as store:
            store.ensure(kit.info())  # all at once: only one of them can make the collection
            store.upsert(points[part::4])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [None] * 4
    with server.open() as store:
        assert store.count() == 2_000
        assert {stored.id for stored in store.scroll()} == {point.id for point in points}


def test_a_wrong_key_is_refused_at_once(server: Any) -> None:
    if not os.environ.get("QDRANT_API_KEY"):
        pytest.skip("QDRANT_API_KEY is not set: NOT PROVEN that a server with a key refuses others")
    with (
        open_store(os.environ["QDRANT_URL"], alias=server.alias, api_key="wrong") as store,
        pytest.raises(StoreUnavailable, match="QDRANT_API_KEY"),
    ):
        store.describe()
