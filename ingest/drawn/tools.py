"""Home Improvement."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    INK,
    PAPER,
    RUBBER,
    STEEL,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def hammer(c: Canvas, s: Style) -> None:
    long, fat = s.vary(0.8, 1.0), s.vary(0.08, 0.12)
    c.lathe([(-0.7, 0.07), (0.2, 0.07), (0.3, fat), (long, fat * 1.1), (long + 0.06, fat * 0.8)],
            s.wood)
    c.lathe([(0.25, fat), (long, fat * 1.2), (long + 0.08, fat * 0.9)], s.main)
    for y in (0.4, 0.52, 0.64):
        c.line([(-fat, y), (fat, y)], 0.025, darker(s.main, 0.4))
    head = ol.smooth([(-0.66, -0.42), (-0.5, -0.72), (-0.12, -0.92), (0.16, -0.92), (0.16, -0.62),
                     (-0.1, -0.62), (-0.4, -0.52)], closed=True)
    c.area(head, STEEL, "plate")
    c.box(0.12, -0.9, 0.36, -0.66, STEEL, "log")
    c.box(0.34, -0.98, 0.54, -0.58, darker(STEEL, 0.15), "log", r=0.04)
    c.box(-0.12, -0.98, 0.14, -0.56, darker(STEEL, 0.1), "metal", r=0.03)


def screwdriver(c: Canvas, s: Style) -> None:
    long, fat = s.vary(0.7, 1.0), s.vary(0.14, 0.2)
    c.box(-0.045, -long, 0.045, 0.2, STEEL, "metal")
    c.area([(-0.045, -long + 0.12), (-0.075, -long), (-0.03, -long - 0.14), (0.03, -long - 0.14),
           (0.075, -long), (0.045, -long + 0.12)], darker(STEEL, 0.3), "metal")
    c.lathe([(0.1, 0.07), (0.18, fat * 0.6), (0.3, fat * 0.75), (0.5, fat), (0.95, fat),
            (1.05, fat * 0.6)], s.main)
    for x in (-0.5, 0, 0.5):
        c.line([(x * fat, 0.48), (x * fat, 0.92)], 0.03, darker(s.main, 0.35))
    c.box(-fat * 0.72, 0.3, fat * 0.72, 0.4, s.accent, "round", edge=0.008)
    c.oval(0, 1.03, fat * 0.5, 0.04, s.accent)


def drill(c: Canvas, s: Style) -> None:
    grip = s.vary(0.02, 0.14)
    c.box(0.9, -0.5, 1.3, -0.45, STEEL, "log", edge=0.01)
    c.area([(0.6, -0.66), (0.86, -0.58), (0.94, -0.52), (0.94, -0.42), (0.86, -0.36), (0.6, -0.28)],
           RUBBER, "log")
    c.area(ol.rounded([(-0.3, -0.3), (0.12, -0.3), (0.02 - grip, 0.7), (-0.42 - grip, 0.7)], 0.08),
           RUBBER, "round")
    c.box(-0.6 - grip, 0.6, 0.2, 0.92, s.main, "soft", r=0.06)
    c.box(-0.56 - grip, 0.78, 0.16, 0.86, INK, "log", edge=0)
    body = ol.rounded([(-0.72, -0.72), (0.45, -0.8), (0.64, -0.66), (0.64, -0.28), (0.4, -0.18),
                      (-0.66, -0.2)], 0.12)
    shape = c.area(body, s.main, "log")
    c.box(0.36, -1, 0.5, 0, s.accent, "log", edge=0.01, clip=shape)
    for x in (-0.56, -0.46, -0.36):
        c.line([(x, -0.58), (x - 0.03, -0.34)], 0.04, darker(s.main, 0.5))
    c.area(ol.smooth([(0.12, -0.2), (0.26, -0.08), (0.1, 0.08), (0.06, -0.1)], closed=True),
           s.accent)


def paint_bucket(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.6, 0.72), s.vary(0.5, 0.68)
    c.line(ol.arc(0, -tall, wide * 0.98, s.vary(0.5, 0.75), 180, 360), 0.035, darker(STEEL, 0.2))
    c.oval(0, tall, wide * 0.92, 0.1, s.metal, "metal")
    c.lathe([(-tall, wide), (tall, wide * 0.92)], s.metal, "metal", curved=False)
    c.box(-wide, -tall + 0.28, wide, tall - 0.1, s.cloth if s.pattern else PAPER, "round",
          edge=0.01)
    c.oval(0, -tall, wide, 0.16, lighter(s.metal, 0.3), "plate")
    c.oval(0, -tall + 0.02, wide * 0.88, 0.12, s.main, "dish", edge=0.01)
    x = s.vary(-0.4, 0.2)
    drip = ol.smooth([(x - 0.2, -tall + 0.04), (x - 0.16, -tall + 0.4), (x - 0.04, -tall + 0.3),
                     (x + 0.06, -tall + 0.62), (x + 0.16, -tall + 0.28), (x + 0.24, -tall + 0.06)])
    c.area(drip, s.main, "soft", edge=0.01)
    c.oval(-0.02, 0.2, 0.24, 0.22, s.main, "ball", edge=0.01)


def wrench(c: Canvas, s: Style) -> None:
    jaw, gap = s.vary(0.26, 0.34), s.vary(0.09, 0.14)
    bite = ol.points([(-gap, -1.4), (gap, -1.4), (gap, -0.86), (0, -0.76), (-gap, -0.86)])
    c.area(ol.turned(ol.lathe([(-1.15, jaw * 0.8), (-0.9, jaw), (-0.62, 0.12)]), 12, 0, -0.8),
           s.metal, "plate", holes=[ol.turned(bite, 12, 0, -0.8)])
    c.lathe([(-0.72, 0.11), (0.7, 0.11)], s.metal, "metal", curved=False)
    c.box(-0.07, -0.45, 0.07, 0.5, s.main, "round", r=0.06)
    c.area(ol.oval(0, 0.86, 0.25, 0.25), s.metal, "plate", holes=[ol.star(0, 0.86, 0.15, 0.12, 6)])


def paint_roller(c: Canvas, s: Style) -> None:
    long = s.vary(0.6, 0.8)
    c.tube([(long - 0.05, -0.72), (long + 0.2, -0.72), (long + 0.2, -0.25), (0, -0.1), (0, 0.3)],
           0.06, STEEL)
    c.box(-long, -0.95, long, -0.5, s.main, "log", r=0.08)
    c.box(-long - 0.04, -0.9, -long + 0.08, -0.55, PAPER, "log", r=0.04)
    c.box(long - 0.08, -0.9, long + 0.04, -0.55, PAPER, "log", r=0.04)
    c.lathe([(0.2, 0.09), (0.35, 0.12), (0.6, 0.1), (0.98, 0.14), (1.05, 0.08)], s.accent)


def toolbox(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.8, 1.0), s.vary(0.42, 0.6)
    c.tube([(-0.36, -tall + 0.1), (-0.34, -tall - 0.22), (0.34, -tall - 0.22), (0.36, -tall + 0.1)],
           0.1, INK)
    c.area(ol.rounded([(-wide * 0.86, -tall), (wide * 0.86, -tall), (wide, -tall + 0.36),
           (-wide, -tall + 0.36)], 0.06), s.main, "log")
    c.box(-wide, -tall + 0.34, wide, tall, s.cloth, "soft", r=0.06)
    c.box(-wide * 0.98, tall - 0.12, wide * 0.98, tall, darker(s.main, 0.4), "log", r=0.04)
    for x in (-0.5, 0.5):
        c.box(x * wide - 0.1, -tall + 0.24, x * wide + 0.1, -tall + 0.54, s.metal, "metal", r=0.03)
    c.box(-0.22, -tall + 0.52, 0.22, -tall + 0.7, PAPER, "soft", r=0.04)


IMPROVE = "Home Improvement"
TOOL = BRIGHT + DEEP
KINDS = (
    Kind(IMPROVE, ("Claw Hammer", "Hammer"), hammer, (12, 38), TOOL, (), ("Steel", "Forged"), True,
         32),
    Kind(IMPROVE, ("Screwdriver", "Slotted Screwdriver"), screwdriver, (5, 18), TOOL, (),
         ("Magnetic", "Precision"), True, 38),
    Kind(IMPROVE, ("Cordless Drill", "Drill Driver"), drill, (59, 190), TOOL, (),
         ("18V", "12V", "Compact")),
    Kind(IMPROVE, ("Wall Paint", "Interior Paint"), paint_bucket, (18, 64), EVERYDAY,
         ("diagonal", "stripes"), ("Matte", "Satin", "Chalk")),
    Kind(IMPROVE, ("Wrench", "Combination Spanner"), wrench, (9, 32), TOOL, (),
         ("Chrome", "Steel"), True, 36),
    Kind(IMPROVE, ("Paint Roller", "Foam Roller"), paint_roller, (6, 20), EVERYDAY, (),
         ("Microfiber", "Lambswool"), True, 20),
    Kind(IMPROVE, ("Toolbox", "Tool Case"), toolbox, (24, 85), TOOL, ("diagonal",),
         ("Steel", "Sturdy")),
)
