"""Electronics."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    GADGET,
    INK,
    METAL,
    SOFT,
    STEEL,
    darker,
    lighter,
)
from ingest.drawn.phones import wallpaper

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def headphones(c: Canvas, s: Style) -> None:
    band = s.vary(0.7, 0.82)
    c.tube(ol.arc(0, 0.05, band, 0.95, 178, 362, 40), 0.15, s.main, curved=False)
    c.line(ol.arc(0, 0.05, band - 0.07, 0.87, 215, 325, 30), 0.06, darker(s.main, 0.35))
    for x in (-1, 1):
        c.box(x * band - 0.06, -0.1, x * band + 0.06, 0.3, s.metal, "metal", r=0.03)
        inner = x * (band - 0.16)
        c.oval(inner, 0.42, 0.17, 0.36, darker(s.main, 0.55), "ball")
        c.oval(x * (band + 0.02), 0.42, s.vary(0.2, 0.24), 0.4, s.main, "ball")
        c.oval(x * (band + 0.05), 0.42, 0.11, 0.22, s.accent, "ball", edge=0.01)


def television(c: Canvas, s: Style) -> None:
    tall = s.vary(0.56, 0.66)
    if s.chance(0.5):
        c.area([(-0.12, tall), (0.12, tall), (0.2, tall + 0.2), (-0.2, tall + 0.2)], s.metal,
               "metal")
        c.box(-0.5, tall + 0.17, 0.5, tall + 0.24, s.metal, "log", r=0.03)
    else:
        for x in (-0.7, 0.7):
            c.tube([(x, tall), (x * 1.12, tall + 0.22)], 0.06, s.metal, curved=False)
    c.box(-1.1, -tall, 1.1, tall + 0.04, s.main, "soft", r=0.04)
    wallpaper(c, s, -1.05, -tall + 0.05, 1.05, tall - 0.05)
    c.area([(-1.03, -tall + 0.06), (-0.2, -tall + 0.06), (-0.7, tall - 0.06), (-1.03, tall - 0.06)],
           (255, 255, 255), "none", edge=0, opacity=0.13)
    c.oval(0.98, tall - 0.0, 0.015, 0.015, (220, 80, 70), "none", edge=0)


def speaker(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.62), s.vary(0.8, 0.98)
    c.box(-wide, -tall, wide, tall, s.cloth if s.pattern else s.main, "round", r=s.vary(0.06, 0.3))
    for y, r in ((-tall * 0.48, wide * 0.42), (tall * 0.34, wide * 0.72)):
        c.oval(0, y, r, r, s.metal, "plate")
        c.oval(0, y, r * 0.88, r * 0.88, (58, 58, 66), "dish")
        c.oval(0, y, r * 0.62, r * 0.62, (80, 80, 90), "ball", edge=0.012)
        c.oval(0, y, r * 0.24, r * 0.24, s.accent, "ball")


def radio(c: Canvas, s: Style) -> None:
    tall = s.vary(0.5, 0.62)
    c.tube([(0.7, -tall), (s.vary(0.9, 1.1), -tall - 0.6)], 0.04, STEEL, curved=False)
    c.tube([(-0.7, -tall), (-0.66, -tall - 0.24), (0.5, -tall - 0.24), (0.54, -tall)], 0.08, s.wood)
    c.box(-1.0, -tall, 1.0, tall, s.paint(s.wood, s.main, lighter(s.main, 0.4)), "log",
          r=s.vary(0.08, 0.26))
    c.box(-0.93, -tall + 0.07, 0.93, tall - 0.07, s.main, "soft", r=0.12)
    grille = c.oval(-0.42, 0.0, 0.4, 0.4, lighter(s.main, 0.5), "dish")
    for step in range(9):
        c.line([(-0.9, -0.36 + step * 0.09), (0.0, -0.36 + step * 0.09)], 0.022, darker(s.main,
               0.45), clip=grille)
    c.box(0.12, -0.36, 0.8, -0.06, (250, 240, 206), "soft", r=0.05)
    c.line([(0.18, -0.2), (0.74, -0.2)], 0.014, INK)
    x = s.vary(0.25, 0.7)
    c.line([(x, -0.33), (x, -0.09)], 0.03, (206, 60, 52))
    for x in (0.26, 0.66):
        c.oval(x, 0.2, 0.14, 0.14, s.metal, "ball")
        c.line([(x, 0.2), (x + 0.06, 0.1)], 0.03, INK)


def gamepad(c: Canvas, s: Style) -> None:
    dip = s.vary(0.22, 0.36)
    body = ol.smooth([(-0.55, -0.45), (0, -0.36), (0.55, -0.45), (0.86, -0.2), (1.0, 0.42),
                     (0.84, 0.66), (0.56, 0.46), (0.34, dip), (-0.34, dip), (-0.56, 0.46),
                     (-0.84, 0.66), (-1.0, 0.42), (-0.86, -0.2)], closed=True)
    for x in (-0.55, 0.55):
        c.box(x - 0.22, -0.56, x + 0.22, -0.36, darker(s.main, 0.45), "log", r=0.08)
    c.area(body, s.main, "ball")
    c.box(-0.66, -0.15, -0.36, -0.05, INK, "soft", r=0.02)
    c.box(-0.56, -0.25, -0.46, 0.05, INK, "soft", r=0.02)
    for index, (x, y) in enumerate(((0.52, -0.26), (0.66, -0.12), (0.52, 0.02), (0.38, -0.12))):
        c.oval(x, y, 0.065, 0.065, BRIGHT[(index * 3 + s.roll(2)) % 10].rgb, "ball")
    for x in (-0.26, 0.26):
        c.oval(x, 0.12, 0.16, 0.16, darker(s.main, 0.4), "dish")
        c.oval(x, 0.1, 0.12, 0.12, INK, "ball")
    c.oval(0, -0.16, 0.07, 0.07, s.accent, "ball")


def earbuds(c: Canvas, s: Style) -> None:
    r = s.vary(0.3, 0.44)
    c.box(-0.8, -0.55, 0.8, 0.1, lighter(s.main, 0.1), "soft", r=r)
    c.box(-0.68, -0.44, 0.68, 0.2, darker(s.main, 0.35), "dish", r=r * 0.8)
    for x in (-0.34, 0.34):
        c.oval(x, -0.28, 0.2, 0.2, s.main, "ball")
        c.oval(x * 1.3, -0.28, 0.07, 0.1, INK, "dish", edge=0.008)
        c.box(x - 0.08, -0.16, x + 0.08, 0.3, s.main, "round", r=0.08)
    c.box(-0.8, 0.08, 0.8, 0.7, s.cloth, "soft", r=r)
    c.oval(0, 0.28, 0.035, 0.035, (120, 220, 150), "ball", edge=0)
    c.line([(-0.12, 0.5), (0.12, 0.5)], 0.04, s.accent)


ELECTRO = "Electronics"
TECH = GADGET + BRIGHT
KINDS = (
    Kind(ELECTRO, ("Headphones", "Over-Ear Headphones"), headphones, (29, 240), TECH, (),
         ("Wireless", "Studio", "Foldable"), True),
    Kind(ELECTRO, ("Television", "Smart TV"), television, (240, 980),
         DEEP[4:6] + GADGET[:3] + METAL[:2], (), ("43-Inch", "55-Inch", "4K")),
    Kind(ELECTRO, ("Bookshelf Speaker", "Loudspeaker"), speaker, (49, 320),
         GADGET + DEEP + METAL[:1] + BRIGHT[:4], (), ("Two-Way", "Active", "Compact")),
    Kind(ELECTRO, ("Radio", "Portable Radio"), radio, (29, 140), EVERYDAY, (),
         ("Retro", "DAB+", "FM")),
    Kind(ELECTRO, ("Game Controller", "Gamepad"), gamepad, (24, 72), TECH, (),
         ("Wireless", "Wired"), True),
    Kind(ELECTRO, ("Earbuds", "In-Ear Headphones"), earbuds, (29, 160), TECH + SOFT, ("dots",),
         ("True Wireless", "Sport"), True),
)
