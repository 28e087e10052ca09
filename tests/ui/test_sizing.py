"""Amounts as people write them, and the tables of docs/scale.md, computed again."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.sizing import Plan
from ingest.partition import Partition
from ui.sizing import Sized, amount, hours, span, told

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
PLANS = {
    "10,000": Plan(10_000),
    "100,000": Plan(100_000),
    "1 million": Plan(1_000_000),
    "10 million": Plan(10_000_000, workers=4),
    "100 million": Plan(100_000_000, replicas=2, workers=16),
    "1 billion": Plan(10**9, replicas=2, workers=64, node_memory=amount("256GB")),
}
KINDS = ("none", "scalar", "turbo4", "turbo2", "turbo1")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10k", 10_000),
        ("50M", 50_000_000),
        ("1.5m", 1_500_000),
        ("1B", 10**9),
        ("1,000,000", 10**6),
        ("1_000", 1_000),
        ("830", 830),
        ("64GB", 64 * 10**9),
        ("64 GiB", 64 * 2**30),
        ("2TB", 2 * 10**12),
    ],
)
def test_an_amount_is_read_as_people_write_it(written: str, meant: int) -> None:
    assert amount(written) == meant


@pytest.mark.parametrize("written", ["", "many", "-5", "1.2.3", "5X", "0", "10 k k", "1e6"])
def test_what_is_no_amount_is_refused_with_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 10k|less than one"):
        amount(written)


def test_bytes_and_hours_are_told_in_units_of_their_size() -> None:
    assert [told(size) for size in (512, 44_680_000, 1.36e11, 6.3e12, 2.5e15)] == [
        "512 B", "44.7 MB", "136 GB", "6.3 TB", "2,500 TB",
    ]  # fmt: skip
    assert [hours(count) for count in (0.001, 0.5, 2.18, 218.4)] == [
        "a minute", "30 minutes", "2.2 hours", "9.1 days",
    ]  # fmt: skip


def sizes() -> Iterator[str]:
    """The first table of the page."""
    for name, plan in PLANS.items():
        found = Sized.of(plan).need
        needed = told(sum(found.own_memory.values()))
        nodes = "one process" if found.engine == "embedded" else f"{found.nodes} × {found.shards}"
        yield (
            f"| {name} | {found.engine} | {needed} | {told(found.memory_bytes)} "
            f"| {told(found.disk_bytes)} | {nodes} | {told(sum(found.home.values()))} "
            f"| {hours(found.ingest_hours)} by {plan.workers} "
            f"| {span(found.walk_ms or found.scan_ms)} | {span(found.scan_ms)} |"
        )


def kinds() -> Iterator[str]:
    """The second."""
    plan = Plan(100_000_000, 512, replicas=2, node_memory=amount("128GB"))
    for kind in KINDS:
        found = Sized.of(replace(plan, quantization=kind)).need
        copy = found.own_memory.get("quantized vectors", 0)
        vectors = found.cached.get("vectors", 0)
        yield (
            f"| {kind} | {told(copy + vectors)} | {told(found.memory_bytes)} "
            f"| {told(found.disk_bytes)} | {found.nodes} |"
        )


@pytest.mark.parametrize("rows", [sizes, kinds])
def test_the_tables_of_the_guide_are_what_the_command_computes(rows: object) -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [row for row in rows() if row not in page]  # type: ignore[operator]
    assert not missing, "docs/scale.md has another table; put in:\n" + "\n".join(missing)


def test_the_guide_names_every_page_that_a_coefficient_is_from() -> None:
    page = PAGE.read_text(encoding="utf-8")
    source = (PAGE.parents[1] / "catalog" / "coefficients.py").read_text(encoding="utf-8")
    pages = ("Capacity planning", "Quantization", "Horizontal scaling", "Large-scale search")
    said = " ".join(source.replace("# ", "").split())
    for name in pages:
        assert name in said
        assert f"[{name}](https://qdrant.tech/" in page


def test_what_a_shop_sets_in_qdrant_itself_is_named_as_such() -> None:
    lines = " ".join(Sized.of(Plan(10**8, replicas=2, workers=8)).choose())
    assert "In Qdrant's own configuration" in lines
    assert "SHARD_NUMBER=12" in lines
    assert "REPLICATION_FACTOR=2" in lines
    assert "`optimize` sets int8" in lines
    turbo = " ".join(Sized.of(Plan(10**8, quantization="turbo4")).choose())
    assert "in Qdrant itself, and after `optimize`" in turbo
    assert "its share of products is not found" in turbo


@pytest.mark.parametrize("workers", [2, 8])
def test_the_parts_that_are_named_are_those_that_ingest_takes(workers: int) -> None:
    lines = " ".join(Sized.of(Plan(10**8, workers=workers)).choose())
    named = re.search(r"--partition (\S+)` to (\S+)\.", lines)
    assert named is not None
    first, last = map(Partition.parse, named.groups())
    assert (first.index, last.index) == (0, workers - 1)
    assert first.count == last.count == workers


def test_a_small_shop_is_told_that_it_has_nothing_to_set() -> None:
    assert Sized.of(Plan(10_000)).choose() == [
        "The embedded engine: one machine, one process at a time, nothing to set."
    ]


def test_many_thumbnails_may_want_a_disk_formatted_for_them() -> None:
    assert "mke2fs" in " ".join(Sized.of(Plan(50_000_000)).means())
    assert "mke2fs" not in " ".join(Sized.of(Plan(1_000_000)).means())
