"""`snapshelf train`: a catalog's rows to an artefact, with the split it was judged on."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from catalog.product import Product
from ingest.columns import IMAGE_SEPARATOR
from ingest.readers import Catalog, Record
from lab.curves import draw_curves
from ui.build import Warn, reader_of, records_of
from ui.settings import Settings
from vision.artefact import Artefact, check_target, save_artefact
from vision.backbone import Backbone, load_backbone
from vision.cache import FeatureCache
from vision.calibrate import Held, check
from vision.classes import Classes, Named, name_classes
from vision.errors import BadTraining
from vision.extract import Features, Read, extract
from vision.parts import Part
from vision.progress import Progress
from vision.recipe import Recipe
from vision.split import split, split_in_order
from vision.train import Trained, fit_head
from vision.tuned import Lesson, fit_tuned

PARTS = ("train", "val", "test")
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


@dataclass(frozen=True)
class Model:
    """What was learned, before it is saved."""

    backbone: Backbone
    trained: Trained
    features: np.ndarray
    """(N, F) of all photos, from this backbone."""
    work: Path | None = None
    """Folder of what a killed run goes on from; to be removed."""


def teach(
    catalog: Catalog,
    photos: Catalog | None,
    backbone_spec: str,
    out: Path,
    settings: Settings,
    *,
    label: str,
    exclude: Sequence[str],
    parts: Sequence[int],
    recipe: Recipe,
    progress: Progress,
    allow_hosts: Sequence[str] = (),
    warn: Warn = lambda text: None,
) -> dict[str, Any]:
    """Trains, saves to `out`, writes `out/split/*.csv`; what `train --json` prints."""
    begun = monotonic()
    check_target(out)
    taught = _taught(catalog, photos, set(exclude), warn)
    backbone = load_backbone(backbone_spec)
    readers = _readers(taught, allow_hosts)
    with FeatureCache(settings.features(backbone.fingerprint)) as cache:
        found = _features(readers, backbone, cache, progress)
    extracted = monotonic()
    taught = [taught[row] for row in found.kept]
    readers = [readers[row] for row in found.kept]
    classes = name_classes([_named(one) for one in taught], by_product=label == "product_id")
    named = _named_parts(taught, warn)
    part_of = _drawn_parts(taught, label, recipe.seed, parts) if named is None else named
    gallery = np.array([one.catalog is catalog for one in taught])
    part = Part(found.values, classes.targets, classes.products, gallery if photos else None)
    if photos and label == "product_id":
        part_of[gallery] = 0
    rows = [np.flatnonzero(part_of == number) for number in range(len(PARTS))]
    model = _learn(
        backbone, readers, part, classes, rows, recipe, settings, progress, named is not None
    )
    seen = replace(part, features=model.features)
    known, test = seen.take(np.concatenate(rows[:2])), seen.take(rows[2])
    held = [Held(model.trained.head, known, test)] if len(test) else []
    known_labels = set(classes.labels)
    summary = {
        "photos": {name: len(some) for name, some in zip(PARTS, rows, strict=True)},
        "without_category": sum(one.category not in known_labels for one in taught),
        "unreadable": len(found.unreadable),
        "categories": len(classes.labels),
        "classes": len(classes.category_of),
        "metrics": {
            "val": model.trained.validation,
            "test": check(held, model.trained.calibration),
        },
        "seconds": {
            "features": round(extracted - begun, 1),
            "training": round(monotonic() - extracted, 1),
        },
    }
    artefact = Artefact(
        model.backbone.spec, model.backbone.fingerprint, classes.labels, model.trained.head,
        {
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "training": {
                "catalog": catalog.name, "label": label, "exclude": list(exclude),
                "parts": list(parts), "parent": backbone.fingerprint, **asdict(recipe),
            },
            "history": model.trained.course.history,
            **summary,
        },
        model.trained.calibration,
        _weights(model.backbone) if recipe.tune != "head" else None,
    )  # fmt: skip
    save_artefact(artefact, out)
    if model.work is not None:
        shutil.rmtree(model.work)
    _write_split(out / "split", taught, part_of)
    if model.trained.course.history:
        draw_curves(model.trained.course.history, out / "curves.png")
    return {"out": str(out), "fingerprint": artefact.fingerprint, **summary}


def _learn(
    backbone: Backbone,
    readers: Sequence[Read],
    part: Part,
    classes: Classes,
    rows: Sequence[np.ndarray],
    recipe: Recipe,
    settings: Settings,
    progress: Progress,
    named: bool,
) -> Model:
    """The head alone, from training and validation photos; or the backbone too.

    `named`: the catalog says which photos validate.
    """
    targets = part.targets
    train, validation = (
        some[(targets.classes[some] >= 0) | (targets.groups[some] >= 0)] for some in rows[:2]
    )
    if recipe.tune == "head":
        learned = np.sort(np.concatenate([train, validation]))
        # Validation photos that the catalog names are better judges than any that we draw.
        judged = np.isin(learned, validation)
        own = [(np.flatnonzero(~judged), np.flatnonzero(judged))]
        folds = own if named and judged.any() and not judged.all() else None
        trained = fit_head(part.take(learned), classes.category_of, recipe, progress, folds)
        return Model(backbone, trained, part.features)
    if not len(validation):
        raise BadTraining(
            "no photo fell to validation, and tuning needs some; give it a larger share, as "
            "--split 6:2:2, or name them in a column `split`"
        )
    lesson = Lesson(readers, part, classes.category_of)
    work = settings.home / "training" / lesson.digest(backbone, (train, validation), recipe)
    tuned = fit_tuned(
        backbone, lesson, (train, validation), recipe,
        lambda fingerprint: FeatureCache(settings.features(fingerprint)), work, progress,
    )  # fmt: skip
    return Model(*tuned, work)


def _taught(
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
        raise BadTraining(f"{catalog.path} has no readable row; try `snapshelf ingest --limit 5`")
    return taught


def _named(one: Taught) -> Named:
    return Named(one.record.product.product_id, one.category, one.path)


def _readers(taught: Sequence[Taught], allow_hosts: Sequence[str]) -> list[Read]:
    roots = {one.catalog.root for one in taught}
    readers = {root: reader_of(root, allow_hosts) for root in roots}
    return [partial(readers[one.catalog.root], one.ref) for one in taught]


def _features(
    photos: Sequence[Read], backbone: Backbone, cache: FeatureCache, progress: Progress
) -> Features:
    found = extract(photos, backbone, cache, lambda done: progress("features", done, len(photos)))
    if not found.kept:
        raise BadTraining(f"none of {len(photos)} photos could be read: {found.unreadable[0][1]}")
    return found


def _weights(backbone: Backbone) -> dict[str, np.ndarray]:
    return {name: one.numpy() for name, one in backbone.network.state_dict().items()}


def _named_parts(taught: Sequence[Taught], warn: Warn) -> np.ndarray | None:
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


def _drawn_parts(
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


def _write_split(folder: Path, taught: Sequence[Taught], part_of: np.ndarray) -> None:
    """One CSV per part with the source's own columns: what `evaluate` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    first = taught[0].catalog
    for number, name in enumerate(PARTS):
        for source in {id(one.catalog): one.catalog for one in taught}.values():
            chosen: dict[int, list[Taught]] = {}
            for one, part in zip(taught, part_of, strict=True):
                if part == number and one.catalog is source:
                    chosen.setdefault(one.record.line, []).append(one)
            prefix = "" if source is first else "photos-"
            with (folder / f"{prefix}{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, source.columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(_row(photos) for photos in chosen.values())


def _row(photos: Sequence[Taught]) -> dict[str, str]:
    """The row of some photos as its source has it, but with these alone in its image column."""
    record = photos[0].record
    cells = dict(record.row)
    if len(photos) < len(record.images):
        for name, cell in record.row.items():
            if [part.strip() for part in cell.split(IMAGE_SEPARATOR)] == list(record.images):
                cells[name] = IMAGE_SEPARATOR.join(one.ref for one in photos)
    return cells
