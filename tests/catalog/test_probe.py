"""`snapshelf contract check`: a sound collection passes, and each way to break one is told."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import qdrant_edge
from qdrant_client import QdrantClient, models

from catalog.contract import VECTOR_NAME, collection_name
from catalog.errors import NoIndex
from catalog.probe import Probe, probe
from catalog.store import Point, Store, open_store


def found(probed: Probe) -> list[tuple[str, str]]:
    return [(finding.check, finding.what) for finding in probed.findings]


def test_what_an_ingest_leaves_keeps_the_contract(filled: tuple[Store, list[Point]]) -> None:
    store, points = filled
    probed = probe(store)
    assert found(probed) == []
    assert probed.sampled == len(points)
    assert "points" not in probed.unproven
    assert probe(store, sample=7).sampled == 7


def test_what_an_engine_does_not_have_is_called_unproven(tmp_path: Path, kit: Any) -> None:
    with open_store(":memory:") as memory, open_store(tmp_path) as edge:
        for store, lacks in ((memory, {"indexes", "strict mode"}), (edge, {"strict mode"})):
            with pytest.raises(NoIndex):
                probe(store)
            store.ensure(kit.info())
            assert probe(store).unproven.keys() - {"points"} == lacks


def test_an_empty_index_leaves_the_points_unproven(store: Store) -> None:
    probed = probe(store)
    assert (probed.findings, probed.sampled) == ((), 0)
    assert probed.unproven["points"] == "none were found behind the alias"


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda p: {**p, "price": -1}, "the payload breaks the schema: price (minimum 0)"),
        (lambda p: {**p, "title": None}, "the payload breaks the schema: title (type string)"),
        (
            lambda p: {**p, "colors": ["red", "red"]},
            "the payload breaks the schema: colors (uniqueItems True)",
        ),
        (
            lambda p: {k: v for k, v in p.items() if k != "run_id"},
            "the payload breaks the schema: 'run_id' is a required property",
        ),
        (lambda p: {**p, "product_id": "another"}, "the id is not that of source, product_id"),
        (lambda p: {**p, "product_id": " "}, "the id is not that of source, product_id"),
        (lambda p: {**p, "model": "ab" * 32}, "the vector is of another model"),
    ],
)
def test_points_that_break_the_contract_are_named_with_what_is_wrong(
    store: Store, kit: Any, spoil: Callable[[dict[str, Any]], dict[str, Any]], what: str
) -> None:
    good, bad, worse = kit.shelf(3)
    spoiled = [Point(p.id, p.vector, spoil(dict(p.payload))) for p in (bad, worse)]
    store.upsert([good, *spoiled])
    (finding,) = probe(store).findings
    assert (finding.check, set(finding.points)) == ("points", {bad.id, worse.id})
    assert finding.what.startswith(what)
    assert "ingest" in finding.mend


def test_a_point_without_its_vector_is_found(kit: Any) -> None:
    client = QdrantClient(":memory:")
    with open_store(":memory:", client=client) as store:
        store.ensure(kit.info())
        point = kit.shelf(1)[0]
        bare = models.PointStruct(id=point.id, vector={}, payload=dict(point.payload))
        client.upsert("products", [bare])
        assert found(probe(store)) == [("points", f"there is no vector of {kit.dim} numbers")]


def test_a_missing_index_is_found(tmp_path: Path, kit: Any) -> None:
    with open_store(tmp_path) as store:
        store.ensure(kit.info())
    path = next(tmp_path.rglob("shard"))
    shard = qdrant_edge.EdgeShard.load(str(path))
    shard.update(qdrant_edge.UpdateOperation.delete_field_index("brand"))
    shard.close()
    with open_store(tmp_path) as store:
        assert found(probe(store)) == [
            ("indexes", "brand should have an index of kind keyword, and has none")
        ]


def make(client: QdrantClient, name: str, metadata: dict[str, Any], dim: int) -> None:
    params = models.VectorParams(size=dim, distance=models.Distance.COSINE)
    client.create_collection(name, vectors_config={VECTOR_NAME: params}, metadata=metadata)


def test_a_collection_in_place_of_the_alias_is_found(kit: Any) -> None:
    client = QdrantClient(":memory:")
    make(client, "products", kit.info().to_metadata(), kit.dim)
    with open_store(":memory:", client=client) as store:
        assert [check for check, _ in found(probe(store))] == ["alias"]


@pytest.mark.parametrize(
    ("changes", "named", "checks"),
    [
        ({"fingerprint": "ab" * 32}, None, ["alias"]),
        ({"schema": 2}, None, ["metadata"]),
        ({"dim": 99}, None, ["metadata"]),
        (None, {}, ["metadata"]),
        (None, {"made_by": "another program"}, ["metadata"]),
    ],
)
def test_metadata_that_do_not_fit_are_found(
    kit: Any, changes: dict[str, Any] | None, named: dict[str, Any] | None, checks: list[str]
) -> None:
    client = QdrantClient(":memory:")
    name = collection_name(kit.fingerprint("model"))
    metadata = kit.info().to_metadata() | changes if changes else named or {}
    make(client, name, metadata, kit.dim)
    alias = models.CreateAlias(collection_name=name, alias_name="products")
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    with open_store(":memory:", client=client) as store:
        probed = probe(store)
    assert [check for check, _ in found(probed)] == checks
    assert "points" in probed.unproven


def test_limits_that_refuse_our_requests_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = store.inspect()

    def under(limits: dict[str, Any]) -> list[tuple[str, str]]:
        monkeypatch.setattr(store, "inspect", lambda: replace(facts, limits=limits))
        return found(probe(store))

    assert under({}) == []
    assert under({"enabled": True, "max_query_limit": 10_000, "search_allow_exact": True}) == []
    for limits in ({"max_query_limit": 5}, {"unindexed_filtering_retrieve": False}):
        ((check, what),) = under({"enabled": True, **limits})
        assert check == "strict mode"
        assert next(iter(limits)) in what


@pytest.mark.qdrant
def test_a_servers_own_strict_mode_is_read(server: Any, kit: Any) -> None:
    url, key = os.environ["QDRANT_URL"], os.environ.get("QDRANT_API_KEY")
    with server.open() as store:
        store.ensure(kit.info())
        assert found(probe(store)) == []
        strict = models.StrictModeConfig(enabled=True, max_query_limit=5)
        name = collection_name(kit.fingerprint("model"), server.alias)
        client = QdrantClient(url=url, api_key=key, check_compatibility=False)
        client.update_collection(name, strict_mode_config=strict)
        client.close()
        assert "strict mode" in [check for check, _ in found(probe(store, sample=5))]
