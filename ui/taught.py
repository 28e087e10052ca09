"""Photos to learn from, with the rows they stand in, and the part each falls into."""

import csv
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalog.product import Product
from ingest.columns import IMAGE_SEPARATOR
from ingest.readers import Catalog, Record
from ui.build import Warn, records_of
from vision.errors import BadTraining
from vision.split import split, split_in_order

PARTS = ("train", "val", "test")
# Beside the parts: what the image paths in them are relative to.
ROOTS = "roots.json"
# What a catalog's own `split` column may say.
PART_NAMES = {"train": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2}


@dataclass(frozen=True)
class Taught:
    """One photo to learn from, with the row it stands in."""

    catalog: Catalog
    record: Record
    ref: str
    category: str | None
    path: tuple[str, ...]
    """The category's place in the catalog's tree, every prefix; empty: none is given."""


def taught_of(
    catalog: Catalog, photos: Catalog | None, exclude: set[str], warn: Warn
) -> list[Taught]:
    """Every photo of both catalogs; a photo that names only its product has its category."""
    products: dict[str, Product] = {}
    taught: list[Taught] = []
    unmet = []
    rows = records_of(catalog, warn)
    for record in rows:
        product = record.product
        # Shops that give a product several rows often fill in only the first.
        if product.category or product.product_id not in products:
            products[product.product_id] = product
    asked = records_of(photos, warn) if photos else []
    for source, records in ((catalog, rows), (photos, asked)):
        for record in records:
            product = record.product
            if product.product_id not in products:
                unmet.append(product.product_id)
            filed = product if product.category else products.get(product.product_id, product)
            known = filed.category if filed.category not in exclude else None
            taught += [
                Taught(source or catalog, record, ref, known, filed.category_path)
                for ref in record.images
            ]
    if photos and len(unmet) == len(asked):
        raise BadTraining(
            f"no photo of {photos.path} shows a product of {catalog.path}; both must name it alike "
            "in `product_id`"
        )
    if unmet:
        warn(
            f"{len(unmet)} of {len(asked)} photos of {photos and photos.path} show a product that "
            f"{catalog.path} does not have, the first {unmet[0]!r}; they teach all the same"
        )
    if not taught:
        look = f"snapshelf ingest {shlex.quote(str(catalog.path))} --dry-run"
        raise BadTraining(f"{catalog.path} has no readable row; try `{look}`")
    return taught


def named_parts(taught: Sequence[Taught], warn: Warn) -> np.ndarray | None:
    """(N,) part number of each photo by the rows' own `split` column; None: there is none."""
    given = [one.record.product.attributes.get("split", "").strip().lower() for one in taught]
    unknown = set(given) - PART_NAMES.keys() - {""}
    if not any(name in PART_NAMES for name in given):
        if unknown:
            warn(
                f"the column `split` says {min(unknown)!r}, not train, val or test: it is left out"
            )
        return None
    if unknown:
        raise BadTraining(
            f"the column `split` says {min(unknown)!r}; it must say train, val or test"
        )
    return np.array([PART_NAMES.get(name, 0) for name in given])


def drawn_parts(
    taught: Sequence[Taught], label: str, seed: int, parts: Sequence[int]
) -> np.ndarray:
    """(N,) part number of each photo. A whole product falls into one part.

    Where products are what is learned, the parts share products but no photo.
    """
    ids = [one.record.product.product_id for one in taught]
    if label == "category":
        drawn = split(ids, [one.category for one in taught], seed, parts)
    else:
        drawn = split_in_order(ids, parts)
    numbers = np.zeros(len(taught), int)
    for number, rows in enumerate(drawn):
        numbers[rows] = number
    return numbers


def parts_of(
    taught: Sequence[Taught],
    catalog: Catalog,
    label: str,
    seed: int,
    parts: Sequence[int],
    warn: Warn,
) -> tuple[np.ndarray, bool]:
    """(N,) part number of each photo, and whether the rows name them.

    Where products are learned from photos of their own, the `catalog`'s pictures teach: they are
    what is searched.
    """
    named = named_parts(taught, warn)
    part_of = drawn_parts(taught, label, seed, parts) if named is None else named
    gallery = np.array([one.catalog is catalog for one in taught])
    if label == "product_id" and not gallery.all():
        part_of[gallery] = 0
    return part_of, named is not None


def write_split(folder: Path, taught: Sequence[Taught], part_of: np.ndarray) -> None:
    """One CSV per part with the source's own columns: what `evaluate` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    first, roots = taught[0].catalog, {}
    for number, name in enumerate(PARTS):
        for source in {id(one.catalog): one.catalog for one in taught}.values():
            chosen: dict[int, list[Taught]] = {}
            for one, part in zip(taught, part_of, strict=True):
                if part == number and one.catalog is source:
                    chosen.setdefault(one.record.line, []).append(one)
            prefix = "" if source is first else "photos-"
            roots[f"{prefix}{name}"] = str(source.root.resolve())
            with (folder / f"{prefix}{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, source.columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(_row(photos) for photos in chosen.values())
    (folder / ROOTS).write_text(json.dumps(roots, indent=2) + "\n", encoding="utf-8")


def _row(photos: Sequence[Taught]) -> dict[str, str]:
    """The row of some photos as its source has it, but with these alone in its image column."""
    record = photos[0].record
    cells = dict(record.row)
    if len(photos) < len(record.images):
        for name, cell in record.row.items():
            if [part.strip() for part in cell.split(IMAGE_SEPARATOR)] == list(record.images):
                cells[name] = IMAGE_SEPARATOR.join(one.ref for one in photos)
    return cells


def roots_beside(split: Path) -> dict[str, Path]:
    """Where the pictures of each part lie on this machine, by the part's name."""
    try:
        roots = json.loads((split / ROOTS).read_text(encoding="utf-8"))
        return {name: Path(root) for name, root in roots.items()}
    except (OSError, ValueError, AttributeError, TypeError):  # an older edition wrote none
        return {}


def root_of(path: Path) -> Path | None:
    """Where the pictures of a catalog lie that is a part of a split; None: of any other."""
    return roots_beside(path.parent).get(path.stem)
