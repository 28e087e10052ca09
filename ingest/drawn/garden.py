"""Patio, Lawn & Garden."""

from __future__ import annotations

import numpy as np

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    EVERYDAY,
    INK,
    LEAF,
    RGB,
    STEEL,
    darker,
    lighter,
    mix,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def leaf(c: Canvas, x: float, y: float, angle: float, long: float, wide: float, tone: RGB) -> None:
    """A pointed leaf that grows from (x, y); angle 0 is upwards, clockwise."""
    blade = ol.smooth([(0, 0), (wide, -long * 0.5), (0, -long), (-wide, -long * 0.5)], closed=True)
    c.area(ol.moved(ol.turned(blade, angle), x, y), tone, "soft", edge=0.01)
    rib = ol.moved(ol.turned(ol.points([(0, 0), (0, -long * 0.85)]), angle), x, y)
    c.line(rib, 0.012, lighter(tone, 0.35))


def watering_can(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.46, 0.56), s.vary(0.42, 0.6)
    c.tube([(wide * 0.7, 0.36), (0.85, -0.1), (1.12, -0.5)], 0.13, s.main)
    c.area([(1.0, -0.52), (1.1, -0.38), (1.36, -0.58), (1.16, -0.8)], lighter(s.main, 0.15),
           "round")
    c.oval(1.26, -0.69, 0.05, 0.15, darker(s.main, 0.3), "soft")
    c.tube(ol.arc(-0.5, 0.1, 0.48, 0.5, 80, 275), 0.09, darker(s.main, 0.12), curved=False)
    c.oval(0, 0.7, wide, 0.07, s.main, "round")
    c.lathe([(-tall, wide * 0.8), (0.7, wide)], s.cloth, "round", curved=False)
    c.oval(0, -tall, wide * 0.8, 0.1, darker(s.main, 0.45), "dish")
    c.tube(ol.arc(0, -tall, wide * 0.7, 0.42, 180, 360), 0.08, s.main, curved=False)
    for y in (-tall + 0.2, 0.5):
        c.box(-wide * 0.97, y, wide * 0.97, y + 0.06, darker(s.main, 0.2), "round", edge=0.008)


def planter(c: Canvas, s: Style) -> None:
    wide, deep = s.vary(0.5, 0.66), s.vary(0.5, 0.8)
    tall = s.vary(0.6, 1.0)
    green = s.paint(LEAF, (64, 128, 90), (130, 164, 84))
    flower = s.chance(0.5)
    for angle in (-62, 58, -38, 34, -14, 12):
        size = tall * (1.15 - abs(angle) / 130)
        leaf(c, angle / 320, 0.06, angle, size, s.vary(0.1, 0.17), mix(green, darker(green),
             s.vary(0, 0.6)))
    if flower:
        for x, y in ((-0.3, -0.8), (0.06, -1.1), (0.36, -0.76)):
            c.line([(x * 0.2, 0), (x, y)], 0.03, darker(green, 0.2))
            c.area(ol.star(x, y, 0.2, 0.12, 7), s.accent, "ball")
            c.oval(x, y, 0.07, 0.07, (240, 190, 70), "ball")
    c.lathe([(0.1, wide * 0.92), (0.1 + deep, wide * 0.66)], s.cloth, "round", curved=False)
    c.box(-wide, 0.0, wide, 0.18, s.main, "round", r=0.04)


def trowel(c: Canvas, s: Style) -> None:
    wide = s.vary(0.22, 0.32)
    blade = ol.smooth([(-wide, 0.0), (-wide * 0.95, 0.5), (0, 1.0), (wide * 0.95, 0.5), (wide, 0.0),
                      (0.1, -0.08), (-0.1, -0.08)], closed=True)
    c.tube([(0, -0.4), (0, 0.1)], 0.1, STEEL)
    c.area(blade, STEEL, "metal")
    c.line([(0, 0.0), (0, 0.7)], 0.03, lighter(STEEL, 0.6))
    c.lathe([(-1.1, 0.06), (-1.05, 0.13), (-0.7, 0.11), (-0.4, 0.13), (-0.28, 0.08)], s.cloth)
    c.box(-0.11, -0.36, 0.11, -0.28, s.metal, "metal", r=0.02)
    c.oval(0, -1.0, 0.04, 0.04, INK, "none", edge=0)


def parasol(c: Canvas, s: Style) -> None:
    wide, drop = s.vary(0.95, 1.1), s.vary(-0.3, -0.15)
    c.tube([(0, -0.9), (0, 0.95)], 0.07, s.wood)
    dome = ol.smooth([(-wide, drop), (-wide * 0.6, -0.68), (0, -0.95), (wide * 0.6, -0.68),
                     (wide, drop)])
    scallop = np.concatenate([ol.arc(x * wide, drop, wide * 0.2, 0.1, 0, 180, 8) for x in (0.8, 0.4,
                             0, -0.4, -0.8)])
    shape = c.area(np.concatenate([dome, scallop]), s.cloth, "ball")
    for x in (-0.6, -0.2, 0.2, 0.6):
        rib = ol.smooth([(0, -0.95), (x * 0.75 * wide, -0.62), (x * wide, drop)])
        if not s.pattern:
            other = ol.smooth([(x * wide + 0.4 * wide, drop), (x * 0.75 * wide + 0.26, -0.62),
                              (0, -0.95)])
            if x in (-0.6, 0.2):
                c.area(np.concatenate([rib, other]), s.accent, "ball", edge=0, clip=shape)
        c.line(rib, 0.016, darker(s.main, 0.35))
    c.oval(0, -0.98, 0.06, 0.06, s.wood, "ball")
    c.lathe([(0.9, 0.1), (0.96, 0.36), (1.06, 0.4)], darker(STEEL, 0.4), "round")


def birdhouse(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.42, 0.56), s.vary(0.7, 0.95)
    roof = s.paint(s.accent, darker(s.main, 0.35), (176, 84, 62))
    c.area([(-wide, -0.2), (0, -0.75), (wide, -0.2), (wide, tall), (-wide, tall)], s.cloth, "soft")
    for x in (-0.6, -0.2, 0.2, 0.6):
        c.line([(x * wide, -0.4), (x * wide, tall)], 0.012, darker(s.main, 0.3), opacity=0.5)
    c.tube([(0, -0.7), (0.0, -1.05)], 0.03, INK)
    for way in (-1, 1):
        edge = [(0, -0.94), (way * (wide + 0.26), -0.2), (way * (wide + 0.14), -0.06), (0, -0.7)]
        c.area(edge, roof if way < 0 else darker(roof, 0.14), "soft")
    c.ring(0, 0.12, s.vary(0.2, 0.25), 0.0, s.wood)
    c.oval(0, 0.12, 0.16, 0.16, (48, 36, 36), "dish")
    c.tube([(0, 0.46), (0, 0.54)], 0.09, s.wood, curved=False)
    c.box(-wide - 0.1, tall - 0.04, wide + 0.1, tall + 0.08, s.wood, "log", r=0.02)


GARDEN = "Patio, Lawn & Garden"
LINES = ("stripes", "dots", "zigzag", "checks", "flowers")
KINDS = (
    Kind(GARDEN, ("Watering Can", "Garden Sprinkling Can"), watering_can, (16, 48), EVERYDAY,
         LINES, ("Zinc", "Enamel", "Steel")),
    Kind(GARDEN, ("Planter", "Flower Pot"), planter, (14, 60), EVERYDAY, LINES,
         ("Terracotta", "Stoneware", "Glazed")),
    Kind(GARDEN, ("Trowel", "Planting Trowel"), trowel, (9, 26), EVERYDAY, ("stripes", "dots"),
         ("Forged", "Steel"), True, 38),
    Kind(GARDEN, ("Parasol", "Garden Umbrella"), parasol, (49, 180), EVERYDAY,
         ("pinstripes", "dots", "checks"), ("Canvas", "Weatherproof")),
    Kind(GARDEN, ("Birdhouse", "Nesting Box"), birdhouse, (18, 52), EVERYDAY,
         ("stripes", "dots", "checks"), ("Cedar", "Pine")),
)
