"""A shopper's photo of a product: a busy place, a hand that shakes, a lamp that is too weak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ingest.drawn import view
from ingest.drawn.backdrop import Random
from ingest.drawn.canvas import Canvas
from ingest.drawn.palette import EVERYDAY, darker


def snapshot(canvas: Canvas, random: Random, lies: bool, tilt: float) -> Image.Image:
    """RGB, view.SIDE x view.SIDE: a wilder view than any in the catalog, amid other things."""
    seen = view.scene(random, lies, tilt, wild=1.35)
    seen = replace(
        seen, scale=seen.scale * 0.92, light=seen.light * float(random.uniform(0.78, 0.95))
    )
    photo = view.photograph(canvas, seen, around=lambda place: _clutter(place, random))
    photo = photo.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 1.1))))
    return _grain(_cast(photo, random), random)


def _clutter(place: Image.Image, random: Random) -> None:
    """Things out of focus at the rim of the picture."""
    side = place.width
    for _ in range(int(random.integers(3, 6))):
        angle = random.uniform(0, 2 * np.pi)
        x, y = side * (0.5 + 0.52 * np.cos(angle)), side * (0.5 + 0.52 * np.sin(angle))
        r = side * random.uniform(0.07, 0.17)
        tone = EVERYDAY[int(random.integers(len(EVERYDAY)))].rgb
        ends = (x - r, y - r * random.uniform(0.6, 1.1), x + r, y + r)
        for shift, fill, blur in ((side // 60, darker(tone, 0.75), 7), (0, tone, 3)):
            mask = Image.new("L", place.size)
            moved = tuple(value + shift for value in ends)
            draw = ImageDraw.Draw(mask)
            paint = 110 if shift else 255
            draw.ellipse(moved, paint) if r > side * 0.12 else draw.rounded_rectangle(
                moved, r / 4, paint
            )
            place.paste(fill, mask=mask.filter(ImageFilter.GaussianBlur(blur)))


def _cast(photo: Image.Image, random: Random) -> Image.Image:
    """The colour of indoor light."""
    warm = random.uniform(-0.05, 0.09)
    tint = tuple(round(255 * min(share, 1.0)) for share in (1 + warm, 0.985, 1 - warm))
    return ImageChops.multiply(photo, Image.new("RGB", photo.size, tint))


def _grain(photo: Image.Image, random: Random) -> Image.Image:
    pixels = np.asarray(photo, dtype=np.float32)
    noise = random.normal(0, 4.5, (*pixels.shape[:2], 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
