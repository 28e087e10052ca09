"""Colours from pixels: the product's, not its background's, under names that shops use too."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vision.colours import SWATCHES, colours, distances, plain_name, shares

WHITE = (255, 255, 255)


def product(*fills: str, background: str | tuple[int, int, int] = WHITE) -> Image.Image:
    """Bands of equal height in the middle of a picture."""
    image = Image.new("RGB", (240, 240), background)
    high = 160 / len(fills)
    for place, fill in enumerate(fills):
        top = 40 + place * high
        ImageDraw.Draw(image).rectangle((50, top, 190, top + high - 1), fill=fill)
    return image


@pytest.mark.parametrize("name", SWATCHES)
def test_a_product_in_a_names_own_colours_has_that_name(name: str) -> None:
    for swatch in SWATCHES[name].split():
        assert colours(product(f"#{swatch}", background="#b0d8b8"))[0] == name
        assert distances(product(f"#{swatch}", background="#b0d8b8"))[name] < 1


@pytest.mark.parametrize("background", ["#ffffff", "#f0ede8", "#202020", "#30a040"])
def test_a_plain_background_is_no_colour_of_the_product(background: str) -> None:
    assert colours(product("#c01020", background=background)) == ("red",)


def test_a_product_of_its_backgrounds_colour_keeps_it() -> None:
    assert colours(Image.new("RGB", (200, 100), "white")) == ("white",)
    assert colours(Image.new("RGB", (16, 4000), "#101010")) == ("black",)


def test_what_the_background_encloses_belongs_to_the_product() -> None:
    image = product("#c01020")
    ImageDraw.Draw(image).ellipse((80, 80, 160, 160), fill="white")
    assert set(colours(image)) == {"red", "white"}


def test_colours_come_in_the_order_of_their_share_and_traces_are_left_out() -> None:
    image = product("#c01020", "#c01020", "#c01020", "#2050c0", "#2050c0")
    ImageDraw.Draw(image).rectangle((50, 40, 58, 48), fill="#f8e020")
    assert colours(image) == ("red", "blue")
    found = shares(image)
    assert list(found)[:2] == ["red", "blue"]
    assert sum(found.values()) == pytest.approx(1)


def test_no_more_than_three_colours_are_named() -> None:
    striped = product("#c01020", "#2050c0", "#30a040", "#f8e020", "#000000")
    assert len(shares(striped)) >= 5
    assert len(colours(striped)) == 3


def test_without_a_plain_background_the_middle_counts_more() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    image = Image.fromarray(noise).resize((240, 240), Image.Resampling.NEAREST)
    ImageDraw.Draw(image).rectangle((60, 60, 180, 180), fill="#2050c0")
    assert colours(image)[0] == "blue"


def test_a_wrong_word_is_far_from_the_picture_and_a_small_part_can_make_it_right() -> None:
    image = product("#101010")
    assert distances(image)["red"] > 15
    ImageDraw.Draw(image).rectangle((90, 90, 140, 140), fill="#c01020")
    assert distances(image)["red"] < 4


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Navy Blue", "blue"), ("NAVY", "blue"), ("charcoal", "grey"), ("Off-White", "white"),
        ("Grey Melange", "grey"), ("Sea Green", "green"), ("Burgundy", "red"), ("gray", "grey"),
        ("Coffee Brown", "brown"), ("multi", None), ("Gold", None), ("", None), ("XL", None),
    ],
)  # fmt: skip
def test_a_shops_word_has_a_plain_name_or_none(word: str, name: str | None) -> None:
    assert plain_name(word) == name


def test_every_name_is_its_own_plain_name() -> None:
    assert [plain_name(name) for name in SWATCHES] == list(SWATCHES)
