"""Patio, Lawn & Garden and Automotive."""

from __future__ import annotations

import numpy as np

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    DEEP,
    EVERYDAY,
    INK,
    LEAF,
    METAL,
    PAPER,
    RGB,
    RUBBER,
    SOFT,
    STEEL,
    darker,
    lighter,
    mix,
)


def leaf(c: Canvas, x: float, y: float, angle: float, long: float, wide: float, tone: RGB) -> None:
    """A pointed leaf that grows from (x, y); angle 0 is upwards, clockwise."""
    blade = ol.smooth([(0, 0), (wide, -long * 0.5), (0, -long), (-wide, -long * 0.5)], closed=True)
    c.area(ol.turned(blade, angle) + [x, y], tone, "soft", edge=0.01)
    rib = ol.turned(ol.points([(0, 0), (0, -long * 0.85)]), angle) + [x, y]
    c.line(rib, 0.012, lighter(tone, 0.35))


def watering_can(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.46, 0.56), s.vary(0.42, 0.6)
    c.tube([(wide * 0.7, 0.36), (0.85, -0.1), (1.12, -0.5)], 0.13, s.main)
    c.area(
        [(1.0, -0.52), (1.1, -0.38), (1.36, -0.58), (1.16, -0.8)], lighter(s.main, 0.15), "round"
    )
    c.oval(1.26, -0.69, 0.05, 0.15, darker(s.main, 0.3), "soft")
    c.tube(ol.arc(-0.5, 0.1, 0.48, 0.5, 80, 275), 0.09, darker(s.main, 0.12), curved=False)
    c.lathe([(-tall, wide * 0.8), (0.7, wide)], s.cloth, "round", curved=False)
    c.oval(0, 0.7, wide, 0.07, darker(s.main, 0.25), "none", edge=0)
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
        leaf(
            c,
            angle / 320,
            0.06,
            angle,
            size,
            s.vary(0.1, 0.17),
            mix(green, darker(green), s.vary(0, 0.6)),
        )
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
                       (0.1, -0.08), (-0.1, -0.08)], closed=True)  # fmt: skip
    c.tube([(0, -0.4), (0, 0.1)], 0.1, STEEL)
    c.area(blade, STEEL, "metal")
    c.line([(0, 0.0), (0, 0.7)], 0.03, lighter(STEEL, 0.6))
    c.lathe([(-1.1, 0.06), (-1.05, 0.13), (-0.7, 0.11), (-0.4, 0.13), (-0.28, 0.08)], s.cloth)
    c.box(-0.11, -0.36, 0.11, -0.28, s.metal, "metal", r=0.02)
    c.oval(0, -1.0, 0.04, 0.04, INK, "none", edge=0)


def parasol(c: Canvas, s: Style) -> None:
    wide, drop = s.vary(0.95, 1.1), s.vary(-0.3, -0.15)
    c.tube([(0, -0.9), (0, 0.95)], 0.07, s.wood)
    dome = ol.smooth(
        [(-wide, drop), (-wide * 0.6, -0.68), (0, -0.95), (wide * 0.6, -0.68), (wide, drop)]
    )
    scallop = np.concatenate(
        [ol.arc(x * wide, drop, wide * 0.2, 0.1, 0, 180, 8) for x in (0.8, 0.4, 0, -0.4, -0.8)]
    )
    shape = c.area(np.concatenate([dome, scallop]), s.cloth, "ball")
    for x in (-0.6, -0.2, 0.2, 0.6):
        rib = ol.smooth([(0, -0.95), (x * 0.75 * wide, -0.62), (x * wide, drop)])
        if not s.pattern:
            other = ol.smooth(
                [(x * wide + 0.4 * wide, drop), (x * 0.75 * wide + 0.26, -0.62), (0, -0.95)]
            )
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


def wheel(c: Canvas, s: Style) -> None:
    spokes = 5 + s.roll(5)
    c.area(ol.star(0, 0, 1.0, 0.96, 40), RUBBER, "ball")
    c.ring(0, 0, 0.94, 0.66, lighter(RUBBER, 0.06))
    c.oval(0, 0, 0.68, 0.68, darker(s.main, 0.6), "dish")
    c.ring(0, 0, 0.68, 0.58, s.main, "plate")
    width = s.vary(0.06, 0.12)
    fork = s.vary(0.0, 0.16)
    for step in range(spokes):
        arm = ol.points(
            [(-width * 0.7, 0), (-width - fork, -0.6), (width + fork, -0.6), (width * 0.7, 0)]
        )
        hole = ol.points([(0, -0.26), (-fork, -0.56), (fork, -0.56)])
        turn = step * 360 / spokes
        holes = [ol.turned(hole, turn)] if fork > 0.06 else []
        c.area(ol.turned(arm, turn), s.main, "plate", holes=holes)
    c.oval(0, 0, 0.17, 0.17, s.main, "ball")
    c.oval(0, 0, 0.09, 0.09, s.accent, "ball")


def motor_oil(c: Canvas, s: Style) -> None:
    wide = s.vary(0.5, 0.62)
    body = ol.rounded(
        [(-wide, 0.95), (-wide, -0.4), (-0.2, -0.75), (0.5, -0.75), (wide, -0.5), (wide, 0.95)],
        0.12,
    )
    hole = ol.box(wide - 0.24, -0.42, wide - 0.1, 0.25, 0.06)
    c.box(-0.16, -0.98, 0.16, -0.72, s.accent, "round", r=0.03)
    for x in (-0.1, 0, 0.1):
        c.line([(x, -0.95), (x, -0.76)], 0.016, darker(s.accent))
    c.area(body, s.main, "round", holes=[hole])
    c.box(-wide * 0.86, 0.05, wide * 0.5, 0.82, s.cloth if s.pattern else PAPER, "soft", r=0.04)
    drop = ol.smooth([(-0.08, 0.16), (0.1, 0.48), (-0.08, 0.66), (-0.26, 0.48)], closed=True)
    c.area(drop, s.paint((226, 160, 50), (60, 52, 50), BRASS), "ball")
    c.line([(-wide * 0.7, 0.74), (wide * 0.3, 0.74)], 0.04, s.main)


def steering_wheel(c: Canvas, s: Style) -> None:
    c.ring(0, 0, 0.98, 0.8, s.main)
    sector = s.vary(25, 55)
    for start in (180 - sector / 2, -sector / 2, 90 - sector / 2):
        c.line(ol.arc(0, 0, 0.89, 0.89, start, start + sector), 0.16, s.accent)
    c.area([(-0.84, -0.14), (-0.3, -0.2), (-0.3, 0.16), (-0.84, 0.1)], s.metal, "plate")
    c.area([(0.84, -0.14), (0.3, -0.2), (0.3, 0.16), (0.84, 0.1)], s.metal, "plate")
    c.area([(-0.16, 0.2), (0.16, 0.2), (0.1, 0.84), (-0.1, 0.84)], s.metal, "plate")
    hub = s.vary(0.3, 0.4)
    c.area(
        ol.rounded(
            [(-hub, -hub * 0.8), (hub, -hub * 0.8), (hub * 0.7, hub), (-hub * 0.7, hub)], 0.14
        ),
        s.main,
        "ball",
    )
    c.oval(0, 0, 0.12, 0.12, s.metal, "ball")


def air_freshener(c: Canvas, s: Style) -> None:
    form = s.pick("tree", "leaf", "cloud")
    c.line(
        [(0, -0.8), (-0.12, -1.2), (0, -1.32), (0.12, -1.2), (0, -0.8)], 0.03, PAPER, curved=True
    )
    if form == "tree":
        half = [
            (0, -0.9),
            (0.42, -0.35),
            (0.24, -0.35),
            (0.6, 0.2),
            (0.3, 0.2),
            (0.74, 0.78),
            (0.12, 0.78),
            (0.12, 1.0),
        ]
        body = ol.rounded([*half, *[(-x, y) for x, y in reversed(half)]], 0.04)
    elif form == "leaf":
        body = ol.smooth(
            [(0, -0.95), (0.6, -0.1), (0.4, 0.7), (0, 1.0), (-0.4, 0.7), (-0.6, -0.1)], closed=True
        )
    else:
        body = ol.star(0, 0.05, 0.92, 0.78, 9)
        body = ol.smooth(body, closed=True, steps=4)
    shape = c.area(body, s.cloth, "soft")
    c.area(body * 0.84 + [0, 0.01], lighter(s.main, 0.35), "none", edge=0.01, opacity=0.35)
    c.oval(0, -0.74, 0.06, 0.06, PAPER, "soft", clip=shape)
    c.area(ol.star(0, 0.25, 0.26, 0.12, 6), s.accent, "soft")


def battery(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.78, 0.95), s.vary(0.4, 0.55)
    for x, tone in ((-wide * 0.65, (190, 52, 48)), (wide * 0.65, (60, 66, 80))):
        c.box(x - 0.14, -tall - 0.26, x + 0.14, -tall, tone, "round", r=0.03)
        c.oval(x, -tall - 0.26, 0.1, 0.04, STEEL, "plate")
    c.box(-wide, -tall - 0.1, wide, -tall + 0.18, darker(s.main, 0.45), "soft", r=0.04)
    c.box(-wide * 0.97, -tall + 0.14, wide * 0.97, tall + 0.2, s.main, "round", r=0.04)
    c.box(
        -wide * 0.7,
        -tall + 0.3,
        wide * 0.7,
        tall + 0.02,
        s.cloth if s.pattern else s.accent,
        "soft",
        r=0.04,
    )
    bolt = [(0.1, -0.3), (-0.2, 0.08), (-0.02, 0.08), (-0.1, 0.4), (0.2, 0.0), (0.02, 0.0)]
    c.area(bolt, PAPER, "soft")
    c.tube(
        [
            (-wide * 0.4, -tall - 0.1),
            (-wide * 0.3, -tall - 0.34),
            (wide * 0.3, -tall - 0.34),
            (wide * 0.4, -tall - 0.1),
        ],
        0.07,
        RUBBER,
    )


GARDEN = "Patio, Lawn & Garden"
LINES = ("stripes", "dots", "zigzag", "checks", "flowers")
KINDS = (
    Kind(GARDEN, ("Watering Can", "Garden Sprinkling Can"), watering_can, (16, 48), EVERYDAY, LINES,
         ("Zinc", "Enamel", "Steel")),
    Kind(GARDEN, ("Planter", "Flower Pot"), planter, (14, 60), EVERYDAY, LINES, ("Terracotta", "Stoneware", "Glazed")),
    Kind(GARDEN, ("Trowel", "Planting Trowel"), trowel, (9, 26), EVERYDAY, ("stripes", "dots"), ("Forged", "Steel"),
         True, 38),
    Kind(GARDEN, ("Parasol", "Garden Umbrella"), parasol, (49, 180), EVERYDAY, ("pinstripes", "dots", "checks"),
         ("Canvas", "Weatherproof")),
    Kind(GARDEN, ("Birdhouse", "Nesting Box"), birdhouse, (18, 52), EVERYDAY, ("stripes", "dots", "checks"),
         ("Cedar", "Pine")),
    Kind("Automotive", ("Alloy Wheel", "Wheel and Tire"), wheel, (89, 260), METAL + DEEP + BRIGHT[:3], (),
         ("17-Inch", "18-Inch", "19-Inch"), True),
    Kind("Automotive", ("Motor Oil", "Gear Oil"), motor_oil, (18, 55), BRIGHT + DEEP, ("diagonal", "stripes"),
         ("Synthetic", "All-Season")),
    Kind("Automotive", ("Steering Wheel", "Sport Wheel"), steering_wheel, (79, 240), DEEP + SOFT[:2] + BRIGHT[8:], (),
         ("Leather", "Suede"), True),
    Kind("Automotive", ("Car Air Freshener", "Scent Hanger"), air_freshener, (3, 9), EVERYDAY, LINES,
         ("Pine", "Citrus", "Vanilla"), True),
    Kind("Automotive", ("Car Battery", "Starter Battery"), battery, (69, 190), BRIGHT + DEEP, ("diagonal", "stripes"),
         ("12V", "Heavy-Duty")),
)  # fmt: skip
