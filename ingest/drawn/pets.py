"""Pet Supplies."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    EVERYDAY,
    GLASS,
    INK,
    LEAF,
    PAPER,
    RGB,
    TIMBER,
    darker,
    lighter,
    mix,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "zigzag", "checks", "diagonal")


def paw(c: Canvas, x: float, y: float, r: float, tone: RGB) -> None:
    """A paw print about `r` wide, flat on what is below."""
    c.oval(x, y + 0.25 * r, 0.5 * r, 0.4 * r, tone, "none", edge=0)
    for dx, dy in ((-0.6, -0.1), (-0.22, -0.45), (0.22, -0.45), (0.6, -0.1)):
        c.oval(x + dx * r, y + dy * r, 0.17 * r, 0.22 * r, tone, "none", edge=0)


def food_bowl(c: Canvas, s: Style) -> None:
    top, deep = s.vary(0.55, 0.75), s.vary(0.5, 0.72)
    c.oval(0, deep, 0.95, 0.09, s.main, "round")
    c.lathe([(0, top), (deep, 0.95)], s.cloth, "round", curved=False)
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
    coil = [ol.arc(0, 0, 0.82 - 0.13 * i, 0.82 - 0.13 * i, 0, 360,
            40) for i in range(int(turns) + 1)]
    for ring in coil:
        c.tube(ring, 0.105, s.main, curved=False)
        c.line(ring, 0.02, s.accent, opacity=0.9)
    c.tube([(0.0, 0.82), (0.4, 0.98), (0.75, 0.9), (0.95, 0.66)], 0.1, s.main)
    c.tube([(0.95, 0.66), (1.02, 0.56)], 0.12, s.metal)
    c.tube(ol.arc(1.08, 0.42, 0.1, 0.14, 60, 380), 0.05, s.metal, curved=False)
    c.tube(ol.oval(-0.85, -0.65, 0.3, 0.2), 0.09, s.accent, curved=False)


def fish_tank(c: Canvas, s: Style) -> None:
    r = s.vary(0.8, 0.95)
    bowl = ol.lathe([(-0.75, 0.5), (-0.7, 0.46), (-0.4, r), (0.2, r + 0.06), (0.72, 0.6),
                    (0.8, 0.45)])
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


PET = tuple(c for c in EVERYDAY if c.name not in {"Black", "Burgundy"})
KINDS = (
    Kind("Pet Supplies", ("Dog Bowl", "Cat Bowl"), food_bowl, (8, 32), PET, PRINTS,
         ("Ceramic", "Stoneware", "Enamel")),
    Kind("Pet Supplies", ("Bone Chew Toy", "Squeaky Bone"), bone, (5, 18), PET, PRINTS,
         ("Rubber", "Natural Rubber"), True, 25),
    Kind("Pet Supplies", ("Dog Leash", "Walking Lead"), leash, (12, 36), EVERYDAY, (),
         ("Nylon", "Rope"), True),
    Kind("Pet Supplies", ("Fish Bowl", "Aquarium Bowl"), fish_tank, (22, 75), BRIGHT, (),
         ("Glass",)),
    Kind("Pet Supplies", ("Scratching Post", "Cat Scratcher"), scratching_post, (28, 80), EVERYDAY,
         PRINTS, ("Sisal", "Plush")),
    Kind("Pet Supplies", ("Fetch Ball", "Bouncy Dog Ball"), pet_ball, (4, 14), BRIGHT, PRINTS,
         ("Rubber",), True),
)
