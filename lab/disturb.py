"""What happens to photos on their way: cropped, turned, blurred, dark, small, on another ground."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

# Side of the copy on which a background is looked for: flooding is slow, and edges are smoothed.
_FLOOD_SIDE = 128
# How far a background's colour may be from its corner's, summed over R, G and B.
_FLOOD_TOLERANCE = 48
# With less flooded there is no plain background, with more no product.
_BACKGROUND_SHARE = (0.2, 0.9)


def disturbed(image: Image.Image, other: Image.Image) -> dict[str, Image.Image]:
    """The picture under each name of the report, the clean one first; always the same pixels.

    `image` and `other` are RGB. "another background" puts the product before the blurred middle of
    `other`: only where a plain background touches the corners of `image`, else the name is
    missing. Light parts of a product that reach such a corner, or lie open to it, go with the
    background, and a shadow stays with the product.
    """
    pictures = {name: change(image) for name, change in _CHANGES.items()}
    moved = another_background(image, other)
    return pictures if moved is None else {**pictures, "another background": moved}


def another_background(image: Image.Image, other: Image.Image) -> Image.Image | None:
    """The product of `image` before the blurred middle of `other`; None where no plain background
    touches the corners.
    """
    small = image.resize((_FLOOD_SIDE, _FLOOD_SIDE), Image.Resampling.BILINEAR)
    flooded = small.copy()
    end = _FLOOD_SIDE - 1
    for corner in ((0, 0), (end, 0), (0, end), (end, end)):
        # a colour far from the corner's own, so that what was flooded differs from what was not
        ink = tuple((value + 128) % 256 for value in _pixel(small, corner))
        if flooded.getpixel(corner) == small.getpixel(corner):
            ImageDraw.floodfill(flooded, corner, ink, thresh=_FLOOD_TOLERANCE)
    background = (np.asarray(small) != np.asarray(flooded)).any(axis=2)
    if not _BACKGROUND_SHARE[0] <= background.mean() <= _BACKGROUND_SHARE[1]:
        return None
    mask = Image.fromarray(background).convert("L").resize(image.size, Image.Resampling.BILINEAR)
    # the middle of `other`, because its own background may be as plain as this one
    scene = _blurred(_cropped(_cropped(other)), 0.04).resize(image.size)
    return Image.composite(scene, image, mask)


def _pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    red, green, blue = np.asarray(image)[at[1], at[0]].tolist()
    return red, green, blue


def _cropped(image: Image.Image) -> Image.Image:
    """The middle 70 % of each side."""
    width, height = image.size
    left, top = round(width * 0.15), round(height * 0.15)
    return image.crop((left, top, width - left, height - top))


def _turned(image: Image.Image) -> Image.Image:
    return image.rotate(15, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))


def _blurred(image: Image.Image, share: float = 0.015) -> Image.Image:
    """By a share of the shorter side; 1.5 % is a hand that was not still."""
    return image.filter(ImageFilter.GaussianBlur(min(image.size) * share))


def _brightness(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: ImageEnhance.Brightness(image).enhance(factor)


def _jpeg_20(image: Image.Image) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer).convert("RGB")


def _small(image: Image.Image) -> Image.Image:
    """Longest side 64 px."""
    copy = image.copy()
    copy.thumbnail((64, 64), Image.Resampling.BICUBIC)
    return copy


_CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "crop 70 %": _cropped,
    "rotated 15°": _turned,
    "rotated 90°": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "blurred": _blurred,
    "dark": _brightness(0.4),
    "bright": _brightness(1.6),
    "JPEG 20": _jpeg_20,
    "64 px": _small,
    "mirrored": ImageOps.mirror,
}
