"""Home & Kitchen."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.garden import leaf
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    INK,
    LEAF,
    METAL,
    PAPER,
    SOFT,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "checks", "zigzag", "flowers", "pinstripes")


def lamp(c: Canvas, s: Style) -> None:
    top, low = s.vary(0.28, 0.5), s.vary(0.6, 0.8)
    base = s.paint(s.accent, s.metal, s.wood)
    if s.chance(0.5):
        c.lathe([(0.0, 0.06), (0.2, 0.12), (0.5, s.vary(0.24, 0.4)), (0.85, 0.16), (0.92, 0.32),
                (0.98, 0.34)], base, "round")
    else:
        c.tube([(0, 0), (0, 0.9)], 0.08, base)
        c.lathe([(0.86, 0.1), (0.92, 0.4), (1.0, 0.42)], base)
    c.area(ol.lathe([(-0.95, top), (-0.02, low)], curved=False), s.cloth, "round")
    c.line([(-top, -0.93), (top, -0.93)], 0.05, darker(s.main, 0.2))
    c.line([(-low, -0.04), (low, -0.04)], 0.05, darker(s.main, 0.2))
    glow = ol.lathe([(-0.85, top * 0.5), (-0.1, low * 0.6)], curved=False)
    c.area(glow, (255, 240, 190), "none", edge=0, opacity=0.22)


def cushion(c: Canvas, s: Style) -> None:
    puff, long = s.vary(0.72, 0.82), s.vary(0.8, 1.0)
    body = ol.smooth([(-0.98, -long), (0, -puff), (0.98, -long), (0.84, 0), (0.98, long), (0, puff),
                     (-0.98, long), (-0.84, 0)], closed=True)
    c.area(body, s.cloth, "pillow")
    c.line([*map(tuple, body), tuple(body[0])], 0.035, darker(s.main,
           0.25) if s.chance(0.5) else s.accent)
    if s.chance(0.4):
        for x in (-1, 1):
            for y in (-1, 1):
                c.area(ol.star(x * 0.98, y * long, 0.13, 0.08, 8), s.accent, "ball")
    if not s.pattern:
        c.oval(0, 0, 0.06, 0.06, s.accent, "ball")
        for angle in range(20, 380, 60):
            spoke = ol.turned(ol.points([(0.1, 0), (0.32, 0)]), angle)
            c.line(spoke, 0.016, darker(s.main, 0.25), opacity=0.7)


def vase(c: Canvas, s: Style) -> None:
    belly, at, mouth = s.vary(0.36, 0.6), s.vary(0.2, 0.6), s.vary(0.12, 0.26)
    for x, y in ((-0.3, -0.95), (0.04, -1.2), (0.34, -0.9)):
        c.line([(0, 0), (x * 0.5, -0.5), (x, y)], 0.03, darker(LEAF, 0.2), curved=True)
        leaf(c, x * 0.5, -0.5, 60 if x > 0 else -60, 0.3, 0.08, LEAF)
        c.area(ol.star(x, y, 0.2, 0.11, 8), s.accent, "ball")
        c.oval(x, y, 0.07, 0.07, (236, 180, 70), "ball", edge=0.008)
    c.lathe([(-0.3, mouth + 0.06), (-0.1, mouth), (at, belly), (0.85, belly * 0.6),
            (0.95, belly * 0.55)], s.cloth, "round")
    c.oval(0, -0.3, mouth + 0.06, 0.05, darker(s.main, 0.4), "dish")


def wall_clock(c: Canvas, s: Style) -> None:
    c.oval(0, 0, 1.0, 1.0, s.main, "ball")
    c.oval(0, 0, s.vary(0.8, 0.88), s.vary(0.8, 0.88), s.paint(PAPER, lighter(s.main, 0.75), INK),
           "soft")
    ink = s.accent
    dots = s.chance(0.5)
    for step in range(12):
        mark = ol.oval(0, -0.68, 0.04, 0.04) if dots else ol.box(-0.02, -0.76, 0.02, -0.62)
        c.area(ol.turned(mark, step * 30), ink, "none", edge=0)
    for angle, long, width in ((s.vary(-80, -30), 0.4, 0.07), (s.vary(30, 80), 0.6, 0.05)):
        c.area(ol.turned(ol.box(-width / 2, -long, width / 2, 0.1, 0.02), angle), darker(s.main,
               0.35), edge=0.008)
    c.oval(0, 0, 0.06, 0.06, ink, "ball")


def armchair(c: Canvas, s: Style) -> None:
    high, arm = s.vary(0.75, 1.05), s.vary(0.22, 0.3)
    for x in (-0.62, 0.62):
        c.area([(x - 0.06, 0.7), (x + 0.06, 0.7), (x * 1.1 + 0.03, 1.05), (x * 1.1 - 0.03, 1.05)],
               s.wood, "round")
    c.box(-0.68, -high, 0.68, 0.4, s.cloth, "pillow", r=s.vary(0.15, 0.4))
    c.box(-0.62, 0.1, 0.62, 0.5, s.cloth, "pillow", r=0.12)
    c.box(-0.84, 0.42, 0.84, 0.76, darker(s.main, 0.14), "log", r=0.08)
    for x in (-1, 1):
        c.box(x * 0.9 - arm / 2, -0.12, x * 0.9 + arm / 2, 0.76, s.cloth, "round", r=arm / 2)
    if s.chance(0.5):
        c.area(ol.turned(ol.box(-0.24, -0.3, 0.24, 0.14, 0.1), 12), s.accent, "pillow")
    else:
        for x, y in ((-0.25, -0.45), (0.25, -0.45), (0, -0.2)):
            c.oval(x, y, 0.035, 0.035, darker(s.main, 0.35), "ball", edge=0)


def candle(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.36, 0.6), s.vary(0.35, 0.65)
    c.lathe([(-tall, wide), (0.75, wide), (0.82, wide * 0.92)], s.cloth, "round")
    c.oval(0, -tall, wide, 0.12, lighter(s.main, 0.5), "soft")
    c.oval(0, -tall + 0.02, wide * 0.86, 0.085, (250, 240, 214), "soft", edge=0.01)
    c.line([(0, -tall + 0.02), (0.01, -tall - 0.12)], 0.03, INK)
    flame = ol.smooth([(0, -tall - 0.5), (0.11, -tall - 0.2), (0, -tall - 0.06),
                      (-0.11, -tall - 0.2)], closed=True)
    c.area(flame * [1.7, 1.0], (255, 214, 120), "none", edge=0, opacity=0.35)
    c.area(flame, (250, 168, 56), "ball", edge=0)
    c.area(ol.moved(ol.moved(flame, 0, tall + 0.06) * 0.55, 0, -tall - 0.08), (255, 240, 180),
           "none", edge=0)
    c.box(-wide * 0.62, 0.0, wide * 0.62, 0.46, PAPER, "soft", r=0.04, edge=0.01)
    for y, half in ((0.18, 0.36), (0.3, 0.22)):
        c.line([(-wide * half, y), (wide * half, y)], 0.03, darker(s.main, 0.25))


HOME = "Home & Kitchen"
KINDS = (
    Kind(HOME, ("Table Lamp", "Bedside Lamp"), lamp, (28, 130), EVERYDAY, PRINTS,
         ("Linen", "Ceramic")),
    Kind(HOME, ("Cushion", "Throw Pillow"), cushion, (14, 48), EVERYDAY, (*PRINTS, "plaid"),
         ("Velvet", "Linen", "Cotton"), True),
    Kind(HOME, ("Vase", "Flower Vase"), vase, (14, 70), EVERYDAY, PRINTS,
         ("Ceramic", "Stoneware", "Porcelain")),
    Kind(HOME, ("Wall Clock", "Kitchen Clock"), wall_clock, (18, 72), EVERYDAY + METAL, (),
         ("Silent", "Classic"), True),
    Kind(HOME, ("Armchair", "Reading Chair"), armchair, (180, 640), EVERYDAY,
         ("plaid", "stripes", "flowers", "zigzag"), ("Velvet", "Boucle", "Linen")),
    Kind(HOME, ("Scented Candle", "Pillar Candle"), candle, (9, 36), SOFT + BRIGHT,
         ("stripes", "zigzag", "dots"), ("Vanilla", "Sandalwood", "Fig")),
)
