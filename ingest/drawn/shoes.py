"""Shoes."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.outline import Pair
from ingest.drawn.palette import EVERYDAY, INK, LEATHER, PAPER, SOFT, darker, lighter, mix

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def _laces(c: Canvas, knots: list[Pair], tone: tuple[int, int, int]) -> None:
    for x, y in knots:
        c.tube([(x - 0.09, y - 0.05), (x + 0.08, y + 0.06)], 0.05, tone, curved=False)


def sneaker(c: Canvas, s: Style) -> None:
    collar, toe = s.vary(-0.5, -0.34), s.vary(0.0, 0.1)
    upper = ol.smooth([(-0.9, 0.3), (-0.94, -0.1), (-0.86, collar), (-0.62, collar + 0.1),
                      (-0.34, collar - 0.02), (-0.1, -0.24), (0.4, -0.02), (0.82, toe),
                      (0.96, 0.3)])
    shape = c.area(upper, s.cloth, "soft")
    c.area(ol.smooth([(0.46, 0.4), (0.5, 0.12), (0.62, -0.1), (1.1, 0.0), (1.1, 0.4)], closed=True),
           lighter(s.main, 0.55), clip=shape)
    c.area(ol.smooth([(-1.0, 0.4), (-0.7, 0.3), (-0.64, 0), (-0.7, -0.3), (-1.1, -0.3)],
           closed=True), s.accent, clip=shape)
    swoosh = s.pick("bars", "wave", "disc")
    if swoosh == "bars":
        for x in (-0.3, -0.12, 0.06):
            c.line([(x, 0.32), (x - 0.16, -0.12)], 0.08, PAPER, clip=shape)
    elif swoosh == "wave":
        c.line([(-0.6, 0.1), (-0.2, 0.2), (0.4, -0.02)], 0.09, PAPER, curved=True, clip=shape)
    else:
        c.oval(-0.26, 0.06, 0.15, 0.15, PAPER)
    sole = [(-0.96, 0.26), (0.98, 0.26), (1.0, 0.4), (0.92, 0.5), (-0.9, 0.5), (-0.98, 0.42)]
    c.area(ol.rounded(sole, 0.08), PAPER, "log")
    c.line([(-0.92, 0.42), (0.94, 0.42)], 0.03, s.accent)
    _laces(c, [(-0.22, collar + 0.18), (-0.05, -0.16), (0.13, -0.08), (0.3, -0.01)], PAPER)


def boot(c: Canvas, s: Style) -> None:
    shaft, fold = s.vary(-1.0, -0.6), s.vary(0.05, 0.2)
    body = ol.smooth([(-0.62, 0.62), (-0.6, 0.1), (-0.62, shaft), (-0.3, shaft + 0.02),
                     (0.08, shaft), (0.06, -0.1), (0.3, 0.12), (0.66, 0.2), (0.82, 0.44),
                     (0.8, 0.62)])
    shape = c.area(body, s.main, "round")
    c.line(ol.smooth([(0.06, -0.1), (-0.2, 0.1), (-0.2, 0.62)]), 0.014, darker(s.main), clip=shape)
    if s.chance(0.5):
        c.box(-0.66, shaft - 0.04, 0.12, shaft + fold, lighter(s.main, 0.55), "round", r=0.06)
    for step in range(4):
        y = -0.45 + step * 0.14
        c.tube([(-0.1, y), (0.1, y + 0.05)], 0.045, s.accent, curved=False, clip=shape)
    c.area(ol.rounded([(-0.66, 0.58), (0.86, 0.58), (0.86, 0.7), (-0.2, 0.7), (-0.22, 0.8),
           (-0.66, 0.8)], 0.04), darker(LEATHER[1].rgb, 0.4), "log")


def heel(c: Canvas, s: Style) -> None:
    rise = s.vary(0.5, 0.95)
    top = 0.5 - rise
    c.area([(-0.86, top + 0.2), (-0.66, top + 0.26), (-0.74, 0.5), (-0.82, 0.5)], darker(s.main,
           0.2))
    body = ol.smooth([(-0.9, top + 0.22), (-0.92, top - 0.12), (-0.8, top - 0.18),
                     (-0.62, top + 0.06), (-0.1, 0.18), (0.3, 0.12), (0.62, 0.2), (0.98, 0.44),
                     (0.9, 0.5), (0.4, 0.5), (0.0, 0.42), (-0.5, top + 0.3)], closed=True)
    shape = c.area(body, s.cloth, "soft")
    c.line(ol.smooth([(-0.55, top + 0.3), (0.0, 0.44), (0.4, 0.5), (0.95, 0.49)]), 0.04, INK,
           clip=shape)
    c.area(ol.smooth([(-0.8, top - 0.1), (-0.6, top + 0.1), (-0.1, 0.22), (0.3, 0.16)]),
           lighter(s.main, 0.5), clip=shape, edge=0.01)
    if s.chance(0.55):
        c.tube(ol.turned(ol.oval(-0.64, top - 0.17, 0.26, 0.08), -8, -0.64, top - 0.17), 0.05,
               s.main)
        c.oval(-0.56, top - 0.1, 0.06, 0.06, s.metal, "ball")
    else:
        c.area(ol.star(0.46, 0.2, 0.13, 0.07, 8), s.accent)


def sandal(c: Canvas, s: Style) -> None:
    wide = s.vary(0.27, 0.34)
    for x in (-0.42, 0.42):
        lean = 0.05 if x < 0 else -0.05
        sole = ol.smooth([(x + lean, -0.9), (x + wide, -0.6), (x + wide * 0.82, 0),
                         (x + wide * 0.9, 0.6), (x, 0.92), (x - wide * 0.9, 0.6),
                         (x - wide * 0.82, 0), (x - wide, -0.6)], closed=True)
        c.area(ol.moved(sole, 0.02, 0.05), darker(s.main, 0.45), "none")
        inside = c.area(sole, mix(LEATHER[0].rgb, PAPER, 0.3), "soft")
        c.area(ol.smooth([(x - wide - 0.1, -0.1), (x, -0.34), (x + wide + 0.1, -0.1),
               (x + wide, 0.24), (x, 0.02), (x - wide, 0.24)], closed=True), s.cloth, "ball",
               clip=inside)
        c.tube([(x - wide * 0.8, 0.02), (x, -0.5), (x + wide * 0.8, 0.02)], 0.09, s.main)
        c.oval(x, -0.46, 0.06, 0.06, s.metal, "ball")


def loafer(c: Canvas, s: Style) -> None:
    back, toe = s.vary(-0.34, -0.22), s.vary(0.12, 0.22)
    rim = [(-0.95, 0.36), (-0.98, 0.0), (-0.9, back), (-0.5, back + 0.13), (0.0, -0.2)]
    body = ol.smooth([*rim, (0.36, -0.08), (0.74, toe - 0.06), (0.96, toe + 0.08), (0.99, 0.38)])
    shape = c.area(body, s.main, "soft")
    mouth = ol.smooth([(-0.88, back), (-0.5, back + 0.13), (0.0, -0.2), (-0.45, back + 0.02)])
    c.area(mouth, darker(s.main, 0.6), "none", edge=0.01)
    apron = [(0.24, -0.12), (0.3, 0.1), (0.66, 0.2), (0.94, toe + 0.06)]
    c.line(apron, 0.03, darker(s.main, 0.35), curved=True, clip=shape)
    strap = [(-0.1, -0.22), (0.2, -0.14), (0.16, 0.4), (-0.2, 0.4)]
    c.area(strap, s.cloth if s.pattern else lighter(s.main, 0.14), clip=shape)
    if s.chance(0.5):
        c.tube([(-0.1, 0.06), (0.05, 0.02), (0.2, 0.08)], 0.07, s.metal)
        for x, y in ((-0.1, 0.06), (0.2, 0.08)):
            c.oval(x, y, 0.06, 0.07, s.metal, "ball")
    else:
        for x in (0.0, 0.12):
            tassel = [(x, 0.0), (x + 0.07, 0.02), (x + 0.1, 0.24), (x - 0.06, 0.22)]
            c.area(tassel, s.accent, "drape", edge=0.01)
            c.oval(x + 0.03, 0.0, 0.05, 0.04, darker(s.accent, 0.2), "ball", edge=0.01)
    c.box(-0.97, 0.34, 1.0, 0.44, darker(s.main, 0.55), "log", r=0.04)
    c.box(-0.97, 0.42, -0.45, 0.5, darker(s.main, 0.65), "log", r=0.02)


KINDS = (
    Kind("Shoes", ("Sneakers", "Running Shoes"), sneaker, (45, 140), EVERYDAY,
         ("dots", "diagonal"), ("Canvas", "Mesh", "Suede")),
    Kind("Shoes", ("Ankle Boots", "Lace-Up Boots"), boot, (70, 210), LEATHER + EVERYDAY[18:], (),
         ("Leather", "Suede", "Nubuck")),
    Kind("Shoes", ("Heels", "Court Shoes"), heel, (48, 160), EVERYDAY, ("dots", "pinstripes"),
         ("Satin", "Suede", "Leather")),
    Kind("Shoes", ("Sandals", "Slides"), sandal, (18, 65), EVERYDAY,
         ("stripes", "zigzag", "flowers"), ("Leather", "Cork"), True),
    Kind("Shoes", ("Loafers", "Moccasins"), loafer, (55, 150), LEATHER + SOFT[:4], (),
         ("Leather", "Suede")),
)
