"""Rows to points: every row one outcome, every vector with its own product."""

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from catalog.errors import IndexMismatch, StoreUnavailable
from catalog.store import open_store
from ingest.ledger import Ledger
from ingest.pipeline import LOOK
from ingest.readers import open_catalog
from ingest.report import Report
from vision.embedder import Embedder
from vision.head import bare_head

Pictures = Callable[..., bytes]
PRECISION = 1e-5


def assert_books_balance(report: Report) -> None:
    assert sum(report.to_json()["outcomes"].values()) == report.rows
    assert sum(report.reasons.values()) == report.outcomes["rejected"]


def test_a_bad_image_in_the_middle_never_shifts_a_vector_to_another_product(
    shop: Any, picture_of: Pictures
) -> None:
    for number in range(23):
        shop.add(f"p{number:02}")
    for number in (0, 3, 4, 11, 22):
        shop.file(f"images/p{number:02}.jpg", b"<html>not found</html>")
    shop.write()
    report = shop.ingest()
    points = shop.points()
    good = sorted(set(range(23)) - {0, 3, 4, 11, 22})
    assert sorted(points) == [(f"p{number:02}", 0) for number in good]
    for number in good:
        stored = points[f"p{number:02}", 0]
        assert stored.payload["title"] == f"Thing p{number:02}"
        assert stored.payload["image_url"] == f"images/p{number:02}.jpg"
        own = shop.vector_of(picture_of(number))
        np.testing.assert_allclose(stored.vector, own, atol=PRECISION)
        others = [shop.vector_of(picture_of(n)) for n in good if n != number]
        assert min(np.abs(stored.vector - other).max() for other in others) > 100 * PRECISION
    assert report.outcomes == {"new": 18, "rejected": 5}
    assert_books_balance(report)


def test_every_kind_of_bad_row_is_told_with_its_line_and_the_rest_is_indexed(
    shop: Any, picture_of: Pictures
) -> None:
    good = picture_of(1)
    shop.file("images/ok.jpg", good)
    shop.file("images/empty.jpg", b"")
    shop.file("images/torn.jpg", picture_of(2, side=400)[:2000])
    shop.file("images/page.jpg", b"<!doctype html><title>404</title>")
    shop.write(
        "id,title,image\n"
        "a,Apple,images/ok.jpg\n"
        "b,Empty,images/empty.jpg\n"
        "c,Torn,images/torn.jpg\n"
        "d,Missing,images/nowhere.jpg\n"
        "e,Page,images/page.jpg\n"
        "a,Again,images/ok.jpg\n"
        "f,Salt, pepper,images/ok.jpg\n"
        "g,Last,images/ok.jpg\n"
    )
    report = shop.ingest()
    told = {(int(row["line"]), row["id"], row["reason"]) for row in shop.rejected()}
    assert told == {
        (3, "b", "empty_body"),
        (4, "c", "truncated"),
        (5, "d", "not_found"),
        (6, "e", "not_an_image"),
        (7, "a", "duplicate"),
        (8, "f", "extra_columns"),
    }
    assert sorted(shop.points()) == [("a", 0), ("g", 0)]
    assert shop.points()["a", 0].payload["title"] == "Apple"
    assert report.outcomes == {"new": 2, "duplicate": 1, "rejected": 5}
    assert_books_balance(report)
    again = next(row for row in shop.rejected() if row["reason"] == "duplicate")
    assert "line 2" in again["message"]


def test_a_second_run_embeds_nothing_and_finds_everything_unchanged(shop: Any) -> None:
    for number in range(9):
        shop.add(f"p{number}")
    shop.write()
    first = shop.ingest()
    before = shop.points()
    second = shop.ingest()
    assert (first.embedded, first.outcomes) == (9, {"new": 9})
    assert (second.embedded, second.cached) == (0, 0)
    assert second.outcomes == {"unchanged": 9}
    assert second.stages.seconds().keys() == {"read"}
    assert {key: point.payload for key, point in shop.points().items()} == {
        key: point.payload for key, point in before.items()
    }


def test_a_changed_price_is_written_without_reading_the_image(shop: Any) -> None:
    shop.add("a")
    shop.add("b")
    shop.write()
    shop.ingest()
    before = shop.points()
    shop.rows[0]["price"] = "7,25 €"
    shop.write()
    report = shop.ingest()
    after = shop.points()
    assert report.outcomes == {"payload_only": 1, "unchanged": 1}
    assert (report.embedded, report.cached) == (0, 0)
    assert "fetch" not in report.stages.seconds()
    assert (after["a", 0].payload["price"], after["a", 0].payload["currency"]) == (7.25, "EUR")
    assert after["a", 0].payload["run_id"] == "run-2"
    assert after["a", 0].payload["image_sha256"] == before["a", 0].payload["image_sha256"]
    np.testing.assert_array_equal(after["a", 0].vector, before["a", 0].vector)
    assert after["b", 0].payload == before["b", 0].payload
    assert shop.ingest().outcomes == {"unchanged": 2}


def test_a_new_picture_under_the_old_name_is_embedded_again(
    shop: Any, picture_of: Pictures
) -> None:
    shop.add("a")
    shop.add("b")
    shop.write()
    shop.ingest()
    shop.file("images/a.jpg", picture_of(77))
    report = shop.ingest()
    assert report.outcomes == {"updated": 1, "unchanged": 1}
    assert report.embedded == 1
    np.testing.assert_allclose(
        shop.points()["a", 0].vector, shop.vector_of(picture_of(77)), atol=PRECISION
    )


def test_a_touched_file_with_the_same_bytes_costs_a_hash_and_no_decode(shop: Any) -> None:
    shop.add("a")
    shop.write()
    shop.ingest()
    os.utime(shop.root / "images/a.jpg", ns=(1, 1))
    touched = shop.ingest()
    assert touched.outcomes == {"unchanged": 1}
    assert {"fetch"} <= touched.stages.seconds().keys()
    assert not {"decode", "embed"} & touched.stages.seconds().keys()
    assert "fetch" not in shop.ingest().stages.seconds()


def test_two_products_with_the_same_bytes_share_the_vector_and_keep_their_records(
    shop: Any,
) -> None:
    shop.add("a")
    for number in range(9):
        shop.add(f"twin{number}", image="images/a.jpg", price=str(number + 1))
    shop.write()
    report = shop.ingest()
    points = shop.points()
    assert (report.embedded, report.cached) == (1, 9)
    assert len(points) == 10
    assert points["twin3", 0].payload["price"] == 4.0
    np.testing.assert_array_equal(points["twin3", 0].vector, points["a", 0].vector)


def test_no_picture_goes_to_the_model_twice_however_many_products_show_it_at_once(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        shop.add(f"p{number}")
    for number in range(90):
        shop.add(f"twin{number}", image=f"images/p{number * 7 % 30}.jpg")
    shop.rows.sort(key=lambda row: row["image"])
    shop.write()
    seen: Counter[bytes] = Counter()
    real = shop.embedder.features

    def features(batch: np.ndarray) -> np.ndarray:
        seen.update(pixels.tobytes() for pixels in batch)
        time.sleep(0.02)
        return real(batch)

    monkeypatch.setattr(shop.embedder, "features", features)
    report = shop.ingest(threads=4)
    assert (report.embedded, report.cached) == (30, 90)
    assert sorted(seen.values()) == [1] * 30
    assert len(shop.points()) == 120


def test_a_wiped_index_is_filled_again_from_the_feature_cache(shop: Any, tmp_path: Path) -> None:
    for number in range(5):
        shop.add(f"p{number}")
    shop.write()
    shop.ingest()
    with open_store(tmp_path / "new store") as fresh:
        fresh.ensure(replace(shop.info(), created_at="2026-02-02T03:04:05Z"))
        shop.store = fresh
        report = shop.ingest()
        assert report.outcomes == {"new": 5}
        assert (report.embedded, report.cached) == (0, 5)
        assert "decode" not in report.stages.seconds()
        assert sorted(shop.points()) == [(f"p{number}", 0) for number in range(5)]


def test_points_that_the_store_has_lost_are_made_again_when_their_payload_changes(
    shop: Any,
) -> None:
    for number in range(6):
        shop.add(f"p{number}")
    shop.write()
    shop.ingest()
    lost = shop.points()["p2", 0].id
    shop.store.delete([lost])
    for row in shop.rows:
        row["price"] = "1.00"
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"payload_only": 5, "new": 1}
    assert shop.points()["p2", 0].payload["price"] == 1.0


def test_a_row_with_several_images_becomes_several_points(shop: Any, picture_of: Pictures) -> None:
    for seed in range(3):
        shop.file(f"images/view{seed}.png", picture_of(seed, "PNG"))
    shop.add("a", image="images/view0.png|images/view1.png | images/view2.png")
    shop.write()
    report = shop.ingest()
    points = shop.points()
    assert report.outcomes == {"new": 1}
    assert [points["a", slot].payload["image_url"] for slot in range(3)] == [
        f"images/view{seed}.png" for seed in range(3)
    ]
    for slot in range(3):
        own = shop.vector_of(picture_of(slot, "PNG"))
        np.testing.assert_allclose(points["a", slot].vector, own, atol=PRECISION)


def test_one_bad_image_of_several_rejects_the_row_and_keeps_its_good_images(
    shop: Any, picture_of: Pictures
) -> None:
    shop.file("images/front.jpg", picture_of(1))
    shop.file("images/back.jpg", picture_of(2))
    shop.add("a", image="images/front.jpg|images/side.jpg|images/back.jpg")
    shop.add("b")
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"new": 1, "rejected": 1}
    assert report.reasons == {"not_found": 1}
    assert sorted(shop.points()) == [("a", 0), ("a", 2), ("b", 0)]
    assert "images/side.jpg" in shop.rejected()[0]["message"]
    assert_books_balance(report)


@pytest.mark.parametrize("broken", [0.0, np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("error")
def test_an_image_without_a_usable_vector_costs_its_row_only(
    shop: Any, monkeypatch: pytest.MonkeyPatch, picture_of: Pictures, broken: float
) -> None:
    for number in range(9):
        shop.add(f"p{number}")
    # a labelled head: its probabilities of such an image are no numbers either
    weight = np.random.default_rng(0).normal(size=(shop.embedder.dim, 3)).astype(np.float32)
    head = replace(bare_head(shop.embedder.dim), weight=weight, bias=np.zeros(3, np.float32))
    fingerprint = shop.embedder.fingerprint
    shop.embedder = Embedder(shop.embedder.backbone, head, ("Hat", "Shoe", "Tie"))
    shop.embedder.fingerprint = fingerprint
    shop.write()
    dead = shop.embedder.preprocess(shop.embedder.decode(picture_of(4)))
    real = shop.embedder.features

    def features(batch: np.ndarray) -> np.ndarray:
        found = real(batch).copy()
        found[[np.array_equal(pixels, dead) for pixels in batch]] = broken
        return found

    for run in range(2):
        monkeypatch.setattr(shop.embedder, "features", features)
        report = shop.ingest()
        assert report.outcomes == {("new", "unchanged")[run]: 8, "rejected": 1}
        assert report.reasons == {"bad_vector": 1}
        assert "images/p4.jpg" in shop.rejected()[0]["message"]
        assert_books_balance(report)
        assert len(shop.points()) == 8
    if broken != 0.0:
        monkeypatch.setattr(shop.embedder, "features", real)
        assert shop.ingest().outcomes == {"new": 1, "unchanged": 8}
    for number in sorted({int(product_id[1:]) for product_id, _ in shop.points()}):
        own = shop.vector_of(picture_of(number))
        np.testing.assert_allclose(shop.points()[f"p{number}", 0].vector, own, atol=PRECISION)


def test_thumbnails_are_kept_for_every_indexed_image(shop: Any) -> None:
    shop.add("a")
    shop.write()
    shop.ingest()
    sha256 = shop.points()["a", 0].payload["image_sha256"]
    thumb = shop.data / "thumbs" / sha256[:2] / f"{sha256}.jpg"
    assert Image.open(thumb).size == (48, 48)
    thumb.unlink()
    (shop.data / "ledger.db").unlink()
    report = shop.ingest()
    assert thumb.exists()
    assert (report.embedded, report.cached) == (0, 1)


def test_a_stopped_run_finishes_what_it_has_read_and_the_next_one_goes_on(shop: Any) -> None:
    for number in range(60):
        shop.add(f"p{number:02}")
    shop.write()
    polls = iter(range(1000))
    stopped = shop.ingest(stop=lambda: next(polls) >= 25)
    assert stopped.interrupted
    assert stopped.rows == 25
    assert_books_balance(stopped)
    assert len(shop.points()) == 25
    rest = shop.ingest()
    assert not rest.interrupted
    assert rest.outcomes == {"unchanged": 25, "new": 35}


def test_an_error_of_the_store_ends_the_run_and_leaves_it_resumable(shop: Any) -> None:
    for number in range(40):
        shop.add(f"p{number:02}")
    shop.write()

    class FailsOnThird:
        """The real store, until its third batch."""

        def __init__(self) -> None:
            self.batches = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(shop.store, name)

        def upsert(self, points: Any) -> None:
            self.batches += 1
            if self.batches == 3:
                raise StoreUnavailable("the disk is full · 0 bytes left · free some")
            shop.store.upsert(points)

    with pytest.raises(StoreUnavailable, match="disk is full"):
        shop.ingest(store=FailsOnThird())
    assert len(shop.points()) == 8
    resumed = shop.ingest()
    assert resumed.outcomes == {"unchanged": 8, "new": 32}


@pytest.mark.parametrize("checkpoint_s", [0.0, 60.0])
def test_the_ledger_never_knows_of_a_point_that_the_store_has_not_flushed(
    shop: Any, monkeypatch: pytest.MonkeyPatch, checkpoint_s: float
) -> None:
    for number in range(20):
        shop.add(f"p{number:02}")
    shop.write()
    acknowledged: set[str] = set()
    flushed: set[str] = set()
    real_put = Ledger.put

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(shop.store, name)

        def upsert(self, points: Any) -> None:
            shop.store.upsert(points)
            acknowledged.update(point.id for point in points)

        def flush(self) -> None:
            shop.store.flush()
            flushed.update(acknowledged)

    def put(ledger: Ledger, entries: Any) -> None:
        assert {entry.point_id for entry in entries} <= flushed
        real_put(ledger, entries)

    monkeypatch.setattr(Ledger, "put", put)
    shop.ingest(store=Watched(), checkpoint_s=checkpoint_s)
    assert len(flushed) == 20
    assert shop.ingest().outcomes == {"unchanged": 20}


def test_a_fault_of_the_program_is_raised_and_never_counted_as_a_bad_row(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add("a")
    shop.write()
    monkeypatch.setattr(shop.embedder, "read", lambda data, **wish: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shop.ingest()


def test_an_index_of_another_model_is_refused_before_a_row_is_read(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add("a")
    shop.write()
    monkeypatch.setattr(shop.embedder, "fingerprint", "0" * 64)
    with pytest.raises(IndexMismatch):
        shop.ingest()
    assert shop.points() == {}


def test_memory_is_bounded_the_reader_never_runs_far_ahead_of_the_writer(shop: Any) -> None:
    for number in range(240):
        shop.add(f"p{number:03}")
    shop.write()
    written = 0
    lead: list[int] = []
    real_upsert = shop.store.upsert

    class Counts:
        def __getattr__(self, name: str) -> Any:
            return getattr(shop.store, name)

        def upsert(self, points: Any) -> None:
            nonlocal written
            real_upsert(points)
            written += len(points)

    catalog = open_catalog(shop.root / "catalog.csv", source="shop")

    def counted() -> Any:
        for number, row in enumerate(catalog, 1):
            lead.append(number - written)
            yield row

    watched = replace(catalog, open_rows=counted)
    report = shop.ingest(store=Counts(), catalog=watched, threads=2)
    assert report.outcomes == {"new": 240}
    # ahead of and at the model, being collected, with the writer: batches of 4, and one look
    assert max(lead) <= (8 + 2 + 1 + 2) * 4 + LOOK


def test_progress_is_told_while_the_run_goes_on_and_at_its_end(shop: Any) -> None:
    for number in range(30):
        shop.add(f"p{number}")
    shop.write()
    seen: list[tuple[int, int]] = []
    threads = set()

    def progress(report: Report) -> None:
        seen.append((report.rows, report.done))
        threads.add(threading.current_thread())

    shop.ingest(progress=progress)
    assert seen[-1] == (30, 30)
    assert threads == {threading.main_thread()}


def test_the_report_has_exactly_the_agreed_names(shop: Any) -> None:
    shop.add("a")
    shop.add("b", image="images/none.jpg")
    shop.write()
    told = shop.ingest().to_json()
    assert told.pop("seconds") > 0
    assert told.pop("images_per_second") > 0
    assert set(told.pop("stages")) == {"read", "fetch", "decode", "embed", "write"}
    assert told == {
        "rows": 2,
        "elsewhere": 0,
        "outcomes": {
            "new": 1, "updated": 0, "payload_only": 0, "unchanged": 0, "duplicate": 0,
            "rejected": 1,
        },
        "reasons": {"not_found": 1},
        "fetched": {"ok": 1, "failed": 1},
        "retries": {},
        "images": {"embedded": 1, "cached": 0},
    }  # fmt: skip


def test_an_unreadable_price_is_a_warning_and_no_reason_to_lose_the_row(shop: Any) -> None:
    shop.add("a", price="ask us")
    shop.write()
    report = shop.ingest()
    assert report.outcomes == {"new": 1}
    assert report.warnings == {"unreadable_price": 1}
    assert "price" not in shop.points()["a", 0].payload


def test_images_from_the_web_are_fetched_once_and_known_by_their_url(
    shop: Any, picture_of: Pictures, httpserver: HTTPServer
) -> None:
    host = f"localhost:{httpserver.port}"
    for number in range(6):
        httpserver.expect_request(f"/{number}").respond_with_data(
            picture_of(number), content_type="text/html"
        )
        shop.add(f"p{number}", image=f"http://{host}/{number}")
    httpserver.expect_request("/gone").respond_with_data("<html>", status=404)
    shop.add("gone", image=f"http://{host}/gone")
    shop.write()
    first = shop.ingest(allow_hosts=[host])
    assert first.outcomes == {"new": 6, "rejected": 1}
    assert first.reasons == {"http_404": 1}
    assert shop.rejected()[0]["attempts"] == "1"
    for number in range(6):
        own = shop.vector_of(picture_of(number))
        np.testing.assert_allclose(shop.points()[f"p{number}", 0].vector, own, atol=PRECISION)
    httpserver.clear_log()
    again = shop.ingest(allow_hosts=[host])
    assert again.outcomes == {"unchanged": 6, "rejected": 1}
    assert [request.path for request, _ in httpserver.log] == ["/gone"]


def test_what_other_hosts_have_sent_is_stored_and_known_while_a_slow_one_is_awaited(
    shop: Any, picture_of: Pictures, httpserver: HTTPServer
) -> None:
    host = f"localhost:{httpserver.port}"
    done_meanwhile: list[tuple[int, int]] = []

    def done() -> tuple[int, int]:
        with closing(sqlite3.connect(shop.data / "ledger.db")) as ledger:
            known = ledger.execute("SELECT count(*) FROM points").fetchone()[0]
        return len(shop.points()), known

    def slow(request: Request) -> Response:
        end = time.monotonic() + 9  # ten, and the fetcher gives up
        while done() != (3, 3) and time.monotonic() < end:
            time.sleep(0.01)
        done_meanwhile.append(done())
        return Response(picture_of(99))

    httpserver.expect_request("/slow").respond_with_handler(slow)
    shop.add("slow", image=f"http://{host}/slow")
    for number in range(3):
        shop.add(f"p{number}")
    shop.write()
    report = shop.ingest(allow_hosts=[host], batch=64, checkpoint_s=0.2)
    assert report.outcomes == {"new": 4}
    assert done_meanwhile == [(3, 3)]


def test_hosts_in_the_private_network_are_refused_unless_allowed(
    shop: Any, httpserver: HTTPServer
) -> None:
    shop.add("a", image=f"http://127.0.0.1:{httpserver.port}/a.jpg")
    shop.add("b", image="http://127.0.0.1/a.jpg")
    shop.write()
    report = shop.ingest()
    assert report.reasons == {"refused_url": 1, "refused_address": 1}
    assert httpserver.log == []


def test_the_predicted_category_is_the_heads_and_survives_a_change_of_price(
    shop: Any, tmp_path: Path, embedder: Embedder, picture_of: Pictures
) -> None:
    weight = np.random.default_rng(0).normal(size=(embedder.dim, 3)).astype(np.float32)
    head = replace(bare_head(embedder.dim), weight=weight, bias=np.zeros(3, np.float32))
    shop.embedder = Embedder(embedder.backbone, head, ("Hat", "Shoe", "Tie"))
    for number in range(5):
        shop.add(f"p{number}")
    shop.write()
    with open_store(tmp_path / "labelled") as shop.store:
        shop.store.ensure(replace(shop.info(), created_at="2026-02-02T03:04:05Z"))
        shop.ingest()
        for number in range(5):
            encoded = shop.embedder.encode([shop.embedder.decode(picture_of(number))])
            payload = shop.points()[f"p{number}", 0].payload
            best = int(encoded.probabilities[0].argmax())
            assert payload["predicted_category"] == ("Hat", "Shoe", "Tie")[best]
            assert payload["predicted_confidence"] == pytest.approx(
                float(encoded.probabilities[0, best]), abs=1e-4
            )
        before = shop.points()["p1", 0].payload
        shop.rows[1]["price"] = "1"
        shop.write()
        assert shop.ingest().outcomes == {"payload_only": 1, "unchanged": 4}
        after = shop.points()["p1", 0].payload
    assert after["price"] == 1.0
    for key in ("predicted_category", "predicted_confidence"):
        assert after[key] == before[key]
