"""Hostile and merely odd pictures."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from vision.errors import UnreadableImage
from vision.image import MAX_PIXELS, THUMBNAIL_SIDE, decode, thumbnail


def encoded(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def reason_of(data: bytes) -> str:
    with pytest.raises(UnreadableImage) as caught:
        decode(data)
    return caught.value.reason


def noise(width: int = 64, height: int = 48) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    return Image.fromarray(values)


def bomb(side: int) -> bytes:
    """A PNG header that promises side × side pixels, a few hundred bytes long."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b"")]
    )


def test_a_zero_byte_file_is_an_empty_body() -> None:
    assert reason_of(b"") == "empty_body"


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><title>404</title>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 50 50\n",
        b"%PDF-1.7\n",
        b"II*\0\x08\0\0\0",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_picture_of_our_formats_is_refused_whatever_its_name(data: bytes) -> None:
    assert reason_of(data) == "not_an_image"


def test_half_a_jpeg_is_refused_and_never_half_grey() -> None:
    whole = encoded(noise(400, 400), "JPEG")
    assert reason_of(whole[: len(whole) // 2]) == "truncated"


@pytest.mark.parametrize("side", [7_100, 11_000, 30_000])
def test_a_bomb_is_refused_before_its_pixels_exist(side: int) -> None:
    assert side * side > MAX_PIXELS
    assert reason_of(bomb(side)) == "too_many_pixels"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_a_damaged_file_is_decoded_or_refused_and_nothing_else(format_: str) -> None:
    random = np.random.default_rng(0)
    whole = encoded(noise(), format_)
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        for place in random.integers(0, len(data), 8):
            data[place] = random.integers(0, 256)
        try:
            decode(bytes(data))
        except UnreadableImage:
            refused += 1
    assert refused


def test_a_tracking_pixel_is_too_small() -> None:
    assert reason_of(encoded(Image.new("RGB", (1, 1)))) == "too_small"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_every_format_of_the_list_gives_rgb(format_: str) -> None:
    image = decode(encoded(noise(), format_))
    assert (image.mode, image.size) == ("RGB", (64, 48))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_lying_on_its_side_is_set_upright(orientation: int) -> None:
    upright = noise()
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90], 7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }[orientation]  # fmt: skip
    lying = upright.transpose(undo[0])
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(encoded(lying, "PNG", exif=exif))
    assert np.array_equal(np.asarray(found), np.asarray(upright))


def test_transparent_pixels_become_white_and_hide_their_colour() -> None:
    red = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert decode(encoded(red)).getpixel((5, 5)) == (255, 255, 255)


def test_a_palette_with_transparency_is_composited_too() -> None:
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    assert decode(encoded(image, "GIF", transparency=1)).getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bit_grey_is_scaled_instead_of_clipped_to_white() -> None:
    half = Image.fromarray(np.full((32, 32), 32_768, np.uint16))
    assert decode(encoded(half)).getpixel((5, 5)) == (128, 128, 128)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "CMYK"])
def test_other_modes_become_rgb(mode: str) -> None:
    data = encoded(noise().convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    assert decode(data).mode == "RGB"


def test_an_animation_shows_its_first_frame() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data).getpixel((3, 3)) == (255, 0, 0)


def test_a_reduced_decode_keeps_both_sides_at_least_twice_what_is_needed() -> None:
    small = decode(encoded(noise(1600, 1200), "JPEG"), min_side=128)
    assert 256 <= min(small.size) < 1200


@pytest.mark.parametrize("side", [40, 384, 385, 768, 769, 4000])
def test_a_thumbnail_has_more_than_half_of_its_side_where_the_picture_has(side: int) -> None:
    width, height = Image.open(BytesIO(thumbnail(noise(30, side)))).size
    assert min(side, THUMBNAIL_SIDE / 2) <= height <= THUMBNAIL_SIDE
    assert abs(width * side - 30 * height) <= side


def test_a_thumbnail_is_small_and_carries_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret camera"
    data = encoded(noise(800, 500), "JPEG", exif=exif, comment=b"<?php echo 1 ?>")
    small = thumbnail(decode(data + b"PK\x03\x04 trailer"))
    assert Image.open(BytesIO(small)).size == (267, 167)
    for secret in (b"secret", b"php", b"trailer"):
        assert secret not in small
