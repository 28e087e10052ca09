"""Pet Supplies and Grocery & Gourmet Food."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    EVERYDAY,
    GLASS,
    INK,
    LEAF,
    PAPER,
    RGB,
    SOFT,
    STEEL,
    TIMBER,
    darker,
    lighter,
    mix,
)

PRINTS = ("stripes", "dots", "zigzag", "checks", "diagonal")
FOODS: tuple[RGB, ...] = (
    (176, 36, 52),
    (226, 130, 40),
    (92, 44, 96),
    (236, 190, 70),
    (120, 150, 60),
)


def paw(c: Canvas, x: float, y: float, r: float, tone: RGB) -> None:
    """A paw print about `r` wide, flat on what is below."""
    c.oval(x, y + 0.25 * r, 0.5 * r, 0.4 * r, tone, "none", edge=0)
    for dx, dy in ((-0.6, -0.1), (-0.22, -0.45), (0.22, -0.45), (0.6, -0.1)):
        c.oval(x + dx * r, y + dy * r, 0.17 * r, 0.22 * r, tone, "none", edge=0)


def food_bowl(c: Canvas, s: Style) -> None:
    top, deep = s.vary(0.55, 0.75), s.vary(0.5, 0.72)
    c.lathe([(0, top), (deep, 0.95)], s.cloth, "round", curved=False)
    c.oval(0, deep, 0.95, 0.09, darker(s.main, 0.25), "none", edge=0)
    c.oval(0, 0, top + 0.03, 0.2, lighter(s.main, 0.25), "soft")
    inside = c.oval(0, 0.01, top - 0.07, 0.15, darker(s.main, 0.25), "dish")
    kibble = s.paint((150, 92, 52), (186, 128, 74), (122, 70, 44))
    for step in range(16):
        x = -0.45 + 0.9 * ((step * 7) % 16) / 15
        c.oval(x * top / 0.6, 0.02 + 0.05 * (step % 3), 0.09, 0.06, kibble, "ball", clip=inside)
    c.oval(0, deep * 0.58, 0.2, 0.19, PAPER, "soft")
    paw(c, 0, deep * 0.58, 0.16, darker(s.main, 0.2))


def bone(c: Canvas, s: Style) -> None:
    long, fat = s.vary(0.5, 0.75), s.vary(0.13, 0.2)
    knob = s.vary(0.2, 0.27)
    ends = [(-long, -knob * 0.8), (long, -knob * 0.8), (long, knob * 0.8), (-long, knob * 0.8)]
    for x, y in ends:
        c.oval(x, y, knob, knob, s.main, "ball")
    c.box(-long, -fat, long, fat, s.cloth, "log", edge=0)
    c.line([(-long + knob, -fat), (long - knob, -fat)], 0.016, darker(s.main, 0.42))
    c.line([(-long + knob, fat), (long - knob, fat)], 0.016, darker(s.main, 0.42))
    for x, y in ends:
        c.oval(x, y * 0.8, knob * 0.8, knob * 0.75, s.main, "ball", edge=0)
    if s.chance(0.5):
        paw(c, 0, 0, fat * 0.7, s.accent)


def leash(c: Canvas, s: Style) -> None:
    turns = s.vary(1.9, 2.6)
    coil = [
        ol.arc(0, 0, 0.82 - 0.13 * i, 0.82 - 0.13 * i, 0, 360, 40) for i in range(int(turns) + 1)
    ]
    for ring in coil:
        c.tube(ring, 0.105, s.main, curved=False)
        c.line(ring, 0.02, s.accent, opacity=0.9)
    c.tube([(0.0, 0.82), (0.4, 0.98), (0.75, 0.9), (0.95, 0.66)], 0.1, s.main)
    c.tube([(0.95, 0.66), (1.02, 0.56)], 0.12, s.metal)
    c.tube(ol.arc(1.08, 0.42, 0.1, 0.14, 60, 380), 0.05, s.metal, curved=False)
    c.tube(ol.oval(-0.85, -0.65, 0.3, 0.2), 0.09, s.accent, curved=False)


def fish_tank(c: Canvas, s: Style) -> None:
    r = s.vary(0.8, 0.95)
    bowl = ol.lathe(
        [(-0.75, 0.5), (-0.7, 0.46), (-0.4, r), (0.2, r + 0.06), (0.72, 0.6), (0.8, 0.45)]
    )
    c.area(bowl, GLASS, "ball")
    water = ol.box(-1.2, s.vary(-0.45, -0.25), 1.2, 0.9)
    c.area(water, (128, 196, 214), "soft", edge=0, clip=bowl)
    for step in range(14):
        x, tone = -0.8 + step * 0.124, s.paint(s.main, s.accent, PAPER)
        c.oval(x, 0.7 - 0.06 * (step % 3), 0.11, 0.09, tone, "ball", clip=bowl)
    for x in (-0.5, -0.4, 0.45):
        weed = [(x, 0.6), (x + 0.08, 0.3), (x - 0.06, 0.1), (x + 0.05, -0.15)]
        c.tube(weed, 0.06, LEAF, clip=bowl)
    for x, y, way in ((-0.05, 0.05, 1), (0.25, 0.36, -1)):
        tail = [(x - 0.16 * way, y), (x - 0.38 * way, y - 0.15), (x - 0.38 * way, y + 0.15)]
        c.area(tail, darker(s.main, 0.15))
        c.oval(x, y, 0.22, 0.13, s.main, "ball")
        c.oval(x + 0.12 * way, y - 0.03, 0.03, 0.03, INK, "none", edge=0)
    c.oval(0, -0.74, 0.5, 0.08, lighter(GLASS), "dish")
    c.shine(-0.66, -0.3, -0.56, 0.3)


def scratching_post(c: Canvas, s: Style) -> None:
    tall = s.vary(0.95, 1.3)
    rope = mix(TIMBER, PAPER, 0.35)
    c.box(-0.75, 0.82, 0.75, 1.0, s.cloth, "log", r=0.06)
    post = c.box(-0.17, 0.82 - tall - 0.3, 0.17, 0.82, rope, "round")
    for step in range(24):
        y = -0.9 + step * 0.075
        c.line([(-0.2, y), (0.2, y + 0.04)], 0.016, darker(rope, 0.4), clip=post)
    c.box(-0.55, 0.5 - tall, 0.55, 0.68 - tall, s.cloth, "log", r=0.08)
    x = 0.42 if s.chance(0.5) else -0.42
    c.line([(x, 0.66 - tall), (x, 1.0 - tall)], 0.02, INK)
    c.oval(x, 1.1 - tall, 0.12, 0.12, s.accent, "ball")


def pet_ball(c: Canvas, s: Style) -> None:
    ball = c.oval(0, 0, 0.9, 0.9, s.cloth, "ball")
    if not s.pattern:
        band = s.vary(0.5, 0.8)
        for x in (-1.0, 1.0):
            c.line(ol.arc(x, 0, band, 0.9, 0, 360, 50), 0.08, s.accent, clip=ball)
    paw(c, 0, 0, 0.3, PAPER)
    c.shine(-0.5, -0.62, -0.2, -0.5, 0.5)


def jam_jar(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.68), s.vary(0.55, 0.8)
    food = s.paint(*FOODS)
    jar = ol.lathe([(-tall, wide * 0.86), (-tall + 0.14, wide), (0.72, wide), (0.8, wide * 0.88)])
    c.area(jar, GLASS, "round")
    c.box(-1, -tall + s.vary(0.1, 0.25), 1, 0.76, food, "round", edge=0, clip=jar)
    c.box(-wide * 0.92, -tall - 0.26, wide * 0.92, -tall + 0.04, s.cloth, "round", r=0.06)
    label(c, s, 0.0, 0.14, wide * 0.78, 0.3, food)
    c.shine(-wide * 0.84, -tall + 0.2, -wide * 0.74, 0.6)


def label(c: Canvas, s: Style, x: float, y: float, rx: float, ry: float, tone: RGB) -> None:
    """A paper label with a fruit and two lines that stand for words."""
    c.box(x - rx, y - ry, x + rx, y + ry, PAPER, "soft", r=0.06, edge=0.01)
    size = min(rx, ry) * 0.42
    c.oval(x, y - ry * 0.28, size, size, tone, "ball", edge=0.008)
    c.area(ol.smooth([(x, y - ry * 0.28 - size), (x + size, y - ry * 0.4 - size * 1.3),
                      (x + size * 0.5, y - ry * 0.3 - size * 0.8)], closed=True), LEAF, edge=0.008)  # fmt: skip
    for step, share in ((0.42, 0.62), (0.66, 0.4)):
        c.line(
            [(x - rx * share, y + ry * step), (x + rx * share, y + ry * step)],
            0.035,
            darker(tone, 0.3),
        )


def oil_bottle(c: Canvas, s: Style) -> None:
    wide, neck = s.vary(0.26, 0.38), s.vary(-0.5, -0.2)
    glass = s.paint((92, 112, 52), (70, 92, 60), (196, 160, 60), (122, 60, 40))
    c.lathe(
        [(-0.98, 0.1), (neck - 0.2, 0.1), (neck + 0.14, wide), (0.88, wide), (0.95, wide * 0.9)],
        glass,
    )
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
                     (wide * 0.93, 0), (wide, -0.86), (0, -0.9)], closed=True)  # fmt: skip
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
    c.area(
        [(wide, -tall), (wide + 0.3, -tall - 0.08), (wide + 0.3, 0.86), (wide, 0.95)],
        darker(s.main, 0.25),
    )
    c.box(-wide, -tall, wide, 0.95, s.cloth, "soft")
    c.area(
        [(-wide, -tall), (-wide + 0.15, -tall - 0.3), (wide + 0.1, -tall - 0.3), (wide, -tall)],
        PAPER,
    )
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


PET = tuple(c for c in EVERYDAY if c.name not in {"Black", "Burgundy"})
KINDS = (
    Kind("Pet Supplies", ("Dog Bowl", "Cat Bowl"), food_bowl, (8, 32), PET, PRINTS,
         ("Ceramic", "Stoneware", "Enamel")),
    Kind("Pet Supplies", ("Bone Chew Toy", "Squeaky Bone"), bone, (5, 18), PET, PRINTS,
         ("Rubber", "Natural Rubber"), True, 25),
    Kind("Pet Supplies", ("Dog Leash", "Walking Lead"), leash, (12, 36), EVERYDAY, (), ("Nylon", "Rope"), True),
    Kind("Pet Supplies", ("Fish Bowl", "Aquarium Bowl"), fish_tank, (22, 75), BRIGHT, (), ("Glass",)),
    Kind("Pet Supplies", ("Scratching Post", "Cat Scratcher"), scratching_post, (28, 80), EVERYDAY, PRINTS,
         ("Sisal", "Plush")),
    Kind("Pet Supplies", ("Fetch Ball", "Bouncy Dog Ball"), pet_ball, (4, 14), BRIGHT, PRINTS, ("Rubber",), True),
    Kind("Grocery & Gourmet Food", ("Jam", "Fruit Preserve"), jam_jar, (4, 12), EVERYDAY, PRINTS,
         ("Strawberry", "Apricot", "Plum", "Orange")),
    Kind("Grocery & Gourmet Food", ("Olive Oil", "Salad Dressing"), oil_bottle, (7, 26), BRIGHT, (),
         ("Extra Virgin", "Herb", "Lemon")),
    Kind("Grocery & Gourmet Food", ("Canned Tomatoes", "Canned Peaches", "Canned Soup"), tin, (2, 7), EVERYDAY,
         ("stripes", "pinstripes", "diagonal"), ("Organic", "Garden", "Sun-Ripe")),
    Kind("Grocery & Gourmet Food", ("Crisps", "Tortilla Chips", "Granola"), snack_bag, (2, 8), EVERYDAY,
         ("stripes", "diagonal", "dots"), ("Sea Salt", "Smoked", "Honey")),
    Kind("Grocery & Gourmet Food", ("Oat Drink", "Fruit Juice", "Milk"), carton, (2, 6), BRIGHT + SOFT,
         ("pinstripes", "dots", "checks"), ("Fresh", "Organic", "Barista")),
    Kind("Grocery & Gourmet Food", ("Chocolate Bar", "Nougat Bar"), chocolate, (3, 9), EVERYDAY, PRINTS,
         ("Dark", "Hazelnut", "Sea Salt"), True, 12),
)  # fmt: skip
