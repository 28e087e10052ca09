"""Whether two pictures are one photo, saved twice: for pairs that their vectors put together.

A vector says what a picture shows, so that two black wallets are as near as two copies of one
photo. Pixels tell them apart.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

# Correlation of the fine structure at its best shift: copies at half the size had 0.96 and more.
SAME_SHAPE = 0.93
# Difference of the pixels over their deviation: such copies had 0.1 at most, the same shoe
# photographed in two colours 0.12 and more.
SAME_COLOUR = 0.12
_SHAPE_SIDE = 48
_COLOUR_SIDE = 24
# What is coarser than this share of the side is light and silhouette, alike in a shop's photos.
_COARSE = 4


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, ready to be compared."""

    shape: np.ndarray
    """(48, 25) complex64: spectrum of the fine structure, of unit energy."""
    colour: np.ndarray
    """(24, 24, 3) float32."""


def shot(image: Image.Image) -> Shot:
    """`image` must be RGB; a thumbnail is enough."""
    grey = image.convert("L").resize((_SHAPE_SIDE, _SHAPE_SIDE), Image.Resampling.BOX)
    coarse = grey.reduce(_COARSE).resize(grey.size, Image.Resampling.BILINEAR)
    fine = np.asarray(grey, np.float32) - np.asarray(coarse, np.float32)
    fine -= fine.mean()
    fine /= max(float(np.linalg.norm(fine)), 1e-6)
    small = image.resize((_COLOUR_SIDE, _COLOUR_SIDE), Image.Resampling.BOX)
    return Shot(np.fft.rfft2(fine).astype(np.complex64), np.asarray(small, np.float32))


def twins(one: Shot, other: Shot) -> bool:
    """One photo: re-encoded, resized or shifted by a little. Not when cropped or marked."""
    return _difference(one.colour, other.colour) <= SAME_COLOUR and (
        _correlation(one.shape, other.shape) >= SAME_SHAPE
    )


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    apart = float(((one - other) ** 2).mean())
    spread = float((one.var(axis=(0, 1)).mean() + other.var(axis=(0, 1)).mean()) / 2)
    return float(np.sqrt(apart / max(spread, 1e-6)))


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    shifted = np.fft.irfft2(one * np.conj(other), s=(_SHAPE_SIDE, _SHAPE_SIDE))
    return float(shifted.max())
