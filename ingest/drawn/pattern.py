"""Patterns as masks in product coordinates: white where the accent colour goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 512  # pixels of a mask; it spans SPAN units, which covers every product
SPAN = 3.2

Grid = NDArray[np.float64]
Figure = NDArray[np.float64] | NDArray[np.bool_]  # share of the accent, 0 to 1


def _stripes(x: Grid, y: Grid) -> Figure:
    return (y * 5) % 1 < 0.45


def _pinstripes(x: Grid, y: Grid) -> Figure:
    return (x * 8) % 1 < 0.22


def _diagonal(x: Grid, y: Grid) -> Figure:
    return ((x + y) * 4.2) % 1 < 0.42


def _dots(x: Grid, y: Grid) -> Figure:
    row = np.floor(y * 5)
    u, v = (x * 5 + 0.5 * (row % 2)) % 1 - 0.5, (y * 5) % 1 - 0.5
    return np.hypot(u, v) < 0.27


def _checks(x: Grid, y: Grid) -> Figure:
    # gingham: half tone where one band runs, full tone where two cross
    return 0.5 * ((x * 4.5) % 1 < 0.5) + 0.5 * ((y * 4.5) % 1 < 0.5)


def _zigzag(x: Grid, y: Grid) -> Figure:
    return ((y + 0.09 * np.abs((x * 10) % 2 - 1)) * 4.5) % 1 < 0.4


def _plaid(x: Grid, y: Grid) -> Figure:
    wide = 0.45 * ((x * 2.4) % 1 < 0.34) + 0.45 * ((y * 2.4) % 1 < 0.34)
    thin = ((x * 2.4 + 0.33) % 1 < 0.05) | ((y * 2.4 + 0.33) % 1 < 0.05)
    return np.maximum(wide, thin)


def _flowers(x: Grid, y: Grid) -> Figure:
    row = np.floor(y * 3.6)
    u, v = (x * 3.6 + 0.5 * (row % 2)) % 1 - 0.5, (y * 3.6) % 1 - 0.5
    radius, angle = np.hypot(u, v), np.arctan2(v, u)
    petals = radius < 0.2 + 0.12 * np.cos(5 * angle)
    return petals & (radius > 0.08)


_FIGURES: dict[str, tuple[str, Callable[[Grid, Grid], Figure]]] = {
    "stripes": ("Striped", _stripes),
    "pinstripes": ("Pinstriped", _pinstripes),
    "diagonal": ("Diagonal-Stripe", _diagonal),
    "dots": ("Polka-Dot", _dots),
    "checks": ("Gingham", _checks),
    "zigzag": ("Zigzag", _zigzag),
    "plaid": ("Plaid", _plaid),
    "flowers": ("Floral", _flowers),
}
NAMES = tuple(_FIGURES)


def adjective(name: str) -> str:
    """The word for a title, or an empty string for no pattern."""
    return _FIGURES[name][0] if name else ""


@lru_cache(maxsize=16)
def mask(name: str) -> Image.Image:
    """Mode L, SIDE x SIDE, centred on the product's origin."""
    # drawn at twice the side and halved, so that edges are soft before any view turns them
    axis = (np.arange(2 * SIDE) + 0.5) / (2 * SIDE) * SPAN - SPAN / 2
    x, y = np.meshgrid(axis, axis)
    figure = np.asarray(_FIGURES[name][1](x, y), dtype=np.float64) * 255
    return Image.fromarray(figure.astype(np.uint8)).reduce(2)
