"""Computers & Accessories."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    GADGET,
    INK,
    METAL,
    PAPER,
    SOFT,
    STEEL,
    darker,
    lighter,
)
from ingest.drawn.phones import wallpaper

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def laptop(c: Canvas, s: Style) -> None:
    lean = s.vary(0.0, 0.08)
    c.area(ol.rounded([(-0.86 + lean, -0.72), (0.86 - lean, -0.72), (0.9, 0.36), (-0.9, 0.36)],
           0.06), s.main, "plate")
    c.box(-0.82 + lean, -0.66, 0.82 - lean, 0.3, INK, "none", r=0.02, edge=0.01)
    wallpaper(c, s, -0.79 + lean, -0.63, 0.79 - lean, 0.26)
    deck = [(-0.9, 0.36), (0.9, 0.36), (1.18, 0.78), (-1.18, 0.78)]
    c.area(deck, s.main, "soft")
    for row in range(4):
        y = 0.41 + row * 0.058
        half = 0.78 + row * 0.045
        for key in range(11):
            x = -half + key * 2 * half / 11
            c.box(x + 0.012, y, x + 2 * half / 11 - 0.012, y + 0.04, darker(s.main, 0.6), "none",
                  edge=0)
    c.area([(-0.26, 0.66), (0.26, 0.66), (0.29, 0.75), (-0.29, 0.75)], darker(s.main, 0.15), "none",
           edge=0.008)
    c.area([(-1.18, 0.78), (1.18, 0.78), (1.1, 0.85), (-1.1, 0.85)], darker(s.main, 0.3), "log")


def mouse(c: Canvas, s: Style) -> None:
    wide, waist = s.vary(0.5, 0.62), s.vary(0.42, 0.56)
    if s.chance(0.5):
        c.tube([(0, -0.8), (0.1, -1.1), (-0.2, -1.3), (0.05, -1.55)], 0.06, INK)
    body = ol.smooth([(0, -0.9), (wide * 0.86, -0.72), (waist, 0.0), (wide, 0.55), (0, 0.95),
                     (-wide, 0.55), (-waist, 0.0), (-wide * 0.86, -0.72)], closed=True)
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
            c.box(x + 0.01, y + 0.01, x + step - 0.01, y + step - 0.012, tone, "soft", r=0.02,
                  edge=0.008)
    y = tall / 2 - step
    c.box(-1.05 + 4 * step + 0.01, y + 0.01, -1.05 + 9 * step - 0.01, y + step - 0.012, cap, "soft",
          r=0.02, edge=0.008)


def usb_stick(c: Canvas, s: Style) -> None:
    wide, long = s.vary(0.24, 0.32), s.vary(0.6, 0.8)
    c.box(-wide * 0.7, -long - 0.45, wide * 0.7, -long + 0.05, STEEL, "metal")
    for x in (-0.4, 0.4):
        c.box(x * wide - 0.04, -long - 0.32, x * wide + 0.04, -long - 0.2, INK, "none", edge=0)
    c.box(-wide, -long, wide, long, s.cloth, "round", r=s.vary(0.06, 0.24))
    c.oval(0, long - 0.16, 0.07, 0.07, darker(s.main, 0.65), "dish")
    c.tube(ol.arc(0, long + 0.1, 0.12, 0.26, -80, 260), 0.04, s.metal, curved=False)
    c.box(-wide * 0.6, -long + 0.25, wide * 0.6, 0.1, PAPER if s.pattern else s.accent, "soft",
          r=0.04)


def router(c: Canvas, s: Style) -> None:
    count = 2 + s.roll(3)
    tall = s.vary(0.22, 0.34)
    for step in range(count):
        x = -0.75 + step * 1.5 / (count - 1)
        c.tube([(x, 0.2), (x * 1.12, -0.9)], 0.11, darker(s.main, 0.25), curved=False)
    c.area(ol.rounded([(-0.9, 0.1), (0.9, 0.1), (1.05, 0.3 + tall), (-1.05, 0.3 + tall)], 0.12),
           s.main, "log")
    c.box(-1.05, 0.24 + tall, 1.05, 0.42 + tall, darker(s.main, 0.4), "log", r=0.06)
    for step in range(5):
        tone = (120, 226, 150) if step < 2 + s.roll(3) else (90, 160, 230)
        c.oval(-0.3 + step * 0.15, 0.33 + tall, 0.03, 0.03, tone, "ball", edge=0)
    c.line([(-0.7, 0.22), (0.7, 0.22)], 0.03, lighter(s.main, 0.4))


COMPUTE = "Computers & Accessories"
TECH = GADGET + BRIGHT
KINDS = (
    Kind(COMPUTE, ("Laptop", "Notebook"), laptop, (390, 1500), GADGET + METAL[:3], (),
         ("14-Inch", "15-Inch", "13-Inch")),
    Kind(COMPUTE, ("Mouse", "Wireless Mouse"), mouse, (12, 68), TECH + SOFT, ("dots", "zigzag"),
         ("Ergonomic", "Silent"), True),
    Kind(COMPUTE, ("Keyboard", "Mechanical Keyboard"), keyboard, (24, 150), TECH + SOFT, (),
         ("Compact", "Low-Profile"), True),
    Kind(COMPUTE, ("USB Stick", "Flash Drive"), usb_stick, (6, 34), TECH + METAL,
         ("stripes", "diagonal"), ("64 GB", "128 GB", "32 GB"), True, 35),
    Kind(COMPUTE, ("Router", "Wi-Fi Router"), router, (39, 220), GADGET + SOFT + BRIGHT[:3], (),
         ("Dual-Band", "Mesh")),
)
