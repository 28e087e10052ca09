"""The pictures that the robustness rows are made of."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lab.disturb import another_background, disturbed

WHITE = (255, 255, 255)


@pytest.fixture
def packshot() -> Image.Image:
    """A dark box of a quarter of the picture, in the middle of white."""
    image = Image.new("RGB", (200, 160), WHITE)
    ImageDraw.Draw(image).rectangle((50, 40, 149, 119), fill=(90, 20, 40))
    return image


@pytest.fixture
def street() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)
    return Image.fromarray(noise).resize((400, 300))


def test_every_disturbance_is_made_and_the_same_every_time(
    packshot: Image.Image, street: Image.Image
) -> None:
    once, again = disturbed(packshot, street), disturbed(packshot, street)
    assert list(once) == [
        "as it is", "crop 70 %", "rotated 15°", "rotated 90°", "blurred", "dark", "bright",
        "JPEG 20", "64 px", "mirrored", "another background",
    ]  # fmt: skip
    assert once["as it is"] is packshot
    assert all(image.mode == "RGB" for image in once.values())
    assert [one.tobytes() for one in once.values()] == [one.tobytes() for one in again.values()]
    changed = [name for name, one in once.items() if one.tobytes() != packshot.tobytes()]
    assert changed == [name for name in once if name not in ("as it is", "mirrored")]


def test_sizes_are_those_that_the_names_say(packshot: Image.Image, street: Image.Image) -> None:
    pictures = disturbed(packshot, street)
    assert pictures["crop 70 %"].size == (round(200 * 0.7), round(160 * 0.7))
    assert pictures["rotated 90°"].size == (160, 200)
    assert max(pictures["64 px"].size) == 64


def test_another_background_keeps_the_product_and_changes_what_is_around_it(
    packshot: Image.Image, street: Image.Image
) -> None:
    moved = another_background(packshot, street)
    assert moved is not None
    before, after = np.asarray(packshot), np.asarray(moved)
    assert (before[50:110, 60:140] == after[50:110, 60:140]).all()
    corners = after[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (np.abs(corners.astype(int) - 255).sum(axis=1) > 48).all()


def test_a_photo_without_a_plain_background_is_not_cut_out(street: Image.Image) -> None:
    pictures = disturbed(street, street)
    assert "another background" not in pictures
    assert another_background(Image.new("RGB", (100, 100), WHITE), street) is None
