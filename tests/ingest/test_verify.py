"""Ledger against collection: every difference is found, told, and mended without loss."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from catalog.store import Point
from ingest.ledger import Ledger
from ingest.readers import open_catalog
from ingest.verify import FINDINGS, Verification, verify

Pictures = Callable[..., bytes]
CLEAN = dict.fromkeys(FINDINGS, 0)


@pytest.fixture
def eight(shop: Any) -> Any:
    shop.columns += ("colour",)  # what pixels would tell is not in the row, and not in its hash
    for number in range(8):
        shop.add(f"p{number}", colour="red")
    shop.write()
    shop.ingest()
    return shop


def verified(shop: Any, **options: bool) -> Verification:
    with Ledger(shop.data / "ledger.db", shop.info().created_at) as ledger:
        return verify(shop.store, {"shop": [ledger]}, **options)


def rewrite(shop: Any, product_id: str, **payload: Any) -> None:
    """As a stranger would, behind the ledger's back."""
    stored = shop.points()[product_id, 0]
    shop.store.set_payload({stored.id: stored.payload | payload})


def damage(shop: Any) -> None:
    """One point of each kind of finding."""
    shop.store.delete([shop.points()["p0", 0].id])
    rewrite(shop, "p1", model="0" * 64)
    rewrite(shop, "p2", image_sha256="0" * 64)
    rewrite(shop, "p3", price=1_000_000.0)
    with Ledger(shop.data / "ledger.db", shop.info().created_at) as ledger:
        ledger.remove([shop.points()["p4", 0].id])


def test_what_was_ingested_is_found_to_be_so(eight: Any) -> None:
    found = verified(eight)
    assert (found.points, found.known) == (8, 8)
    assert found.to_json()["findings"] == CLEAN
    assert not found.findings


def test_every_kind_of_difference_is_found_with_its_product_and_line(eight: Any) -> None:
    damage(eight)
    found = verified(eight)
    assert (found.points, found.known) == (7, 7)
    assert found.to_json()["findings"] == dict.fromkeys(FINDINGS, 1)
    told = {kind: (points[0].product_id, points[0].line) for kind, points in found.examples.items()}
    assert told == {
        "missing": ("p0", 2), "model": ("p1", 3), "image": ("p2", 4), "payload": ("p3", 5),
        "unknown": ("p4", None),
    }  # fmt: skip
    assert verified(eight).findings == found.findings


def test_colours_that_the_row_does_not_name_are_no_difference_but_others_are(shop: Any) -> None:
    shop.columns += ("colour",)
    shop.add("a", colour="red")
    shop.add("b", colour="")
    shop.write()
    shop.ingest()
    rewrite(shop, "b", colors=["blue", "white"])
    assert not verified(shop).findings
    rewrite(shop, "a", colors=["blue"])
    assert verified(shop).findings == {"payload": 1}


def test_mending_and_one_ingest_bring_everything_back_without_embedding(eight: Any) -> None:
    before = eight.points()
    damage(eight)
    assert verified(eight, mend=True).mended
    report = eight.ingest()
    assert (report.rows, report.outcomes["rejected"], report.embedded) == (8, 0, 0)
    assert report.outcomes["unchanged"] == 4  # the three that nobody touched, and the forgotten one
    assert verified(eight).to_json()["findings"] == CLEAN
    after = eight.points()
    assert after.keys() == before.keys()
    for key, stored in after.items():
        differing = {
            name for name in stored.payload if stored.payload[name] != before[key].payload[name]
        }
        assert differing <= {"run_id", "updated_at"}
        assert float(stored.vector @ before[key].vector) > 0.9999
    assert eight.ingest().outcomes == {"unchanged": 8}


def test_a_lost_ledger_is_made_again_from_the_collection(eight: Any) -> None:
    (eight.data / "ledger.db").unlink()
    assert verified(eight, mend=True).findings == {"unknown": 8}
    assert not verified(eight).findings
    del eight.rows[7]
    eight.write()
    report = eight.ingest(max_prune=20.0)
    assert report.outcomes == {"unchanged": 7}
    assert not {"decode", "embed"} & report.stages.seconds().keys()
    assert report.pruned.products == 1


def test_points_of_other_sources_are_none_of_this_ones_business(eight: Any) -> None:
    other = replace(eight, data=eight.data / "other")
    other.ingest(catalog=open_catalog(eight.root / "catalog.csv", source="another"))
    found = verified(eight)
    assert (found.points, found.findings.total()) == (8, 0)
    everything = verified(eight, others=True)
    assert (everything.points, everything.findings) == (16, {"unknown": 8})
    assert {point.source for point in everything.examples["unknown"]} == {"another"}
    with (
        Ledger(eight.data / "ledger.db", eight.info().created_at) as first,
        Ledger(other.data / "ledger.db", eight.info().created_at) as second,
    ):
        both = verify(eight.store, {"shop": [first], "another": [second]}, others=True)
    assert (both.points, both.known, both.findings.total()) == (16, 16, 0)


def test_a_payload_that_is_none_of_ours_is_written_anew(eight: Any) -> None:
    stored = eight.points()["p5", 0]
    other = eight.points()["p6", 0]
    eight.store.set_payload(
        {
            stored.id: {"source": "shop", "note": "mine"},
            other.id: other.payload | {"title": 3, "price": "a lot"},
        }
    )
    assert verified(eight, mend=True).findings == {"model": 1, "payload": 1}
    report = eight.ingest()
    assert (report.outcomes, report.embedded) == ({"unchanged": 6, "new": 2}, 0)
    assert eight.points()["p5", 0].payload["title"] == "Thing p5"


def test_a_stranger_under_our_sources_name_is_not_taken_for_a_product(eight: Any) -> None:
    stored = eight.points()["p5", 0]
    stranger = "00000000-0000-4000-8000-000000000000"
    eight.store.upsert([Point(stranger, stored.vector, stored.payload)])
    found = verified(eight, mend=True)
    assert [point.point_id for point in found.examples["unknown"]] == [stranger]
    with Ledger(eight.data / "ledger.db", eight.info().created_at) as ledger:
        assert len(ledger) == 8


def test_a_row_with_every_fact_that_a_catalog_may_have_verifies(shop: Any) -> None:
    shop.columns += ("brand", "colour", "availability", "link", "description", "category_path")
    shop.add(
        "a", price="1.299,00 €", brand="Brand & Co", colour="red/blue|Red", link="https://x.example",
        availability="in stock", description="long\ntext", category_path="Home > Lamps > Desk",
        title="cafe\u0301 \u2014 \u00fc",
    )  # fmt: skip
    shop.add("b", price="", title="", category="")
    shop.write()
    shop.ingest()
    assert not verified(shop).findings


def test_memory_does_not_grow_with_the_number_of_points(shop: Any) -> None:
    shop.add("a")
    for number in range(2_000):
        shop.add(f"p{number}", image="images/a.jpg")
    shop.write()
    shop.ingest(batch=64)
    shop.store.delete([point.id for point in shop.points().values()][::2])
    tracemalloc.start()
    found = verified(shop, mend=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.findings["missing"] == 1001
    # a page of each side: all points would take some 4 MB
    assert peak < 2_000_000
