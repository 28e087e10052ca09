"""Photos with several things at known places, made of catalog photos: where does a model see them?

python -m bench.composites --model SPEC --things CSV --photos CSV [--count N]

`--things` are pictures on white (column image), pasted onto a plain ground; `--photos` are
photos of one thing each, taken as they are.
"""

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from vision.box import Box
from vision.embedder import Embedder, Looked, open_embedder
from vision.regions import suggested

SIDE = 512
# Columns and rows of the cells that things are put into, by their number.
CELLS = {2: [(2, 1), (1, 2)], 3: [(3, 1), (2, 2)], 4: [(2, 2)]}
FOUND = 0.5
BATCH = 32


@dataclass(frozen=True)
class Composite:
    image: Image.Image
    boxes: list[Box]
    things: list[Path]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", required=True)
    parser.add_argument("--things", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    embedder, random = open_embedder(wanted.model), np.random.default_rng(wanted.seed)
    made = [compose(images_of(wanted.things), 2 + i % 3, random) for i in range(wanted.count)]
    photos = images_of(wanted.photos)
    chosen = [photos[one] for one in random.permutation(len(photos))[: wanted.count]]
    print("| photos | number | boxes a photo | things found | boxes right | heat's peak inside |")
    print("|---|---|---|---|---|---|")
    for number in CELLS:
        some = [one for one in made if len(one.boxes) == number]
        looks = list(looked(embedder, [one.image for one in some]))
        print(row(f"{number} things", some, looks, embedder))
    singles = [Image.open(path).convert("RGB") for path in chosen]
    none = [not suggested(one.maps[0]) for one in looked(embedder, singles) if one.maps is not None]
    print(f"\nOf {len(none)} photos of one thing, {np.mean(none):.2f} got no box.")


def images_of(table: Path) -> list[Path]:
    with table.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [table.parent / (one.get("image") or f"images/{one['id']}.jpg") for one in rows]


def compose(paths: list[Path], number: int, random: np.random.Generator) -> Composite:
    """`number` things of a random size, each somewhere in a cell of its own, on one ground."""
    shade = tuple(int(value) for value in random.integers(200, 256, 3))
    canvas = Image.new("RGB", (SIDE, SIDE), shade)
    columns, rows = CELLS[number][random.integers(len(CELLS[number]))]
    cells = random.permutation(columns * rows)[:number]
    boxes, things = [], [paths[random.integers(len(paths))] for _ in range(number)]
    for cell, path in zip(cells, things, strict=True):
        wide, high = SIDE // columns, SIDE // rows
        thing = cut_out(Image.open(path).convert("RGB"))
        share = random.uniform(0.65, 0.95) * min(wide / thing.width, high / thing.height)
        thing = thing.resize((round(thing.width * share), round(thing.height * share)))
        left = int(cell % columns * wide + random.uniform(0, wide - thing.width))
        top = int(cell // columns * high + random.uniform(0, high - thing.height))
        place = (left, top, left + thing.width, top + thing.height)
        canvas.paste(ImageChops.multiply(canvas.crop(place), thing), place)
        boxes.append(Box(*(value / SIDE for value in place)))
    return Composite(canvas, boxes, things)


def cut_out(image: Image.Image) -> Image.Image:
    """Without the white around it."""
    dark = image.convert("L").filter(ImageFilter.MedianFilter(5)).point(lambda v: 255 * (v < 240))
    return image.crop(dark.getbbox() or (0, 0, *image.size))


def looked(embedder: Embedder, images: list[Image.Image]) -> Iterator[Looked]:
    for image in images:
        yield embedder.look([image])


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(wide, 0) * max(high, 0)
    return both / (one.area + other.area - both)


def peak_inside(embedder: Embedder, look: Looked, thing: Path, box: Box) -> bool:
    """Whether the hottest place, for the thing's own vector, lies in its box."""
    assert look.maps is not None
    [vector] = embedder.encode([Image.open(thing).convert("RGB")]).vectors
    hot = embedder.heat(look.maps[0], vector)
    down, across = np.unravel_index(hot.argmax(), hot.shape)
    x, y = (across + 0.5) / hot.shape[1], (down + 0.5) / hot.shape[0]
    return bool(box.left <= x <= box.right and box.top <= y <= box.bottom)


def row(name: str, made: list[Composite], looks: list[Looked], embedder: Embedder) -> str:
    found, right, counts, inside = [], [], [], []
    for one, look in zip(made, looks, strict=True):
        assert look.maps is not None
        boxes = suggested(look.maps[0])
        table = np.array([[overlap(box, true) for true in one.boxes] for box in boxes])
        table = table.reshape(len(boxes), len(one.boxes))
        counts.append(len(boxes))
        found += list(table.max(axis=0, initial=0) >= FOUND)
        right += list(table.max(axis=1, initial=0) >= FOUND)
        inside += [
            peak_inside(embedder, look, *pair) for pair in zip(one.things, one.boxes, strict=True)
        ]
    numbers = (np.mean(counts), np.mean(found), np.mean(right) if right else 0, np.mean(inside))
    return f"| {name} | {len(made)} | " + " | ".join(f"{value:.2f}" for value in numbers) + " |"


if __name__ == "__main__":
    main()
