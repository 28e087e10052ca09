"""Pictures to vectors and categories: the one way, for ingest, query and evaluation alike."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from PIL import Image

from vision.artefact import BACKBONE, Artefact, head_fingerprint, load_artefact
from vision.backbone import Backbone, alone, load_backbone
from vision.calibration import Calibration
from vision.decoder import Decoder
from vision.errors import BadArtefact
from vision.head import Encoded, Head, bare_head
from vision.spec import EXAMPLES


class Embedder:
    """A backbone and a head, loaded and ready."""

    def __init__(
        self,
        backbone: Backbone,
        head: Head,
        labels: Sequence[str] = (),
        calibration: Calibration | None = None,
    ) -> None:
        self.backbone = backbone
        self.calibration = calibration
        self.labels = tuple(labels)
        self.dim = head.dim
        self.fingerprint = head_fingerprint(backbone.fingerprint, head, labels)
        self.labels_hash = hashlib.sha256(json.dumps(self.labels).encode()).hexdigest()
        self._head = head
        self._decoder = Decoder()

    @property
    def spec(self) -> str:
        return self.backbone.spec

    def decode(self, data: bytes) -> Image.Image:
        """The picture in `data` at a scale that suits the backbone. Raises UnreadableImage."""
        return self._decoder.decode(data, min_side=self.backbone.preprocess.size)

    def read(self, data: bytes, *, thumbnail: bool) -> tuple[np.ndarray, bytes]:
        """`preprocess(decode(data))`, and a JPEG for people if wanted. Raises UnreadableImage."""
        seen, small = self._decoder.read(data, self.backbone.preprocess.size, thumbnail=thumbnail)
        return self.preprocess(seen), small

    def preprocess(self, image: Image.Image) -> np.ndarray:
        """(3, S, S) float32."""
        return self.backbone.preprocess(image)

    def features(self, batch: np.ndarray) -> np.ndarray:
        """(N, 3, S, S) float32 → (N, F) float32."""
        return self.backbone.features(batch)

    def threads(self) -> AbstractContextManager[None]:
        """Inside, several threads may call `features`, and each computes alone.

        Elsewhere each call takes all processors, which is quickest for one query and slower for
        many pictures. For one block at a time in a process.
        """
        return alone()

    def head(self, features: np.ndarray) -> Encoded:
        """(N, F) float32, fresh or from the cache → Encoded."""
        return self._head(features)

    def predicted(self, encoded: Encoded, index: int) -> tuple[str | None, float | None]:
        """The most probable category of row `index` with its probability in [0, 1], if any."""
        if not self.labels:
            return None, None
        best = int(np.argmax(encoded.probabilities[index]))
        return self.labels[best], float(encoded.probabilities[index, best])

    def encode(self, images: Sequence[Image.Image]) -> Encoded:
        """All of `images` in one batch, order kept."""
        return self.head(self.features(np.stack([self.preprocess(image) for image in images])))


def open_embedder(model: str | Path) -> Embedder:
    """An artefact folder, or a bare backbone spec: identity head, no categories.

    Raises BadArtefact or BadSpec.
    """
    folder = Path(model)
    if folder.is_dir():
        artefact = load_artefact(folder)
        backbone = _backbone_of(artefact, folder)
        return Embedder(backbone, artefact.head, artefact.labels, artefact.calibration)
    if ":" not in str(model):
        raise BadArtefact(
            f"no model folder {model}; give a folder that `snapshelf train` wrote, or a backbone "
            f"spec such as {EXAMPLES}"
        )
    backbone = load_backbone(str(model))
    return Embedder(backbone, bare_head(backbone.feature_size))


def _backbone_of(artefact: Artefact, folder: Path) -> Backbone:
    tuned = folder / BACKBONE
    backbone = load_backbone(artefact.backbone, tuned if artefact.notes["tuned"] else None)
    if backbone.fingerprint != artefact.backbone_fingerprint:
        raise BadArtefact(
            f"the backbone of {folder} has changed: {artefact.backbone} now has fingerprint "
            f"{backbone.fingerprint[:8]}, the head was trained on "
            f"{artefact.backbone_fingerprint[:8]}; bring the old weights back or train again"
        )
    return backbone
