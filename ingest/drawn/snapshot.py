"""A shopper's photo of a product: a busy place, a hand that shakes, a lamp that is too weak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ingest.drawn import outline as ol
from ingest.drawn import view
from ingest.drawn.backdrop import Random
from ingest.drawn.canvas import Canvas
from ingest.drawn.palette import EVERYDAY, darker, lighter


def snapshot(canvas: Canvas, random: Random, lies: bool, tilt: float) -> Image.Image:
    """RGB, view.SIDE x view.SIDE: a wilder view than any in the catalog, amid other things."""
    seen = view.scene(random, lies, tilt, wild=1.35)
    seen = replace(
        seen, scale=seen.scale * 0.92, light=seen.light * float(random.uniform(0.82, 0.97))
    )
    photo = view.photograph(canvas, seen, around=lambda place: _clutter(place, random))
    photo = photo.filter(ImageFilter.GaussianBlur(float(random.uniform(0.5, 1.1))))
    return _grain(_cast(photo, random), random)


def _clutter(place: Image.Image, random: Random) -> None:
    """Things out of focus at the rim of the picture."""
    side = place.width
    for _ in range(int(random.integers(2, 5))):
        angle, far = random.uniform(0, 2 * np.pi), random.uniform(0.5, 0.6)
        x, y = side * (0.5 + far * np.cos(angle)), side * (0.5 + far * np.sin(angle))
        wide, tall = side * random.uniform(0.07, 0.17, 2)
        tone = EVERYDAY[int(random.integers(len(EVERYDAY)))].rgb
        form = (
            ol.oval(0, 0, wide, tall)
            if random.random() < 0.5
            else ol.box(-wide, -tall, wide, tall, 9)
        )
        outline = ol.moved(ol.turned(form, random.uniform(0, 90)), x, y)
        shade = _blurred(ol.moved(outline, side / 60, side / 45), side, blur=9)
        place.paste(darker(tone, 0.7), mask=shade.point(lambda value: value * 0.5))
        place.paste(tone, mask=_blurred(outline, side, blur=5))
        # the side that the lamp reaches
        gleam = _blurred(ol.moved(outline, -wide / 3, -tall / 3), side, blur=12)
        lit = ImageChops.multiply(gleam, _blurred(outline, side, blur=5))
        place.paste(lighter(tone), mask=lit.point(lambda value: value * 0.4))


def _blurred(outline: ol.Points, side: int, blur: float) -> Image.Image:
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in outline], fill=255)
    return mask.filter(ImageFilter.GaussianBlur(blur))


def _cast(photo: Image.Image, random: Random) -> Image.Image:
    """The colour of indoor light."""
    warm = random.uniform(-0.05, 0.09)
    tint = tuple(round(255 * min(share, 1.0)) for share in (1 + warm, 0.985, 1 - warm))
    return ImageChops.multiply(photo, Image.new("RGB", photo.size, tint))


def _grain(photo: Image.Image, random: Random) -> Image.Image:
    pixels = np.asarray(photo, dtype=np.float32)
    noise = random.normal(0, 4.5, (*pixels.shape[:2], 1)).astype(np.float32)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
