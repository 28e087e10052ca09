"""`snapshelf train`: a catalog's rows to an artefact, with the split it was judged on."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from ingest.readers import Catalog
from lab.curves import draw_curves
from ui.build import Warn, reader_of
from ui.options import check_labels
from ui.settings import Settings
from ui.taught import PARTS, Taught, parts_of, taught_of, write_split
from vision.artefact import Artefact, check_target, save_artefact
from vision.backbone import Backbone, load_backbone
from vision.cache import FeatureCache
from vision.calibrate import Held, check
from vision.classes import Classes, Named, name_classes
from vision.encoder import comes_exported
from vision.errors import BadExport, BadTraining
from vision.export import export_backbone
from vision.extract import Features, Read, extract
from vision.loop import Course
from vision.parts import Part
from vision.progress import Progress
from vision.recipe import Recipe
from vision.train import Trained, fit_head
from vision.tuned import Lesson, fit_tuned


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
    strict: bool = False,
) -> dict[str, Any]:
    """Trains, saves to `out`, writes `out/split/*.csv`; what `train --json` prints.

    `strict`: a person has typed `exclude`, so a label that no row has is refused.
    """
    begun = monotonic()
    check_target(out)
    taught = taught_of(catalog, photos, set(exclude), warn)
    if strict:
        check_labels(exclude, (one.record.product.category for one in taught))
    backbone = load_backbone(backbone_spec)
    readers = _readers(taught, allow_hosts)
    with FeatureCache(settings.features(backbone.fingerprint)) as cache:
        found = _features(readers, backbone, cache, progress)
    extracted = monotonic()
    taught = [taught[row] for row in found.kept]
    readers = [readers[row] for row in found.kept]
    classes = name_classes([_named(one) for one in taught], by_product=label == "product_id")
    part_of, named = parts_of(taught, catalog, label, recipe.seed, parts, warn)
    gallery = np.array([one.catalog is catalog for one in taught])
    part = Part(found.values, classes.targets, classes.products, gallery if photos else None)
    rows = [np.flatnonzero(part_of == number) for number in range(len(PARTS))]
    model = _learn(backbone, readers, part, classes, rows, recipe, settings, progress, named)
    if recipe.tune != "head" and _untuned(model.trained.course):
        warn(
            "no epoch of tuning beat the head alone on the validation photos, so the backbone is "
            "as it was; try a lower --backbone-rate, or --tune head, which learns from them too"
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
    progress("export", 0, 1)  # before anything is kept, for it may raise
    save_artefact(artefact, out)
    summary["export"] = _exported(model.backbone, out, warn)
    if model.work is not None:
        shutil.rmtree(model.work)
    write_split(out / "split", taught, part_of)
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


def _untuned(course: Course) -> bool:
    return course.history[course.best]["epoch"] == 0


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


def _exported(backbone: Backbone, out: Path, warn: Warn) -> Mapping[str, Any] | None:
    """What was measured; None where none is needed, or none could be made: then torch serves."""
    if comes_exported(backbone.parsed) and not backbone.tuned:
        return None
    try:
        return export_backbone(backbone, out)
    except (BadExport, OSError) as error:
        warn(str(error))
        return None


def _weights(backbone: Backbone) -> dict[str, np.ndarray]:
    return {name: one.numpy() for name, one in backbone.network.state_dict().items()}
