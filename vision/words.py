"""Words to the space of a two-tower model's pictures."""

import logging
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from vision.encoder import Encoder
from vision.exported import Export, ExportedEncoder
from vision.exported_text import ExportedText, has_text
from vision.head import tempered, unit
from vision.spec import Spec

# A text tower reads 77 tokens or fewer; splitting a book into tokens would take minutes.
MAX_CHARACTERS = 1_000

log = logging.getLogger(__name__)


class Words:
    """The text tower of an open_clip model, loaded with the first words. Safe for several threads.

    From its export where there is one, else in torch.

    Labels are what a head was taught, and here they tell where texts lie: see `centre`.
    """

    def __init__(
        self, spec: Spec, labels: Sequence[str] = (), export: Export | None = None
    ) -> None:
        """`export`: of the image tower; the text tower is read beside it, where it has one."""
        self.broken = False
        self._spec, self._labels, self._export = spec, labels, export
        self._loading = Lock()

    def features(self, text: str) -> np.ndarray | None:
        """(F,) float32 of length 1; None when the tower cannot be loaded."""
        with self._loading:
            tower = self._tower
        return None if tower is None else tower.features([text])[0]

    def centre(self, power: float) -> np.ndarray | None:
        """(F,) the mean of the labels' features, tempered; None without at least two labels."""
        with self._loading:
            tower = self._tower
            if tower is None or len(self._labels) < 2:
                return None
            return np.asarray(tempered(self._labels_features, power).mean(axis=0))

    @cached_property
    def _labels_features(self) -> np.ndarray:
        assert self._tower is not None  # noqa: S101 - for the type checker
        return self._tower.features(self._labels)

    @cached_property
    def _tower(self) -> "_TextTower | ExportedText | None":
        try:
            if self._export and has_text(self._export.model.parent):
                return ExportedText(self._export.model.parent, self._export.backbone)
            return _TextTower(self._spec)
        except Exception as error:  # noqa: BLE001 - as in load_backbone: hubs raise anything
            self.broken = True
            log.warning(
                "the text tower of %s cannot be loaded (%s: %s): words are looked for in titles",
                self._spec, type(error).__name__, error,
            )  # fmt: skip
            return None


def words_of(backbone: Encoder, labels: Sequence[str]) -> Words | None:
    """None without a text tower, or when tuning moved the image tower away from it."""
    if not has_words(backbone):
        return None
    export = backbone.export if isinstance(backbone, ExportedEncoder) else None
    return Words(backbone.parsed, labels, export)


def has_words(backbone: Encoder) -> bool:
    return backbone.parsed.library == "open_clip" and not backbone.tuned


class _TextTower:
    def __init__(self, spec: Spec) -> None:
        import open_clip

        from vision.backbone import load_towers, open_clip_name

        self._network: Any = load_towers(spec)
        del self._network.visual
        self._split: Any = open_clip.get_tokenizer(open_clip_name(spec)[0])

    def features(self, texts: Sequence[str]) -> np.ndarray:
        """(N, F) float32 of length 1."""
        import torch

        with torch.inference_mode():
            tokens = self._split([text[:MAX_CHARACTERS] for text in texts])
            return unit(self._network.encode_text(tokens).float().numpy())
