"""A model is a folder of data, nothing that runs.

`config.json`, `head.safetensors`, `backbone.safetensors` where the backbone was tuned, and
`export/` where it was exported for serving.
"""

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from vision.calibration import Calibration
from vision.errors import BadArtefact
from vision.folders import check_folder
from vision.head import Head

FORMAT = 2
_CONFIG = "config.json"
_HEAD = "head.safetensors"
BACKBONE = "backbone.safetensors"
EXPORT = "export"


@dataclass(frozen=True)
class Artefact:
    """A head with the backbone it belongs to."""

    backbone: str
    """The spec; loading it must give `backbone_fingerprint`."""
    backbone_fingerprint: str
    labels: tuple[str, ...]
    """Category names in the order of the classifier's outputs."""
    head: Head
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Training arguments and measured scores: for people, without effect on a vector."""
    calibration: Calibration | None = None
    tuned: Mapping[str, np.ndarray] | None = None
    """The backbone's own weights where they were tuned, else None: those of the spec. When
    loading, they stay on disk (`load_backbone` reads them)."""

    @property
    def fingerprint(self) -> str:
        """sha256 over all that changes a vector or a label, as 64 hex digits."""
        return head_fingerprint(self.backbone_fingerprint, self.head, self.labels)


def head_fingerprint(backbone: str, head: Head, labels: Sequence[str]) -> str:
    """The fingerprint of a model from its parts, so that a bare backbone has one too."""
    digest = hashlib.sha256(json.dumps([backbone, *labels]).encode())
    for name, tensor in sorted(head.tensors().items()):
        digest.update(name.encode())
        digest.update(tensor.tobytes())
    return digest.hexdigest()


def check_target(folder: Path) -> None:
    """Raises BadArtefact unless a model may be written to `folder`: new, empty, or an older one."""
    try:
        check_folder(folder)
    except NotADirectoryError as error:
        raise BadArtefact(str(error)) from error
    if not folder.exists():
        return
    try:
        ours = {"format", "fingerprint", "backbone"} <= json.loads(
            (folder / _CONFIG).read_text(encoding="utf-8")
        ).keys()
    except (OSError, ValueError, AttributeError):
        ours = False
    if any(folder.iterdir()) and not ours:
        raise BadArtefact(f"{folder} holds something else than a model; choose another --out")


def save_artefact(artefact: Artefact, folder: Path) -> None:
    """Writes the folder whole; an older model there is set aside first and removed last.

    Raises BadArtefact when something else lies there.
    """
    check_target(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    config = {
        **artefact.notes,
        "format": FORMAT,
        "fingerprint": artefact.fingerprint,
        "backbone": artefact.backbone,
        "backbone_fingerprint": artefact.backbone_fingerprint,
        "feature_size": int(artefact.head.mean.shape[0]),
        "dim": artefact.head.dim,
        "labels": list(artefact.labels),
        "calibration": artefact.calibration.to_json() if artefact.calibration else None,
        "tuned": artefact.tuned is not None,
    }
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        written, older = Path(temporary) / "artefact", Path(temporary) / "older"
        written.mkdir()
        save_file(artefact.head.tensors(), written / _HEAD)
        if artefact.tuned is not None:
            # In C order: safetensors writes the memory as it lies, and convolutions lie otherwise.
            ordered = {name: np.asarray(one, order="C") for name, one in artefact.tuned.items()}
            save_file(ordered, written / BACKBONE)
        # Last, so that a folder with a config is a whole one.
        text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
        (written / _CONFIG).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rename(older)
        written.rename(folder)


def load_artefact(folder: Path) -> Artefact:
    """Raises BadArtefact when the folder is torn, from a newer edition, or was edited."""
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise BadArtefact(
                f"{folder} has format {config['format']}, this program reads {FORMAT}; "
                "use the program that wrote it, or train again"
            )
        head = Head.from_tensors(load_file(folder / _HEAD))
        if not all(np.isfinite(tensor).all() for tensor in head.tensors().values()):
            raise BadArtefact(f"{folder}/{_HEAD} holds values that are no numbers; train again")
        artefact = Artefact(
            config["backbone"],
            config["backbone_fingerprint"],
            tuple(config["labels"]),
            head,
            config,
            Calibration.from_json(config["calibration"]) if config["calibration"] else None,
        )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadArtefact(
            f"{folder} is no whole model ({type(error).__name__}: {error}); train it again with "
            "`snapshelf train`"
        ) from error
    if artefact.fingerprint != config["fingerprint"]:
        raise BadArtefact(
            f"{folder} was changed after training: its content has fingerprint "
            f"{artefact.fingerprint[:8]}, its config says {config['fingerprint'][:8]}; train again"
        )
    return artefact
