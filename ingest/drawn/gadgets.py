"""Cell Phones & Accessories and Camera & Photo."""

from __future__ import annotations

from ingest.drawn import outline as ol
from ingest.drawn.canvas import Canvas
from ingest.drawn.kind import Kind, Style
from ingest.drawn.palette import (
    BRIGHT,
    DEEP,
    EVERYDAY,
    GADGET,
    INK,
    LEATHER,
    METAL,
    PAPER,
    RGB,
    SOFT,
    STEEL,
    darker,
    lighter,
    mix,
)


def lens_glass(c: Canvas, x: float, y: float, r: float, tint: RGB = (70, 90, 150)) -> None:
    """Coated front glass, seen straight on."""
    c.oval(x, y, r, r, INK, "ball")
    c.oval(x, y, r * 0.78, r * 0.78, darker(tint, 0.45), "dish", edge=0.01)
    c.oval(x, y, r * 0.46, r * 0.46, darker(tint, 0.75), "none", edge=0)
    c.oval(
        x - r * 0.26, y - r * 0.3, r * 0.2, r * 0.16, (220, 230, 250), "none", edge=0, opacity=0.75
    )
    c.oval(
        x + r * 0.26,
        y + r * 0.3,
        r * 0.12,
        r * 0.1,
        mix(tint, (220, 120, 200), 0.5),
        "none",
        edge=0,
        opacity=0.6,
    )


def wallpaper(c: Canvas, s: Style, x0: float, y0: float, x1: float, y1: float) -> None:
    """A switched-on screen: hills under a low sun."""
    sky = c.box(x0, y0, x1, y1, mix(s.accent, PAPER, 0.3), "none", r=0.05, edge=0)
    wide, tall = x1 - x0, y1 - y0
    sun = s.vary(0.3, 0.7)
    c.oval(
        x0 + wide * sun,
        y0 + tall * 0.46,
        wide * 0.16,
        wide * 0.16,
        (255, 236, 190),
        "none",
        edge=0,
        clip=sky,
    )
    for level, share in ((0.56, 0.25), (0.72, 0.5)):
        top = y0 + tall * level
        hill = ol.smooth(
            [
                (x0 - 0.1, top),
                (x0 + wide * 0.3, top - tall * 0.1),
                (x0 + wide * 0.7, top + tall * 0.06),
                (x1 + 0.1, top - tall * 0.08),
            ]
        )
        c.area(
            [*map(tuple, hill), (x1 + 0.1, y1), (x0 - 0.1, y1)],
            darker(s.accent, share),
            "none",
            edge=0,
            clip=sky,
        )


def smartphone(c: Canvas, s: Style) -> None:
    wide, r = s.vary(0.44, 0.52), s.vary(0.08, 0.16)
    c.box(wide - 0.02, -0.4, wide + 0.03, -0.1, darker(s.main, 0.2), "soft", r=0.01)
    c.box(-wide, -1.0, wide, 1.0, s.main, "plate", r=r)
    c.box(-wide + 0.05, -0.95, wide - 0.05, 0.95, INK, "none", r=r * 0.8, edge=0.008)
    wallpaper(c, s, -wide + 0.07, -0.93, wide - 0.07, 0.93)
    c.box(-0.12, -0.9, 0.12, -0.84, INK, "none", r=0.03, edge=0)
    for row in range(2):
        for column in range(4):
            x, y = (column - 1.5) * wide * 0.42, 0.5 + row * 0.2
            tone = BRIGHT[(row * 4 + column * 3 + s.roll(4)) % len(BRIGHT)].rgb
            c.box(x - 0.07, y - 0.07, x + 0.07, y + 0.07, tone, "soft", r=0.03, edge=0)
    c.area(
        [(-wide + 0.1, -0.9), (0.0, -0.9), (-wide + 0.1, 0.3)],
        (255, 255, 255),
        "none",
        edge=0,
        opacity=0.16,
    )


def phone_case(c: Canvas, s: Style) -> None:
    wide = s.vary(0.46, 0.53)
    c.box(-wide, -1.0, wide, 1.0, s.cloth, "soft", r=0.16)
    c.line(ol.box(-wide + 0.03, -0.97, wide - 0.03, 0.97, 0.14), 0.03, darker(s.main, 0.2))
    c.box(-wide + 0.1, -0.9, -wide + s.vary(0.42, 0.52), -0.36, INK, "soft", r=0.1)
    for y in (-0.76, -0.52):
        lens_glass(c, -wide + 0.26, y, 0.11)
    c.oval(-wide + 0.42, -0.64, 0.03, 0.03, (250, 240, 210), "ball", edge=0)
    if not s.pattern:
        motif = s.pick("moon", "star", "wave")
        if motif == "moon":
            c.oval(0.02, 0.3, 0.26, 0.26, s.accent)
            c.oval(0.12, 0.24, 0.22, 0.22, s.main, "none", edge=0)
        elif motif == "star":
            c.area(ol.star(0, 0.3, 0.28, 0.14, 5), s.accent)
        else:
            for step in range(3):
                y = 0.2 + step * 0.18
                c.line(
                    [(-wide + 0.08, y), (-0.16, y - 0.12), (0.16, y + 0.1), (wide - 0.08, y)],
                    0.06,
                    s.accent,
                    curved=True,
                )


def cable(c: Canvas, s: Style) -> None:
    loops = 2 + s.roll(2)
    for step in range(loops + 1):
        c.tube(
            ol.oval(0.03 * step, 0.02 * step, 0.7 - 0.1 * step, 0.62 - 0.1 * step),
            0.09,
            s.main,
            curved=False,
        )
    c.tube([(-0.7, 0.0), (-0.85, 0.5), (-0.7, 0.8)], 0.09, s.main)
    c.tube([(0.7, 0.0), (0.9, 0.4), (0.85, 0.7)], 0.09, s.main)
    for x, y, angle in ((-0.68, 0.86, 20), (0.84, 0.8, -5)):
        plug = ol.turned(ol.box(-0.12, -0.1, 0.12, 0.2, 0.04), -angle) + [x, y]
        tip = ol.turned(ol.box(-0.08, 0.2, 0.08, 0.38, 0.02), -angle) + [x, y]
        c.area(tip, STEEL, "metal")
        c.area(plug, s.paint(PAPER, INK, s.accent), "round")
    c.area(ol.turned(ol.box(-0.1, -0.16, 0.1, 0.16, 0.04), 0) + [0.02, -0.48], s.accent, "soft")


def power_bank(c: Canvas, s: Style) -> None:
    wide, r = s.vary(0.5, 0.64), s.vary(0.08, 0.22)
    c.box(-wide + 0.06, -0.92, wide + 0.08, 1.02, darker(s.main, 0.35), "soft", r=r)
    c.box(-wide, -0.98, wide, 0.96, s.cloth, "plate", r=r)
    for step in range(4):
        tone = (120, 220, 150) if step <= s.roll(4) else lighter(s.main, 0.25)
        c.oval(-0.15 + step * 0.1, -0.8, 0.03, 0.03, tone, "ball", edge=0.006)
    c.box(-0.2, 0.82, 0.2, 0.92, INK, "none", r=0.03, edge=0)
    bolt = [(0.08, -0.34), (-0.2, 0.1), (-0.02, 0.1), (-0.08, 0.44), (0.2, -0.02), (0.02, -0.02)]
    c.area(bolt, s.accent, "soft")


def wall_charger(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.5, 0.66), s.vary(0.5, 0.75)
    for x in (-0.2, 0.2):
        c.box(x - 0.05, -tall - 0.4, x + 0.05, -tall + 0.1, s.metal, "metal", r=0.04)
    c.box(-wide, -tall, wide, tall, s.main, "soft", r=0.18)
    c.box(
        -wide * 0.76,
        -tall * 0.74,
        wide * 0.76,
        tall * 0.8,
        lighter(s.main, 0.12),
        "plate",
        r=0.12,
        edge=0.01,
    )
    ports = 1 + s.roll(3)
    for step in range(ports):
        y = (step - (ports - 1) / 2) * 0.3 + 0.1
        c.box(-0.22, y - 0.07, 0.22, y + 0.07, INK, "dish", r=0.05)
        c.box(-0.14, y - 0.02, 0.14, y + 0.02, s.accent, "none", edge=0)
    c.oval(0, -tall * 0.55, 0.04, 0.04, (120, 220, 150), "ball", edge=0)


def camera(c: Canvas, s: Style) -> None:
    wide, tall = s.vary(0.88, 1.02), s.vary(0.46, 0.56)
    trim = s.paint(STEEL, INK, (214, 206, 190))
    c.box(-0.68, -tall - 0.14, -0.4, -tall + 0.04, trim, "metal", r=0.03)
    c.box(0.42, -tall - 0.1, 0.66, -tall + 0.04, trim, "metal", r=0.03)
    c.area(
        ol.rounded(
            [
                (-0.3, -tall + 0.04),
                (-0.22, -tall - 0.26),
                (0.22, -tall - 0.26),
                (0.3, -tall + 0.04),
            ],
            0.06,
        ),
        trim,
        "plate",
    )
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
    c.area(
        ol.rounded(
            [(-0.72, -tall), (0.72, -tall), (0.9, 0.2), (0.9, tall), (-0.9, tall), (-0.9, 0.2)],
            0.14,
        ),
        s.main,
        "soft",
    )
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
    c.lathe(
        [(-long, wide), (-long + 0.35, wide), (-long + 0.42, wide * 0.88), (long, wide * 0.88)],
        s.main,
        "round",
        curved=False,
    )
    grip = c.box(-wide * 0.92, -0.12, wide * 0.92, 0.28, darker(s.main, 0.4), "round", r=0.03)
    for step in range(17):
        x = -wide + step * wide / 8
        c.line([(x, -0.12), (x, 0.28)], 0.022, lighter(s.main, 0.18), clip=grip)
    c.box(
        -wide * 0.88,
        0.4,
        wide * 0.88,
        0.46,
        s.paint((206, 60, 56), (222, 180, 92), s.accent),
        "round",
        edge=0,
    )
    c.oval(0, -long, wide, 0.24, lighter(s.main, 0.12), "soft")
    c.oval(0, -long, wide * 0.84, 0.19, (52, 58, 104), "dish", edge=0.012)
    c.oval(
        -wide * 0.3, -long - 0.04, wide * 0.22, 0.06, (190, 200, 240), "none", edge=0, opacity=0.6
    )


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
    c.area(
        [(0.2, -0.5), (0.3 + long, -0.5), (0.4 + long, -0.3), (0.4 + long, 0.5), (0.2, 0.5)],
        brown,
        "soft",
    )
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


PHONE, PHOTO = "Cell Phones & Accessories", "Camera & Photo"
CASES = EVERYDAY
KINDS = (
    Kind(PHONE, ("Smartphone", "Mobile Phone"), smartphone, (199, 890), GADGET + METAL[:3], (), ("5G", "Dual-SIM", "128 GB"), True, 8),
    Kind(PHONE, ("Phone Case", "Protective Case"), phone_case, (9, 32), CASES,
         ("stripes", "dots", "checks", "zigzag", "flowers", "diagonal"), ("Silicone", "Slim", "Leather"), True, -8),
    Kind(PHONE, ("Charging Cable", "USB-C Cable"), cable, (6, 22), BRIGHT + GADGET[:2], (), ("Braided", "2 m", "Fast"), True),
    Kind(PHONE, ("Power Bank", "Portable Charger"), power_bank, (18, 58), GADGET + BRIGHT, ("diagonal", "dots"),
         ("10,000 mAh", "Slim", "20,000 mAh"), True, 10),
    Kind(PHONE, ("Wall Charger", "USB Charger"), wall_charger, (9, 36), GADGET + SOFT, (), ("20 W", "Dual", "65 W"), True),
    Kind(PHOTO, ("Mirrorless Camera", "Rangefinder Camera"), camera, (390, 1600), LEATHER + DEEP + BRIGHT[:3], (),
         ("24 MP", "Retro", "Compact")),
    Kind(PHOTO, ("Instant Camera", "Print Camera"), instant_camera, (69, 160), SOFT + BRIGHT, (), ("Mini", "Square")),
    Kind(PHOTO, ("Camera Lens", "Prime Lens", "Zoom Lens"), photo_lens, (149, 890), DEEP + METAL[:1] + SOFT[-1:], (),
         ("35 mm", "50 mm", "85 mm")),
    Kind(PHOTO, ("Tripod", "Travel Tripod"), tripod, (29, 190), DEEP + BRIGHT, (), ("Carbon", "Aluminum")),
    Kind(PHOTO, ("35mm Film", "Color Film"), film, (7, 19), BRIGHT + DEEP, ("stripes", "diagonal", "pinstripes"),
         ("ISO 200", "ISO 400", "Black & White"), True, -12),
)  # fmt: skip
