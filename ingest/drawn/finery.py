"""Jewelry, Watches and Musical Instruments."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.outline import Points
from ingest.drawn.palette import (
    BRASS,
    BRIGHT,
    DEEP,
    EVERYDAY,
    INK,
    LEATHER,
    METAL,
    PAPER,
    RGB,
    SOFT,
    STEEL,
    TIMBER,
    WOOD,
    darker,
    lighter,
)


def gem(c: Canvas, x: float, y: float, r: float, tone: RGB, sides: int = 8) -> None:
    """A cut stone from above: facets around a bright table."""
    rim = ol.star(x, y, r, r * 0.98, sides // 2, -90 + 180 / sides)
    c.area(rim, tone, "ball")
    for step in range(sides):
        share = (0.45, 0.1, 0.3, 0.0)[step % 4]
        facet = [rim[step], rim[(step + 1) % sides], (x, y)]
        paint = lighter(tone, share) if step < sides / 2 else darker(tone, share)
        c.area([(float(p[0]), float(p[1])) for p in facet], paint, "none", edge=0.006)
    c.area((rim - [x, y]) * 0.52 + [x, y], lighter(tone, 0.35), "plate", edge=0.006)


def ring(c: Canvas, s: Style) -> None:
    r, width = s.vary(0.55, 0.64), s.vary(0.09, 0.16)
    c.area(ol.oval(0, 0.25, r + width, r + width), s.main, "plate", holes=[ol.oval(0, 0.25, r, r)])
    c.line(ol.arc(0, 0.25, r + width * 0.5, r + width * 0.5, 150, 250), 0.03, lighter(s.main, 0.7))
    y = 0.25 - r - width
    stone = s.vary(0.2, 0.34)
    c.area(
        [
            (-stone * 0.7, y - 0.02),
            (stone * 0.7, y - 0.02),
            (0.14, y + width * 1.2),
            (-0.14, y + width * 1.2),
        ],
        s.main,
        "metal",
    )
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
        c.area(ol.smooth([(0, low + 0.7), (-0.3, low + 0.36), (-0.18, low + 0.14), (0, low + 0.26), (0.18, low + 0.14), (0.3, low + 0.36)],
                         closed=True), s.accent, "ball")  # fmt: skip
    elif form == "drop":
        c.area(
            ol.smooth(
                [(0, low + 0.1), (0.22, low + 0.5), (0, low + 0.7), (-0.22, low + 0.5)], closed=True
            ),
            s.accent,
            "ball",
        )
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
            c.area(ol.smooth([(x, -0.4 + drop), (x + 0.26, 0.2 + drop), (x, 0.5 + drop), (x - 0.26, 0.2 + drop)], closed=True),
                   s.accent, "ball")  # fmt: skip
        else:
            c.area(ol.oval(x, -0.46, 0.16, 0.16), s.main, "ball")
            c.area(
                [(x - 0.1, -0.34), (x + 0.1, -0.34), (x + 0.2, 0.4 + drop), (x - 0.2, 0.4 + drop)],
                s.accent,
                "drape",
            )
            for step in (-0.1, -0.03, 0.04, 0.11):
                c.line(
                    [(x + step * 0.6, -0.2), (x + step * 1.4, 0.38 + drop)],
                    0.014,
                    darker(s.accent, 0.35),
                )
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
        c.area(ol.turned(petal * 0.66 + [0, -0.16], turn), s.accent, "ball", edge=0.01)
    gem(c, 0, 0, 0.26, lighter(s.main, 0.4) if s.chance(0.5) else PAPER)


def _hands(c: Canvas, s: Style, y: float, r: float, ink: RGB) -> None:
    for angle, long, width in ((s.vary(-75, -35), 0.5, 0.07), (s.vary(25, 70), 0.76, 0.05)):
        hand = ol.turned(ol.box(-width * r, -long * r, width * r, 0.1 * r), angle) + [0, y]
        c.area(hand, ink, "none", edge=0.006)
    c.oval(0, y, 0.07 * r, 0.07 * r, s.accent, "ball", edge=0.006)


def _dial(c: Canvas, s: Style, y: float, r: float, face: RGB) -> None:
    c.oval(0, y, r, r, face, "soft", edge=0.012)
    ink = INK if sum(face) > 380 else PAPER
    for step in range(12):
        long = 0.2 if step % 3 == 0 else 0.11
        mark = ol.turned(ol.box(-0.025 * r, -0.9 * r, 0.025 * r, (-0.9 + long) * r), step * 30) + [
            0,
            y,
        ]
        c.area(mark, ink, "none", edge=0)
    _hands(c, s, y, r, ink)


def _strap(c: Canvas, tone: RGB, width: float, links: bool) -> None:
    top = c.area(
        ol.rounded(
            [(-width * 0.78, -1.3), (width * 0.78, -1.3), (width, -0.3), (-width, -0.3)], 0.06
        ),
        tone,
        "round",
    )
    low = c.area(
        ol.rounded([(-width, 0.3), (width, 0.3), (width * 0.74, 1.4), (-width * 0.74, 1.4)], 0.06),
        tone,
        "round",
    )
    for step in range(8 if links else 4):
        gap = 0.13 if links else 0.15
        y = 0.5 + step * gap
        if links:
            for way, part in ((1, low), (-1, top)):
                c.line([(-width, way * y), (width, way * y)], 0.02, darker(tone, 0.5), clip=part)
        else:
            c.oval(0, 0.75 + step * 0.15, 0.025, 0.025, darker(tone, 0.6), "none", edge=0)
    if links:
        for part in (top, low):
            for x in (-0.4, 0.4):
                c.line([(x * width, -1.4), (x * width, 1.4)], 0.016, darker(tone, 0.4), clip=part)


def leather_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.44, 0.56)
    _strap(c, s.main, s.vary(0.24, 0.32), False)
    c.box(r * 0.96, -0.06, r + 0.16, 0.06, s.metal, "log", r=0.03)
    c.oval(0, 0, r + 0.1, r + 0.1, s.metal, "plate")
    _dial(c, s, 0, r, s.paint(PAPER, INK, lighter(s.main, 0.75), s.accent))


def steel_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.48, 0.56)
    _strap(c, s.main, s.vary(0.3, 0.38), True)
    for y in (-0.2, 0.0, 0.2):
        c.box(r * 0.92, y - 0.05, r + 0.18, y + 0.05, s.main, "log", r=0.03)
    c.area(ol.star(0, 0, r + 0.12, r + 0.09, 30), s.main, "plate")
    c.oval(0, 0, r + 0.06, r + 0.06, s.paint(INK, s.accent, darker(s.main, 0.4)), "soft")
    face = s.paint(INK, PAPER, (36, 56, 104), (30, 76, 64))
    c.oval(0, 0, r, r, face, "soft", edge=0.01)
    for x, y in ((-0.42, 0.05), (0.42, 0.05), (0, 0.48)):
        c.oval(
            x * r,
            y * r,
            r * 0.24,
            r * 0.24,
            lighter(face, 0.3) if sum(face) < 380 else darker(face, 0.15),
            "dish",
            edge=0.008,
        )
    for step in range(12):
        mark = ol.turned(ol.box(-0.03 * r, -0.9 * r, 0.03 * r, -0.74 * r), step * 30)
        c.area(mark, PAPER if sum(face) < 380 else INK, "none", edge=0)
    _hands(c, s, 0, r, PAPER if sum(face) < 380 else INK)


def digital_watch(c: Canvas, s: Style) -> None:
    wide = s.vary(0.44, 0.54)
    _strap(c, s.main, 0.34, False)
    case = ol.rounded([(-wide, -0.3), (-wide * 0.7, -0.5), (wide * 0.7, -0.5), (wide, -0.3), (wide, 0.3), (wide * 0.7, 0.5),
                       (-wide * 0.7, 0.5), (-wide, 0.3)], 0.06)  # fmt: skip
    for x in (-1, 1):
        for y in (-0.2, 0.2):
            c.box(x * wide - 0.06, y - 0.05, x * wide + 0.06, y + 0.05, s.metal, "log", r=0.02)
    c.area(case, s.main, "soft")
    c.area(case * 0.82, s.accent, "soft", edge=0.01)
    c.box(-wide * 0.66, -0.2, wide * 0.66, 0.2, (196, 208, 180), "dish", r=0.04)
    for step, x in enumerate((-0.42, -0.18, 0.14, 0.38)):
        _digit(c, x * wide * 1.25, 0.0, 0.055 * wide / 0.5, s.roll(10) if step else s.roll(2))
    for y in (-0.05, 0.05):
        c.oval(-0.02 * wide, y, 0.012, 0.012, INK, "none", edge=0)


def _digit(c: Canvas, x: float, y: float, r: float, value: int) -> None:
    """Seven segments; bit order: top, upper right, lower right, bottom, lower left, upper left, middle."""
    lit = (63, 6, 91, 79, 102, 109, 125, 7, 127, 111)[value]
    ends = [((-r, -2 * r), (r, -2 * r)), ((r, -2 * r), (r, 0)), ((r, 0), (r, 2 * r)), ((-r, 2 * r), (r, 2 * r)),
            ((-r, 0), (-r, 2 * r)), ((-r, -2 * r), (-r, 0)), ((-r, 0), (r, 0))]  # fmt: skip
    for bit, (a, b) in enumerate(ends):
        if lit >> bit & 1:
            c.line([(x + a[0], y + a[1]), (x + b[0], y + b[1])], r * 0.5, INK)


def smartwatch(c: Canvas, s: Style) -> None:
    _strap(c, s.main, s.vary(0.32, 0.38), False)
    wide = s.vary(0.44, 0.5)
    c.box(wide * 0.9, -0.16, wide + 0.09, 0.06, s.metal, "log", r=0.04)
    c.box(-wide, -0.56, wide, 0.56, s.metal, "plate", r=0.2)
    c.box(-wide + 0.05, -0.51, wide - 0.05, 0.51, (22, 24, 32), "soft", r=0.17, edge=0.01)
    for step, share in enumerate((0.3, 0.22, 0.14)):
        tone = (s.accent, (244, 110, 120), (120, 220, 190))[step]
        c.line(ol.arc(0, 0.08, share, share, -90, s.vary(60, 240), 30), 0.055, tone)
    for step, x in enumerate((-0.15, -0.05, 0.07, 0.17)):
        c.box(x, -0.42, x + 0.05, -0.3, PAPER if step < 2 else s.accent, "none", r=0.02, edge=0)


def pocket_watch(c: Canvas, s: Style) -> None:
    r = s.vary(0.58, 0.68)
    chain = ol.smooth([(0, -0.62), (0.2, -1.0), (0.7, -0.95), (0.95, -0.5), (0.85, 0.1)], steps=9)
    for step, (x, y) in enumerate(chain):
        if step % 2 == 0:
            c.oval(float(x), float(y), 0.06, 0.045, s.main, "ball", edge=0.012)
    c.ring(0, -r - 0.1, 0.14, 0.08, s.main)
    c.box(-0.09, -r - 0.14, 0.09, -r + 0.1, s.main, "metal", r=0.03)
    c.oval(0, 0.1, r + 0.13, r + 0.13, s.main, "plate")
    _dial(c, s, 0.1, r, s.paint(PAPER, (244, 232, 204), lighter(s.accent, 0.7)))


def guitar(c: Canvas, s: Style) -> None:
    waist, low = s.vary(0.3, 0.4), s.vary(0.56, 0.68)
    body = ol.lathe(
        [
            (-0.1, 0.14),
            (0.0, 0.42),
            (0.2, 0.46),
            (0.42, waist),
            (0.72, low),
            (1.0, low * 0.84),
            (1.14, 0.2),
        ]
    )
    c.area(body, s.main, "ball")
    c.line([*map(tuple, body), tuple(body[0])], 0.03, s.paint(PAPER, INK, BRASS))
    c.oval(0, 0.42, 0.18, 0.18, (40, 28, 26), "dish", edge=0.04)
    c.area(
        [(-0.06, -1.15), (0.06, -1.15), (0.085, 0.3), (-0.085, 0.3)],
        darker(WOOD[1].rgb, 0.3),
        "round",
    )
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
    body = ol.smooth([(-0.12, 0.2), (-horn, -0.12), (-0.5, 0.2), (-0.42, 0.48), (-0.58, 0.85), (-0.3, 1.12), (0.2, 1.14), (0.54, 0.9),
                      (0.42, 0.5), (0.52, 0.24), (0.42, 0.02), (0.12, 0.22)], closed=True)  # fmt: skip
    c.area(body, s.main, "ball")
    guard = ol.smooth(
        [
            (-0.08, 0.25),
            (-0.36, 0.12),
            (-0.32, 0.5),
            (-0.1, 0.86),
            (0.28, 0.95),
            (0.3, 0.6),
            (0.12, 0.3),
        ],
        closed=True,
    )
    c.area(guard, s.paint(PAPER, INK, s.accent), "soft", edge=0.01)
    c.area([(-0.055, -1.15), (0.055, -1.15), (0.075, 0.32), (-0.075, 0.32)], s.wood, "round")
    for step in range(10):
        y = -1.06 + step * 0.135
        c.line([(-0.07, y), (0.07, y)], 0.012, STEEL)
    c.area(
        ol.smooth([(-0.07, -1.12), (-0.12, -1.4), (0.02, -1.56), (0.1, -1.4), (0.07, -1.12)]),
        s.wood,
        "soft",
    )
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
        c.area(
            [
                (-1.05, way * 0.5 - 0.06),
                (1.05, way * 0.26 - 0.06),
                (1.05, way * 0.26 + 0.06),
                (-1.05, way * 0.5 + 0.06),
            ],
            s.main,
            "log",
        )
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
    for way in (-1, 1):
        stick = ol.turned(
            ol.lathe([(-0.1, 0.07), (0.5, 0.07), (0.95, 0.1), (1.0, 0.05)]), way * -24, 0, 0.4
        )
        c.area(stick + [way * 0.3, 0], s.wood, "round")
        head: Points = ol.turned(ol.oval(0, -0.5, s.vary(0.36, 0.42), 0.5), way * -24, 0, 0.4) * [
            -1,
            1,
        ]
        head = head * [-1, 1] + [way * 0.3, 0]
        c.area(head, s.cloth, "ball")
        band = ol.turned(ol.box(-0.5, -0.55, 0.5, -0.42), way * -24, 0, 0.4) + [way * 0.3, 0]
        c.area(band, s.accent, "soft", edge=0.01, clip=head)


STONES = METAL
WATCH, MUSIC, JEWEL = "Watches", "Musical Instruments", "Jewelry"
KINDS = (
    Kind(JEWEL, ("Ring", "Solitaire Ring"), ring, (39, 420), STONES, (), ("Topaz", "Garnet", "Crystal", "Opal"), True),
    Kind(JEWEL, ("Pendant Necklace", "Necklace"), necklace, (29, 260), STONES, (), ("Charm", "Fine", "Opal"), True),
    Kind(JEWEL, ("Earrings", "Drop Earrings"), earrings, (16, 140), STONES, (), ("Enamel", "Crystal"), True),
    Kind(JEWEL, ("Beaded Bracelet", "Bracelet"), bracelet, (12, 78), EVERYDAY + METAL, (), ("Agate", "Glass", "Jasper"), True),
    Kind(JEWEL, ("Flower Brooch", "Brooch Pin"), brooch, (18, 96), STONES, (), ("Enamel", "Vintage"), True),
    Kind(WATCH, ("Wrist Watch", "Dress Watch"), leather_watch, (59, 340), LEATHER + DEEP, (), ("Leather", "Slim Leather"), True),
    Kind(WATCH, ("Chronograph", "Sports Chronograph"), steel_watch, (120, 690), METAL, (), ("Steel", "Automatic"), True),
    Kind(WATCH, ("Digital Watch", "Sports Watch"), digital_watch, (19, 89), EVERYDAY, (), ("Resin", "Waterproof"), True),
    Kind(WATCH, ("Smartwatch", "Fitness Watch"), smartwatch, (79, 390), EVERYDAY, (), ("GPS", "Silicone"), True),
    Kind(WATCH, ("Pocket Watch", "Chain Watch"), pocket_watch, (49, 260), METAL, (), ("Engraved", "Classic"), True),
    Kind(MUSIC, ("Acoustic Guitar", "Concert Guitar"), guitar, (99, 580), WOOD + BRIGHT[:6] + DEEP[:2], (), ("Spruce", "Cedar"), True, 28),
    Kind(MUSIC, ("Electric Guitar", "Solid-Body Guitar"), electric_guitar, (159, 790), BRIGHT + SOFT + DEEP, (), ("Alder", "Ash"), True, -28),
    Kind(MUSIC, ("Snare Drum", "Hand Drum"), drum, (49, 290), BRIGHT + DEEP, ("diagonal", "zigzag", "dots"), ("Birch", "Maple")),
    Kind(MUSIC, ("Synthesizer", "Keyboard Piano"), piano_keys, (89, 480), DEEP + SOFT + BRIGHT, (), ("49-Key", "61-Key"), True),
    Kind(MUSIC, ("Xylophone", "Glockenspiel"), xylophone, (22, 120), WOOD + SOFT, (), ("Maple", "Beech"), True),
    Kind(MUSIC, ("Maracas", "Shakers"), maracas, (9, 34), BRIGHT, ("stripes", "zigzag", "dots"), ("Wooden", "Gourd"), True),
)  # fmt: skip
