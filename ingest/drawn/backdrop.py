"""What a product is photographed on: surfaces seen from above, and places to stand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from ingest.drawn.palette import PAPER, RGB, WOOD, darker, lighter, mix

Field = NDArray[np.floating]
Random = np.random.Generator
HORIZON = 0.68  # share of the height at which a wall meets what the product stands on


def noise(random: Random, columns: int, rows: int, side: int) -> Field:
    """Smooth noise in [0, 1], (side, side), with about `columns` x `rows` bumps."""
    coarse = random.random((rows, columns), dtype=np.float32)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def tinted(field: Field, low: RGB, high: RGB) -> Image.Image:
    """Field in [0, 1] as a colour ramp."""
    mask = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
    return Image.composite(
        Image.new("RGB", mask.size, high), Image.new("RGB", mask.size, low), mask
    )


def paper(random: Random, tone: RGB, side: int) -> Image.Image:
    ramp = np.linspace(0.9, 0.25, side, dtype=np.float32)
    return tinted((ramp[:, None] + ramp[None, :]) / 2, darker(tone, 0.05), lighter(tone, 0.5))


def wood(random: Random, tone: RGB, side: int) -> Image.Image:
    base = WOOD[int(random.integers(len(WOOD)))].rgb
    base = mix(base, tone, 0.18)
    planks = int(random.integers(3, 6))
    grain = 0.55 * noise(random, 5, side // 3, side) + 0.45 * noise(random, 3, 40, side)
    levels = random.uniform(-0.14, 0.14, planks + 1).astype(np.float32)
    row = np.arange(side) * planks / side + random.random()
    field = grain + levels[row.astype(int) % (planks + 1)][:, None]
    image = tinted(field, darker(base, 0.28), lighter(base, 0.22))
    draw = ImageDraw.Draw(image)
    for y in np.nonzero(np.diff(np.floor(row)))[0]:
        draw.line((0, int(y), side, int(y)), fill=darker(base, 0.55), width=2)
    return image


def marble(random: Random, tone: RGB, side: int) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    bend = 2.2 * noise(random, 5, 5, side) + 0.8 * noise(random, 14, 14, side)
    vein = np.abs(np.sin((x * random.uniform(0.6, 1.4) + y + bend) * 4.2)) ** 0.35
    field = (vein * 0.7 + 0.3 * noise(random, 8, 8, side)).astype(np.float32)
    return tinted(field, mix((176, 174, 178), tone, 0.25), mix((250, 248, 245), tone, 0.08))


def linen(random: Random, tone: RGB, side: int) -> Image.Image:
    weave = 0.5 * noise(random, side // 2, 12, side) + 0.5 * noise(random, 12, side // 2, side)
    return tinted(weave, darker(tone, 0.14), lighter(tone, 0.3))


def tiles(random: Random, tone: RGB, side: int) -> Image.Image:
    count = int(random.integers(4, 7))
    levels = random.uniform(0.35, 0.75, (count, count)).astype(np.float32)
    field = np.asarray(Image.fromarray(levels).resize((side, side), Image.Resampling.NEAREST))
    image = tinted(field, darker(tone, 0.1), lighter(tone, 0.4))
    draw = ImageDraw.Draw(image)
    for step in range(count + 1):
        at = step * side / count
        for line in ((at, 0, at, side), (0, at, side, at)):
            draw.line(line, fill=lighter(tone, 0.75), width=3)
            shifted = tuple(p + 2 if p == at else p for p in line)
            draw.line(shifted, fill=darker(tone, 0.16), width=1)
    return image


def gingham(random: Random, tone: RGB, side: int) -> Image.Image:
    count = float(random.integers(7, 11))
    band = ((np.linspace(0, count, side) % 1) < 0.5).astype(np.float32)
    field = 0.5 * band[:, None] + 0.5 * band[None, :] - 0.1 * noise(random, 40, 40, side)
    return tinted(field, PAPER, mix(PAPER, tone, 0.75))


def terrazzo(random: Random, tone: RGB, side: int) -> Image.Image:
    big = Image.new("RGB", (side * 2, side * 2), lighter(tone, 0.55))
    draw = ImageDraw.Draw(big)
    for _ in range(110):
        x, y = random.uniform(0, side * 2, 2)
        size = random.uniform(4, 17)
        angles = np.sort(random.uniform(0, 2 * np.pi, 5))
        corners = [(x + size * np.cos(a), y + size * np.sin(a)) for a in angles]
        chip = mix(tone, WOOD[int(random.integers(4))].rgb, float(random.uniform(0, 0.8)))
        draw.polygon(corners, fill=chip)
    return big.reduce(2)


def sweep(random: Random, tone: RGB, side: int) -> Image.Image:
    """Studio paper that curves from wall to floor."""
    y = np.linspace(0, 1, side, dtype=np.float32)
    ramp = 0.45 + 0.5 * y - 0.5 * np.exp(-(((y - HORIZON) / 0.12) ** 2)).astype(np.float32) * 0.45
    return tinted(np.repeat(ramp[:, None], side, axis=1), darker(tone, 0.06), lighter(tone, 0.62))


def _standing(wall: Image.Image, floor: Image.Image) -> Image.Image:
    """Wall above the horizon, floor below, squeezed as seen at a low angle."""
    side = wall.width
    edge = round(side * HORIZON)
    wall.paste(floor.resize((side, side - edge), Image.Resampling.BILINEAR), (0, edge))
    draw = ImageDraw.Draw(wall, "RGBA")
    for step in range(7):
        draw.line((0, edge - step, side, edge - step), fill=(40, 30, 40, 60 - 8 * step))
    draw.line((0, edge + 1, side, edge + 1), fill=(255, 250, 240, 90))
    return wall


def table(random: Random, tone: RGB, side: int) -> Image.Image:
    return _standing(paper(random, tone, side), wood(random, tone, side))


def counter(random: Random, tone: RGB, side: int) -> Image.Image:
    return _standing(tiles(random, tone, side), marble(random, tone, side))


def wallpaper(random: Random, tone: RGB, side: int) -> Image.Image:
    count = float(random.integers(6, 12))
    band = ((np.linspace(0, count, side) % 1) < 0.5).astype(np.float32)
    field = np.repeat((0.35 + 0.4 * band)[None, :], side, axis=0)
    wall = tinted(field, darker(tone, 0.06), lighter(tone, 0.5))
    return _standing(wall, wood(random, tone, side))


def window(random: Random, tone: RGB, side: int) -> Image.Image:
    """Slanted panes of sunlight on a wall."""
    image = _standing(paper(random, tone, side), linen(random, lighter(tone, 0.4), side))
    light = Image.new("L", (side, side))
    draw = ImageDraw.Draw(light)
    start, slant = side * random.uniform(0.0, 0.4), side * 0.22
    for pane in range(2):
        for row in range(2):
            x, y = start + pane * side * 0.25, row * side * 0.28 + side * 0.04
            x += row * slant * 0.6
            low, wide = y + side * 0.25, side * 0.22
            draw.polygon(
                [(x, y), (x + wide, y), (x + wide + slant / 2, low), (x + slant / 2, low)], 110
            )
    image.paste((255, 248, 226), mask=light.filter(ImageFilter.GaussianBlur(2.5)))
    return image


Backdrop = Callable[[Random, RGB, int], Image.Image]
STUDIO: tuple[Backdrop, ...] = (sweep,)
STUDIO_ABOVE: tuple[Backdrop, ...] = (paper,)
PLACES: tuple[Backdrop, ...] = (table, counter, wallpaper, window, sweep)
SURFACES: tuple[Backdrop, ...] = (wood, marble, linen, tiles, gingham, terrazzo, paper)
