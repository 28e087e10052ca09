"""`snapshelf train`: a catalog's rows to an artefact, with the split it was judged on."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ingest.readers import Catalog, Record
from ui.build import Warn, reader_of, records_of
from ui.settings import Settings
from vision.artefact import Artefact, check_target, save_artefact
from vision.backbone import load_backbone
from vision.cache import FeatureCache
from vision.errors import BadTraining
from vision.extract import Features, extract
from vision.head import Head
from vision.split import split
from vision.train import Part, Recipe, fit_head

Progress = Callable[[str, int, int], None]
PARTS = ("train", "val", "test")
# What a catalog's own `split` column may say.
PART_NAMES = {"train": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2}
# A category with fewer photos cannot be learned, chosen and judged on separate ones.
LEAST_PHOTOS = 5


@dataclass(frozen=True)
class Lesson:
    """One photo to learn from, with the row it stands in."""

    catalog: Catalog
    record: Record
    ref: str
    category: str | None


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
    check_target(out)
    lessons = _lessons(catalog, photos, set(exclude), warn)
    backbone = load_backbone(backbone_spec)
    with FeatureCache(settings.features(backbone.fingerprint)) as cache:
        features = _features(lessons, backbone, cache, allow_hosts, progress)
    lessons = [lessons[index] for index in features.kept]
    labels = _labels(lessons, label)
    part_of = _parts(lessons, label, recipe.seed, parts)
    train, validation, test = (
        _part(lessons, features.values, labels, label, part_of == number) for number in range(3)
    )
    head = fit_head(train, validation, labels, recipe, progress)
    scores = {
        "val": _scores(head, validation),
        "test": _scores(head, test),
    }
    summary = {
        "photos": {name: int((part_of == number).sum()) for number, name in enumerate(PARTS)},
        "without_category": sum(one.category not in labels for one in lessons),
        "unreadable": len(features.unreadable),
        "categories": len(labels),
        "metrics": scores,
    }
    arguments = {
        "catalog": catalog.name, "label": label, "exclude": list(exclude), "parts": list(parts),
        **recipe.__dict__,
    }  # fmt: skip
    notes = {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "training": arguments,
        **summary,
    }
    artefact = Artefact(backbone.spec, backbone.fingerprint, labels, head, notes)
    save_artefact(artefact, out)
    _write_split(out / "split", lessons, part_of)
    return {"out": str(out), "fingerprint": artefact.fingerprint, **summary}


def _lessons(
    catalog: Catalog, photos: Catalog | None, exclude: set[str], warn: Warn
) -> list[Lesson]:
    """Every photo of both catalogs; a photo that names only its product has its category."""
    category_of: dict[str, str | None] = {}
    lessons: list[Lesson] = []
    met = 0
    for source in filter(None, (catalog, photos)):
        for record in records_of(source, warn):
            product = record.product
            if source is catalog:
                category_of[product.product_id] = product.category
            elif product.product_id in category_of:
                met += 1
            category = product.category or category_of.get(product.product_id)
            known = category if category not in exclude else None
            lessons += [Lesson(source, record, ref, known) for ref in record.images]
    if photos and not met:
        raise BadTraining(
            f"no photo of {photos.path} shows a product of {catalog.path}; both must name it alike "
            "in `product_id`"
        )
    if not lessons:
        raise BadTraining(f"{catalog.path} has no readable row; try `snapshelf ingest --limit 5`")
    return lessons


def _features(
    lessons: Sequence[Lesson],
    backbone: Any,
    cache: FeatureCache,
    allow_hosts: Sequence[str],
    progress: Progress,
) -> Features:
    roots = {one.catalog.root for one in lessons}
    readers = {root: reader_of(root, allow_hosts) for root in roots}
    photos = [partial(readers[one.catalog.root], one.ref) for one in lessons]
    found = extract(photos, backbone, cache, lambda done: progress("features", done, len(lessons)))
    if not found.kept:
        raise BadTraining(f"none of {len(lessons)} photos could be read: {found.unreadable[0][1]}")
    return found


def _labels(lessons: Sequence[Lesson], label: str) -> tuple[str, ...]:
    """Categories with enough photos, in alphabetical order.

    A single one teaches no classifier; where products are learned, none is needed.
    """
    counts = Counter(one.category for one in lessons if one.category is not None)
    labels = tuple(sorted(name for name, count in counts.items() if count >= LEAST_PHOTOS))
    return labels if label == "category" or len(labels) > 1 else ()


def _parts(lessons: Sequence[Lesson], label: str, seed: int, parts: Sequence[int]) -> np.ndarray:
    """(N,) part number of each lesson: by the rows' own `split` column, else drawn.

    A whole product falls into one part. Where products are what is learned a whole row does, so
    that the parts share products but no row.
    """
    given = [one.record.product.attributes.get("split", "").strip().lower() for one in lessons]
    if any(name in PART_NAMES for name in given):
        unknown = set(given) - PART_NAMES.keys() - {""}
        if unknown:
            raise BadTraining(
                f"the column `split` says {min(unknown)!r}; it must say train, val or test"
            )
        return np.array([PART_NAMES.get(name, 0) for name in given])
    ids = [one.record.product.product_id for one in lessons]
    rows = [f"{one.catalog.name}:{one.record.line}" for one in lessons]
    categories = [one.category for one in lessons]
    groups, strata = (ids, categories) if label == "category" else (rows, ids)
    numbers = np.zeros(len(lessons), int)
    for number, drawn in enumerate(split(groups, strata, seed, parts)):
        numbers[drawn] = number
    return numbers


def _part(
    lessons: Sequence[Lesson],
    features: np.ndarray,
    labels: Sequence[str],
    label: str,
    chosen: np.ndarray,
) -> Part:
    number = {name: index for index, name in enumerate(labels)}
    categories = np.array([number.get(one.category or "", -1) for one in lessons])
    classes = categories
    if label == "product_id":
        ids = [one.record.product.product_id for one in lessons]
        classes = np.unique(ids, return_inverse=True)[1]
    return Part(features[chosen], classes[chosen], categories[chosen])


def _scores(head: Head, part: Part) -> dict[str, float | int]:
    """Accuracies of the classifier on photos with a known category."""
    known = part.categories >= 0
    if not known.any():
        return {"photos": 0}
    order = np.argsort(-head(part.features[known]).probabilities, axis=1)
    truth = part.categories[known][:, None]
    return {
        "photos": int(known.sum()),
        "top1": round(float((order[:, :1] == truth).any(axis=1).mean()), 4),
        "top3": round(float((order[:, :3] == truth).any(axis=1).mean()), 4),
    }


def _write_split(folder: Path, lessons: Sequence[Lesson], part_of: np.ndarray) -> None:
    """One CSV per part with the source's own columns: what `evaluate` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    first = lessons[0].catalog
    for number, name in enumerate(PARTS):
        for source in {id(one.catalog): one.catalog for one in lessons}.values():
            rows = {
                one.record.line: one.record.row
                for one, part in zip(lessons, part_of, strict=True)
                if part == number and one.catalog is source
            }
            prefix = "" if source is first else "photos-"
            with (folder / f"{prefix}{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, source.columns, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(rows.values())
