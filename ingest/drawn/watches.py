"""Watches."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    DEEP,
    EVERYDAY,
    INK,
    LEATHER,
    METAL,
    PAPER,
    RGB,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def _hands(c: Canvas, s: Style, y: float, r: float, ink: RGB) -> None:
    for angle, long, width in ((s.vary(-75, -35), 0.5, 0.07), (s.vary(25, 70), 0.76, 0.05)):
        hand = ol.moved(ol.turned(ol.box(-width * r, -long * r, width * r, 0.1 * r), angle), 0, y)
        c.area(hand, ink, "none", edge=0.006)
    c.oval(0, y, 0.07 * r, 0.07 * r, s.accent, "ball", edge=0.006)


def _dial(c: Canvas, s: Style, y: float, r: float, face: RGB) -> None:
    c.oval(0, y, r, r, face, "soft", edge=0.012)
    ink = INK if sum(face) > 380 else PAPER
    for step in range(12):
        long = 0.2 if step % 3 == 0 else 0.11
        mark = ol.moved(ol.turned(ol.box(-0.025 * r, -0.9 * r, 0.025 * r, (-0.9 + long) * r),
                        step * 30), 0, y)
        c.area(mark, ink, "none", edge=0)
    _hands(c, s, y, r, ink)


def _strap(c: Canvas, tone: RGB, width: float, links: bool) -> None:
    top = c.area(ol.rounded([(-width * 0.78, -1.02), (width * 0.78, -1.02), (width, -0.3),
                 (-width, -0.3)], 0.06), tone, "round")
    low = c.area(ol.rounded([(-width, 0.3), (width, 0.3), (width * 0.74, 1.08),
                 (-width * 0.74, 1.08)], 0.06), tone, "round")
    for step in range(8 if links else 4):
        gap = 0.13 if links else 0.15
        y = 0.5 + step * gap
        if links:
            for way, part in ((1, low), (-1, top)):
                c.line([(-width, way * y), (width, way * y)], 0.02, darker(tone, 0.5), clip=part)
        else:
            c.oval(0, 0.66 + step * 0.11, 0.025, 0.025, darker(tone, 0.6), "none", edge=0)
    if links:
        for part in (top, low):
            for x in (-0.4, 0.4):
                c.line([(x * width, -1.05), (x * width, 1.05)], 0.016, darker(tone, 0.4), clip=part)


def _digit(c: Canvas, x: float, y: float, r: float, value: int) -> None:
    """Seven segments; bits from the lowest: clockwise from the top, then the middle."""
    lit = (63, 6, 91, 79, 102, 109, 125, 7, 127, 111)[value]
    ends = [((-r, -2 * r), (r, -2 * r)), ((r, -2 * r), (r, 0)), ((r, 0), (r, 2 * r)), ((-r, 2 * r),
            (r, 2 * r)), ((-r, 0), (-r, 2 * r)), ((-r, -2 * r), (-r, 0)), ((-r, 0), (r, 0))]
    for bit, (a, b) in enumerate(ends):
        if lit >> bit & 1:
            c.line([(x + a[0], y + a[1]), (x + b[0], y + b[1])], r * 0.5, INK)


def leather_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.44, 0.56)
    _strap(c, s.main, s.vary(0.24, 0.32), False)
    c.box(r * 0.96, -0.06, r + 0.16, 0.06, s.metal, "log", r=0.03)
    c.oval(0, 0, r + 0.1, r + 0.1, s.metal, "plate")
    _dial(c, s, 0, r, s.paint(PAPER, INK, lighter(s.main, 0.75), s.accent))


def steel_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.48, 0.56)
    _strap(c, s.main, s.vary(0.3, 0.38), True)
    for y in (-0.2, 0.0, 0.2):
        c.box(r * 0.92, y - 0.05, r + 0.18, y + 0.05, s.main, "log", r=0.03)
    c.area(ol.star(0, 0, r + 0.12, r + 0.09, 30), s.main, "plate")
    c.oval(0, 0, r + 0.06, r + 0.06, s.paint(INK, s.accent, darker(s.main, 0.4)), "soft")
    face = s.paint(INK, PAPER, (36, 56, 104), (30, 76, 64))
    c.oval(0, 0, r, r, face, "soft", edge=0.01)
    for x, y in ((-0.42, 0.05), (0.42, 0.05), (0, 0.48)):
        c.oval(x * r, y * r, r * 0.24, r * 0.24, lighter(face,
               0.3) if sum(face) < 380 else darker(face, 0.15), "dish", edge=0.008)
    for step in range(12):
        mark = ol.turned(ol.box(-0.03 * r, -0.9 * r, 0.03 * r, -0.74 * r), step * 30)
        c.area(mark, PAPER if sum(face) < 380 else INK, "none", edge=0)
    _hands(c, s, 0, r, PAPER if sum(face) < 380 else INK)


def digital_watch(c: Canvas, s: Style) -> None:
    wide = s.vary(0.44, 0.54)
    _strap(c, s.main, 0.34, False)
    case = ol.rounded([(-wide, -0.3), (-wide * 0.7, -0.5), (wide * 0.7, -0.5), (wide, -0.3),
                      (wide, 0.3), (wide * 0.7, 0.5), (-wide * 0.7, 0.5), (-wide, 0.3)], 0.06)
    for x in (-1, 1):
        for y in (-0.2, 0.2):
            c.box(x * wide - 0.06, y - 0.05, x * wide + 0.06, y + 0.05, s.metal, "log", r=0.02)
    c.area(case, s.main, "soft")
    c.area(case * 0.82, s.accent, "soft", edge=0.01)
    c.box(-wide * 0.66, -0.2, wide * 0.66, 0.2, (196, 208, 180), "dish", r=0.04)
    for index, place in enumerate((-0.42, -0.18, 0.14, 0.38)):
        value = s.roll(10) if index else s.roll(2)
        _digit(c, place * wide * 1.25, 0.0, 0.055 * wide / 0.5, value)
    for dot in (-0.05, 0.05):
        c.oval(-0.02 * wide, dot, 0.012, 0.012, INK, "none", edge=0)


def smartwatch(c: Canvas, s: Style) -> None:
    _strap(c, s.main, s.vary(0.32, 0.38), False)
    wide = s.vary(0.44, 0.5)
    c.box(wide * 0.9, -0.16, wide + 0.09, 0.06, s.metal, "log", r=0.04)
    c.box(-wide, -0.56, wide, 0.56, s.metal, "plate", r=0.2)
    c.box(-wide + 0.05, -0.51, wide - 0.05, 0.51, (22, 24, 32), "soft", r=0.17, edge=0.01)
    for step, share in enumerate((0.3, 0.22, 0.14)):
        tone = (s.accent, (244, 110, 120), (120, 220, 190))[step]
        c.line(ol.arc(0, 0.08, share, share, -90, s.vary(60, 240), 30), 0.055, tone)
    for step, x in enumerate((-0.15, -0.05, 0.07, 0.17)):
        c.box(x, -0.42, x + 0.05, -0.3, PAPER if step < 2 else s.accent, "none", r=0.02, edge=0)


def pocket_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.58, 0.68)
    chain = ol.smooth([(0, -0.62), (0.2, -1.0), (0.7, -0.95), (0.95, -0.5), (0.85, 0.1)], steps=9)
    for step, (x, y) in enumerate(chain):
        if step % 2 == 0:
            c.oval(float(x), float(y), 0.06, 0.045, s.main, "ball", edge=0.012)
    c.ring(0, -r - 0.1, 0.14, 0.08, s.main)
    c.box(-0.09, -r - 0.14, 0.09, -r + 0.1, s.main, "metal", r=0.03)
    c.oval(0, 0.1, r + 0.13, r + 0.13, s.main, "plate")
    _dial(c, s, 0.1, r, s.paint(PAPER, (244, 232, 204), lighter(s.accent, 0.7)))


WATCH = "Watches"
KINDS = (
    Kind(WATCH, ("Wrist Watch", "Dress Watch"), leather_watch, (59, 340), LEATHER + DEEP, (),
         ("Leather", "Slim Leather"), True),
    Kind(WATCH, ("Chronograph", "Sports Chronograph"), steel_watch, (120, 690), METAL, (),
         ("Steel", "Automatic"), True),
    Kind(WATCH, ("Digital Watch", "Sports Watch"), digital_watch, (19, 89), EVERYDAY, (),
         ("Resin", "Waterproof"), True),
    Kind(WATCH, ("Smartwatch", "Fitness Watch"), smartwatch, (79, 390), EVERYDAY, (),
         ("GPS", "Silicone"), True),
    Kind(WATCH, ("Pocket Watch", "Chain Watch"), pocket_watch, (49, 260), METAL, (),
         ("Engraved", "Classic"), True),
)
