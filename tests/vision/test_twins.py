"""Copies of one photo are told from photos of two things that look alike."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from vision.twins import shot, twins

Change = Callable[[Image.Image], Image.Image]


def photo(seed: int, fill: str = "#203040") -> Image.Image:
    """A bag with a pattern of its own, always of one shape and in one place."""
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((48, 80, 208, 200), 24, fill=fill)
    for x, y, side in np.random.default_rng(seed).integers((60, 90, 8), (190, 180, 24), (12, 3)):
        draw.rectangle((x, y, x + side, y + side), fill="#c0b090")
    return image


def saved(image: Image.Image, quality: int) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: saved(image, 40),
        lambda image: saved(image.resize((128, 128)), 80),
        lambda image: image.resize((300, 280)),
    ],
    ids=["the same", "saved again", "half the size", "another size"],
)
def test_a_copy_is_a_twin(change: Change) -> None:
    assert twins(shot(photo(1)), shot(change(photo(1))))


def test_things_of_one_shape_are_no_twins() -> None:
    for seed in range(2, 20):
        assert not twins(shot(photo(1)), shot(photo(seed)))


@pytest.mark.parametrize(
    "change",
    [
        lambda image: photo(1, fill="#a02030"),
        ImageOps.mirror,
        lambda image: ImageOps.crop(image, 20),
        lambda image: Image.new("RGB", image.size, "white"),
    ],
    ids=["another colour", "mirrored", "cropped", "blank"],
)
def test_what_was_changed_for_the_eye_is_no_twin(change: Change) -> None:
    assert not twins(shot(photo(1)), shot(change(photo(1))))
