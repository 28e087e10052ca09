"""A backbone to OpenVINO, for serving without torch: `vision.exported` runs what is written here.

One graph with the features and the maps of a look, for any number of pictures at a time. What was
written is read again and held against torch before it takes its place.
"""

import json
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from vision.artefact import BACKBONE, EXPORT, Artefact, load_artefact
from vision.backbone import Backbone, load_backbone
from vision.errors import BadArtefact, BadExport
from vision.exported import (
    FORMAT,
    LEAST_COSINE,
    PARTS,
    ExportedEncoder,
    digest_of,
    openvino,
    read_export,
)
from vision.exported_text import TOKENS
from vision.head import unit
from vision.towers import look
from vision.words import has_words

_PICTURES = 8

log = logging.getLogger(__name__)


class _Looking(nn.Module):
    """Features, and the maps where there are any."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        features, maps = look(self.network, pixels)
        return features if maps is None else (features, maps)


def export_artefact(folder: Path) -> Mapping[str, Any]:
    """Writes the export of a model folder, over an older one; what was measured.

    Raises BadArtefact, BadSpec and BadExport; the folder is then as it was.
    """
    return export_backbone(backbone_in_torch(load_artefact(folder), folder), folder)


def backbone_in_torch(artefact: Artefact, folder: Path) -> Backbone:
    """The backbone of a model folder, whatever else it serves with. Raises BadArtefact, BadSpec."""
    tuned = folder / BACKBONE if artefact.notes["tuned"] else None
    backbone = load_backbone(artefact.backbone, tuned)
    if backbone.fingerprint != artefact.backbone_fingerprint:
        raise BadArtefact(
            f"the backbone of {folder} has changed: {artefact.backbone} now has fingerprint "
            f"{backbone.fingerprint[:8]}, the head was trained on "
            f"{artefact.backbone_fingerprint[:8]}; bring the old weights back or train again"
        )
    return backbone


def export_backbone(backbone: Backbone, folder: Path) -> Mapping[str, Any]:
    """`folder/export`, whole or not at all; what was measured. Raises BadExport."""
    with new_export(folder) as written:
        return write_towers(backbone, written)


def write_towers(backbone: Backbone, folder: Path) -> Mapping[str, Any]:
    """The backbone in fp32 and, where words go with it, its text tower; what was measured.

    A text tower that cannot be exported is told and left out: torch reads the words. Raises
    BadExport for the backbone.
    """
    measured = {**write_export(backbone, folder, "fp32")}
    if not has_words(backbone):
        return measured
    # here, so that others need neither open_clip nor its tokens
    from vision.export_text import write_text

    try:
        measured["text"] = write_text(backbone.parsed, backbone.fingerprint, folder)
    except BadExport as error:
        measured["text"] = None
        log.warning("the text tower of %s stays in torch: %s", backbone.spec, error)
        for left in [*folder.glob("text.*"), folder / TOKENS]:
            left.unlink(missing_ok=True)
    return measured


@contextmanager
def new_export(folder: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `folder/export` at the end, if all goes well."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{EXPORT}-") as temporary:
        written, older = Path(temporary) / "written", Path(temporary) / "older"
        written.mkdir()
        yield written
        if (folder / EXPORT).exists():
            (folder / EXPORT).rename(older)
        written.rename(folder / EXPORT)


def write_export(
    backbone: Backbone, folder: Path, name: str, half: bool = False
) -> Mapping[str, Any]:
    """NAME.xml, .bin and .json in `folder`; what was measured. Raises BadExport.

    `half`: weights are stored as fp16, in half the space; they are computed with as fp32.
    """
    library = openvino()
    network = _converted(backbone)
    library.save_model(network, folder / f"{name}.xml", compress_to_fp16=half)
    told = {
        "format": FORMAT,
        "precision": "fp32",
        "backbone": backbone.spec,
        "backbone_fingerprint": backbone.fingerprint,
        "feature_size": backbone.feature_size,
        "preprocess": asdict(backbone.preprocess),
        "sha256": {part: digest_of(folder / f"{name}{part}") for part in PARTS},
        "made_with": {"openvino": library.__version__, "torch": torch.__version__},
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "measured": {},
    }
    card = folder / f"{name}.json"
    card.write_text(json.dumps(told), encoding="utf-8")
    told["measured"] = measured = _checked(
        backbone, ExportedEncoder(read_export(folder, name), tuned=backbone.tuned)
    )
    card.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return measured


def _converted(backbone: Backbone) -> Any:
    size = backbone.preprocess.size
    try:
        with quietly():
            return openvino().convert_model(
                _Looking(backbone.network).eval(),
                example_input=torch.zeros(2, 3, size, size),
                input=[-1, 3, size, size],
            )
    except Exception as error:
        # The converter documents no exception types, and tracing runs the network's own code.
        raise BadExport(
            f"{backbone.spec} cannot be exported to OpenVINO ({type(error).__name__}: "
            f"{str(error).strip().splitlines()[-1][:200]}); torch goes on serving it"
        ) from error


@contextmanager
def quietly() -> Iterator[None]:
    """The converter silences all of the program's logs, for good when it fails.

    It also warns that sizes are taken as fixed, which all but the first are.
    """
    root = logging.getLogger()
    level, filters, handlers = root.level, root.filters[:], root.handlers[:]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
        root.filters, root.handlers = filters, handlers


def _checked(backbone: Backbone, exported: ExportedEncoder) -> dict[str, Any]:
    """The least cosines to torch over drawn pictures, in a batch and alone."""
    pixels = np.stack([backbone.preprocess(_picture(seed)) for seed in range(_PICTURES)])
    wanted, places = backbone.look(pixels)
    found, seen = exported.look(pixels)
    alone = exported.features(pixels[:1])
    cosine = min(_cosine(found, wanted), _cosine(alone, wanted[:1]))
    measured = {"pictures": _PICTURES, "cosine": round(cosine, 7)}
    if (places is None) != (seen is None):
        raise BadExport(f"the export of {backbone.spec} lost its maps; torch goes on serving it")
    if places is not None and seen is not None:
        measured["maps_cosine"] = round(
            _cosine(seen.reshape(len(seen), -1), places.reshape(len(places), -1)), 7
        )
    worst = min(measured["cosine"], measured.get("maps_cosine", 1.0))
    if not worst >= LEAST_COSINE:
        raise BadExport(
            f"the export of {backbone.spec} does not give torch's features (cosine {worst:.5f}, "
            f"wanted {LEAST_COSINE}); torch goes on serving it"
        )
    return measured


def _picture(seed: int) -> Image.Image:
    """Coloured patches, another for each seed: smooth and edged, as photos are."""
    side = 3 + seed
    patches = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    kind = Image.Resampling.NEAREST if seed % 2 else Image.Resampling.BICUBIC
    return Image.fromarray(patches).resize((320, 320), kind)


def _cosine(found: np.ndarray, wanted: np.ndarray) -> float:
    """The least of (N, F) rows each with its own."""
    return float((unit(found) * unit(wanted)).sum(axis=1).min())
