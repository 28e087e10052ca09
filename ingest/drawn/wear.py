"""Clothing."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.outline import Pair
from ingest.drawn.palette import EVERYDAY, darker, lighter

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off

PRINTS = ("stripes", "dots", "checks", "zigzag", "flowers", "plaid")


def _mirrored(right: list[Pair]) -> list[Pair]:
    """A symmetric outline from its right half, top to bottom."""
    return [*right, *[(-x, y) for x, y in reversed(right)]]


def tee(c: Canvas, s: Style) -> None:
    wide, hem = s.vary(0.44, 0.54), s.vary(0.8, 0.98)
    sleeve = s.vary(0.0, 0.16)
    c.area(ol.oval(0, -0.78, 0.2, 0.07), darker(s.main, 0.45), "none", edge=0)
    half = [(0.2, -0.8), (0.46, -0.72), (0.96, -0.3 + sleeve), (0.74, -0.06 + sleeve), (wide, -0.3)]
    body = _mirrored([*half, (wide + 0.02, hem)])
    neck = ol.arc(0, -0.8, 0.2, 0.17, 175, 5, 12)
    shape = c.area([*body, *map(tuple, neck)], s.cloth, "drape")
    c.line(ol.arc(0, -0.8, 0.23, 0.21, 170, 10), 0.05, darker(s.main, 0.22))
    c.line([(-wide, hem - 0.07), (wide, hem - 0.07)], 0.012, darker(s.main, 0.35), clip=shape)
    for side in (-1, 1):
        c.line([(side * wide, -0.3), (side * (wide + 0.02), -0.05)], 0.014, darker(s.main, 0.4))
        cuff = [(side * 0.93, -0.33 + sleeve), (side * 0.71, -0.09 + sleeve)]
        c.line(cuff, 0.012, darker(s.main, 0.35))


def dress(c: Canvas, s: Style) -> None:
    flare, hem, waist = s.vary(0.5, 0.78), s.vary(0.85, 1.05), s.vary(0.24, 0.3)
    half = [(0.24, -1.0), (0.3, -1.0), (0.28, -0.62), (waist, -0.2), (flare * 0.8, 0.55)]
    skirt = ol.smooth([*half[2:], (flare, hem)])
    right = [*half[:2], *[(float(x), float(y)) for x, y in skirt]]
    neck = ol.arc(0, -1.0, 0.24, 0.34, 180, 0, 14)
    shape = c.area([*_mirrored(right), *map(tuple, neck)], s.cloth, "drape")
    c.box(-waist - 0.02, -0.25, waist + 0.02, -0.13, darker(s.main, 0.35), "log", r=0.02)
    for x in (-0.5, -0.15, 0.2, 0.5):
        c.line([(x * 0.4, -0.1), (x, hem)], 0.014, darker(s.main, 0.25), opacity=0.6, clip=shape)
    if s.chance(0.5):
        c.area(ol.star(waist * 0.6, -0.19, 0.12, 0.05, 5), s.accent)


def jeans(c: Canvas, s: Style) -> None:
    leg, hem = s.vary(0.2, 0.34), s.vary(0.75, 1.02)
    right = [(0.36, -0.98), (0.46, -0.5), (0.24 + leg, hem), (0.2, hem), (0.04, -0.3)]
    shape = c.area(_mirrored(right), s.cloth, "drape")
    seam = lighter(s.main, 0.4) if s.main[0] < 150 else darker(s.main, 0.3)
    c.box(-0.37, -1.0, 0.37, -0.86, darker(s.main, 0.14), "log", r=0.02)
    c.line([(0, -0.86), (0.0, -0.34)], 0.014, seam)
    for side in (-1, 1):
        c.line(ol.arc(side * 0.42, -0.86, 0.2, 0.22, 0, 180), 0.014, seam, clip=shape)
        c.line([(side * 0.42, -0.4), (side * (0.2 + leg), hem)], 0.012, seam, clip=shape)
        c.box(side * 0.2, hem - 0.1, side * (0.26 + leg), hem, darker(s.main, 0.12), clip=shape)
        c.box(side * 0.2 - 0.02, -1.02, side * 0.2 + 0.02, -0.84, darker(s.main, 0.2))
    c.oval(0.0, -0.93, 0.03, 0.03, (210, 170, 100), "ball")


def sweater(c: Canvas, s: Style) -> None:
    wide, hem = s.vary(0.46, 0.56), s.vary(0.62, 0.85)
    half = [(0.2, -0.82), (0.48, -0.72), (0.86, 0.42), (0.62, 0.52), (wide, -0.24), (wide, hem)]
    shape = c.area(_mirrored(half), s.cloth, "drape")
    rib = darker(s.main, 0.18)
    c.box(-wide, hem - 0.16, wide, hem, rib, "log", r=0.03)
    for step in range(13):
        x = -wide + (step + 0.5) * wide / 6.5
        c.line([(x, hem - 0.14), (x, hem - 0.02)], 0.012, darker(s.main, 0.4))
    for side in (-1, 1):
        c.area([(side * 0.89, 0.46), (side * 0.6, 0.58), (side * 0.56, 0.42), (side * 0.84, 0.3)],
               rib)
        c.line([(side * wide, -0.24), (side * wide, 0.1)], 0.014, darker(s.main, 0.4), clip=shape)
    c.area(ol.oval(0, -0.81, 0.25, 0.12), rib, "dish")
    c.oval(0, -0.83, 0.17, 0.065, darker(s.main, 0.55), "none", edge=0)


def skirt(c: Canvas, s: Style) -> None:
    flare, hem = s.vary(0.6, 0.95), s.vary(0.45, 0.9)
    wave = [(x, hem + 0.04 * (-1) ** i) for i, x in enumerate([0.6, 0.3, 0.0, -0.3, -0.6])]
    foot = [(x * flare, y) for x, y in wave]
    side = ol.smooth([(0.36, -0.6), (0.52, -0.2), (flare, hem)])
    left = side[::-1] * [-1.0, 1.0]
    rim = ol.smooth([(flare, hem), *foot, (-flare, hem)])
    shape = c.area([*map(tuple, side), *map(tuple, rim), *map(tuple, left)], s.cloth, "drape")
    for x in (-0.7, -0.35, 0.0, 0.35, 0.7):
        tone = darker(s.main, 0.3)
        c.line([(x * 0.45, -0.5), (x * flare, hem)], 0.018, tone, opacity=0.7, clip=shape)
    c.box(-0.38, -0.68, 0.38, -0.52, darker(s.main, 0.2), "log", r=0.03)


def beanie(c: Canvas, s: Style) -> None:
    tall = s.vary(0.75, 1.0)
    dome = ol.smooth([(-0.66, 0.4), (-0.6, -0.2), (-0.3, -tall), (0.3, -tall), (0.6, -0.2),
                     (0.66, 0.4)])
    shape = c.area(dome, s.cloth, "ball")
    for x in (-0.42, -0.2, 0, 0.2, 0.42):
        rib = ol.smooth([(x * 0.3, -tall), (x * 1.2, -0.2), (x * 1.45, 0.4)])
        c.line(rib, 0.016, darker(s.main, 0.3), opacity=0.7, clip=shape)
    c.box(-0.72, 0.2, 0.72, 0.58, darker(s.main, 0.16), "log", r=0.1)
    for step in range(15):
        x = -0.65 + step * 1.3 / 14
        c.line([(x, 0.24), (x, 0.54)], 0.016, darker(s.main, 0.38))
    if s.chance(0.65):
        c.area(ol.star(0, -tall - 0.12, 0.25, 0.2, 18), s.accent, "ball")


FABRICS = ("Cotton", "Linen", "Jersey", "Organic Cotton")
DENIM = tuple(c for c in EVERYDAY if c.name in {"Navy", "Sky Blue", "Cobalt", "Charcoal", "Slate",
              "Black", "Cream", "Sage", "Powder Blue"})
KINDS = (
    Kind("Clothing", ("T-Shirt", "Crew Tee"), tee, (12, 38), EVERYDAY, PRINTS, FABRICS, True),
    Kind("Clothing", ("Summer Dress", "Day Dress"), dress, (32, 120), EVERYDAY, PRINTS, FABRICS,
         True),
    Kind("Clothing", ("Jeans", "Straight Trousers"), jeans, (35, 110), DENIM, (),
         ("Denim", "Twill"), True),
    Kind("Clothing", ("Sweater", "Pullover"), sweater, (38, 130), EVERYDAY, PRINTS,
         ("Wool", "Merino", "Lambswool"), True),
    Kind("Clothing", ("Skirt", "Flared Skirt"), skirt, (24, 80), EVERYDAY, PRINTS, FABRICS, True),
    Kind("Clothing", ("Beanie", "Knit Hat"), beanie, (14, 40), EVERYDAY,
         ("stripes", "zigzag", "dots"), ("Wool", "Merino"), True),
)
