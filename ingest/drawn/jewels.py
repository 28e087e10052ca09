"""Jewelry."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    EVERYDAY,
    METAL,
    PAPER,
    RGB,
    darker,
    lighter,
)

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def gem(c: Canvas, x: float, y: float, r: float, tone: RGB, sides: int = 8) -> None:
    """A cut stone from above: facets around a bright table."""
    rim = ol.star(x, y, r, r * 0.98, sides // 2, -90 + 180 / sides)
    c.area(rim, tone, "ball")
    for step in range(sides):
        share = (0.45, 0.1, 0.3, 0.0)[step % 4]
        facet = [rim[step], rim[(step + 1) % sides], (x, y)]
        paint = lighter(tone, share) if step < sides / 2 else darker(tone, share)
        c.area([(float(p[0]), float(p[1])) for p in facet], paint, "none", edge=0.006)
    c.area(ol.moved(ol.moved(rim, -x, -y) * 0.52, x, y), lighter(tone, 0.35), "plate", edge=0.006)


def ring(c: Canvas, s: Style) -> None:
    r, width = s.vary(0.55, 0.64), s.vary(0.09, 0.16)
    c.area(ol.oval(0, 0.25, r + width, r + width), s.main, "plate", holes=[ol.oval(0, 0.25, r, r)])
    c.line(ol.arc(0, 0.25, r + width * 0.5, r + width * 0.5, 150, 250), 0.03, lighter(s.main, 0.7))
    y = 0.25 - r - width
    stone = s.vary(0.2, 0.34)
    c.area([(-stone * 0.7, y - 0.02), (stone * 0.7, y - 0.02), (0.14, y + width * 1.2),
           (-0.14, y + width * 1.2)], s.main, "metal")
    gem(c, 0, y - stone * 0.5, stone, s.accent, 8 if s.chance(0.6) else 12)
    if s.chance(0.4):
        for x in (-1, 1):
            gem(c, x * (stone + 0.1), y + 0.06, 0.11, PAPER)


def necklace(c: Canvas, s: Style) -> None:
    deep, wide = s.vary(0.9, 1.1), s.vary(0.68, 0.82)
    chain = ol.arc(0, -0.9, wide, deep, -8, 188, 44)
    if s.chance(0.5):
        c.tube(chain, 0.045, s.main, curved=False)
    else:
        for x, y in chain[::1]:
            c.oval(float(x), float(y), 0.05, 0.05, s.main, "ball", edge=0.01)
    low = deep - 0.9
    form = s.pick("gem", "heart", "drop", "disc")
    c.ring(0, low + 0.06, 0.09, 0.04, s.main)
    if form == "gem":
        c.oval(0, low + 0.36, 0.3, 0.3, s.main, "ball")
        gem(c, 0, low + 0.36, 0.23, s.accent)
    elif form == "heart":
        c.area(ol.smooth([(0, low + 0.7), (-0.3, low + 0.36), (-0.18, low + 0.14), (0, low + 0.26),
               (0.18, low + 0.14), (0.3, low + 0.36)], closed=True), s.accent, "ball")
    elif form == "drop":
        c.area(ol.smooth([(0, low + 0.1), (0.22, low + 0.5), (0, low + 0.7), (-0.22, low + 0.5)],
               closed=True), s.accent, "ball")
        c.shine(-0.1, low + 0.36, -0.04, low + 0.56, 0.6)
    else:
        c.oval(0, low + 0.4, 0.3, 0.3, s.main, "plate")
        c.area(ol.star(0, low + 0.4, 0.2, 0.09, 6), s.accent, edge=0.01)


def earrings(c: Canvas, s: Style) -> None:
    form, drop = s.pick("hoop", "drop", "tassel"), s.vary(0.2, 0.5)
    for x in (-0.5, 0.5):
        c.tube([(x + 0.08, -0.62), (x + 0.06, -0.92), (x - 0.08, -0.86), (x, -0.6)], 0.04, s.main)
        if form == "hoop":
            c.tube(ol.oval(x, -0.1 + drop * 0.4, 0.34, 0.42), 0.09, s.main, curved=False)
            c.oval(x, 0.32 + drop * 0.4, 0.13, 0.13, s.accent, "ball")
        elif form == "drop":
            gem(c, x, -0.5, 0.15, s.accent)
            c.line([(x, -0.36), (x, -0.3 + drop)], 0.035, s.main)
            c.area(ol.smooth([(x, -0.4 + drop), (x + 0.26, 0.2 + drop), (x, 0.5 + drop),
                   (x - 0.26, 0.2 + drop)], closed=True), s.accent, "ball")
        else:
            c.area(ol.oval(x, -0.46, 0.16, 0.16), s.main, "ball")
            c.area([(x - 0.1, -0.34), (x + 0.1, -0.34), (x + 0.2, 0.4 + drop),
                   (x - 0.2, 0.4 + drop)], s.accent, "drape")
            for step in (-0.1, -0.03, 0.04, 0.11):
                c.line([(x + step * 0.6, -0.2), (x + step * 1.4, 0.38 + drop)], 0.014,
                       darker(s.accent, 0.35))
            c.box(x - 0.12, -0.34, x + 0.12, -0.22, s.main, "metal", r=0.02)


def bracelet(c: Canvas, s: Style) -> None:
    count = 16 + s.roll(9)
    r = 2.35 / count * 1.15
    every = 2 + s.roll(4)
    for step, (x, y) in enumerate(ol.oval(0, 0, 0.8, s.vary(0.66, 0.78), count)):
        tone = s.accent if step % every == 0 else s.main
        c.oval(float(x), float(y), r, r, tone, "ball")
    if s.chance(0.6):
        c.line([(0, 0.78), (0.02, 0.95)], 0.03, s.metal)
        c.area(ol.star(0.02, 1.06, 0.18, 0.08, 5), s.metal, "plate")


def brooch(c: Canvas, s: Style) -> None:
    petals = 5 + s.roll(4)
    size = s.vary(0.24, 0.34)
    for step in range(petals):
        petal = ol.smooth([(0, -0.1), (size, -0.6), (0, -0.95), (-size, -0.6)], closed=True)
        turn = step * 360 / petals
        c.area(ol.turned(petal, turn), s.main, "plate")
        c.area(ol.turned(ol.moved(petal * 0.66, 0, -0.16), turn), s.accent, "ball", edge=0.01)
    gem(c, 0, 0, 0.26, lighter(s.main, 0.4) if s.chance(0.5) else PAPER)


STONES = METAL
JEWEL = "Jewelry"
KINDS = (
    Kind(JEWEL, ("Ring", "Solitaire Ring"), ring, (39, 420), STONES, (),
         ("Topaz", "Garnet", "Crystal", "Opal"), True),
    Kind(JEWEL, ("Pendant Necklace", "Necklace"), necklace, (29, 260), STONES, (),
         ("Charm", "Fine", "Opal"), True),
    Kind(JEWEL, ("Earrings", "Drop Earrings"), earrings, (16, 140), STONES, (),
         ("Enamel", "Crystal"), True),
    Kind(JEWEL, ("Beaded Bracelet", "Bracelet"), bracelet, (12, 78), EVERYDAY + METAL, (),
         ("Agate", "Glass", "Jasper"), True),
    Kind(JEWEL, ("Flower Brooch", "Brooch Pin"), brooch, (18, 96), STONES, (),
         ("Enamel", "Vintage"), True),
)
