"""Camera & Photo."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    INK,
    LEATHER,
    METAL,
    PAPER,
    SOFT,
    STEEL,
    darker,
    lighter,
)
from ingest.drawn.phones import lens_glass, wallpaper

# outlines and tables stay in rows: a point per line would hide their shape
# fmt: off


def camera(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.88, 1.02), s.vary(0.46, 0.56)
    trim = s.paint(STEEL, INK, (214, 206, 190))
    c.box(-0.68, -tall - 0.14, -0.4, -tall + 0.04, trim, "metal", r=0.03)
    c.box(0.42, -tall - 0.1, 0.66, -tall + 0.04, trim, "metal", r=0.03)
    c.area(ol.rounded([(-0.3, -tall + 0.04), (-0.22, -tall - 0.26), (0.22, -tall - 0.26),
           (0.3, -tall + 0.04)], 0.06), trim, "plate")
    c.box(-0.14, -tall - 0.16, 0.14, -tall - 0.02, (60, 70, 96), "dish", r=0.03)
    c.box(-wide, -tall, wide, tall, trim, "log", r=0.14)
    c.box(-wide, -tall + 0.22, wide, tall - 0.12, s.main, "soft", edge=0.01)
    r = s.vary(0.44, 0.52)
    c.oval(0, 0.04, r + 0.08, r + 0.08, trim, "ball")
    c.area(ol.star(0, 0.04, r, r * 0.96, 36), INK, "ball")
    lens_glass(c, 0, 0.04, r * 0.76)
    c.oval(wide * 0.76, -tall + 0.32, 0.06, 0.06, (206, 60, 56), "ball")


def instant_camera(c: Canvas, s: Style) -> None:
    tall = s.vary(0.7, 0.82)
    c.box(-0.5, tall - 0.15, 0.5, tall + 0.3, PAPER, "soft", edge=0.012)
    wallpaper(c, s, -0.42, tall - 0.1, 0.42, tall + 0.2)
    c.area(ol.rounded([(-0.72, -tall), (0.72, -tall), (0.9, 0.2), (0.9, tall), (-0.9, tall),
           (-0.9, 0.2)], 0.14), s.main, "soft")
    c.box(-0.9, 0.36, 0.9, 0.62, PAPER, "log", edge=0.01)
    for step in range(4):
        tone = BRIGHT[(step * 3 + 9) % 10].rgb
        c.box(-0.1 + step * 0.05, 0.37, -0.05 + step * 0.05, 0.61, tone, "none", edge=0)
    c.box(-0.7, tall - 0.1, 0.7, tall - 0.03, INK, "none", r=0.02, edge=0)
    c.oval(0, -0.14, 0.44, 0.44, PAPER, "ball")
    lens_glass(c, 0, -0.14, 0.32)
    c.box(0.36, -tall + 0.08, 0.66, -tall + 0.28, (246, 240, 200), "plate", r=0.04)
    c.box(-0.62, -tall + 0.1, -0.4, -tall + 0.26, (52, 60, 84), "dish", r=0.04)
    c.oval(-0.64, 0.16, 0.09, 0.09, s.accent, "ball")


def photo_lens(c: Canvas, s: Style) -> None:
    wide, long = s.vary(0.5, 0.62), s.vary(0.5, 0.85)
    c.lathe([(long - 0.08, wide * 0.8), (long + 0.08, wide * 0.78)], STEEL, "metal", curved=False)
    c.lathe([(-long, wide), (-long + 0.35, wide), (-long + 0.42, wide * 0.88), (long, wide * 0.88)],
            s.main, "round", curved=False)
    grip = c.box(-wide * 0.92, -0.12, wide * 0.92, 0.28, darker(s.main, 0.4), "round", r=0.03)
    for step in range(17):
        x = -wide + step * wide / 8
        c.line([(x, -0.12), (x, 0.28)], 0.022, lighter(s.main, 0.18), clip=grip)
    c.box(-wide * 0.88, 0.4, wide * 0.88, 0.46, s.paint((206, 60, 56), (222, 180, 92), s.accent),
          "round", edge=0)
    c.oval(0, -long, wide, 0.24, lighter(s.main, 0.12), "soft")
    c.oval(0, -long, wide * 0.84, 0.19, (52, 58, 104), "dish", edge=0.012)
    c.oval(-wide * 0.3, -long - 0.04, wide * 0.22, 0.06, (190, 200, 240), "none", edge=0,
           opacity=0.6)


def tripod(c: Canvas, s: Style) -> None:
    spread = s.vary(0.5, 0.72)
    for x in (0.0, -spread, spread):
        c.tube([(x * 0.12, -0.5), (x, 1.0)], 0.1, s.main, curved=False)
        c.tube([(x * 0.62, 0.36), (x, 1.0)], 0.065, s.metal, curved=False)
        c.oval(x, 1.0, 0.07, 0.06, INK, "ball")
        c.oval(x * 0.6, 0.34, 0.075, 0.075, s.accent, "ball")
    c.tube([(0, -0.95), (0, 0.1)], 0.09, s.metal)
    c.box(-0.2, -0.62, 0.2, -0.4, s.main, "round", r=0.05)
    c.tube([(0.1, -0.85), (0.55, -0.62)], 0.06, INK, curved=False)
    c.box(-0.26, -1.08, 0.26, -0.94, s.main, "log", r=0.04)
    c.box(-0.16, -0.94, 0.16, -0.76, s.accent, "round", r=0.04)


def film(c: Canvas, s: Style) -> None:
    brown = (92, 62, 52)
    long = s.vary(0.6, 1.0)
    c.area([(0.2, -0.5), (0.3 + long, -0.5), (0.4 + long, -0.3), (0.4 + long, 0.5), (0.2, 0.5)],
           brown, "soft")
    for step in range(round(long / 0.16) + 1):
        for y in (-0.42, 0.34):
            x = 0.36 + step * 0.16
            c.box(x, y, x + 0.08, y + 0.09, PAPER, "none", r=0.02, edge=0)
    c.box(-0.55, -0.72, 0.35, 0.72, s.cloth, "round", r=0.03)
    c.box(-0.58, -0.8, 0.38, -0.66, INK, "round", r=0.04)
    c.box(-0.58, 0.66, 0.38, 0.8, INK, "round", r=0.04)
    c.box(-0.22, -0.98, 0.02, -0.78, INK, "round", r=0.02)
    c.box(-0.55, -0.2, 0.35, 0.3, s.accent if not s.pattern else PAPER, "round", edge=0.01)
    for y, half in ((-0.02, 0.28), (0.14, 0.18)):
        c.line([(-0.1 - half, y), (-0.1 + half, y)], 0.06, INK)


PHOTO = "Camera & Photo"
KINDS = (
    Kind(PHOTO, ("Mirrorless Camera", "Rangefinder Camera"), camera, (390, 1600),
         LEATHER + DEEP + BRIGHT[:3], (), ("24 MP", "Retro", "Compact")),
    Kind(PHOTO, ("Instant Camera", "Print Camera"), instant_camera, (69, 160), SOFT + BRIGHT, (),
         ("Mini", "Square")),
    Kind(PHOTO, ("Camera Lens", "Prime Lens", "Zoom Lens"), photo_lens, (149, 890),
         DEEP + METAL[:1] + SOFT[-1:], (), ("35 mm", "50 mm", "85 mm")),
    Kind(PHOTO, ("Tripod", "Travel Tripod"), tripod, (29, 190), DEEP + BRIGHT, (),
         ("Carbon", "Aluminum")),
    Kind(PHOTO, ("35mm Film", "Roll Film"), film, (7, 19), BRIGHT + DEEP,
         ("stripes", "diagonal", "pinstripes"), ("ISO 200", "ISO 400", "Black & White"), True, -12,
         packs=("24 Exposures", "36 Exposures")),
)
