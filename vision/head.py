"""The head: backbone features to a unit vector and category probabilities. Plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Below this length a vector has no direction; only a dead backbone gives one.
_TINY = 1e-12


@dataclass(frozen=True)
class Encoded:
    """What the model says of N images, row order kept."""

    vectors: np.ndarray
    """(N, D) float32, unit norm."""
    probabilities: np.ndarray
    """(N, C) float32, rows sum to 1; C is 0 for a head without a classifier."""


@dataclass(frozen=True)
class Head:
    """An affine projection to the embedding, and a linear classifier on the features.

    Both read standardised features, (feature - mean) / scale. Without a projection the
    embedding is the raw feature, only normalised: the untouched backbone.
    """

    mean: np.ndarray
    """(F,)"""
    scale: np.ndarray
    """(F,), > 0"""
    projection: np.ndarray
    """(F, D)"""
    weight: np.ndarray
    """(F, C)"""
    bias: np.ndarray
    """(C,)"""
    temperature: float = 1.0
    """Logits are divided by it; > 0, fitted on validation photos."""

    @property
    def dim(self) -> int:
        return self.projection.shape[1]

    def __call__(self, features: np.ndarray) -> Encoded:
        """(N, F) float32 → Encoded."""
        standard = (features - self.mean) / self.scale
        logits = (standard @ self.weight + self.bias) / np.float32(self.temperature)
        return Encoded(unit(standard @ self.projection), softmax(logits))

    def tensors(self) -> dict[str, np.ndarray]:
        """What a file holds, all float32."""
        names = ("mean", "scale", "projection", "weight", "bias")
        arrays = {name: getattr(self, name) for name in names}
        arrays["temperature"] = np.array([self.temperature])
        return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> "Head":
        """The reverse of `tensors`. Raises KeyError for a missing one."""
        arrays = dict(tensors)
        return cls(temperature=float(arrays.pop("temperature")[0]), **arrays)


def bare_head(feature_size: int) -> Head:
    """The untouched backbone: identity projection, no classifier."""
    return Head(
        mean=np.zeros(feature_size, np.float32),
        scale=np.ones(feature_size, np.float32),
        projection=np.eye(feature_size, dtype=np.float32),
        weight=np.zeros((feature_size, 0), np.float32),
        bias=np.zeros(0, np.float32),
    )


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of (N, D) scaled to length 1, float32."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, _TINY)).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis of (N, C), float32; (N, 0) stays (N, 0)."""
    if logits.shape[1] == 0:
        return logits.astype(np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
