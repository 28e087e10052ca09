"""Rows without a colour get those of the picture, whichever way the picture came."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog.store import open_store

COLUMNS = ("id", "title", "category", "price", "color", "image")


def plain(colour: str, side: int = 300) -> bytes:
    """A square of one colour on white."""
    image = Image.new("RGB", (side, side), "white")
    image.paste(colour, (side // 4, side // 4, side * 3 // 4, side * 3 // 4))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def coloured(shop: Any) -> Any:
    """`red` has no colour in its row, `blue` has one that only its shop knows."""
    shop.columns = COLUMNS
    shop.add("red", "images/red.png")
    shop.add("blue", "images/blue.png", color="Midnight Dream")
    for name, colour in (("red", "#c01020"), ("blue", "#2050c0")):
        shop.file(f"images/{name}.png", plain(colour))
    shop.write()
    return shop


def colours_in(shop: Any) -> dict[str, list[str] | None]:
    return {key[0]: point.payload.get("colors") for key, point in shop.points().items()}


def test_a_row_without_a_colour_gets_the_pixels_and_a_row_with_one_keeps_its_word(
    coloured: Any,
) -> None:
    coloured.ingest()
    assert colours_in(coloured) == {"red": ["red"], "blue": ["Midnight Dream"]}


def test_colours_from_pixels_do_not_make_an_unchanged_row_look_changed(coloured: Any) -> None:
    coloured.ingest()
    assert coloured.ingest().outcomes == {"unchanged": 2}


def test_a_changed_price_keeps_the_colours_and_a_removed_word_gives_way_to_the_pixels(
    coloured: Any,
) -> None:
    coloured.ingest()
    coloured.rows[0]["price"] = "11"
    coloured.rows[1]["color"] = ""
    coloured.write()
    report = coloured.ingest()
    assert (report.outcomes, report.embedded) == ({"payload_only": 2}, 0)
    assert colours_in(coloured) == {"red": ["red"], "blue": ["blue"]}


def test_a_picture_whose_features_are_known_gives_the_same_colours(
    coloured: Any, tmp_path: Path
) -> None:
    coloured.ingest()
    first = colours_in(coloured)
    coloured.store.close()
    with open_store(tmp_path / "another") as coloured.store:
        coloured.store.ensure(replace(coloured.info(), created_at="2026-02-03T04:05:06Z"))
        report = coloured.ingest()
        assert (report.embedded, report.cached) == (0, 2)
        assert colours_in(coloured) == first


def test_a_torn_thumbnail_costs_the_colours_and_not_the_product(
    coloured: Any, tmp_path: Path
) -> None:
    coloured.ingest()
    coloured.store.close()
    for path in (coloured.data / "thumbs").rglob("*.jpg"):
        path.write_bytes(path.read_bytes()[:100])
    with open_store(tmp_path / "another") as coloured.store:
        coloured.store.ensure(replace(coloured.info(), created_at="2026-02-03T04:05:06Z"))
        assert coloured.ingest().outcomes == {"new": 2}
        assert colours_in(coloured) == {"red": None, "blue": ["Midnight Dream"]}
