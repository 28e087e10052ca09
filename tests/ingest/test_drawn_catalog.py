"""The drawn shop: complete rows, photos that decode, the same bytes for the same seed."""

import csv
import hashlib
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.drawn import catalog, kind, pattern, shop, view
from ingest.drawn.canvas import Canvas

SMALL = 40  # two products of every category: enough to see, quick to draw


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fingerprints(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small catalog and its queries, drawn once for all tests of this file."""
    root = tmp_path_factory.mktemp("drawn")
    catalog.draw_catalog(root, products=SMALL)
    catalog.draw_queries(root, products=SMALL)
    return root


def test_the_default_catalog_has_640_products_in_exactly_20_categories() -> None:
    planned = catalog.plan(products=640, seed=0)
    sizes = Counter(product.kind.category for product in planned)
    assert len({product.product_id for product in planned}) == 640
    assert len(sizes) == 20
    assert set(sizes.values()) == {32}


def test_every_category_sells_at_least_four_kinds_that_all_get_drawn() -> None:
    planned = catalog.plan(products=640, seed=0)
    for category in shop.CATEGORIES:
        kinds = shop.kinds_of(category)
        shown = {p.kind.nouns[0] for p in planned if p.kind.category == category}
        assert len(kinds) >= 4
        assert shown == {each.nouns[0] for each in kinds}


def test_no_kind_is_sold_outside_the_20_categories() -> None:
    assert {each.category for each in shop.KINDS} == set(shop.CATEGORIES)


@pytest.mark.parametrize("each", shop.KINDS, ids=lambda each: each.nouns[0])
def test_every_kind_draws_within_its_pattern_mask(each: kind.Kind) -> None:
    for serial in range(3):
        canvas = Canvas()
        each.draw(canvas, kind.Style(each, serial, seed=0))
        reach = max(abs(edge) for edge in canvas.bounds(np.eye(2)))
        assert 0.5 < reach < pattern.SPAN / 2


def test_every_row_has_its_fields_and_a_plausible_price(drawn: Path) -> None:
    rows = rows_of(drawn / "catalog.csv")
    assert len(rows) == SMALL
    assert tuple(rows[0]) == catalog.COLUMNS
    ranges = {p.product_id: p.kind.price for p in catalog.plan(SMALL, 0)}
    for row in rows:
        assert all(row[name] for name in catalog.COLUMNS if name != "description")
        low, high = ranges[row["id"]]
        assert low <= float(row["price"]) <= high + 1
        assert row["brand"] in shop.BRANDS[row["category"]]
    assert any(row["description"] for row in rows)


def test_every_product_has_one_to_three_photos_that_decode_and_differ(drawn: Path) -> None:
    counts = set()
    for row in rows_of(drawn / "catalog.csv"):
        names = row["image"].split("|")
        counts.add(len(names))
        photos = [(drawn / name).read_bytes() for name in names]
        assert len(set(photos)) == len(photos)
        for slot, (name, photo) in enumerate(zip(names, photos, strict=True)):
            assert name == f"images/{row['id']}-{slot}.jpg"
            with Image.open(io.BytesIO(photo)) as image:
                image.load()
                assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (320, 320))
    assert counts == {1, 2, 3}


def test_two_products_of_one_kind_look_different_in_the_very_same_view() -> None:
    for each in shop.KINDS[::9]:
        seen = view.studio(np.random.default_rng(1), each.lies, each.tilt)
        photos = []
        for serial in range(2):
            canvas = Canvas()
            each.draw(canvas, kind.Style(each, serial, seed=0))
            photos.append(np.asarray(view.photograph(canvas, seen), dtype=np.float32))
        assert np.abs(photos[0] - photos[1]).mean() > 2, each.nouns[0]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_shop(
    drawn: Path, tmp_path: Path
) -> None:
    catalog.draw_catalog(tmp_path / "again", products=6)
    catalog.draw_catalog(tmp_path / "twin", products=6)
    catalog.draw_catalog(tmp_path / "other", products=6, seed=1)
    again, other = fingerprints(tmp_path / "again"), fingerprints(tmp_path / "other")
    assert again == fingerprints(tmp_path / "twin")
    assert not set(again.values()) & set(other.values())
    # a product does not depend on how many others are drawn
    small = {name: print_ for name, print_ in again.items() if name.startswith("images/")}
    assert small.items() <= fingerprints(drawn).items()


def test_a_second_call_on_a_complete_folder_touches_nothing(drawn: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in drawn.rglob("*")}
    heard: list[int] = []
    table = catalog.draw_catalog(
        drawn, products=SMALL, progress=lambda done, total: heard.append(done)
    )
    catalog.draw_queries(drawn, products=SMALL)
    assert table == drawn / "catalog.csv"
    assert heard == []
    assert {path: path.stat().st_mtime_ns for path in drawn.rglob("*")} == before


def test_an_interrupted_or_different_catalog_is_drawn_anew(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.draw_catalog(tmp_path, products=4, progress=interrupt)
    assert not (tmp_path / "catalog.csv").exists()
    assert len(rows_of(catalog.draw_catalog(tmp_path, products=4))) == 4
    assert len(rows_of(catalog.draw_catalog(tmp_path, products=3))) == 3
    assert not list(tmp_path.rglob("*.part"))


def test_progress_counts_every_product_once(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    catalog.draw_catalog(
        tmp_path, products=3, progress=lambda done, total: heard.append((done, total))
    )
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_queries_are_new_photos_of_catalog_products_of_every_category(drawn: Path) -> None:
    rows = {row["id"]: row for row in rows_of(drawn / "catalog.csv")}
    queries = rows_of(drawn / "queries.csv")
    known = {hashlib.sha256(path.read_bytes()).digest() for path in (drawn / "images").iterdir()}
    assert tuple(queries[0]) == catalog.QUERY_COLUMNS
    assert {query["category"] for query in queries} == set(shop.CATEGORIES)
    for query in queries:
        assert rows[query["product_id"]]["category"] == query["category"]
        photo = (drawn / query["image"]).read_bytes()
        assert hashlib.sha256(photo).digest() not in known
        with Image.open(io.BytesIO(photo)) as image:
            image.load()


def test_more_queries_per_category_show_different_products(tmp_path: Path) -> None:
    queries = rows_of(catalog.draw_queries(tmp_path, per_category=2))
    assert len(queries) == 40
    assert len({query["product_id"] for query in queries}) == 40
