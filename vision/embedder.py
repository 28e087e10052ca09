"""Pictures to vectors and categories: the one way, for ingest, query and evaluation alike."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from PIL import Image

from vision.accelerator import accelerator
from vision.artefact import BACKBONE, EXPORT, Artefact, head_fingerprint, load_artefact
from vision.box import Box
from vision.calibration import Calibration
from vision.decoder import Decoder, Seen
from vision.encoder import Encoder, open_encoder
from vision.errors import BadArtefact
from vision.exported import Export, ExportedEncoder, Precision, read_export
from vision.head import Encoded, Head, bare_head
from vision.image import square
from vision.regions import heat
from vision.serving import read_serving
from vision.spec import EXAMPLES
from vision.words import Words, words_of


@dataclass(frozen=True)
class Looked:
    """What the model says of N images, and of which places it says so."""

    encoded: Encoded
    maps: np.ndarray | None
    """(N, h, w, F) float32, places of the pictures in the space of features, as `vision.regions`
    takes them; None where the backbone has none."""


class Embedder:
    """A backbone and a head, loaded and ready."""

    def __init__(
        self,
        backbone: Encoder,
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
        self._words: Words | None = words_of(backbone, self.labels)

    @property
    def spec(self) -> str:
        return self.backbone.spec

    def decode(self, data: bytes, box: Box | None = None) -> Image.Image:
        """The picture in `data`, or what is inside `box`, at a scale that suits the backbone.

        Raises UnreadableImage.
        """
        size = self.backbone.preprocess.size
        if box is None:
            return self._decoder.decode(data, min_side=size)
        narrow = min(box.right - box.left, box.bottom - box.top)
        return box.cut(self._decoder.decode(data, min_side=ceil(size / narrow)))

    def squeezed(self, data: bytes, box: Box | None = None) -> Image.Image:
        """The picture, or what is inside `box`, in the backbone's square. Raises UnreadableImage.

        Cheaper than `decode` for a whole one, which stays in the process that decodes it.
        """
        if box is not None:
            return square(self.decode(data, box), self.backbone.preprocess.size)
        return Image.fromarray(self.read(data).pixels.transpose(1, 2, 0))

    def read(self, data: bytes, *, thumbnail: bool = False, colours: bool = False) -> Seen:
        """What `preprocess(decode(data))` sees, not yet normalised. Raises UnreadableImage.

        With a JPEG for people and with its colours if wanted.
        """
        size = self.backbone.preprocess.size
        return self._decoder.read(data, size, thumbnail=thumbnail, colours=colours)

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        """(N, 3, S, S) uint8, squares of `read`, → float32."""
        return self.backbone.preprocess.normalised(pixels)

    def preprocess(self, image: Image.Image) -> np.ndarray:
        """(3, S, S) float32."""
        return self.backbone.preprocess(image)

    def features(self, batch: np.ndarray) -> np.ndarray:
        """(N, 3, S, S) float32 → (N, F) float32."""
        return self.backbone.features(batch)

    def threads(self) -> AbstractContextManager[None]:
        """Those of `Encoder.threads`."""
        return self.backbone.threads()

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
        return self.head(self.features(self._batch(images)))

    def look(self, images: Sequence[Image.Image]) -> Looked:
        """`encode`, and of the same forward pass what each place of the pictures adds."""
        features, maps = self.backbone.look(self._batch(images))
        return Looked(self.head(features), maps)

    def heat(self, place_map: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Where a photo resembles a hit: (h, w, F) map and the hit's (D,) → (h, w) in [0, 1]."""
        return heat(place_map, self._head.direction(place_map.mean(axis=(0, 1)), vector))

    @property
    def reads_words(self) -> bool:
        """Whether there is a text tower; that one cannot be loaded shows at its first use."""
        return self._words is not None and not self._words.broken

    def words(self, text: str) -> np.ndarray | None:
        """(D,) unit vector beside which photos of what `text` says lie.

        None for blank text, or without a text tower. It is loaded with the first words; one that
        cannot be is logged, once.
        """
        if self._words is None or not text.strip():
            return None
        features = self._words.features(text)
        if features is None:
            return None
        return self._head.words(features[None], self._words.centre(self._head.power))[0]

    def _batch(self, images: Sequence[Image.Image]) -> np.ndarray:
        return np.stack([self.preprocess(image) for image in images])


def open_embedder(model: str | Path, precision: Precision | None = None) -> Embedder:
    """An artefact folder, or a bare backbone spec: identity head, no categories.

    `precision`: another of the folder's exports than the one it serves with, under a fingerprint
    of its own. Raises BadArtefact or BadSpec.
    """
    folder = Path(model)
    if folder.is_dir():
        artefact = load_artefact(folder)
        return with_head(_backbone_of(artefact, folder, precision), artefact)
    if ":" not in str(model):
        raise BadArtefact(
            f"no model folder {model}; give a folder that `snapshelf train` wrote, or a backbone "
            f"spec such as {EXAMPLES}"
        )
    backbone = open_encoder(str(model))
    return Embedder(backbone, bare_head(backbone.feature_size))


def with_head(backbone: Encoder, artefact: Artefact) -> Embedder:
    return Embedder(backbone, artefact.head, artefact.labels, artefact.calibration)


def exported_encoder(artefact: Artefact, export: Export) -> ExportedEncoder:
    """Raises BadArtefact when the export is of another backbone."""
    if export.backbone != artefact.backbone_fingerprint:
        raise BadArtefact(
            f"{export.model} is of another backbone ({export.backbone[:8]}, the head "
            f"was trained on {artefact.backbone_fingerprint[:8]}); write it again with "
            "`snapshelf model export`, or delete the folder: then torch computes"
        )
    return ExportedEncoder(export, artefact.backbone, artefact.notes["tuned"])


def _backbone_of(artefact: Artefact, folder: Path, precision: Precision | None) -> Encoder:
    exports = folder / EXPORT
    chosen = read_serving(exports)
    precision = precision or (chosen.precision if chosen else "fp32")
    # with an accelerator torch is quicker, and gives fp32's own vectors; int8's it does not
    if precision != "fp32" or (exports.is_dir() and not accelerator()):
        return exported_encoder(artefact, read_export(exports, precision))
    backbone = _made(artefact, folder)
    if backbone.fingerprint != artefact.backbone_fingerprint:
        raise BadArtefact(
            f"the backbone of {folder} has changed: {artefact.backbone} now has fingerprint "
            f"{backbone.fingerprint[:8]}, the head was trained on "
            f"{artefact.backbone_fingerprint[:8]}; bring the old weights back or train again"
        )
    return backbone


def _made(artefact: Artefact, folder: Path) -> Encoder:
    """From what the spec names, or from the tuned weights in the folder."""
    if not artefact.notes["tuned"]:
        return open_encoder(artefact.backbone)
    from vision.backbone import load_backbone

    return load_backbone(artefact.backbone, folder / BACKBONE)
