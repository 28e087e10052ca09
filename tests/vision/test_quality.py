"""Blank, tiny and blurred pictures are told; pale, dark and plain ones are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from vision.quality import quality


def striped(dark: str, light: str, side: int = 256) -> Image.Image:
    image = Image.new("RGB", (side, side), light)
    for left in range(0, side, side // 8):
        ImageDraw.Draw(image).rectangle((left, 0, left + side // 16, side), fill=dark)
    return image


@pytest.mark.parametrize("colour", ["white", "black", "#8090a0"])
def test_one_flat_colour_is_blank_and_not_also_blurred(colour: str) -> None:
    found = quality(Image.new("RGB", (256, 200), colour))
    assert (found.blank, found.blurred, found.tiny) == (True, False, False)


def test_noise_of_a_camera_and_a_frame_around_nothing_are_still_blank() -> None:
    noise = np.random.default_rng(0).normal(200, 2, (256, 256, 3)).clip(0, 255)
    image = Image.fromarray(noise.astype(np.uint8))
    ImageDraw.Draw(image).rectangle((0, 0, 255, 255), outline="black", width=20)
    assert quality(image).blank


@pytest.mark.parametrize(
    ("dark", "light"), [("#000000", "#ffffff"), ("#e8e8e8", "#ffffff"), ("#101010", "#282828")]
)
def test_a_picture_is_blurred_by_its_edges_and_not_by_its_contrast(dark: str, light: str) -> None:
    image = striped(dark, light)
    assert not quality(image).blurred
    assert quality(image.filter(ImageFilter.GaussianBlur(3))).blurred


def test_one_sharp_edge_is_enough_for_a_picture_with_a_soft_background() -> None:
    image = striped("#405060", "#a0b0c0").filter(ImageFilter.GaussianBlur(6))
    assert quality(image).blurred
    ImageDraw.Draw(image).rectangle((80, 80, 170, 170), fill="#d02020")
    assert not quality(image).blurred


def test_a_small_picture_is_tiny_and_a_very_small_one_is_not_judged_for_blur() -> None:
    assert quality(striped("black", "white", 64)).tiny
    assert not quality(striped("black", "white", 128)).tiny
    assert quality(striped("black", "white", 24)).sharpness is None
    assert not quality(striped("black", "white", 24)).blurred
    assert not quality(Image.new("RGB", (300, 1), "red")).blurred
