"""Automotive."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    DEEP,
    EVERYDAY,
    METAL,
    PAPER,
    RUBBER,
    SOFT,
    STEEL,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def wheel(c: Canvas, s: Style) -> None:
    spokes = 5 + s.roll(5)
    c.area(ol.star(0, 0, 1.0, 0.96, 40), RUBBER, "ball")
    c.ring(0, 0, 0.94, 0.66, lighter(RUBBER, 0.06))
    c.oval(0, 0, 0.68, 0.68, darker(s.main, 0.6), "dish")
    c.ring(0, 0, 0.68, 0.58, s.main, "plate")
    width = s.vary(0.06, 0.12)
    fork = s.vary(0.0, 0.16)
    for step in range(spokes):
        arm = ol.points([(-width * 0.7, 0), (-width - fork, -0.6), (width + fork, -0.6),
                        (width * 0.7, 0)])
        hole = ol.points([(0, -0.26), (-fork, -0.56), (fork, -0.56)])
        turn = step * 360 / spokes
        holes = [ol.turned(hole, turn)] if fork > 0.06 else []
        c.area(ol.turned(arm, turn), s.main, "plate", holes=holes)
    c.oval(0, 0, 0.17, 0.17, s.main, "ball")
    c.oval(0, 0, 0.09, 0.09, s.accent, "ball")


def motor_oil(c: Canvas, s: Style) -> None:
    wide = s.vary(0.5, 0.62)
    body = ol.rounded([(-wide, 0.95), (-wide, -0.4), (-0.2, -0.75), (0.5, -0.75), (wide, -0.5),
                      (wide, 0.95)], 0.12)
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
    c.area(ol.rounded([(-hub, -hub * 0.8), (hub, -hub * 0.8), (hub * 0.7, hub), (-hub * 0.7, hub)],
           0.14), s.main, "ball")
    c.oval(0, 0, 0.12, 0.12, s.metal, "ball")


def air_freshener(c: Canvas, s: Style) -> None:
    form = s.pick("tree", "leaf", "cloud")
    c.line([(0, -0.8), (-0.12, -1.2), (0, -1.32), (0.12, -1.2), (0, -0.8)], 0.03, PAPER,
           curved=True)
    if form == "tree":
        half = [(0, -0.9), (0.42, -0.35), (0.24, -0.35), (0.6, 0.2), (0.3, 0.2), (0.74, 0.78),
                (0.12, 0.78), (0.12, 1.0)]
        body = ol.rounded([*half, *[(-x, y) for x, y in reversed(half)]], 0.04)
    elif form == "leaf":
        body = ol.smooth([(0, -0.95), (0.6, -0.1), (0.4, 0.7), (0, 1.0), (-0.4, 0.7), (-0.6, -0.1)],
                         closed=True)
    else:
        body = ol.star(0, 0.05, 0.92, 0.78, 9)
        body = ol.smooth(body, closed=True, steps=4)
    shape = c.area(body, s.cloth, "soft")
    c.area(body * 0.84, lighter(s.main, 0.35), "none", edge=0.01, opacity=0.35)
    c.oval(0, -0.74, 0.06, 0.06, PAPER, "soft", clip=shape)
    c.area(ol.star(0, 0.25, 0.26, 0.12, 6), s.accent, "soft")


def battery(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.78, 0.95), s.vary(0.4, 0.55)
    for x, tone in ((-wide * 0.65, (190, 52, 48)), (wide * 0.65, (60, 66, 80))):
        c.box(x - 0.14, -tall - 0.26, x + 0.14, -tall, tone, "round", r=0.03)
        c.oval(x, -tall - 0.26, 0.1, 0.04, STEEL, "plate")
    c.box(-wide, -tall - 0.1, wide, -tall + 0.18, darker(s.main, 0.45), "soft", r=0.04)
    c.box(-wide * 0.97, -tall + 0.14, wide * 0.97, tall + 0.2, s.main, "round", r=0.04)
    c.box(-wide * 0.7, -tall + 0.3, wide * 0.7, tall + 0.02, s.cloth if s.pattern else s.accent,
          "soft", r=0.04)
    bolt = [(0.1, -0.3), (-0.2, 0.08), (-0.02, 0.08), (-0.1, 0.4), (0.2, 0.0), (0.02, 0.0)]
    c.area(bolt, PAPER, "soft")
    c.tube([(-wide * 0.4, -tall - 0.1), (-wide * 0.3, -tall - 0.34), (wide * 0.3, -tall - 0.34),
           (wide * 0.4, -tall - 0.1)], 0.07, RUBBER)


LINES = ("stripes", "dots", "zigzag", "checks", "flowers")
KINDS = (
    Kind("Automotive", ("Alloy Wheel", "Wheel and Tire"), wheel, (89, 260),
         METAL + DEEP + BRIGHT[:3], (), ("17-Inch", "18-Inch", "19-Inch"), True),
    Kind("Automotive", ("Motor Oil", "Gear Oil"), motor_oil, (18, 55), BRIGHT + DEEP,
         ("diagonal", "stripes"), ("Synthetic", "All-Season"), packs=("1 l", "4 l", "5 l")),
    Kind("Automotive", ("Steering Wheel", "Sport Wheel"), steering_wheel, (79, 240),
         DEEP + SOFT[:2] + BRIGHT[8:], (), ("Leather", "Suede"), True),
    Kind("Automotive", ("Car Air Freshener", "Scent Hanger"), air_freshener, (3, 9), EVERYDAY,
         LINES, ("Pine", "Citrus", "Vanilla"), True),
    Kind("Automotive", ("Car Battery", "Starter Battery"), battery, (69, 190), BRIGHT + DEEP,
         ("diagonal", "stripes"), ("12V", "Heavy-Duty")),
)
