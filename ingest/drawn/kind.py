"""A kind of product: where it is sold, what it is called and costs, and how one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ingest.drawn.canvas import Canvas, Paint, Pattern
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    METAL,
    PAPER,
    RGB,
    SOFT,
    WOOD,
    Color,
    darker,
    luminance,
)

Draw = Callable[[Canvas, "Style"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """`price` is (lowest, highest); `lies` is photographed from above on a surface, else standing.

    `tilt` turns long things onto the picture's diagonal, degrees clockwise. What comes in `packs`
    is named after its size, not after the colour of its wrapping.
    """

    category: str
    nouns: tuple[str, ...]
    draw: Draw
    price: tuple[float, float]
    colors: tuple[Color, ...] = EVERYDAY
    patterns: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    lies: bool = False
    tilt: float = 0.0
    packs: tuple[str, ...] = ()


class Style:
    """What makes one product of a kind its own. The same seeds answer the same calls alike."""

    def __init__(self, kind: Kind, serial: int, seed: int) -> None:
        """`serial` counts the products of the kind: neighbours differ in colour."""
        order = np.random.default_rng([seed, 1, *kind.nouns[0].encode()])
        colors = order.permutation(len(kind.colors))
        self._random = np.random.default_rng([seed, 2, serial, *kind.nouns[0].encode()])
        self.color = kind.colors[int(colors[serial % len(colors)])]
        plain = not kind.patterns or self.chance(0.4)
        self.pattern = "" if plain else self.pick(*kind.patterns)
        self.noun = self.pick(*kind.nouns)
        self.material = self.pick(*kind.materials) if kind.materials else ""
        self.pack = self.pick(*kind.packs) if kind.packs else ""
        self.accent = self._accent()
        self.metal = METAL[self.roll(len(METAL))].rgb
        self.wood = WOOD[self.roll(len(WOOD))].rgb

    @property
    def main(self) -> RGB:
        return self.color.rgb

    @property
    def cloth(self) -> Paint:
        """The main colour with the product's pattern on it, if it has one."""
        if not self.pattern:
            return self.main
        light = luminance(self.main) > 185
        return Pattern(self.pattern, self.main, self.accent if light else PAPER)

    def roll(self, sides: int) -> int:
        return int(self._random.integers(sides))

    def vary(self, low: float, high: float) -> float:
        return float(self._random.uniform(low, high))

    def chance(self, share: float) -> bool:
        return bool(self._random.random() < share)

    def pick(self, *options: str) -> str:
        return options[self.roll(len(options))]

    def paint(self, *options: RGB) -> RGB:
        return options[self.roll(len(options))]

    def _accent(self) -> RGB:
        """A companion of the main colour that can be told from it."""
        pool = [c.rgb for c in (*BRIGHT, *SOFT) if c.name != self.color.name]
        far = [c for c in pool if abs(luminance(c) - luminance(self.main)) > 45]
        return far[self.roll(len(far))] if far else darker(self.main)
