"""Musical Instruments."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    DEEP,
    INK,
    PAPER,
    SOFT,
    STEEL,
    TIMBER,
    WOOD,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def guitar(c: Canvas, s: Style) -> None:
    waist, low = s.vary(0.3, 0.4), s.vary(0.56, 0.68)
    body = ol.lathe([(-0.1, 0.14), (0.0, 0.42), (0.2, 0.46), (0.42, waist), (0.72, low),
                    (1.0, low * 0.84), (1.14, 0.2)])
    c.area(body, s.main, "ball")
    c.line([*map(tuple, body), tuple(body[0])], 0.03, s.paint(PAPER, INK, BRASS))
    c.oval(0, 0.42, 0.18, 0.18, (40, 28, 26), "dish", edge=0.04)
    c.area([(-0.06, -1.15), (0.06, -1.15), (0.085, 0.3), (-0.085, 0.3)], darker(WOOD[1].rgb, 0.3),
           "round")
    for step in range(9):
        y = -1.05 + step * 0.15
        c.line([(-0.08, y), (0.08, y)], 0.014, STEEL)
    head = ol.rounded([(-0.13, -1.5), (0.13, -1.5), (0.09, -1.13), (-0.09, -1.13)], 0.04)
    c.area(head, s.main, "soft")
    for y in (-1.42, -1.32, -1.22):
        for x in (-0.16, 0.16):
            c.oval(x, y, 0.04, 0.03, s.metal, "ball", edge=0.008)
    c.box(-0.2, 0.78, 0.2, 0.86, darker(WOOD[1].rgb, 0.3), "log", r=0.02)
    for x in (-0.04, 0.0, 0.04):
        c.line([(x, -1.2), (x, 0.82)], 0.008, lighter(STEEL, 0.5))


def electric_guitar(c: Canvas, s: Style) -> None:
    horn = s.vary(0.4, 0.52)
    body = ol.smooth([(-0.12, 0.2), (-horn, -0.12), (-0.5, 0.2), (-0.42, 0.48), (-0.58, 0.85),
                     (-0.3, 1.12), (0.2, 1.14), (0.54, 0.9), (0.42, 0.5), (0.52, 0.24),
                     (0.42, 0.02), (0.12, 0.22)], closed=True)
    c.area(body, s.main, "ball")
    guard = ol.smooth([(-0.08, 0.25), (-0.36, 0.12), (-0.32, 0.5), (-0.1, 0.86), (0.28, 0.95),
                      (0.3, 0.6), (0.12, 0.3)], closed=True)
    c.area(guard, s.paint(PAPER, INK, s.accent), "soft", edge=0.01)
    c.area([(-0.055, -1.15), (0.055, -1.15), (0.075, 0.32), (-0.075, 0.32)], s.wood, "round")
    for step in range(10):
        y = -1.06 + step * 0.135
        c.line([(-0.07, y), (0.07, y)], 0.012, STEEL)
    c.area(ol.smooth([(-0.07, -1.12), (-0.12, -1.4), (0.02, -1.56), (0.1, -1.4), (0.07, -1.12)]),
           s.wood, "soft")
    for y in (0.42, 0.6):
        c.box(-0.13, y, 0.13, y + 0.08, INK, "log", r=0.03)
    c.box(-0.14, 0.78, 0.14, 0.85, s.metal, "metal", r=0.02)
    for x, y in ((0.26, 0.76), (0.2, 0.9)):
        c.oval(x, y, 0.05, 0.05, s.metal, "ball", edge=0.01)
    for x in (-0.035, 0.0, 0.035):
        c.line([(x, -1.2), (x, 0.82)], 0.008, lighter(STEEL, 0.6))


def drum(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.72, 0.9), s.vary(0.3, 0.6)
    c.box(-wide, -tall, wide, tall, s.cloth, "round", edge=0.01)
    c.oval(0, tall, wide, 0.18, s.cloth if not s.pattern else s.main, "round", edge=0)
    for step in range(5):
        x = -wide * 0.8 + step * wide * 0.4
        c.tube([(x, -tall + 0.1), (x, tall + 0.1)], 0.035, s.metal, curved=False)
    hoop = s.paint(s.metal, s.wood, s.accent)
    c.line(ol.arc(0, tall, wide, 0.18, 0, 180), 0.1, hoop)
    c.oval(0, -tall, wide + 0.03, 0.23, hoop, "metal")
    c.oval(0, -tall - 0.01, wide - 0.04, 0.18, (246, 240, 226), "soft", edge=0.01)
    for x, angle in ((-0.3, -0.2), (0.3, 0.15)):
        c.tube([(x, -tall), (x * 1.6 + angle * 2, -tall - 0.7)], 0.06, s.wood, curved=False)
        c.oval(x, -tall, 0.07, 0.05, lighter(s.wood), "ball")


def piano_keys(c: Canvas, s: Style) -> None:
    count = 12 + s.roll(4)
    tall = s.vary(0.42, 0.52)
    c.box(-1.15, -tall, 1.15, tall, s.main, "soft", r=0.06)
    c.box(-1.08, -tall + 0.06, 1.08, -0.05, darker(s.main, 0.35), "soft", r=0.03)
    for x in (-0.85, -0.7, 0.7, 0.85):
        c.oval(x, -tall / 2, 0.055, 0.055, s.accent, "ball")
    c.box(-0.3, -tall + 0.12, 0.3, -0.12, (120, 200, 210), "plate", r=0.02)
    step = 2.16 / count
    for key in range(count):
        x = -1.08 + key * step
        c.box(x, -0.02, x + step, tall - 0.06, PAPER, "soft", edge=0.008)
    for key in range(count - 1):
        if key % 7 not in (2, 6):
            x = -1.08 + (key + 1) * step
            c.box(x - step * 0.3, -0.02, x + step * 0.3, tall * 0.5, INK, "round", edge=0.006)


def xylophone(c: Canvas, s: Style) -> None:
    count = 6 + s.roll(3)
    for way in (-1, 1):
        c.area([(-1.05, way * 0.5 - 0.06), (1.05, way * 0.26 - 0.06), (1.05, way * 0.26 + 0.06),
               (-1.05, way * 0.5 + 0.06)], s.main, "log")
    tones = [color.rgb for color in BRIGHT]
    shift = s.roll(10)
    for step in range(count):
        x, half = -0.9 + step * 1.8 / (count - 1), 0.82 - step * 0.36 / (count - 1)
        wide = 0.72 / count
        c.box(x - wide, -half, x + wide, half, tones[(shift + step * 3) % 10], "round", r=0.05)
        for y in (-0.62, 0.62):
            c.oval(x, y * half, 0.03, 0.03, s.metal, "ball", edge=0.006)
    for lift in (0.0, 0.22):
        c.tube([(-0.6, 0.72 + lift), (0.6, 0.3 + lift)], 0.05, TIMBER, curved=False)
        c.oval(0.62, 0.29 + lift, 0.11, 0.11, s.accent, "ball")


def maracas(c: Canvas, s: Style) -> None:
    lean, wide = s.vary(20, 32), s.vary(0.36, 0.44)
    for way in (-1, 1):
        parts = ((ol.lathe([(-0.1, 0.07), (0.5, 0.07), (0.95, 0.1), (1.0, 0.05)]), s.wood, "round"),
                 (ol.oval(0, -0.45, wide, 0.5), s.cloth, "ball"))
        placed = [ol.moved(ol.turned(part, way * lean, 0, 1.0), way * 0.16, 0) for part,
                  *_ in parts]
        for outline, (_, paint, shade) in zip(placed, parts, strict=True):
            c.area(outline, paint, shade)
        band = ol.turned(ol.box(-0.6, -0.55, 0.6, -0.36), way * lean, 0, 1.0)
        c.area(ol.moved(band, way * 0.16, 0), s.accent, "soft", edge=0.01, clip=placed[1])


MUSIC = "Musical Instruments"
KINDS = (
    Kind(MUSIC, ("Acoustic Guitar", "Concert Guitar"), guitar, (99, 580),
         WOOD + BRIGHT[:6] + DEEP[:2], (), ("Spruce", "Cedar"), True, 28),
    Kind(MUSIC, ("Electric Guitar", "Solid-Body Guitar"), electric_guitar, (159, 790),
         BRIGHT + SOFT + DEEP, (), ("Alder", "Ash"), True, -28),
    Kind(MUSIC, ("Snare Drum", "Hand Drum"), drum, (49, 290), BRIGHT + DEEP,
         ("diagonal", "zigzag", "dots"), ("Birch", "Maple")),
    Kind(MUSIC, ("Synthesizer", "Keyboard Piano"), piano_keys, (89, 480), DEEP + SOFT + BRIGHT, (),
         ("49-Key", "61-Key"), True),
    Kind(MUSIC, ("Xylophone", "Glockenspiel"), xylophone, (22, 120), WOOD + SOFT, (),
         ("Maple", "Beech"), True),
    Kind(MUSIC, ("Maracas", "Shakers"), maracas, (9, 34), BRIGHT, ("stripes", "zigzag", "dots"),
         ("Wooden", "Gourd"), True),
)
