"""Baby."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    GLASS,
    INK,
    PAPER,
    SOFT,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "checks", "zigzag", "flowers")


def baby_bottle(c: Canvas, s: Style) -> None:
    wide = s.vary(0.32, 0.42)
    c.area(ol.lathe([(-1.05, 0.05), (-0.95, 0.1), (-0.76, 0.14), (-0.62, 0.3)]), (238, 206, 160),
           "ball")
    body = ol.lathe([(-0.42, wide * 0.9), (-0.2, wide), (0.3, wide * s.vary(0.78, 1.0)),
                    (0.7, wide), (0.95, wide * 0.9)])
    c.area(body, GLASS, "round")
    c.box(-1, s.vary(-0.25, 0.1), 1, 1, (250, 246, 236), "round", edge=0, clip=body)
    c.box(-wide, -0.66, wide, -0.38, s.cloth, "round", r=0.06)
    for step in range(5):
        y = 0.0 + step * 0.16
        c.line([(wide * 0.3, y), (wide * 0.7, y)], 0.022, s.main)
    c.area(ol.star(-wide * 0.3, 0.4, 0.16, 0.09, 5), s.accent)
    c.shine(-wide * 0.84, -0.2, -wide * 0.72, 0.7)


def pacifier(c: Canvas, s: Style) -> None:
    c.area(ol.smooth([(-0.12, -0.2), (-0.16, -0.56), (-0.24, -0.86), (0, -1.05), (0.24, -0.86),
           (0.16, -0.56), (0.12, -0.2)]), (240, 208, 166), "ball")
    wide = s.vary(0.62, 0.8)
    shield = ol.smooth([(-wide, -0.16), (-0.3, -0.38), (0, -0.28), (0.3, -0.38), (wide, -0.16),
                       (wide * 0.8, 0.24), (0, 0.34), (-wide * 0.8, 0.24)], closed=True)
    c.area(shield, s.cloth, "ball")
    for x in (-0.48, 0.48):
        c.oval(x * wide / 0.7, 0.0, 0.08, 0.08, darker(s.main, 0.55), "dish")
    c.tube(ol.oval(0, 0.56, 0.34, 0.34), 0.13, s.accent, curved=False)
    c.oval(0, 0.14, 0.24, 0.22, lighter(s.main, 0.3), "ball")


def rattle(c: Canvas, s: Style) -> None:
    r = s.vary(0.34, 0.44)
    c.tube([(0, -0.2), (0, 0.7)], 0.15, s.main)
    for y in (0.05, 0.25, 0.45):
        c.oval(0, y, 0.13, 0.08, s.accent, "ball")
    c.oval(0, -0.55, r, r, s.cloth, "ball")
    c.box(-r, -0.62, r, -0.48, PAPER, "log", edge=0.01)
    c.tube(ol.oval(0, 0.84, 0.2, 0.2), 0.1, s.accent, curved=False)
    c.area(ol.star(0, -0.55, 0.16, 0.08, 5), s.accent)


def _motif(c: Canvas, s: Style) -> None:
    """What is sewn on the chest."""
    motif = s.pick("bear", "star", "heart")
    if motif == "bear":
        brown = (178, 124, 82)
        for x in (-0.14, 0.14):
            c.oval(x, -0.3, 0.08, 0.08, brown)
        c.oval(0, -0.18, 0.2, 0.18, brown, "ball")
        c.oval(0, -0.12, 0.09, 0.07, (236, 206, 168), edge=0)
        for x in (-0.07, 0.07):
            c.oval(x, -0.22, 0.02, 0.025, INK, "none", edge=0)
        c.oval(0, -0.14, 0.03, 0.02, INK, "none", edge=0)
    elif motif == "star":
        c.area(ol.star(0, -0.16, 0.26, 0.13, 5), s.accent)
    else:
        heart = [(0, 0.06), (-0.24, -0.2), (-0.14, -0.36), (0, -0.26), (0.14, -0.36), (0.24, -0.2)]
        c.area(ol.smooth(heart, closed=True), s.accent)


def onesie(c: Canvas, s: Style) -> None:
    wide = s.vary(0.46, 0.54)
    right = [(0.2, -0.8), (0.5, -0.72), (0.84, -0.4), (0.66, -0.18), (wide, -0.32), (wide, 0.36),
             (0.36, 0.62), (0.2, 0.84)]
    shape = c.area([*right, *[(-x, y) for x, y in reversed(right)], *map(tuple, ol.arc(0, -0.8, 0.2,
                   0.16, 175, 5, 10))], s.cloth, "drape")
    trim = darker(s.main, 0.25)
    c.line(ol.arc(0, -0.8, 0.22, 0.19, 172, 8), 0.05, trim)
    for x in (-1, 1):
        c.line([(x * wide, 0.36), (x * 0.36, 0.62), (x * 0.2, 0.84)], 0.05, trim, curved=True,
               clip=shape)
        c.line([(x * 0.84, -0.4), (x * 0.66, -0.18)], 0.05, trim)
        c.oval(x * 0.1, 0.76, 0.03, 0.03, PAPER, "ball")
    _motif(c, s)


def blocks(c: Canvas, s: Style) -> None:
    size = s.vary(0.4, 0.46)
    spots = [(-0.45, 0.5), (0.45, 0.5), (s.vary(-0.2, 0.2), 0.5 - 2 * size)]
    for index, (x, y) in enumerate(spots):
        tone = (s.main, s.accent, lighter(s.main, 0.45))[index]
        c.box(x - size, y - size, x + size, y + size, tone, "soft", r=0.05)
        c.box(x - size * 0.78, y - size * 0.78, x + size * 0.78, y + size * 0.78, PAPER, "soft",
              r=0.03, edge=0.01)
        mark = s.pick("star", "disc", "gem")
        ink = darker(tone, 0.15)
        if mark == "disc":
            c.oval(x, y, size * 0.45, size * 0.45, ink)
        else:
            c.area(ol.star(x, y, size * 0.56, size * (0.26 if mark == "star" else 0.56),
                   5 if mark == "star" else 2), ink)


def stroller(c: Canvas, s: Style) -> None:
    hood = s.vary(150, 200)
    frame = s.metal
    c.tube([(-0.95, -0.75), (-0.7, -0.6), (0.35, 0.62)], 0.06, frame)
    c.tube([(0.5, 0.05), (-0.45, 0.68)], 0.06, frame)
    basket = ol.smooth([(-0.62, -0.1), (-0.5, 0.25), (0.1, 0.34), (0.7, 0.1), (0.8, -0.1)])
    c.area(basket, s.cloth, "soft")
    fan = [(0.08, -0.1), *map(tuple, ol.arc(0.08, -0.1, 0.7, 0.72, 360 - hood, 360, 16))]
    c.area(fan, s.accent, "ball")
    for share in (0.3, 0.6):
        rib = ol.arc(0.08, -0.1, 0.7, 0.72, 360 - hood * share, 360 - hood * share + 1, 2)[0]
        c.line([(0.08, -0.1), (float(rib[0]), float(rib[1]))], 0.02, darker(s.accent, 0.35))
    for x in (-0.45, 0.45):
        c.ring(x, 0.75, 0.24, 0.15, INK)
        c.oval(x, 0.75, 0.07, 0.07, frame, "ball")


MILD = SOFT + BRIGHT
KINDS = (
    Kind("Baby", ("Baby Bottle", "Feeding Bottle"), baby_bottle, (6, 18), MILD, PRINTS,
         ("Glass", "Anti-Colic")),
    Kind("Baby", ("Pacifier", "Soother"), pacifier, (4, 12), MILD, PRINTS,
         ("Silicone", "Natural Rubber"), True),
    Kind("Baby", ("Rattle", "Teether Rattle"), rattle, (6, 19), MILD, PRINTS,
         ("Beech", "Silicone"), True, 32),
    Kind("Baby", ("Bodysuit", "Baby Romper"), onesie, (9, 28), MILD, PRINTS,
         ("Cotton", "Organic Cotton"), True),
    Kind("Baby", ("Building Blocks", "Toy Blocks"), blocks, (14, 42), MILD, (),
         ("Wooden", "Beech")),
    Kind("Baby", ("Stroller", "Pram"), stroller, (129, 420), EVERYDAY, PRINTS,
         ("Folding", "City")),
)
