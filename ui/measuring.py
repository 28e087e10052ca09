"""The lab, asked from the page: the photos that can measure a model, and the reports."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.known import Known
from ingest.readers import Catalog, columns_of, open_catalog
from ui.assess import assess
from ui.build import Warn
from ui.known_models import KnownModel
from ui.settings import Settings
from ui.taught import roots_beside
from vision.progress import Progress

RELATIONS = ("category", "product_id")
# How the parts of a split begin that are not the catalog's own.
_PHOTOS = "photos-"
# Photos that the lab disturbs, as on the command line.
_DISTURBED = 100


@dataclass(frozen=True)
class PutAside:
    """Photos that a model did not learn from, with those that it did: its own split."""

    source: str
    gallery: Path
    queries: Path
    roots: tuple[Path | None, Path | None]
    """What the image paths in the two are relative to; None: their own folder."""
    photos: int
    relevant_by: str
    exclude: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of a product → the catalog's column, as its last ingest has read it."""

    def open(self) -> tuple[Catalog, Catalog]:
        """Gallery and queries. Raises BadCatalog."""
        first, second = (
            open_catalog(path, mapping=self._mapping(path), source=self.source, image_root=root)
            for path, root in zip((self.gallery, self.queries), self.roots, strict=True)
        )
        return first, second

    def _mapping(self, path: Path) -> dict[str, str]:
        """Photos of their own have columns of their own."""
        if path.name.startswith(_PHOTOS):
            return {}
        there = columns_of(path)
        return {name: column for name, column in self.fields.items() if column in there}


@dataclass(frozen=True)
class Report:
    """What the lab wrote of one model."""

    path: Path
    made_at: datetime
    numbers: Mapping[str, Any]


def put_aside(model: KnownModel, catalogs: Sequence[Known], part: str = "test") -> PutAside | None:
    """None when the model was trained elsewhere, not at all, or when no photo was left over.

    `part`: test, or val, whose photos chose the settings.
    """
    split = model.beside("split")
    if split is None:
        return None
    source, roots = str(model.training.get("catalog") or ""), roots_beside(split)
    # photos of their own ask for the catalog's; else some of the catalog's do
    for name in (f"{_PHOTOS}{part}", part):
        photos = _photos(model, split, name)
        if source and photos:
            known = next((one for one in catalogs if one.source == source), None)
            root, run = (known.root, known.run) if known else (None, None)
            return PutAside(
                source, split / "train.csv", split / f"{name}.csv",
                (roots.get("train", root), roots.get(name, root)), photos,
                _relation(model), _excluded(model), run.fields if run else {},
            )  # fmt: skip
    return None


def unseen(taught: KnownModel, by: KnownModel) -> bool:
    """Whether the one has not learned from the photos that were put aside for the other."""
    drawn_by = ("catalog", "label", "seed", "parts", "exclude")
    # parts that were drawn alike are alike
    alike = all(taught.training.get(name) == by.training.get(name) for name in drawn_by)
    return alike or not by.training


def measure(
    model: KnownModel,
    photos: PutAside | Known,
    settings: Settings,
    progress: Progress,
    warn: Warn,
    baseline: KnownModel | None = None,
) -> Report:
    """Writes the report of `model`. Of a known catalog, a second photo of each product asks."""
    from lab.report import write_report  # which loads matplotlib

    if isinstance(photos, PutAside):
        gallery, queries = photos.open()
        relevant_by, exclude = photos.relevant_by, photos.exclude
    else:
        gallery, queries, relevant_by, exclude = photos.open(), None, None, ()
    evaluation = assess(
        model.where, gallery, queries, settings,
        strangers=None, baseline=baseline.where if baseline else None, relevant_by=relevant_by,
        exclude=exclude, robustness=_DISTURBED, progress=progress, warn=warn,
    )  # fmt: skip
    path = report_path(model, settings)
    write_report(evaluation, path)
    return Report(path, datetime.now(UTC), evaluation.numbers)


def report_path(model: KnownModel, settings: Settings) -> Path:
    return settings.home / "reports" / f"{model.short}.html"


def report_of(model: KnownModel, settings: Settings) -> Report | None:
    """The latest one that is kept."""
    path = report_path(model, settings)
    try:
        numbers = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError):
        return None
    # eight digits are a name, not a proof
    whole = isinstance(numbers, dict) and isinstance(numbers.get("model"), dict)
    same = whole and numbers["model"].get("fingerprint") == model.fingerprint
    return Report(path, made_at, numbers) if same else None


def _photos(model: KnownModel, split: Path, name: str) -> int:
    """A product's row may name several photos: of one catalog alone, training has counted them."""
    rows, counted = _rows(split / f"{name}.csv"), model.config.get("photos")
    told = counted.get(name) if isinstance(counted, dict) else None
    return told if rows and isinstance(told, int) else rows


def _rows(path: Path) -> int:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return max(sum(1 for _ in csv.reader(file)) - 1, 0)
    except (OSError, ValueError, csv.Error):
        return 0


def _relation(model: KnownModel) -> str:
    label = model.training.get("label")
    return label if label in RELATIONS else "category"


def _excluded(model: KnownModel) -> tuple[str, ...]:
    exclude = model.training.get("exclude")
    return tuple(map(str, exclude)) if isinstance(exclude, list) else ()
