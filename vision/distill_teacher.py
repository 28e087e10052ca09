"""What the teacher says about every view, computed once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from vision.backbone import Backbone
from vision.distill_views import Views, ahead
from vision.exported import openvino

BATCH = 64

_log = logging.getLogger(__name__)


def teach(teacher: Backbone, views: Views, rows: int, path: Path) -> np.ndarray:
    """The teacher's features of views 0 … rows-1: (rows, F) float16, kept at `path`.

    A run that was stopped goes on where it stood; a file of another teacher or another
    number of rows is begun anew.
    """
    done = path.with_suffix(".done")
    identity = f"{teacher.fingerprint} {views.identity} {rows}"
    shape = (rows, teacher.feature_size)
    start = _resume_at(done, identity) if path.is_file() else 0
    mode = "r+" if start else "w+"
    targets = np.lib.format.open_memmap(path, mode=mode, dtype=np.float16, shape=shape)
    if start == rows:
        return targets
    features = _fastest(teacher)
    size = teacher.preprocess.size
    parts = [range(at, min(at + BATCH, rows)) for at in range(start, rows, BATCH)]
    for part, pixels in ahead(lambda part: (part, views.batch(part, size)), parts):
        targets[part.start : part.stop] = features(pixels)
        if part.start // BATCH % 100 == 0:
            targets.flush()
            done.write_text(f"{identity} {part.start}")
            _log.info("teacher: %d of %d views", part.start, rows)
    targets.flush()
    done.write_text(f"{identity} {rows}")
    return targets


def _resume_at(done: Path, identity: str) -> int:
    known, _, at = done.read_text().rpartition(" ") if done.is_file() else ("", "", "0")
    return int(at) if known == identity else 0


def _fastest(teacher: Backbone) -> Callable[[np.ndarray], np.ndarray]:
    """(B, S, S, 3) uint8 → (B, F): through OpenVINO."""
    network = _FromBytes(teacher)
    library = openvino()
    size = teacher.preprocess.size
    example = torch.zeros(1, size, size, 3, dtype=torch.uint8)
    model = library.convert_model(network, example_input=example)
    compiled = library.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 2})
    return lambda pixels: compiled(pixels)[0]


class _FromBytes(nn.Module):
    """The teacher with its preprocessing inside, so that a fast runtime does both."""

    def __init__(self, teacher: Backbone) -> None:
        super().__init__()
        self.network = teacher.network
        self.input = ToInput(teacher.preprocess.mean, teacher.preprocess.std)

    @torch.no_grad()
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.network(self.input(pixels))


class ToInput(nn.Module):
    """(B, S, S, 3) uint8 → (B, 3, S, S) float32: what vision.preprocess does to one picture."""

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.scale = 1 / (255 * torch.tensor(std))
        self.shift = torch.tensor(mean) / torch.tensor(std)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return (pixels.float() * self.scale - self.shift).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Space:
    """The teacher's space made round: mean removed, strong directions damped.

    Pooled features share one large common direction and a few strong ones; without this
    a student gets a high cosine by learning nothing but those.
    """

    mean: np.ndarray
    """(F,) float32."""
    matrix: np.ndarray
    """(F, D) float32: principal axes scaled by variance ** (-power / 2)."""

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(B, F) → (B, D) float32, unit norm."""
        turned = (features.astype(np.float32) - self.mean) @ self.matrix
        return turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-6)


def fit_space(features: np.ndarray, dim: int, power: float) -> Space:
    """`power` 0 only turns the axes, 1 whitens them fully."""
    sample = np.asarray(features, np.float64)
    mean = sample.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov(sample - mean, rowvar=False))
    values, axes = values[::-1][:dim], axes[:, ::-1][:, :dim]
    scale = np.maximum(values, values[0] * 1e-6) ** (-power / 2)
    return Space(mean.astype(np.float32), (axes * scale).astype(np.float32))
