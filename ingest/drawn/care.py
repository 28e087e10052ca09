"""Beauty and Health & Personal Care."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    GLASS,
    INK,
    METAL,
    PAPER,
    SOFT,
    STEEL,
    darker,
    lighter,
    mix,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

AMBER = (176, 98, 44)


def lipstick(c: Canvas, s: Style) -> None:
    case = s.paint(INK, s.metal, PAPER, darker(s.main, 0.4))
    slant = s.vary(0.1, 0.34)
    c.area([(-0.17, -0.3), (-0.17, -0.86 + slant), (-0.05, -1.0 + slant * 0.4), (0.14, -1.02),
           (0.17, -0.9), (0.17, -0.3)], s.main, "round")
    c.area(ol.smooth([(-0.17, -0.84 + slant), (-0.02, -1.02 + slant * 0.2), (0.14, -1.03),
           (0.1, -0.86)], closed=True), lighter(s.main, 0.3), edge=0.008)
    c.box(-0.22, -0.4, 0.22, 0.02, s.metal, "metal", r=0.02)
    c.box(-0.3, 0.0, 0.3, 0.95, case, "metal" if case == s.metal else "round", r=0.04)
    c.box(-0.3, 0.1, 0.3, 0.16, s.metal, "metal", edge=0)
    if s.chance(0.7):
        c.box(0.46, -0.05, 1.02, 0.95, case, "round", r=0.05)
        c.box(0.46, 0.78, 1.02, 0.84, s.metal, "metal", edge=0)


def nail_polish(c: Canvas, s: Style) -> None:
    wide = s.vary(0.4, 0.56)
    cap = s.paint(INK, PAPER, s.metal)
    if s.chance(0.5):
        body = ol.lathe([(-0.1, 0.2), (0.05, wide), (0.6, wide * 1.1), (0.9, wide * 0.8)])
    else:
        body = ol.box(-wide, -0.02, wide, 0.9, s.vary(0.08, 0.3))
    c.box(-0.2, -0.16, 0.2, 0.06, s.metal, "metal")
    c.area(body, s.cloth, "round")
    c.lathe([(-1.05, 0.15), (-1.0, 0.17), (-0.12, 0.24)], cap, "round", curved=False)
    c.shine(-wide * 0.76, 0.16, -wide * 0.6, 0.74, 0.5)
    c.line([(-0.14, 0.46), (0.2, 0.46)], 0.035, lighter(s.main, 0.6))


def perfume(c: Canvas, s: Style) -> None:
    wide, top = s.vary(0.45, 0.7), s.vary(-0.3, -0.1)
    form = s.pick("block", "drop", "facet")
    outer = {"block": ol.box(-wide, top, wide, 0.9, 0.1), "drop": ol.lathe([(top, 0.16),
             (0.1, wide * 0.8), (0.55, wide), (0.9, wide * 0.55)]),
             "facet": ol.points([(-0.25, top), (0.25, top), (wide, 0.2), (wide * 0.8, 0.9),
             (-wide * 0.8, 0.9), (-wide, 0.2)])}[form]
    c.area(outer, lighter(s.main, 0.72), "ball")
    inner = ol.moved(outer * 0.84, 0, 0.065)
    shape = c.area(inner, lighter(s.main, 0.4), "soft", edge=0)
    c.box(-1, s.vary(0.0, 0.3), 1, 1, s.main, "round", edge=0, clip=shape, opacity=0.85)
    c.box(-0.13, top - 0.14, 0.13, top + 0.03, s.metal, "metal")
    if s.chance(0.5):
        c.oval(0, top - 0.34, 0.26, 0.25, s.paint(s.metal, INK, s.main), "ball")
    else:
        c.box(-0.22, top - 0.52, 0.22, top - 0.12, s.paint(s.metal, INK, s.wood), "round", r=0.04)
    c.box(-0.2, 0.42, 0.2, 0.66, PAPER, "soft", edge=0.01)
    c.shine(-wide * 0.68, 0.16, -wide * 0.58, 0.7, 0.5)


def eyeshadow(c: Canvas, s: Style) -> None:
    rows, columns = 2, 2 + s.roll(3)
    wide = 0.24 * columns + 0.1
    c.area([(-wide, -1.05), (wide, -1.05), (wide + 0.04, -0.12), (-wide - 0.04, -0.12)], s.cloth,
           "soft")
    c.box(-wide + 0.1, -0.95, wide - 0.1, -0.2, (206, 220, 230), "plate", r=0.03)
    c.box(-wide - 0.06, -0.12, wide + 0.06, 1.0, s.main, "soft", r=0.06)
    for row in range(rows):
        for column in range(columns):
            share = (row * columns + column) / (rows * columns)
            tone = mix(mix(s.main, PAPER, 0.65), mix(s.accent, (110, 60, 60), 0.4), share)
            x, y = (column - (columns - 1) / 2) * 0.46, 0.18 + row * 0.5
            c.oval(x, y, 0.2, 0.2, tone, "dish", edge=0.02)


def makeup_brush(c: Canvas, s: Style) -> None:
    fluff = s.vary(0.22, 0.36)
    hair = s.paint((92, 64, 52), (238, 216, 196), s.accent)
    bristles = ol.smooth([(-0.12, -0.2), (-fluff, -0.66), (-fluff * 0.5, -1.0), (fluff * 0.5, -1.0),
                         (fluff, -0.66), (0.12, -0.2)])
    shape = c.area(bristles, hair, "round")
    tip = ol.smooth([(-fluff, -0.7), (0, -0.84), (fluff, -0.7), (fluff, -1.1), (-fluff, -1.1)],
                    closed=True)
    c.area(tip, lighter(hair, 0.35), "none", edge=0, clip=shape)
    for x in (-0.6, -0.3, 0, 0.3, 0.6):
        c.line([(x * 0.15, -0.2), (x * fluff, -0.95)], 0.01, darker(hair, 0.3), clip=shape)
    c.lathe([(-0.26, 0.14), (0.1, 0.11)], s.metal, "metal", curved=False)
    c.lathe([(0.08, 0.11), (0.4, 0.13), (1.0, 0.06), (1.1, 0.03)], s.cloth)


def cream_jar(c: Canvas, s: Style) -> None:
    wide, lid = s.vary(0.66, 0.82), s.vary(0.22, 0.4)
    c.lathe([(0.0, wide), (0.5, wide), (0.62, wide * 0.88)], s.paint(PAPER, lighter(s.main, 0.7),
            GLASS), "round")
    c.box(-wide * 1.04, -lid, wide * 1.04, 0.06, s.cloth, "round", r=0.05)
    c.oval(0, -lid, wide * 1.03, 0.12, lighter(s.main, 0.25), "soft")
    c.box(-wide * 1.04, -0.04, wide * 1.04, 0.02, s.metal, "metal", edge=0)
    for y, half in ((0.24, 0.4), (0.36, 0.26)):
        c.line([(-wide * half, y), (wide * half, y)], 0.04, darker(s.main, 0.2))


def toothbrush(c: Canvas, s: Style) -> None:
    c.lathe([(-0.95, 0.06), (-0.88, 0.1), (-0.5, 0.09), (-0.3, 0.045), (0.0, 0.09), (0.7, 0.1),
            (1.1, 0.06)], s.main)
    c.lathe([(0.05, 0.05), (0.5, 0.06), (0.85, 0.04)], s.accent, "round")
    other = s.paint(PAPER, s.accent, lighter(s.main))
    for step in range(5):
        y = -0.9 + step * 0.085
        c.box(-0.34, y, -0.07, y + 0.07, PAPER if step % 2 else other, "log", r=0.02)
    if s.chance(0.5):
        c.box(-0.09, 0.5, 0.09, 0.56, PAPER, "round", edge=0)


def vitamins(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.42, 0.54), s.vary(0.4, 0.6)
    body = s.paint(AMBER, PAPER, s.main, (88, 128, 76))
    c.lathe([(-tall, wide * 0.7), (-tall + 0.2, wide), (0.82, wide), (0.9, wide * 0.92)], body)
    c.box(-wide * 0.78, -tall - 0.36, wide * 0.78, -tall + 0.05, PAPER, "round", r=0.04)
    for step in range(9):
        x = -wide * 0.7 + step * wide * 0.175
        c.line([(x, -tall - 0.3), (x, -tall)], 0.014, darker(PAPER, 0.25))
    c.box(-wide, -tall + 0.36, wide, 0.7, s.cloth, "round", edge=0.01)
    c.box(-wide * 0.6, -0.02, wide * 0.6, 0.32, PAPER, "soft", r=0.05, edge=0)
    capsule = ol.moved(ol.turned(ol.box(-0.2, -0.07, 0.2, 0.07, 0.07), -30), 0, 0.15)
    c.area(capsule, s.accent, "log")
    for x in (0.72, 0.95, 0.82):
        c.oval(x * wide / 0.5 + 0.1, 0.86 - 0.1 * (x == 0.82), 0.13, 0.07, s.accent, "ball")


def first_aid(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.78, 0.95), s.vary(0.5, 0.64)
    c.tube([(-0.3, -tall), (-0.26, -tall - 0.24), (0.26, -tall - 0.24), (0.3, -tall)], 0.1,
           darker(s.main, 0.3))
    c.box(-wide, -tall, wide, tall, s.cloth, "pillow", r=0.14)
    c.line([(-wide, -tall * 0.45), (wide, -tall * 0.45)], 0.03, darker(s.main, 0.4))
    c.oval(0, 0.12, 0.36, 0.36, PAPER, "soft")
    cross = s.paint((206, 52, 54), (64, 148, 96))
    c.area([(-0.08, -0.12), (0.08, -0.12), (0.08, 0.04), (0.24, 0.04), (0.24, 0.2), (0.08, 0.2),
           (0.08, 0.36), (-0.08, 0.36), (-0.08, 0.2), (-0.24, 0.2), (-0.24, 0.04), (-0.08, 0.04)],
           cross)
    for x in (-0.62, 0.62):
        c.box(x * wide - 0.08, -tall * 0.62, x * wide + 0.08, -tall * 0.26, s.metal, "metal",
              r=0.02)


def razor(c: Canvas, s: Style) -> None:
    head = s.vary(0.36, 0.46)
    c.lathe([(-0.7, 0.05), (-0.5, 0.08), (-0.1, 0.1), (0.4, 0.13), (0.95, 0.1), (1.0, 0.04)],
            s.main)
    for step in range(5):
        c.box(-0.1, 0.1 + step * 0.12, 0.1, 0.15 + step * 0.12, s.accent, "round", r=0.02,
              edge=0.008)
    c.box(-head, -0.96, head, -0.66, s.metal, "plate", r=0.05)
    for y in (-0.88, -0.8, -0.72):
        c.line([(-head * 0.85, y), (head * 0.85, y)], 0.03, darker(STEEL, 0.5))
    c.box(-head, -1.02, head, -0.92, s.accent, "log", r=0.04)


def soap_pump(c: Canvas, s: Style) -> None:
    wide, top = s.vary(0.36, 0.5), s.vary(-0.35, -0.1)
    pump = s.paint(PAPER, INK, s.metal)
    c.tube([(-0.36, -0.72), (-0.3, -0.8), (0.06, -0.8), (0.06, top)], 0.09, pump)
    c.box(-0.12, -0.9, 0.2, -0.78, pump, "log", r=0.05)
    c.box(-0.16, top - 0.2, 0.16, top + 0.02, pump, "round", r=0.03)
    c.lathe([(top, 0.17), (top + 0.16, wide), (0.86, wide), (0.93, wide * 0.92)], s.cloth)
    c.box(-wide * 0.7, 0.1, wide * 0.7, 0.6, PAPER, "soft", r=0.05, edge=0.01)
    leafy = ol.smooth([(0, 0.16), (0.12, 0.28), (0, 0.42), (-0.12, 0.28)], closed=True)
    c.area(leafy, darker(s.main, 0.1), edge=0.008)
    c.line([(-0.14, 0.5), (0.14, 0.5)], 0.03, darker(s.main))
    c.shine(-wide * 0.82, top + 0.3, -wide * 0.7, 0.7, 0.4)


MILD = SOFT + BRIGHT
HEALTH = "Health & Personal Care"
LIPS = tuple(c for c in EVERYDAY if c.name in {"Coral", "Raspberry", "Cherry Red", "Blush", "Peach",
             "Burgundy", "Plum", "Tangerine", "Lilac", "Violet"})
KINDS = (
    Kind("Beauty", ("Lipstick", "Lip Color"), lipstick, (9, 34), LIPS, (),
         ("Matte", "Satin", "Velvet")),
    Kind("Beauty", ("Nail Polish", "Nail Lacquer"), nail_polish, (5, 16), EVERYDAY, (),
         ("Glossy", "Quick-Dry", "Gel")),
    Kind("Beauty", ("Eau de Parfum", "Perfume"), perfume, (28, 120), EVERYDAY, (),
         ("Neroli", "Cedar", "Fig", "Rose"), packs=("30 ml", "50 ml", "100 ml")),
    Kind("Beauty", ("Eyeshadow Palette", "Powder Palette"), eyeshadow, (14, 48), EVERYDAY,
         ("flowers", "dots"), ("Shimmer", "Matte"), True),
    Kind("Beauty", ("Makeup Brush", "Powder Brush"), makeup_brush, (8, 28), EVERYDAY + METAL,
         ("stripes",), ("Soft", "Vegan"), True, 36),
    Kind("Beauty", ("Face Cream", "Night Cream"), cream_jar, (12, 58), EVERYDAY,
         ("flowers", "pinstripes"), ("Almond", "Shea", "Aloe"), packs=("50 ml", "75 ml")),
    Kind(HEALTH, ("Toothbrush", "Soft Toothbrush"), toothbrush, (3, 9), MILD, (),
         ("Bamboo", "Gentle"), True, 40),
    Kind(HEALTH, ("Daily Vitamins", "Multivitamins"), vitamins, (9, 32), MILD,
         ("stripes", "diagonal"), ("Vegan", "Vitamin C", "Zinc"),
         packs=("60 Capsules", "90 Capsules")),
    Kind(HEALTH, ("First Aid Kit", "Travel First Aid Kit"), first_aid, (16, 52), BRIGHT + DEEP,
         ("diagonal",), ("Compact", "Family")),
    Kind(HEALTH, ("Razor", "Shaver"), razor, (7, 26), MILD + DEEP, (), ("Three-Blade", "Classic"),
         True, 34),
    Kind(HEALTH, ("Hand Soap", "Body Wash"), soap_pump, (5, 19), EVERYDAY,
         ("stripes", "dots", "flowers"), ("Lavender", "Olive", "Mint"),
         packs=("250 ml", "300 ml", "500 ml")),
)
