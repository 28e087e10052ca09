"""Outlines as arrays of points, (N, 2) float64, x to the right and y down, about -1 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Pair = tuple[float, float]


def points(pairs: Sequence[Pair] | Points) -> Points:
    return np.asarray(pairs, dtype=np.float64).reshape(-1, 2)


def oval(x: float, y: float, rx: float, ry: float, steps: int = 48) -> Points:
    """Closed ellipse around (x, y) with half axes rx and ry."""
    return arc(x, y, rx, ry, 0.0, 360.0 * (1 - 1 / steps), steps)


def arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 28
) -> Points:
    """Part of an ellipse; degrees from the right-hand side, clockwise as seen (y is down)."""
    angle = np.radians(np.linspace(start, end, steps))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Points:
    """Rectangle with corner radius `r` (cut down to what fits)."""
    r = min(r, abs(x1 - x0) / 2, abs(y1 - y0) / 2)
    if r <= 0:
        return points([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    corners = [
        (x1 - r, y0 + r, -90),
        (x1 - r, y1 - r, 0),
        (x0 + r, y1 - r, 90),
        (x0 + r, y0 + r, 180),
    ]
    return np.concatenate([arc(x, y, r, r, a, a + 90.0, 8) for x, y, a in corners])


def smooth(pairs: Sequence[Pair] | Points, closed: bool = False, steps: int = 8) -> Points:
    """Catmull-Rom curve through every given point."""
    knots = points(pairs)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([knots[:1], knots, knots[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate(pieces if closed else [*pieces, knots[-1:]])


def rounded(pairs: Sequence[Pair], r: float) -> Points:
    """Polygon whose corners are cut by a curve of about radius `r`."""
    knots = points(pairs)
    t = np.linspace(0, 1, 6)[:, None]
    pieces = []
    for before, corner, after in zip(
        np.roll(knots, 1, 0), knots, np.roll(knots, -1, 0), strict=True
    ):
        enter, leave = _towards(corner, before, r), _towards(corner, after, r)
        pieces.append((1 - t) ** 2 * enter + 2 * t * (1 - t) * corner + t**2 * leave)
    return np.concatenate(pieces)


def _towards(start: Points, end: Points, distance: float) -> Points:
    length = float(np.hypot(*(end - start))) or 1.0
    return start + (end - start) * min(distance / length, 0.5)


def lathe(profile: Sequence[Pair], x: float = 0.0, curved: bool = True) -> Points:
    """A turned body: `profile` is (y, half width) from the top down, mirrored around `x`."""
    side = smooth([(w, y) for y, w in profile]) if curved else points([(w, y) for y, w in profile])
    left = side * [-1.0, 1.0]
    return moved(np.concatenate([side, left[::-1]]), x, 0.0)


def star(x: float, y: float, outer: float, inner: float, tips: int, turn: float = -90.0) -> Points:
    """A star, or with many tips a cog."""
    angle = np.radians(turn + np.arange(2 * tips) * 180.0 / tips)
    radius = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)


def turned(outline: Points, degrees: float, x: float = 0.0, y: float = 0.0) -> Points:
    """Rotated around (x, y), clockwise as seen."""
    a = np.radians(degrees)
    matrix = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
    return moved(moved(outline, -x, -y) @ matrix, x, y)


def moved(outline: Points, x: float, y: float) -> Points:
    return outline + np.array([x, y])
