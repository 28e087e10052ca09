"""Grocery & Gourmet Food."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    EVERYDAY,
    GLASS,
    LEAF,
    PAPER,
    RGB,
    SOFT,
    STEEL,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "zigzag", "checks", "diagonal")
FRUITS: dict[str, RGB] = {"Strawberry": (190, 36, 52), "Apricot": (230, 146, 50), "Plum": (96, 42,
                          92), "Orange": (236, 128, 36), "Gooseberry": (140, 164, 66)}
FOODS: tuple[RGB, ...] = ((176, 36, 52), (226, 130, 40), (92, 44, 96), (236, 190, 70), (120, 150,
                          60))


def label(c: Canvas, s: Style, x: float, y: float, rx: float, ry: float, tone: RGB) -> None:
    """A paper label with a fruit and two lines that stand for words."""
    c.box(x - rx, y - ry, x + rx, y + ry, PAPER, "soft", r=0.06, edge=0.01)
    size = min(rx, ry) * 0.42
    c.oval(x, y - ry * 0.28, size, size, tone, "ball", edge=0.008)
    c.area(ol.smooth([(x, y - ry * 0.28 - size), (x + size, y - ry * 0.4 - size * 1.3),
           (x + size * 0.5, y - ry * 0.3 - size * 0.8)], closed=True), LEAF, edge=0.008)
    for step, share in ((0.42, 0.62), (0.66, 0.4)):
        c.line([(x - rx * share, y + ry * step), (x + rx * share, y + ry * step)], 0.035,
               darker(tone, 0.3))


def jam_jar(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.68), s.vary(0.55, 0.8)
    food = FRUITS[s.material]
    jar = ol.lathe([(-tall, wide * 0.86), (-tall + 0.14, wide), (0.72, wide), (0.8, wide * 0.88)])
    c.area(jar, GLASS, "round")
    c.box(-1, -tall + s.vary(0.1, 0.25), 1, 0.76, food, "round", edge=0, clip=jar)
    c.box(-wide * 0.92, -tall - 0.26, wide * 0.92, -tall + 0.04, s.cloth, "round", r=0.06)
    label(c, s, 0.0, 0.14, wide * 0.78, 0.3, food)
    c.shine(-wide * 0.84, -tall + 0.2, -wide * 0.74, 0.6)


def oil_bottle(c: Canvas, s: Style) -> None:
    wide, neck = s.vary(0.26, 0.38), s.vary(-0.5, -0.2)
    glass = s.paint((92, 112, 52), (70, 92, 60), (196, 160, 60), (122, 60, 40))
    c.lathe([(-0.98, 0.1), (neck - 0.2, 0.1), (neck + 0.14, wide), (0.88, wide),
            (0.95, wide * 0.9)], glass)
    c.box(-0.12, -1.2, 0.12, -0.92, s.main, "round", r=0.03)
    label(c, s, 0.0, 0.36, wide * 0.86, 0.32, s.main)
    c.shine(-wide * 0.78, neck + 0.3, -wide * 0.62, 0.75)


def tin(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.62), s.vary(0.35, 0.8)
    c.lathe([(-tall, wide), (tall, wide), (tall + 0.08, wide * 0.9)], STEEL, "metal", curved=False)
    c.box(-wide, -tall + 0.09, wide, tall - 0.04, s.cloth, "round", edge=0.01)
    c.oval(0, -tall, wide, 0.13, lighter(STEEL, 0.4), "plate")
    c.oval(0, -tall + 0.01, wide * 0.86, 0.1, STEEL, "plate", edge=0.01)
    c.tube(ol.arc(0.1, -tall, 0.14, 0.05, 0, 350), 0.035, STEEL, curved=False)
    label(c, s, 0.0, 0.06, wide * 0.62, tall * 0.55, s.paint(*FOODS))


def snack_bag(c: Canvas, s: Style) -> None:
    wide = s.vary(0.56, 0.72)
    bag = ol.smooth([(-wide, -0.86), (-wide * 0.93, 0), (-wide, 0.86), (0, 0.92), (wide, 0.86),
                    (wide * 0.93, 0), (wide, -0.86), (0, -0.9)], closed=True)
    shape = c.area(bag, s.cloth, "pillow")
    for y in (-0.82, 0.82):
        c.box(-wide, y - 0.06, wide, y + 0.06, lighter(s.main, 0.2), "log", edge=0.01, clip=shape)
    c.oval(0, -0.2, wide * 0.66, 0.32, s.accent, "soft")
    chip = s.paint((236, 184, 84), (214, 140, 70), (170, 104, 60))
    for x, y in ((-0.2, 0.44), (0.14, 0.34), (0.22, 0.58), (-0.06, 0.62)):
        c.oval(x, y, 0.17, 0.13, chip, "dish")
    for y, half in ((-0.26, 0.4), (-0.13, 0.28)):
        c.line([(-wide * half, y), (wide * half, y)], 0.05, PAPER)
    c.shine(-wide * 0.8, -0.66, -wide * 0.7, 0.5, 0.3)


def carton(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.4, 0.5), s.vary(0.6, 0.78)
    c.area([(wide, -tall), (wide + 0.3, -tall - 0.08), (wide + 0.3, 0.86), (wide, 0.95)],
           darker(s.main, 0.25))
    c.box(-wide, -tall, wide, 0.95, s.cloth, "soft")
    c.area([(-wide, -tall), (-wide + 0.15, -tall - 0.3), (wide + 0.1, -tall - 0.3), (wide, -tall)],
           PAPER)
    side = [(wide, -tall), (wide + 0.1, -tall - 0.3), (wide + 0.3, -tall - 0.08)]
    c.area(side, darker(PAPER, 0.18))
    c.box(-wide + 0.15, -tall - 0.44, wide + 0.1, -tall - 0.28, PAPER, "log")
    c.oval(0.0, 0.5, wide * 0.8, 0.26, PAPER, "soft", edge=0)
    label(c, s, 0.0, 0.0, wide * 0.74, 0.34, s.paint(*FOODS))
    c.oval(0.05, -tall - 0.14, 0.1, 0.08, s.accent, "ball")


def chocolate(c: Canvas, s: Style) -> None:
    brown = s.paint((92, 56, 40), (126, 78, 50), (238, 222, 190))
    edge = s.vary(-0.35, 0.05)
    c.box(-0.55, -1.0, 0.55, 0.3, brown, "soft", r=0.04)
    for row in range(5):
        for x in (-0.52, -0.17, 0.18):
            y = -0.96 + row * 0.3
            c.box(x, y, x + 0.33, y + 0.27, lighter(brown, 0.08), "pillow", r=0.03)
    foil = [(-0.6 + i * 0.15, edge + 0.07 * (i % 2) - 0.08) for i in range(9)]
    c.area([*foil, (0.6, 0.3), (-0.6, 0.3)], BRASS if s.chance(0.5) else STEEL, "plate")
    c.box(-0.6, edge + 0.12, 0.6, 1.0, s.cloth, "soft", r=0.02)
    label(c, s, 0.0, 0.6, 0.42, 0.26, s.main)


KINDS = (
    Kind("Grocery & Gourmet Food", ("Jam", "Fruit Preserve"), jam_jar, (4, 12), EVERYDAY, PRINTS,
         tuple(FRUITS), packs=("250 g", "340 g", "450 g")),
    Kind("Grocery & Gourmet Food", ("Olive Oil", "Salad Dressing"), oil_bottle, (7, 26), BRIGHT,
         (), ("Extra Virgin", "Herb", "Lemon"), packs=("500 ml", "750 ml")),
    Kind("Grocery & Gourmet Food", ("Canned Tomatoes", "Canned Peaches", "Canned Soup"), tin,
         (2, 7), EVERYDAY, ("stripes", "pinstripes", "diagonal"),
         ("Organic", "Garden", "Sun-Ripe"), packs=("400 g", "800 g")),
    Kind("Grocery & Gourmet Food", ("Crisps", "Tortilla Chips", "Granola"), snack_bag, (2, 8),
         EVERYDAY, ("stripes", "diagonal", "dots"), ("Sea Salt", "Smoked", "Honey"),
         packs=("150 g", "250 g")),
    Kind("Grocery & Gourmet Food", ("Oat Drink", "Fruit Juice", "Milk"), carton, (2, 6),
         BRIGHT + SOFT, ("pinstripes", "dots", "checks"), ("Fresh", "Organic", "Barista"),
         packs=("1 l", "500 ml")),
    Kind("Grocery & Gourmet Food", ("Chocolate Bar", "Nougat Bar"), chocolate, (3, 9), EVERYDAY,
         PRINTS, ("Dark", "Hazelnut", "Sea Salt"), True, 12, packs=("100 g", "85 g")),
)
