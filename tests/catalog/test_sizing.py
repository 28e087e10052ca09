"""What a catalog needs, held against what was measured and against Qdrant's own examples."""

from dataclasses import replace

import pytest

from catalog.coefficients import EMBEDDED_MOST
from catalog.graph import GRAPH_FROM
from catalog.sizing import Plan, graph, json_bytes, need, stored

MB, GIB = 10**6, 2**30
# `python -m bench.size --most 1000000`, 2026-11-29: products, numbers, graph, disk, own memory,
# memory with files, in MB of 10^6 bytes. Payloads of 827 bytes.
MEASURED = [
    (10_000, 272, False, 43, 18, 163),
    (10_000, 512, False, 65, 18, 174),
    (100_000, 272, False, 263, 145, 453),
    (100_000, 272, True, 315, 87, 364),
    (1_000_000, 272, False, 2158, 1437, 3126),
    (1_000_000, 272, True, 2250, 843, 2170),
]


@pytest.mark.parametrize(("count", "dim", "linked", "disk", "own", "memory"), MEASURED)
def test_what_was_measured_is_predicted_within_15_percent(
    count: int, dim: int, linked: bool, disk: float, own: float, memory: float
) -> None:
    found = need(Plan(count, dim, payload=827, linked=linked))
    assert found.disk_bytes == pytest.approx(disk * MB, rel=0.15)
    assert sum(found.own_memory.values()) == pytest.approx(own * MB, rel=0.15)
    assert found.memory_bytes == pytest.approx(memory * MB, rel=0.15)


def test_a_graph_is_as_large_as_qdrant_saw_it_at_400_million() -> None:
    # Large-scale search: 400 million points, m 6, 14.54 GB of cache that holds the graph
    assert graph(400_000_000, links=6) == pytest.approx(14.54 * GIB, rel=0.15)


def test_vectors_and_their_copies_are_those_of_qdrants_example() -> None:
    # Capacity planning: a million points, 768 numbers, two replicas
    whole = need(Plan(1_000_000, 768, replicas=2, quantization="none"))
    assert whole.cached["vectors"] / GIB == pytest.approx(5.72, abs=0.01)
    small = need(Plan(1_000_000, 768, replicas=2, quantization="turbo4"))
    assert small.own_memory["quantized vectors"] / GIB == pytest.approx(0.72, abs=0.01)
    assert "vectors" not in small.cached
    assert small.disk["vectors"] == whole.disk["vectors"]


@pytest.mark.parametrize(
    ("size", "measured"), [(599, 531), (767, 689), (1018, 910), (1621, 1373), (2626, 2050)]
)
def test_a_payload_takes_what_was_measured_for_its_length(size: int, measured: int) -> None:
    assert stored(size) == pytest.approx(measured, rel=0.08)


def test_a_payload_is_counted_in_bytes_not_in_letters() -> None:
    assert json_bytes({"title": "áo"}) == len('{"title":"áo"}'.encode())


@pytest.mark.parametrize(
    ("features", "measured"), [(272, 809), (512, 4779), (1280, 4779), (3072, 8875)]
)
def test_a_cached_feature_takes_what_sqlite_was_seen_to_take(features: int, measured: int) -> None:
    found = need(Plan(1_000, features=features))
    assert found.home["features"] / 1_000 == pytest.approx(measured, rel=0.02)


def test_one_machine_is_enough_until_more_was_not_measured() -> None:
    assert need(Plan(EMBEDDED_MOST)).engine == "embedded"
    assert need(Plan(EMBEDDED_MOST)).measured
    assert need(Plan(EMBEDDED_MOST + 1)).engine == "server"
    assert not need(Plan(EMBEDDED_MOST + 1, engine="embedded")).measured


@pytest.mark.parametrize(
    "plan", [Plan(1_000, workers=2), Plan(1_000, replicas=2), Plan(1_000, quantization="scalar")]
)
def test_what_one_process_cannot_do_takes_a_server(plan: Plan) -> None:
    assert need(plan).engine == "server"


def test_a_graph_is_counted_from_where_optimize_builds_one() -> None:
    below, above = need(Plan(GRAPH_FROM - 1)), need(Plan(GRAPH_FROM))
    assert below.walk_ms is None
    assert "graph" not in below.disk
    assert above.disk["graph"] == graph(GRAPH_FROM)
    assert above.optimize_disk == 2 * above.disk_bytes


def test_a_server_quantizes_from_where_optimize_makes_it() -> None:
    # 1 GiB of vectors of 256 numbers
    assert need(Plan(2**20 - 1, 256, engine="server")).quantization == "none"
    found = need(Plan(2**20, 256, engine="server"))
    assert (found.quantization, found.originals) == ("scalar", "cold")


def test_nodes_are_as_many_as_memory_disk_and_replicas_want() -> None:
    plan = Plan(10_000_000, engine="server")
    alone = need(plan)
    assert (alone.nodes, alone.shards) == (1, 1)
    assert need(replace(plan, replicas=2)).nodes == 3  # one may be down
    small = need(replace(plan, node_memory=alone.memory_bytes // 2))
    assert (small.nodes, small.shards) == (3, 6)  # each at most 80 % full
    assert need(replace(plan, node_disk=alone.disk_bytes // 3)).nodes == 4
    # however little each point takes
    assert need(Plan(10**9, 8, node_memory=10**15)).nodes == 10


def test_workers_share_the_hours_until_the_engine_writes_no_faster() -> None:
    one, four = (need(Plan(3_600_000, workers=n, images_per_second=100)) for n in (1, 4))
    assert one.ingest_hours == pytest.approx(10)
    assert four.ingest_hours == pytest.approx(2.5)
    assert not four.written_at_most
    many = need(Plan(3_600_000, workers=1_000, images_per_second=100))
    assert many.ingest_hours == pytest.approx(0.25)  # 4,000 a second
    assert many.written_at_most
