"""The colours of the drawn shop: named, grouped by what they suit, and mixed by two functions."""

from __future__ import annotations

from typing import NamedTuple

RGB = tuple[int, int, int]


class Color(NamedTuple):
    """A colour a shop would name in a title."""

    name: str
    rgb: RGB


BRIGHT = (
    Color("Teal", (38, 143, 140)),
    Color("Coral", (238, 112, 92)),
    Color("Sunflower", (245, 190, 64)),
    Color("Cobalt", (46, 92, 178)),
    Color("Raspberry", (196, 50, 96)),
    Color("Leaf Green", (96, 158, 74)),
    Color("Tangerine", (240, 142, 58)),
    Color("Violet", (128, 92, 176)),
    Color("Sky Blue", (100, 172, 220)),
    Color("Cherry Red", (206, 52, 54)),
)
SOFT = (
    Color("Blush", (240, 196, 190)),
    Color("Sage", (168, 188, 156)),
    Color("Powder Blue", (176, 204, 224)),
    Color("Butter", (248, 226, 160)),
    Color("Lilac", (204, 188, 224)),
    Color("Mint", (170, 220, 196)),
    Color("Peach", (248, 202, 168)),
    Color("Cream", (244, 234, 214)),
)
DEEP = (
    Color("Navy", (38, 52, 92)),
    Color("Charcoal", (66, 70, 78)),
    Color("Burgundy", (116, 36, 52)),
    Color("Forest Green", (44, 88, 66)),
    Color("Black", (42, 42, 48)),
    Color("Plum", (88, 54, 92)),
    Color("Slate", (92, 108, 126)),
)
METAL = (
    Color("Silver", (196, 200, 208)),
    Color("Gold", (222, 180, 92)),
    Color("Rose Gold", (222, 160, 140)),
    Color("Copper", (196, 118, 78)),
    Color("Gunmetal", (102, 106, 116)),
)
WOOD = (
    Color("Oak", (198, 154, 102)),
    Color("Walnut", (124, 82, 56)),
    Color("Maple", (224, 188, 138)),
    Color("Cherry Wood", (164, 88, 58)),
)
LEATHER = (
    Color("Tan", (188, 132, 84)),
    Color("Brown", (118, 76, 52)),
    Color("Black", (46, 44, 48)),
    Color("Cognac", (162, 92, 52)),
    Color("Cream", (236, 222, 198)),
)
GADGET = (
    Color("Black", (44, 46, 52)),
    Color("White", (240, 241, 244)),
    Color("Space Gray", (110, 116, 126)),
    Color("Navy", (44, 60, 104)),
    Color("Mint", (160, 214, 194)),
    Color("Red", (202, 56, 58)),
    Color("Rose", (232, 176, 176)),
)
EVERYDAY = BRIGHT + SOFT + DEEP

INK: RGB = (46, 48, 56)
PAPER: RGB = (250, 247, 240)
STEEL: RGB = (186, 192, 200)
BRASS: RGB = (216, 178, 96)
TIMBER: RGB = (196, 152, 102)
LEAF: RGB = (92, 150, 84)
GLASS: RGB = (206, 228, 234)
RUBBER: RGB = (56, 58, 64)


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` moved towards `b`; share 0 is all `a`, 1 all `b`."""
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def darker(color: RGB, share: float = 0.3) -> RGB:
    """Towards a warm near-black, which keeps shades livelier than plain black does."""
    return mix(color, (28, 22, 34), share)


def lighter(color: RGB, share: float = 0.4) -> RGB:
    return mix(color, (255, 253, 248), share)


def luminance(color: RGB) -> float:
    """Perceived brightness, 0 to 255 (Rec. 601 weights)."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]
