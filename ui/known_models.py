"""Every model that this data folder knows: what serves, what served, and what could."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from catalog.contract import CollectionInfo
from search.models import made_with
from ui.build import Target
from ui.settings import Settings
from vision.artefact import EXPORT
from vision.embedder import open_embedder
from vision.errors import BadArtefact
from vision.serving import read_serving
from vision.spec import BUNDLED_MODEL

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")

Role = Literal["served", "previous", "other"]


@dataclass(frozen=True)
class KnownModel:
    """One model, wherever copies of it lie."""

    fingerprint: str
    """64 hex digits."""
    where: str
    """What `vision.embedder.open_embedder` takes."""
    backbone: str
    """Its spec."""
    folders: tuple[Path, ...] = ()
    """Of the artefact; none for a bare backbone."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """As training wrote it: nothing in it is sure to be there."""
    role: Role = "other"

    @property
    def short(self) -> str:
        """Enough to tell models apart, and what collections are named by."""
        return self.fingerprint[:8]

    @property
    def created_at(self) -> str:
        """ISO 8601; "" for a bare backbone."""
        return str(self.config.get("created_at") or "")

    @property
    def labels(self) -> tuple[str, ...]:
        """The categories that it can tell."""
        labels = self.config.get("labels")
        return tuple(map(str, labels)) if isinstance(labels, list) else ()

    @property
    def training(self) -> Mapping[str, Any]:
        """The arguments that it was trained with."""
        return _mapping(self.config.get("training"))

    @property
    def measured(self) -> Mapping[str, Any]:
        """`vision.calibrate.check` of the test photos, else of the validation photos, else {}."""
        metrics = _mapping(self.config.get("metrics"))
        parts = (_mapping(metrics.get(name)) for name in ("test", "val"))
        return next((part for part in parts if part.get("photos")), {})

    @property
    def seconds(self) -> float | None:
        """That the training took."""
        taken = _mapping(self.config.get("seconds")).values()
        numbers = [one for one in taken if isinstance(one, int | float)]
        return sum(numbers) if numbers else None

    def beside(self, name: str) -> Path | None:
        """A file or folder that training left in one of the model's folders."""
        return next((one / name for one in self.folders if (one / name).exists()), None)


def trained_folder(settings: Settings) -> Path:
    """Where models are kept that were trained on the page."""
    return settings.home / "trained"


def known_models(target: Target) -> list[KnownModel]:
    """The served one first, then the previous one, then the others, newest first."""
    with target.open() as store:
        served, previous = store.describe(), store.previous()
    found: dict[str, KnownModel] = {}
    for model in _all(target.settings, served, previous):
        other = found.get(model.fingerprint)
        found[model.fingerprint] = _joined(other, model) if other else model
    newest = sorted(found.values(), key=lambda one: one.created_at, reverse=True)
    order: list[Role] = ["served", "previous", "other"]
    return sorted(newest, key=lambda one: order.index(one.role))


def _all(
    settings: Settings, served: CollectionInfo | None, previous: CollectionInfo | None
) -> Iterator[KnownModel]:
    """One for each place, the copies that indexes are searched with first."""
    for pattern in ("models/*", "trained/*", "*"):
        for folder in sorted(settings.home.glob(pattern)):
            # what begins with a dot is being written
            model = None if folder.name.startswith(".") else model_in(folder)
            if model is not None:
                yield model
    roles: list[tuple[CollectionInfo | None, Role]] = [(served, "served"), (previous, "previous")]
    for info, role in roles:
        if info is not None:
            where = made_with(info, settings.models)
            yield KnownModel(info.fingerprint, where, info.backbone, role=role)
    yield KnownModel(_bundled(), BUNDLED_MODEL, BUNDLED_MODEL)


def model_in(folder: Path) -> KnownModel | None:
    """None for a folder that is no whole model; whether it can be opened shows when it is."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        chosen = read_serving(folder / EXPORT)
        fingerprint = chosen.fingerprint if chosen else config["fingerprint"]
        backbone = config["backbone"]
    except (OSError, ValueError, KeyError, TypeError, BadArtefact):
        return None
    whole = isinstance(fingerprint, str) and isinstance(backbone, str)
    if not whole or not _FINGERPRINT.fullmatch(fingerprint):
        return None
    return KnownModel(fingerprint, str(folder), backbone, (folder,), config)


def _joined(one: KnownModel, other: KnownModel) -> KnownModel:
    role = one.role if other.role == "other" else other.role
    return replace(one, folders=one.folders + other.folders, role=role)


@cache
def _bundled() -> str:
    return open_embedder(BUNDLED_MODEL).fingerprint


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
