"""What turns pictures into features while a model serves, whichever runtime computes them."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np

from vision.accelerator import accelerator
from vision.exported import ExportedEncoder, read_export
from vision.preprocess import Preprocess
from vision.spec import Spec, parse_spec

_BUNDLED = Path(__file__).parent / "bundled" / "exported"


class Encoder(Protocol):
    """A frozen network with the preprocessing it was trained with.

    `vision.backbone.Backbone` computes in torch, which training needs; `vision.exported` in
    OpenVINO, without it. Both give the same features, so that neither is part of the fingerprint:
    an index made with one is searched with the other.
    """

    spec: str
    parsed: Spec
    tuned: bool
    """Whether the weights are not those of the spec any more."""
    preprocess: Preprocess
    fingerprint: str
    """sha256 over all that changes a feature, as 64 hex digits."""
    feature_size: int
    device: str
    """Where it computes: "cpu", or torch's name of an accelerator."""

    def features(self, batch: np.ndarray) -> np.ndarray:
        """(B, 3, S, S) float32 → (B, F) float32, rounded to fp16 precision, row order kept.

        Rounded because the feature cache holds fp16: a cached and a fresh image must give
        the same vector.
        """
        ...

    def look(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """`features`, and of the same pass (B, h, w, F) float32: what each place adds to them.

        None in the place of the maps where the network has none that are comparable.
        """
        ...

    def threads(self) -> AbstractContextManager[None]:
        """Inside, several threads may call `features`, and each computes alone.

        Elsewhere each call takes all processors, which is quickest for one query and slower for
        many pictures. For one block at a time in a process.
        """
        ...


def comes_exported(spec: Spec) -> bool:
    """Whether this program brings an export along; options make another network of the name."""
    plain = spec == Spec("snapshelf", spec.model)
    return plain and (_BUNDLED / f"{spec.model}.json").is_file()


def open_encoder(spec: str) -> Encoder:
    """A backbone for serving: the bundled one from its export, any other in torch.

    With an accelerator all of them in torch.

    Raises BadSpec, and BadArtefact for a damaged installation.
    """
    parsed = parse_spec(spec)
    if comes_exported(parsed) and not accelerator():
        return ExportedEncoder(read_export(_BUNDLED, parsed.model))
    from vision.backbone import load_backbone

    return load_backbone(spec)
