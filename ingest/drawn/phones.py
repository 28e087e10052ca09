"""Cell Phones & Accessories."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    GADGET,
    INK,
    METAL,
    PAPER,
    RGB,
    SOFT,
    STEEL,
    darker,
    lighter,
    mix,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def lens_glass(c: Canvas, x: float, y: float, r: float, tint: RGB = (70, 90, 150)) -> None:
    """Coated front glass, seen straight on."""
    c.oval(x, y, r, r, INK, "ball")
    c.oval(x, y, r * 0.78, r * 0.78, darker(tint, 0.45), "dish", edge=0.01)
    c.oval(x, y, r * 0.46, r * 0.46, darker(tint, 0.75), "none", edge=0)
    c.oval(x - r * 0.26, y - r * 0.3, r * 0.2, r * 0.16, (220, 230, 250), "none", edge=0,
           opacity=0.75)
    c.oval(x + r * 0.26, y + r * 0.3, r * 0.12, r * 0.1, mix(tint, (220, 120, 200), 0.5), "none",
           edge=0, opacity=0.6)


def wallpaper(c: Canvas, s: Style, x0: float, y0: float, x1: float, y1: float) -> None:
    """A switched-on screen: hills under a low sun."""
    sky = c.box(x0, y0, x1, y1, mix(s.accent, PAPER, 0.3), "none", r=0.05, edge=0)
    wide, tall = x1 - x0, y1 - y0
    sun = s.vary(0.3, 0.7)
    c.oval(x0 + wide * sun, y0 + tall * 0.46, wide * 0.16, wide * 0.16, (255, 236, 190), "none",
           edge=0, clip=sky)
    for level, share in ((0.56, 0.25), (0.72, 0.5)):
        top = y0 + tall * level
        hill = ol.smooth([(x0 - 0.1, top), (x0 + wide * 0.3, top - tall * 0.1),
                         (x0 + wide * 0.7, top + tall * 0.06), (x1 + 0.1, top - tall * 0.08)])
        c.area([*map(tuple, hill), (x1 + 0.1, y1), (x0 - 0.1, y1)], darker(s.accent, share), "none",
               edge=0, clip=sky)


def smartphone(c: Canvas, s: Style) -> None:
    wide, r = s.vary(0.44, 0.52), s.vary(0.08, 0.16)
    c.box(wide - 0.02, -0.4, wide + 0.03, -0.1, darker(s.main, 0.2), "soft", r=0.01)
    c.box(-wide, -1.0, wide, 1.0, s.main, "plate", r=r)
    c.box(-wide + 0.05, -0.95, wide - 0.05, 0.95, INK, "none", r=r * 0.8, edge=0.008)
    wallpaper(c, s, -wide + 0.07, -0.93, wide - 0.07, 0.93)
    c.box(-0.12, -0.9, 0.12, -0.84, INK, "none", r=0.03, edge=0)
    for row in range(2):
        for column in range(4):
            x, y = (column - 1.5) * wide * 0.42, 0.5 + row * 0.2
            tone = BRIGHT[(row * 4 + column * 3 + s.roll(4)) % len(BRIGHT)].rgb
            c.box(x - 0.07, y - 0.07, x + 0.07, y + 0.07, tone, "soft", r=0.03, edge=0)
    c.area([(-wide + 0.1, -0.9), (0.0, -0.9), (-wide + 0.1, 0.3)], (255, 255, 255), "none", edge=0,
           opacity=0.16)


def phone_case(c: Canvas, s: Style) -> None:
    wide = s.vary(0.46, 0.53)
    c.box(-wide, -1.0, wide, 1.0, s.cloth, "soft", r=0.16)
    c.line(ol.box(-wide + 0.03, -0.97, wide - 0.03, 0.97, 0.14), 0.03, darker(s.main, 0.2))
    c.box(-wide + 0.1, -0.9, -wide + s.vary(0.42, 0.52), -0.36, INK, "soft", r=0.1)
    for y in (-0.76, -0.52):
        lens_glass(c, -wide + 0.26, y, 0.11)
    c.oval(-wide + 0.42, -0.64, 0.03, 0.03, (250, 240, 210), "ball", edge=0)
    if not s.pattern:
        motif = s.pick("moon", "star", "wave")
        if motif == "moon":
            c.oval(0.02, 0.3, 0.26, 0.26, s.accent)
            c.oval(0.12, 0.24, 0.22, 0.22, s.main, "none", edge=0)
        elif motif == "star":
            c.area(ol.star(0, 0.3, 0.28, 0.14, 5), s.accent)
        else:
            for step in range(3):
                y = 0.2 + step * 0.18
                c.line([(-wide + 0.08, y), (-0.16, y - 0.12), (0.16, y + 0.1), (wide - 0.08, y)],
                       0.06, s.accent, curved=True)


def cable(c: Canvas, s: Style) -> None:
    loops = 2 + s.roll(2)
    for step in range(loops + 1):
        c.tube(ol.oval(0.03 * step, 0.02 * step, 0.7 - 0.1 * step, 0.62 - 0.1 * step), 0.09, s.main,
               curved=False)
    c.tube([(-0.7, 0.0), (-0.85, 0.5), (-0.7, 0.8)], 0.09, s.main)
    c.tube([(0.7, 0.0), (0.9, 0.4), (0.85, 0.7)], 0.09, s.main)
    for x, y, angle in ((-0.68, 0.86, 20), (0.84, 0.8, -5)):
        plug = ol.moved(ol.turned(ol.box(-0.12, -0.1, 0.12, 0.2, 0.04), -angle), x, y)
        tip = ol.moved(ol.turned(ol.box(-0.08, 0.2, 0.08, 0.38, 0.02), -angle), x, y)
        c.area(tip, STEEL, "metal")
        c.area(plug, s.paint(PAPER, INK, s.accent), "round")
    c.box(-0.08, -0.64, 0.12, -0.32, s.accent, "soft", r=0.04)


def power_bank(c: Canvas, s: Style) -> None:
    wide, r = s.vary(0.5, 0.64), s.vary(0.08, 0.22)
    c.box(-wide + 0.06, -0.92, wide + 0.08, 1.02, darker(s.main, 0.35), "soft", r=r)
    c.box(-wide, -0.98, wide, 0.96, s.cloth, "plate", r=r)
    for step in range(4):
        tone = (120, 220, 150) if step <= s.roll(4) else lighter(s.main, 0.25)
        c.oval(-0.15 + step * 0.1, -0.8, 0.03, 0.03, tone, "ball", edge=0.006)
    c.box(-0.2, 0.82, 0.2, 0.92, INK, "none", r=0.03, edge=0)
    bolt = [(0.08, -0.34), (-0.2, 0.1), (-0.02, 0.1), (-0.08, 0.44), (0.2, -0.02), (0.02, -0.02)]
    c.area(bolt, s.accent, "soft")


def wall_charger(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.66), s.vary(0.5, 0.75)
    for x in (-0.2, 0.2):
        c.box(x - 0.05, -tall - 0.4, x + 0.05, -tall + 0.1, s.metal, "metal", r=0.04)
    c.box(-wide, -tall, wide, tall, s.main, "soft", r=0.18)
    c.box(-wide * 0.76, -tall * 0.74, wide * 0.76, tall * 0.8, lighter(s.main, 0.12), "plate",
          r=0.12, edge=0.01)
    ports = 1 + s.roll(3)
    for step in range(ports):
        y = (step - (ports - 1) / 2) * 0.3 + 0.1
        c.box(-0.22, y - 0.07, 0.22, y + 0.07, INK, "dish", r=0.05)
        c.box(-0.14, y - 0.02, 0.14, y + 0.02, s.accent, "none", edge=0)
    c.oval(0, -tall * 0.55, 0.04, 0.04, (120, 220, 150), "ball", edge=0)


PHONE = "Cell Phones & Accessories"
CASES = EVERYDAY
KINDS = (
    Kind(PHONE, ("Smartphone", "Mobile Phone"), smartphone, (199, 890), GADGET + METAL[:3], (),
         ("5G", "Dual-SIM", "128 GB"), True, 8),
    Kind(PHONE, ("Phone Case", "Protective Case"), phone_case, (9, 32), CASES,
         ("stripes", "dots", "checks", "zigzag", "flowers", "diagonal"),
         ("Silicone", "Slim", "Leather"), True, -8),
    Kind(PHONE, ("Charging Cable", "USB-C Cable"), cable, (6, 22), BRIGHT + GADGET[:2], (),
         ("Braided", "2 m", "Fast"), True),
    Kind(PHONE, ("Power Bank", "Portable Charger"), power_bank, (18, 58), GADGET + BRIGHT,
         ("diagonal", "dots"), ("10,000 mAh", "Slim", "20,000 mAh"), True, 10),
    Kind(PHONE, ("Wall Charger", "USB Charger"), wall_charger, (9, 36), GADGET + SOFT, (),
         ("20 W", "Dual", "65 W"), True),
)
