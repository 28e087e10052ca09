"""A shop whose categories can be told by eye, in an index, for tests that look at models."""

import csv
import random
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from made import TINY
from made_page import HOSTILE
from PIL import Image, ImageDraw

from catalog.store import open_store
from ingest.readers import open_catalog
from ui.build import Target, run_ingest
from ui.settings import Settings

COLORS = {"Balls": (210, 40, 40), "Boxes": (40, 60, 210), "Crosses": (240, 200, 40)}
# Of each category; a second photo of every other one.
EACH = 14


def photo(category: str, seed: int, side: int = 96) -> bytes:
    """A product photo of one kind, a little different for every seed."""
    rnd = random.Random(f"{category}/{seed}")
    picture = Image.new("RGB", (side, side), (250, 250, 250 - rnd.randint(0, 20)))
    pen, paint = ImageDraw.Draw(picture), COLORS.get(category, (40, 170, 60))
    x, y, r = rnd.randint(38, 58), rnd.randint(38, 58), rnd.randint(18, 34)
    if category == "Balls":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=paint)
    elif category == "Crosses":
        pen.line((x - r, y, x + r, y), fill=paint, width=14)
        pen.line((x, y - r, x, y + r), fill=paint, width=14)
    else:
        pen.rectangle((x - r, y - r, x + r, y + r), fill=paint)
    pen.rectangle((2, 2, 4 + seed % 9, 6), fill=(seed % 256, 0, 0))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def catalog(folder: Path, categories: Iterable[str] = (*COLORS, HOSTILE)) -> Path:
    """`EACH` products of each category; titles and brands are as hostile as the last category."""
    folder.mkdir(parents=True)
    path = folder / "catalog.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "title", "brand", "category", "price", "currency", "image"])
        for kind, category in enumerate(categories):
            for n in range(EACH):
                names = [f"{kind}-{n}.jpg", *([f"{kind}-{n}-b.jpg"] if n % 2 else [])]
                for slot, name in enumerate(names):
                    (folder / name).write_bytes(photo(category, 100 * slot + n))
                plain = category in COLORS
                title = f"{category[:-1]} no. {n}" if plain else f"{HOSTILE} {n}"
                row = [f"P{kind}-{n}", title, "Acme", category, 10 + n, "EUR", "|".join(names)]
                table.writerow(row)
    return path


def shop(folder: Path, model: str = TINY) -> Target:
    """The catalog above, ingested with a backbone of random weights."""
    target = Target(Settings(home=folder / "home"), str(folder / "home/store"), "products")
    read = open_catalog(catalog(folder / "shop"), source="shop")
    report = run_ingest(read, model, target, rejects=folder / "rejects.csv")
    assert not report.outcomes["rejected"], report
    with open_store(target.store) as store:
        assert store.count() == 4 * EACH * 3 // 2
    return target
