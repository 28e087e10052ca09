"""Kitchen & Dining."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.garden import leaf
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    GLASS,
    INK,
    PAPER,
    STEEL,
    WOOD,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "checks", "zigzag", "flowers", "pinstripes")


def mug(c: Canvas, s: Style) -> None:
    wide, tall, foot = s.vary(0.48, 0.62), s.vary(0.55, 0.85), s.vary(0.75, 1.0)
    c.tube(ol.arc(wide * 0.9, 0.02, 0.36, tall * 0.5, -95, 95), 0.14, s.main, curved=False)
    c.lathe([(-tall, wide), (tall * 0.6, wide * foot), (tall, wide * foot * 0.86)], s.cloth,
            "round")
    c.oval(0, -tall, wide, 0.13, lighter(s.main, 0.35), "soft")
    inside = c.oval(0, -tall + 0.01, wide * 0.9, 0.1, darker(s.main, 0.3), "dish", edge=0.01)
    c.oval(0, -tall + 0.05, wide * 0.84, 0.08, s.paint((96, 58, 38), (156, 104, 60), (120, 84, 40)),
           edge=0, clip=inside)
    if not s.pattern and s.chance(0.6):
        c.area(ol.star(0, 0.06, 0.2, 0.1, 5 + s.roll(4)), s.accent)


def frying_pan(c: Canvas, s: Style) -> None:
    r = s.vary(0.62, 0.74)
    handle = s.paint(INK, s.wood, s.main)
    c.lathe([(r * 0.9, 0.08), (r + 0.2, 0.09), (r + 0.72, 0.11), (r + 0.8, 0.06)], handle)
    c.oval(0, r + 0.7, 0.04, 0.04, darker(handle, 0.7), "none", edge=0)
    c.oval(0, 0, r + 0.06, r + 0.06, s.main, "ball")
    c.oval(0, 0, r - 0.03, r - 0.03, darker(STEEL, 0.62), "dish")
    c.oval(0, 0, r * 0.78, r * 0.78, darker(STEEL, 0.68), "plate", edge=0.008)
    if s.chance(0.5):
        egg = ol.smooth([(-0.3, 0.0), (-0.16, -0.28), (0.14, -0.3), (0.34, -0.04), (0.2, 0.26),
                        (-0.16, 0.28)], closed=True)
        c.area(egg, PAPER, "soft", edge=0.008)
        c.oval(0.02, 0.0, 0.13, 0.13, (244, 180, 50), "ball", edge=0.008)


def teapot(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.62, 0.74), s.vary(0.46, 0.62)
    c.area(ol.smooth([(0.4, 0.3), (0.8, 0.1), (0.9, -0.3), (1.12, -0.44), (1.2, -0.34),
           (1.08, -0.1), (0.94, 0.36), (0.5, 0.56)]), s.main, "round")
    c.tube(ol.arc(-wide * 0.86, 0.04, 0.36, 0.38, 75, 285), 0.12, s.paint(s.main, s.wood, s.accent),
           curved=False)
    c.lathe([(-tall, 0.3), (-tall + 0.14, wide * 0.7), (0.1, wide), (tall, wide * 0.66),
            (tall + 0.1, wide * 0.56)], s.cloth, "ball")
    c.area(ol.lathe([(-tall - 0.16, 0.08), (-tall - 0.1, 0.26), (-tall + 0.06, 0.36)]),
           lighter(s.main, 0.15), "round")
    c.oval(0, -tall - 0.24, 0.1, 0.1, s.accent, "ball")


def chef_knife(c: Canvas, s: Style) -> None:
    wide, tip = s.vary(0.18, 0.28), s.vary(0.1, 0.35)
    blade = ol.smooth([(-0.1, 0.2), (-0.1, -0.6), (-0.08, -1.25), (0.06, -1.1 + tip * 0.3),
                      (wide, -0.5), (wide + 0.04, 0.2)])
    c.area(blade, STEEL, "metal")
    c.line(ol.smooth([(0.08, -1.0 + tip * 0.3), (wide - 0.05, -0.46), (wide - 0.02, 0.18)]), 0.02,
           lighter(STEEL, 0.7))
    c.box(-0.12, 0.16, 0.14, 0.28, s.metal, "metal", r=0.02)
    grip = ol.smooth([(-0.11, 0.27), (-0.09, 0.7), (-0.13, 1.05), (0.08, 1.12), (0.14, 0.9),
                     (0.09, 0.6), (0.13, 0.27)], closed=True)
    c.area(grip, s.main, "round")
    for y in (0.42, 0.65, 0.9):
        c.oval(0.0, y, 0.035, 0.035, s.metal, "ball", edge=0.008)


def plate(c: Canvas, s: Style) -> None:
    rim = s.vary(0.58, 0.7)
    c.oval(0.02, 0.05, 0.98, 0.98, darker(s.main, 0.3), "none", edge=0)
    c.oval(0, 0, 0.98, 0.98, s.cloth, "ball")
    c.oval(0, 0, rim + 0.03, rim + 0.03, lighter(s.main, 0.72), "dish", edge=0.01)
    c.oval(0, 0, rim, rim, lighter(s.main, 0.88), "soft", edge=0)
    c.line(ol.oval(0, 0, 0.93, 0.93, 60), 0.022, s.accent)
    motif = s.pick("leaf", "ring", "plain", "star")
    if motif == "leaf":
        for angle in range(0, 360, 60):
            leaf(c, 0, 0, angle, rim * 0.6, 0.08, s.accent)
    elif motif == "ring":
        c.line(ol.oval(0, 0, rim * 0.6, rim * 0.6, 60), 0.05, s.accent)
    elif motif == "star":
        c.area(ol.star(0, 0, rim * 0.5, rim * 0.3, 8), s.accent, edge=0.01)


def wine_glass(c: Canvas, s: Style) -> None:
    wide, cup = s.vary(0.4, 0.56), s.vary(0.0, 0.2)
    body = ol.lathe([(-1.0, wide * 0.78), (-0.5, wide), (cup - 0.1, wide * 0.7),
                    (cup + 0.06, 0.06)])
    c.area(ol.lathe([(0.84, 0.05), (0.9, 0.3), (0.96, 0.44)]), GLASS, "metal")
    c.box(-0.045, cup, 0.045, 0.9, GLASS, "metal", edge=0.01)
    c.area(body, lighter(GLASS, 0.4), "ball", opacity=0.85)
    c.box(-1, s.vary(-0.65, -0.4), 1, 1, s.main, "ball", edge=0.01, clip=ol.moved(body * 0.95, 0,
          -0.02))
    c.oval(0, -1.0, wide * 0.78, 0.06, lighter(GLASS, 0.6), "dish", edge=0.01, opacity=0.8)
    c.shine(-wide * 0.7, -0.8, -wide * 0.58, -0.2, 0.6)


def saucepan(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.56, 0.7), s.vary(0.34, 0.55)
    for x in (-1, 1):
        c.tube([(x * wide * 0.9, -tall * 0.4), (x * (wide + 0.26), -tall * 0.45),
               (x * (wide + 0.24), -tall * 0.05), (x * wide * 0.9, 0.0)], 0.1, s.metal)
    c.lathe([(-tall, wide), (tall * 0.8, wide), (tall, wide * 0.85)], s.cloth, "round")
    c.area(ol.lathe([(-tall - 0.3, 0.06), (-tall - 0.22, 0.4), (-tall, wide + 0.04)]),
           lighter(s.main, 0.12), "ball")
    c.box(-wide - 0.05, -tall - 0.05, wide + 0.05, -tall + 0.05, s.metal, "metal", r=0.04)
    c.oval(0, -tall - 0.38, 0.13, 0.1, s.paint(s.metal, s.wood, INK), "ball")


TABLE = "Kitchen & Dining"
KINDS = (
    Kind(TABLE, ("Mug", "Coffee Mug"), mug, (7, 24), EVERYDAY, PRINTS,
         ("Ceramic", "Stoneware", "Porcelain")),
    Kind(TABLE, ("Frying Pan", "Skillet"), frying_pan, (22, 78), EVERYDAY, (),
         ("Nonstick", "Cast Iron", "Enamel"), True, 40),
    Kind(TABLE, ("Teapot", "Tea Pot"), teapot, (18, 62), EVERYDAY, PRINTS,
         ("Ceramic", "Porcelain", "Enamel")),
    Kind(TABLE, ("Chef's Knife", "Santoku Knife"), chef_knife, (24, 110), DEEP + WOOD + BRIGHT[:4],
         (), ("Forged", "Carbon Steel"), True, 40),
    Kind(TABLE, ("Dinner Plate", "Serving Plate"), plate, (9, 30), EVERYDAY, PRINTS,
         ("Stoneware", "Porcelain"), True),
    Kind(TABLE, ("Wine Glass", "Goblet"), wine_glass, (8, 28), BRIGHT + DEEP[:3], (),
         ("Crystal", "Hand-Blown")),
    Kind(TABLE, ("Saucepan", "Casserole Pot"), saucepan, (28, 120), EVERYDAY, ("dots", "flowers"),
         ("Enamel", "Stainless", "Cast Iron")),
)
