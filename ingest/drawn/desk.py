"""Electronics and Computers & Accessories."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.gadgets import wallpaper
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    GADGET,
    INK,
    METAL,
    PAPER,
    SOFT,
    STEEL,
    darker,
    lighter,
)


def headphones(c: Canvas, s: Style) -> None:
    band = s.vary(0.7, 0.82)
    c.tube(ol.arc(0, 0.05, band, 0.95, 178, 362, 40), 0.15, s.main, curved=False)
    c.line(ol.arc(0, 0.05, band - 0.07, 0.87, 215, 325, 30), 0.06, darker(s.main, 0.35))
    for x in (-1, 1):
        c.box(x * band - 0.06, -0.1, x * band + 0.06, 0.3, s.metal, "metal", r=0.03)
        inner = x * (band - 0.16)
        c.oval(inner, 0.42, 0.17, 0.36, darker(s.main, 0.55), "ball")
        c.oval(x * (band + 0.02), 0.42, s.vary(0.2, 0.24), 0.4, s.main, "ball")
        c.oval(x * (band + 0.05), 0.42, 0.11, 0.22, s.accent, "ball", edge=0.01)


def television(c: Canvas, s: Style) -> None:
    tall = s.vary(0.56, 0.66)
    if s.chance(0.5):
        c.area(
            [(-0.12, tall), (0.12, tall), (0.2, tall + 0.2), (-0.2, tall + 0.2)], s.metal, "metal"
        )
        c.box(-0.5, tall + 0.17, 0.5, tall + 0.24, s.metal, "log", r=0.03)
    else:
        for x in (-0.7, 0.7):
            c.tube([(x, tall), (x * 1.12, tall + 0.22)], 0.06, s.metal, curved=False)
    c.box(-1.1, -tall, 1.1, tall + 0.04, s.main, "soft", r=0.04)
    wallpaper(c, s, -1.05, -tall + 0.05, 1.05, tall - 0.05)
    c.area([(-1.03, -tall + 0.06), (-0.2, -tall + 0.06), (-0.7, tall - 0.06), (-1.03, tall - 0.06)], (255, 255, 255), "none",
           edge=0, opacity=0.13)  # fmt: skip
    c.oval(0.98, tall - 0.0, 0.015, 0.015, (220, 80, 70), "none", edge=0)


def speaker(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.62), s.vary(0.8, 0.98)
    c.box(-wide, -tall, wide, tall, s.cloth if s.pattern else s.main, "round", r=s.vary(0.06, 0.3))
    for y, r in ((-tall * 0.48, wide * 0.42), (tall * 0.34, wide * 0.72)):
        c.oval(0, y, r, r, s.metal, "plate")
        c.oval(0, y, r * 0.88, r * 0.88, (58, 58, 66), "dish")
        c.oval(0, y, r * 0.62, r * 0.62, (80, 80, 90), "ball", edge=0.012)
        c.oval(0, y, r * 0.24, r * 0.24, s.accent, "ball")


def radio(c: Canvas, s: Style) -> None:
    tall = s.vary(0.5, 0.62)
    c.tube([(0.7, -tall), (s.vary(0.9, 1.1), -tall - 0.6)], 0.04, STEEL, curved=False)
    c.tube([(-0.7, -tall), (-0.66, -tall - 0.24), (0.5, -tall - 0.24), (0.54, -tall)], 0.08, s.wood)
    c.box(
        -1.0,
        -tall,
        1.0,
        tall,
        s.paint(s.wood, s.main, lighter(s.main, 0.4)),
        "log",
        r=s.vary(0.08, 0.26),
    )
    c.box(-0.93, -tall + 0.07, 0.93, tall - 0.07, s.main, "soft", r=0.12)
    grille = c.oval(-0.42, 0.0, 0.4, 0.4, lighter(s.main, 0.5), "dish")
    for step in range(9):
        c.line(
            [(-0.9, -0.36 + step * 0.09), (0.0, -0.36 + step * 0.09)],
            0.022,
            darker(s.main, 0.45),
            clip=grille,
        )
    c.box(0.12, -0.36, 0.8, -0.06, (250, 240, 206), "soft", r=0.05)
    c.line([(0.18, -0.2), (0.74, -0.2)], 0.014, INK)
    x = s.vary(0.25, 0.7)
    c.line([(x, -0.33), (x, -0.09)], 0.03, (206, 60, 52))
    for x in (0.26, 0.66):
        c.oval(x, 0.2, 0.14, 0.14, s.metal, "ball")
        c.line([(x, 0.2), (x + 0.06, 0.1)], 0.03, INK)


def gamepad(c: Canvas, s: Style) -> None:
    dip = s.vary(0.22, 0.36)
    body = ol.smooth([(-0.55, -0.45), (0, -0.36), (0.55, -0.45), (0.86, -0.2), (1.0, 0.42), (0.84, 0.66), (0.56, 0.46), (0.34, dip),
                      (-0.34, dip), (-0.56, 0.46), (-0.84, 0.66), (-1.0, 0.42), (-0.86, -0.2)], closed=True)  # fmt: skip
    for x in (-0.55, 0.55):
        c.box(x - 0.22, -0.56, x + 0.22, -0.36, darker(s.main, 0.45), "log", r=0.08)
    c.area(body, s.main, "ball")
    c.box(-0.66, -0.15, -0.36, -0.05, INK, "soft", r=0.02)
    c.box(-0.56, -0.25, -0.46, 0.05, INK, "soft", r=0.02)
    for index, (x, y) in enumerate(((0.52, -0.26), (0.66, -0.12), (0.52, 0.02), (0.38, -0.12))):
        c.oval(x, y, 0.065, 0.065, BRIGHT[(index * 3 + s.roll(2)) % 10].rgb, "ball")
    for x in (-0.26, 0.26):
        c.oval(x, 0.12, 0.16, 0.16, darker(s.main, 0.4), "dish")
        c.oval(x, 0.1, 0.12, 0.12, INK, "ball")
    c.oval(0, -0.16, 0.07, 0.07, s.accent, "ball")


def earbuds(c: Canvas, s: Style) -> None:
    r = s.vary(0.3, 0.44)
    c.box(-0.8, -0.55, 0.8, 0.1, lighter(s.main, 0.1), "soft", r=r)
    c.box(-0.68, -0.44, 0.68, 0.2, darker(s.main, 0.35), "dish", r=r * 0.8)
    for x in (-0.34, 0.34):
        c.oval(x, -0.28, 0.2, 0.2, s.main, "ball")
        c.oval(x * 1.3, -0.28, 0.07, 0.1, INK, "dish", edge=0.008)
        c.box(x - 0.08, -0.16, x + 0.08, 0.3, s.main, "round", r=0.08)
    c.box(-0.8, 0.08, 0.8, 0.7, s.cloth, "soft", r=r)
    c.oval(0, 0.28, 0.035, 0.035, (120, 220, 150), "ball", edge=0)
    c.line([(-0.12, 0.5), (0.12, 0.5)], 0.04, s.accent)


def laptop(c: Canvas, s: Style) -> None:
    lean = s.vary(0.0, 0.08)
    c.area(
        ol.rounded([(-0.86 + lean, -0.72), (0.86 - lean, -0.72), (0.9, 0.36), (-0.9, 0.36)], 0.06),
        s.main,
        "plate",
    )
    c.box(-0.82 + lean, -0.66, 0.82 - lean, 0.3, INK, "none", r=0.02, edge=0.01)
    wallpaper(c, s, -0.79 + lean, -0.63, 0.79 - lean, 0.26)
    deck = [(-0.9, 0.36), (0.9, 0.36), (1.18, 0.78), (-1.18, 0.78)]
    c.area(deck, s.main, "soft")
    for row in range(4):
        y = 0.41 + row * 0.058
        half = 0.78 + row * 0.045
        for key in range(11):
            x = -half + key * 2 * half / 11
            c.box(
                x + 0.012,
                y,
                x + 2 * half / 11 - 0.012,
                y + 0.04,
                darker(s.main, 0.6),
                "none",
                edge=0,
            )
    c.area(
        [(-0.26, 0.66), (0.26, 0.66), (0.29, 0.75), (-0.29, 0.75)],
        darker(s.main, 0.15),
        "none",
        edge=0.008,
    )
    c.area([(-1.18, 0.78), (1.18, 0.78), (1.1, 0.85), (-1.1, 0.85)], darker(s.main, 0.3), "log")


def mouse(c: Canvas, s: Style) -> None:
    wide, waist = s.vary(0.5, 0.62), s.vary(0.42, 0.56)
    if s.chance(0.5):
        c.tube([(0, -0.8), (0.1, -1.1), (-0.2, -1.3), (0.05, -1.55)], 0.06, INK)
    body = ol.smooth([(0, -0.9), (wide * 0.86, -0.72), (waist, 0.0), (wide, 0.55), (0, 0.95), (-wide, 0.55), (-waist, 0.0),
                      (-wide * 0.86, -0.72)], closed=True)  # fmt: skip
    shape = c.area(body, s.cloth, "ball")
    seam = darker(s.main, 0.45)
    c.line([(0, -0.9), (0, 0.0)], 0.022, seam)
    c.line([(-0.7, -0.12), (0, 0.06), (0.7, -0.12)], 0.022, seam, curved=True, clip=shape)
    c.box(-0.09, -0.6, 0.09, -0.18, INK, "round", r=0.09)
    c.box(-0.06, -0.5, 0.06, -0.28, s.accent, "round", r=0.05, edge=0)


def keyboard(c: Canvas, s: Style) -> None:
    columns, rows = 13 + s.roll(3), 4 + s.roll(2)
    step = 2.1 / columns
    tall = rows * step
    c.box(-1.12, -tall / 2 - 0.09, 1.12, tall / 2 + 0.16, darker(s.main, 0.4), "soft", r=0.08)
    c.box(-1.12, -tall / 2 - 0.09, 1.12, tall / 2 + 0.09, s.main, "soft", r=0.08)
    cap = PAPER if s.color.name != "White" else (214, 218, 226)
    for row in range(rows):
        for column in range(columns):
            x, y = -1.05 + column * step, -tall / 2 + row * step
            if row == rows - 1 and 3 < column < 9:
                continue
            edge_key = column in (0, columns - 1)
            tone = s.accent if edge_key and row % 2 == 0 else cap
            c.box(
                x + 0.01,
                y + 0.01,
                x + step - 0.01,
                y + step - 0.012,
                tone,
                "soft",
                r=0.02,
                edge=0.008,
            )
    y = tall / 2 - step
    c.box(
        -1.05 + 4 * step + 0.01,
        y + 0.01,
        -1.05 + 9 * step - 0.01,
        y + step - 0.012,
        cap,
        "soft",
        r=0.02,
        edge=0.008,
    )


def usb_stick(c: Canvas, s: Style) -> None:
    wide, long = s.vary(0.24, 0.32), s.vary(0.6, 0.8)
    c.box(-wide * 0.7, -long - 0.45, wide * 0.7, -long + 0.05, STEEL, "metal")
    for x in (-0.4, 0.4):
        c.box(x * wide - 0.04, -long - 0.32, x * wide + 0.04, -long - 0.2, INK, "none", edge=0)
    c.box(-wide, -long, wide, long, s.cloth, "round", r=s.vary(0.06, 0.24))
    c.oval(0, long - 0.16, 0.07, 0.07, darker(s.main, 0.65), "dish")
    c.tube(ol.arc(0, long + 0.1, 0.12, 0.26, -80, 260), 0.04, s.metal, curved=False)
    c.box(
        -wide * 0.6, -long + 0.25, wide * 0.6, 0.1, PAPER if s.pattern else s.accent, "soft", r=0.04
    )


def router(c: Canvas, s: Style) -> None:
    count = 2 + s.roll(3)
    tall = s.vary(0.22, 0.34)
    for step in range(count):
        x = -0.75 + step * 1.5 / (count - 1)
        c.tube([(x, 0.2), (x * 1.12, -0.9)], 0.11, darker(s.main, 0.25), curved=False)
    c.area(
        ol.rounded([(-0.9, 0.1), (0.9, 0.1), (1.05, 0.3 + tall), (-1.05, 0.3 + tall)], 0.12),
        s.main,
        "log",
    )
    c.box(-1.05, 0.24 + tall, 1.05, 0.42 + tall, darker(s.main, 0.4), "log", r=0.06)
    for step in range(5):
        tone = (120, 226, 150) if step < 2 + s.roll(3) else (90, 160, 230)
        c.oval(-0.3 + step * 0.15, 0.33 + tall, 0.03, 0.03, tone, "ball", edge=0)
    c.line([(-0.7, 0.22), (0.7, 0.22)], 0.03, lighter(s.main, 0.4))


ELECTRO, COMPUTE = "Electronics", "Computers & Accessories"
TECH = GADGET + BRIGHT
KINDS = (
    Kind(ELECTRO, ("Headphones", "Over-Ear Headphones"), headphones, (29, 240), TECH, (), ("Wireless", "Studio", "Foldable"), True),
    Kind(ELECTRO, ("Television", "Smart TV"), television, (240, 980), DEEP[4:6] + GADGET[:3] + METAL[:2], (),
         ("43-Inch", "55-Inch", "4K")),
    Kind(ELECTRO, ("Bookshelf Speaker", "Loudspeaker"), speaker, (49, 320), GADGET + DEEP + METAL[:1] + BRIGHT[:4], (),
         ("Two-Way", "Active", "Walnut")),
    Kind(ELECTRO, ("Radio", "Portable Radio"), radio, (29, 140), EVERYDAY, (), ("Retro", "DAB+", "FM")),
    Kind(ELECTRO, ("Game Controller", "Gamepad"), gamepad, (24, 72), TECH, (), ("Wireless", "Wired"), True),
    Kind(ELECTRO, ("Earbuds", "In-Ear Headphones"), earbuds, (29, 160), TECH + SOFT, ("dots",), ("True Wireless", "Sport"), True),
    Kind(COMPUTE, ("Laptop", "Notebook"), laptop, (390, 1500), GADGET + METAL[:3], (), ("14-Inch", "15-Inch", "13-Inch")),
    Kind(COMPUTE, ("Mouse", "Wireless Mouse"), mouse, (12, 68), TECH + SOFT, ("dots", "zigzag"), ("Ergonomic", "Silent"), True),
    Kind(COMPUTE, ("Keyboard", "Mechanical Keyboard"), keyboard, (24, 150), TECH + SOFT, (), ("Compact", "Low-Profile"), True),
    Kind(COMPUTE, ("USB Stick", "Flash Drive"), usb_stick, (6, 34), TECH + METAL, ("stripes", "diagonal"), ("64 GB", "128 GB", "32 GB"),
         True, 35),
    Kind(COMPUTE, ("Router", "Wi-Fi Router"), router, (39, 220), GADGET + SOFT + BRIGHT[:3], (), ("Dual-Band", "Mesh")),
)  # fmt: skip
