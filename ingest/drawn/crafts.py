"""Arts, Crafts & Sewing."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    INK,
    METAL,
    PAPER,
    STEEL,
    TIMBER,
    WOOD,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def brushes(c: Canvas, s: Style) -> None:
    for x, angle in ((-0.3, -14), (0.0, 0), (0.3, 14)):
        wide = s.vary(0.07, 0.13)
        tone = s.paint(s.main, s.accent, *[color.rgb for color in BRIGHT[:4]])
        rod = ol.lathe([(-0.4, 0.045), (0.2, 0.06), (1.0, 0.02)])
        hair = ol.smooth([(-0.045, -0.56), (-wide, -0.8), (0, -1.1), (wide, -0.8), (0.045, -0.56)])
        c.area(ol.moved(ol.turned(rod, angle, 0, 1.2), x * 0.2, 0), s.main if x == 0 else s.wood,
               "round")
        c.area(ol.moved(ol.turned(ol.box(-0.055, -0.6, 0.055, -0.36), angle, 0, 1.2), x * 0.2, 0),
               s.metal, "metal")
        c.area(ol.moved(ol.turned(hair, angle, 0, 1.2), x * 0.2, 0), tone, "round")


def paint_tube(c: Canvas, s: Style) -> None:
    wide = s.vary(0.3, 0.4)
    squeeze = s.vary(-0.08, 0.08)
    c.area([(-wide - 0.04, -0.95), (wide + 0.04, -0.95), (wide * 0.9 + squeeze, 0.2),
           (wide * 0.9, 0.5), (-wide * 0.9, 0.5), (-wide * 0.9 + squeeze, 0.2)], PAPER, "metal")
    c.box(-wide - 0.06, -1.05, wide + 0.06, -0.9, STEEL, "log")
    c.area([(-wide * 0.97, -0.6), (wide * 0.97, -0.6), (wide * 0.9 + squeeze, 0.1),
           (-wide * 0.9 + squeeze, 0.1)], s.main, "round")
    c.area([(-wide * 0.9, 0.48), (wide * 0.9, 0.48), (0.12, 0.66), (-0.12, 0.66)], STEEL, "metal")
    c.box(-0.15, 0.64, 0.15, 0.92, s.paint(INK, s.main, PAPER), "round", r=0.03)
    blob = ol.smooth([(wide + 0.1, 0.9), (wide + 0.3, 0.66), (wide + 0.56, 0.84),
                     (wide + 0.42, 1.05), (wide + 0.18, 1.06)], closed=True)
    c.area(blob, s.main, "ball")
    c.line([(-wide * 0.5, -0.76), (wide * 0.5, -0.76)], 0.05, darker(PAPER, 0.4))


def yarn(c: Canvas, s: Style) -> None:
    ball = c.oval(0, 0, 0.85, 0.85, s.main, "ball")
    tones = (darker(s.main, 0.2), lighter(s.main, 0.25),
             s.accent if s.chance(0.4) else darker(s.main, 0.12))
    start = s.vary(0, 180)
    for layer in range(3):
        angle = start + layer * 62
        for step in range(7):
            bend = -0.75 + step * 0.25
            strand = ol.smooth([(-0.9, bend * 0.55), (0, bend * 1.15), (0.9, bend * 0.55)])
            c.line(ol.turned(strand, angle), 0.035, tones[layer], clip=ball)
    c.tube([(0.5, 0.68), (0.9, 0.86), (1.2, 0.66), (1.35, 0.9)], 0.05, s.main)
    if s.chance(0.45):
        c.tube([(-1.1, -0.9), (0.2, -0.3)], 0.06, s.wood, curved=False)
        c.oval(-1.12, -0.91, 0.08, 0.08, s.accent, "ball")


def spool(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.42, 0.6), s.vary(0.6, 0.8)
    c.lathe([(-tall, wide + 0.12), (-tall + 0.16, wide + 0.12), (-tall + 0.22, wide * 0.6),
            (tall - 0.22, wide * 0.6), (tall - 0.16, wide + 0.12), (tall, wide + 0.12)], s.wood,
            "round", curved=False)
    thread = c.box(-wide, -tall + 0.17, wide, tall - 0.17, s.main, "round", r=0.08)
    for step in range(22):
        y = -tall + 0.2 + step * (2 * tall - 0.36) / 21
        c.line([(-wide, y), (wide, y + 0.04)], 0.014, darker(s.main, 0.35), clip=thread)
    c.oval(0, -tall, wide + 0.12, 0.13, lighter(s.wood, 0.25), "soft")
    c.oval(0, -tall, 0.12, 0.045, darker(s.wood, 0.6), "dish")
    c.line([(wide, 0.3), (wide + 0.3, 0.5), (wide + 0.2, 0.9), (wide + 0.5, 1.0)], 0.02, s.main,
           curved=True)


def pencils(c: Canvas, s: Style) -> None:
    count = 5 + s.roll(3)
    tones = [s.main, s.accent, *[color.rgb for color in BRIGHT]]
    for step in range(count):
        x, top = (step - (count - 1) / 2) * 0.26, s.vary(-0.95, -0.6)
        tone = tones[(step * 3) % len(tones)] if step else s.main
        c.area([(x - 0.12, top + 0.3), (x, top), (x + 0.12, top + 0.3)], (232, 196, 148), "round")
        c.area([(x - 0.045, top + 0.11), (x, top), (x + 0.045, top + 0.11)], tone, "none", edge=0)
        c.box(x - 0.12, top + 0.29, x + 0.12, 0.8, tone, "round", r=0.01)
    c.box(-0.13 * count - 0.06, 0.2, 0.13 * count + 0.06, 1.0, s.cloth, "soft", r=0.05)
    c.oval(0, 0.6, 0.2, 0.2, PAPER, "soft", edge=0.01)
    c.area(ol.star(0, 0.6, 0.14, 0.07, 5), s.accent, edge=0.008)


def palette_board(c: Canvas, s: Style) -> None:
    board = ol.smooth([(-0.95, 0.0), (-0.6, -0.66), (0.2, -0.75), (0.9, -0.36), (0.95, 0.3),
                      (0.45, 0.46), (0.3, 0.72), (-0.4, 0.7)], closed=True)
    c.area(board, s.main, "soft", holes=[ol.oval(0.36, 0.26, 0.15, 0.12)])
    spots = [(-0.66, -0.04), (-0.46, -0.36), (-0.08, -0.5), (0.32, -0.44), (0.64, -0.16),
             (-0.5, 0.34)]
    for step, (x, y) in enumerate(spots):
        tone = BRIGHT[(step * 3 + s.roll(3)) % len(BRIGHT)].rgb
        wide, tall = s.vary(0.1, 0.15), s.vary(0.08, 0.12)
        c.area(ol.turned(ol.oval(x, y, wide, tall), s.vary(0, 90), x, y), tone, "ball")
    c.tube([(-0.2, 0.5), (0.95, -0.85)], 0.06, s.accent, curved=False)
    c.area(ol.smooth([(-0.16, 0.42), (-0.38, 0.62), (-0.1, 0.52)], closed=True), TIMBER)


CRAFT = "Arts, Crafts & Sewing"
KINDS = (
    Kind(CRAFT, ("Paint Brush Set", "Artist Brushes"), brushes, (8, 32), EVERYDAY, (),
         ("Sable", "Bristle"), True, 30),
    Kind(CRAFT, ("Acrylic Paint", "Oil Paint"), paint_tube, (4, 15), EVERYDAY, (),
         ("Studio", "Artist"), True, 25),
    Kind(CRAFT, ("Yarn", "Knitting Wool"), yarn, (4, 18), EVERYDAY, (),
         ("Merino", "Cotton", "Alpaca"), True),
    Kind(CRAFT, ("Sewing Thread", "Thread Spool"), spool, (2, 8), EVERYDAY + METAL[1:3], (),
         ("Cotton", "Silk", "Linen")),
    Kind(CRAFT, ("Colored Pencils", "Crayon Set"), pencils, (6, 28), EVERYDAY,
         ("dots", "zigzag", "stripes"), ("Watercolor", "Soft Core"), True, 8),
    Kind(CRAFT, ("Paint Palette", "Mixing Palette"), palette_board, (7, 24),
         WOOD + EVERYDAY[10:18], (), ("Birch", "Beech"), True),
)
