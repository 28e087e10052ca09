"""Writes the drawn shop to disk: a CSV of products and their photos, and new photos to ask with."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ingest.drawn import shop, snapshot, view
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style

# part of the marker: raise it when a drawing changes, so that older folders are drawn anew
EDITION = 1
COLUMNS = ("id", "title", "brand", "category", "price", "currency", "color", "description", "image")
QUERY_COLUMNS = ("id", "image", "category", "product_id")
JPEG_QUALITY = 88
# Pillow leaves the interpreter's lock in its own loops, so that two threads fill two cores
WORKERS = 2

Progress = Callable[[int, int], None]
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One product of the shop: `number` over the whole catalog, `serial` within its kind."""

    number: int
    kind: Kind
    serial: int
    seed: int

    @property
    def product_id(self) -> str:
        return f"P{self.number:04d}"

    @property
    def style(self) -> Style:
        return Style(self.kind, self.serial, self.seed)

    def random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, self.number])

    def canvas(self) -> Canvas:
        made = Canvas()
        self.kind.draw(made, self.style)
        return made

    def views(self) -> list[view.View]:
        """One studio photo, then none to two scenes."""
        random = self.random(3)
        lies, tilt = self.kind.lies, self.kind.tilt
        scenes = int(random.choice(3, p=[0.3, 0.5, 0.2]))
        return [
            view.studio(random, lies, tilt),
            *(view.scene(random, lies, tilt) for _ in range(scenes)),
        ]

    def image_names(self) -> list[str]:
        return [f"images/{self.product_id}-{slot}.jpg" for slot in range(len(self.views()))]


def draw_catalog(
    root: Path, *, products: int = 640, seed: int = 0, progress: Progress | None = None
) -> Path:
    """Draws the shop into `root` and returns its `catalog.csv`.

    The CSV is written after the photos and the marker beside it last: a folder whose marker names
    the same parameters is complete and is left alone. `progress` hears (products drawn, products).
    """
    table, marker = root / "catalog.csv", root / "catalog.json"
    wanted = {"edition": EDITION, "products": products, "seed": seed}
    if _is_complete(table, marker, wanted):
        return table
    _clear(marker, table, *root.glob("images/P[0-9]*-[0-9].jpg*"))
    (root / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for row in _drawn_rows(root, plan(products, seed)):
        rows.append(row)
        if progress is not None:
            progress(len(rows), products)
    _write_csv(table, COLUMNS, rows)
    _write_whole(marker, json.dumps(wanted).encode())
    return table


def draw_queries(root: Path, *, per_category: int = 1, seed: int = 0, products: int = 640) -> Path:
    """Photographs catalog products anew, as a shopper's telephone would; returns `queries.csv`.

    `seed` and `products` are those of the catalog: a query shows a product that is in it.
    """
    table, marker = root / "queries.csv", root / "queries.json"
    wanted = {"edition": EDITION, "per_category": per_category, "seed": seed, "products": products}
    if _is_complete(table, marker, wanted):
        return table
    _clear(marker, table, *root.glob("queries/*.jpg*"))
    (root / "queries").mkdir(parents=True, exist_ok=True)
    asked = list(_asked(products, per_category, seed))
    names = _photo_names(asked)
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda pair: _photograph(root, *pair), zip(asked, names, strict=True)))
    rows = [
        (f"Q{number:04d}", name, product.kind.category, product.product_id)
        for number, (product, name) in enumerate(zip(asked, names, strict=True))
    ]
    _write_csv(table, QUERY_COLUMNS, rows)
    _write_whole(marker, json.dumps(wanted).encode())
    return table


def plan(products: int, seed: int) -> list[Drawn]:
    """The products in the catalog's order: categories take turns, and kinds within a category."""
    made = []
    for number in range(products):
        kinds = shop.kinds_of(shop.CATEGORIES[number % len(shop.CATEGORIES)])
        serial, kind = divmod(number // len(shop.CATEGORIES), len(kinds))
        made.append(Drawn(number, kinds[kind], serial, seed))
    return made


def _drawn_rows(root: Path, products: Sequence[Drawn]) -> Iterator[Row]:
    """Rows in the products' order. Whoever stops listening stops the drawing too."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield from pool.map(lambda product: _draw(root, product), products)
    finally:
        pool.shutdown(cancel_futures=True)


def _draw(root: Path, product: Drawn) -> Row:
    canvas = product.canvas()
    names = product.image_names()
    for name, angle in zip(names, product.views(), strict=True):
        _write_whole(root / name, _jpeg(view.photograph(canvas, angle)))
    style, random = product.style, product.random(4)
    brand, price = shop.brand_and_price(product.kind, random)
    return (
        product.product_id,
        shop.title(style),
        brand,
        product.kind.category,
        f"{price:.2f}",
        "USD",
        style.color.name,
        shop.description(style, random),
        "|".join(names),
    )


def _asked(products: int, per_category: int, seed: int) -> Iterator[Drawn]:
    """`per_category` products of every category, spread over its kinds, different for each seed."""
    everything = plan(products, seed)
    for index, _ in enumerate(shop.CATEGORIES):
        offered = everything[index :: len(shop.CATEGORIES)]
        order = np.random.default_rng([seed, 6, index]).permutation(len(offered))
        yield from (offered[int(at)] for at in order[:per_category])


def _photograph(root: Path, product: Drawn, name: str) -> None:
    kind = product.kind
    photo = snapshot.snapshot(product.canvas(), product.random(5), kind.lies, kind.tilt)
    _write_whole(root / name, _jpeg(photo))


def _photo_names(products: Sequence[Drawn]) -> list[str]:
    """`queries/dog-bone.jpg`: the page shows an example photo's file name as its label."""
    names: list[str] = []
    for product in products:
        stem = "queries/" + "-".join(re.findall("[a-z]+", product.kind.nouns[0].lower()))
        name = f"{stem}.jpg"
        names.append(name if name not in names else f"{stem}-{product.product_id}.jpg")
    return names


def _jpeg(photo: Image.Image) -> bytes:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _is_complete(table: Path, marker: Path, wanted: dict[str, int]) -> bool:
    try:
        found = json.loads(marker.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return bool(found == wanted) and table.is_file()


def _clear(*leftovers: Path) -> None:
    """What an unfinished or different run left: the marker goes first, the photos last."""
    for path in leftovers:
        path.unlink(missing_ok=True)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    _write_whole(path, text.getvalue().encode())


def _write_whole(path: Path, data: bytes) -> None:
    """Readers see the old file or the new one, never a part."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)
