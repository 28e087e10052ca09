"""The colours of a product, named, from the pixels of its picture."""

from collections.abc import Mapping
from functools import cache

import numpy as np
from PIL import Image

from vision.errors import UnreadableImage
from vision.image import decode

# The vocabulary, and what each name looks like on cloth, leather and plastic: named web colours
# and their duller relatives, because shop photos are rarely vivid.
SWATCHES: Mapping[str, str] = {
    "black": "000000 1a1a1a 2b2b2b 3a3a3a 464646",
    "white": "ffffff f0f0f0 dedede",
    "grey": "5c5c5c 707070 8c8c8c a9a9a9 c4c4c4",
    "beige": "f5f5dc f5deb3 d2b48c c8b090 b8a080",
    "brown": "2a1c16 3c2c24 4a3020 653c20 80502c a06838 5c4a40 7a6048 8c7460 a0522d",
    "red": "5c0c14 8b0000 b22222 dc143c ff0000 a82048 7a3038 cd5c5c d83848",
    "orange": "e06818 ff8c00 ffa500 e89050 ff6020",
    "yellow": "ffff00 ffd700 f0d050 e8c020 f8f090 d8b830",
    "green": "102c1c 204c2c 228b22 32cd32 90d040 98c080 556b2f 6b8e23 8f9a60 58704c 80b090 305c54",
    "turquoise": "008080 20b2aa 40e0d0 a0e0d8",
    "blue": "101830 000080 203878 4169e1 1e90ff 87ceeb 38485c 586880 6080a8 a0b8d8 d0e0f4 9098b0 "
    "283848",
    "purple": "281838 4b0082 800080 9060c0 c0a8d8 601848 704878 6a5acd 806888",
    "pink": "ffc0cb f080a0 ff1493 e040a0 f8dce4 e0a0b0 f06080",
}
# Shops' own words that do not hold one of the names.
_WORDS: Mapping[str, str] = {
    "gray": "grey", "charcoal": "grey", "anthracite": "grey", "slate": "grey", "silver": "grey",
    "steel": "grey", "platinum": "grey", "ash": "grey", "graphite": "grey", "ebony": "black",
    "jet": "black", "onyx": "black", "ivory": "white", "snow": "white", "pearl": "white",
    "cream": "beige", "ecru": "beige", "khaki": "beige", "sand": "beige", "nude": "beige",
    "champagne": "beige", "tan": "brown", "taupe": "brown", "camel": "brown", "cognac": "brown",
    "chocolate": "brown", "coffee": "brown", "mocha": "brown", "chestnut": "brown",
    "walnut": "brown", "maroon": "red", "burgundy": "red",
    "bordeaux": "red", "wine": "red", "crimson": "red", "scarlet": "red", "cherry": "red",
    "rust": "orange", "coral": "orange", "apricot": "orange", "tangerine": "orange",
    "mustard": "yellow", "lemon": "yellow",
    "olive": "green", "lime": "green", "mint": "green", "emerald": "green", "sage": "green",
    "teal": "turquoise", "aqua": "turquoise", "cyan": "turquoise", "petrol": "turquoise",
    "navy": "blue", "indigo": "blue", "denim": "blue", "azure": "blue", "cobalt": "blue",
    "violet": "purple", "lavender": "purple", "lilac": "purple", "mauve": "purple",
    "plum": "purple", "aubergine": "purple", "magenta": "pink", "fuchsia": "pink",
    "rose": "pink", "peach": "pink", "salmon": "pink",
}  # fmt: skip
MOST = 3
# Of the product: with less, a colour is a button or a shadow.
MIN_SHARE = 0.12
# Of the product's middle: a colour with less is no reason for its name.
_SPOT = 0.02
_MIDDLE_WEIGHT = 0.1
# What the picture is looked at in: texture melts into the colour that a person would name.
SIDE = 32
# Of 8 bits per channel, when a pixel's name is looked up.
_DROPPED_BITS = 3
# Distance in LAB up to which a pixel is background; soft shadows lie outside.
_LIKE_BORDER = 6.0
# Of the border's pixels: with fewer alike there is no plain background.
_PLAIN_BORDER = 0.5
# Of the picture: with less left, the product has its background's colour.
_LEFT = 0.03
# Width of the bell by which the middle counts more, as a share of the side: shops centre what
# they sell, and what else the model wears lies off the middle.
_MIDDLE = 0.2
# Names are told apart by hue more than by light or by strength.
_LIGHT, _KNEE = 0.4, 10.0
# Highlights on black and shadows on white are grey, so grey has to be more than others.
_GREY = 0.6

# sRGB to linear light (IEC 61966-2-1), and to XYZ relative to the white of D65
_BYTES = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_BYTES > 0.04045, ((_BYTES + 0.055) / 1.055) ** 2.4, _BYTES / 12.92)
_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
) / np.array([[0.9505], [1.0], [1.089]], np.float32)


def colours(image: Image.Image) -> tuple[str, ...]:
    """Names of SWATCHES, at most MOST, the largest share first. `image` must be RGB."""
    found = shares(image)
    names = [name for name, share in found.items() if share >= MIN_SHARE]
    return tuple(names[:MOST] or list(found)[:1])


def thumbnail_colours(thumbnail: bytes) -> tuple[str, ...]:
    """`colours` of a JPEG; none where it cannot be read."""
    try:
        return colours(decode(thumbnail, min_side=SIDE))
    except UnreadableImage:
        return ()


def shares(image: Image.Image) -> dict[str, float]:
    """Share of the product's pixels by name, largest first, without zeros; they sum to 1."""
    pixels, weights = _product(image, SIDE)
    red, green, blue = (pixels >> _DROPPED_BITS).astype(np.intp).T
    found = np.bincount(_names()[red, green, blue], weights, len(SWATCHES))
    found[list(SWATCHES).index("grey")] *= _GREY
    named = dict(zip(SWATCHES, (found / found.sum()).tolist(), strict=True))
    ranked = sorted(named.items(), key=lambda pair: -pair[1])
    return {name: share for name, share in ranked if share}


def distances(image: Image.Image) -> dict[str, float]:
    """How far the product is from what each of SWATCHES looks like: its nearest spot; 0 and more.

    About 4 is the next name's swatch, 20 another colour altogether. `image` must be RGB.
    """
    pixels, weights = _product(image, 2 * SIDE)
    # the middle, where there is something: what else the model wears would excuse a wrong word
    middle = weights > _MIDDLE_WEIGHT
    swatches, owners = _swatches()
    far = _distances(pixels[middle] if middle.any() else pixels, swatches)
    first = np.searchsorted(owners, np.arange(len(SWATCHES)))
    nearest = np.sqrt(np.minimum.reduceat(far, first, axis=1))
    spots = np.percentile(nearest, 100 * _SPOT, axis=0)
    return dict(zip(SWATCHES, spots.tolist(), strict=True))


def plain_name(word: str) -> str | None:
    """The vocabulary's name for a shop's: "Navy Blue" and "navy" are blue.

    None for what cannot be held against pixels: "multi", "gold" (which is a shine), or a word that
    nobody knows.
    """
    # the last word tells the colour, those before it which kind: "sea green"
    for part in reversed(word.casefold().replace("-", " ").split()):
        if part in SWATCHES:
            return part
        if part in _WORDS:
            return _WORDS[part]
    return None


def _lab(rgb: np.ndarray) -> np.ndarray:
    """(..., 3) uint8 sRGB → float32 CIE L*a*b* (CIE 15): L in [0, 100], a and b around 0."""
    xyz = _LINEAR[rgb] @ _XYZ.T
    bent = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (841 / 108) + 4 / 29)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _product(image: Image.Image, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) uint8 RGB of the pixels that are not background, and how much each counts."""
    pixels = np.asarray(image.resize((side, side), Image.Resampling.BOX))
    kept = ~_background(_lab(pixels))
    if np.count_nonzero(kept) < _LEFT * kept.size:
        kept[:] = True
    return pixels[kept], _bell(side)[kept]


def _background(lab: np.ndarray) -> np.ndarray:
    """True where the border's colour can be followed straight inwards from an edge."""
    edge = _edge(len(lab))
    ranked = np.sort(lab[edge], axis=0)
    # their number is even
    border = ranked[len(ranked) // 2 - 1 : len(ranked) // 2 + 1].sum(axis=0) / 2
    far = lab - border
    like = np.einsum("ijk,ijk->ij", far, far) < _LIKE_BORDER**2
    if np.count_nonzero(like[edge]) < _PLAIN_BORDER * len(ranked):
        return np.zeros_like(like)
    follow = np.logical_and.accumulate
    down, right = follow(like, axis=0), follow(like, axis=1)
    up, left = follow(like[::-1], axis=0)[::-1], follow(like[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(down | right | up | left)


def _distances(rgb: np.ndarray, swatches: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 RGB and (S, 3) swatches → (N, S), squared."""
    return np.asarray(((_seen(_lab(rgb))[:, None] - swatches) ** 2).sum(axis=2))


def _seen(lab: np.ndarray) -> np.ndarray:
    """LAB in which distance is difference of name."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])[..., None]
    bent = _KNEE * np.log1p(chroma / _KNEE) / np.maximum(chroma, 1e-6)
    return np.concatenate([lab[..., :1] * _LIGHT, lab[..., 1:] * bent], axis=-1)


@cache
def _swatches() -> tuple[np.ndarray, np.ndarray]:
    """All swatches as `_seen` gives them, and the index of each one's name."""
    counts = [len(swatches.split()) for swatches in SWATCHES.values()]
    rgb = np.frombuffer(bytes.fromhex(" ".join(SWATCHES.values())), np.uint8).reshape(-1, 3)
    return _seen(_lab(rgb)), np.repeat(np.arange(len(counts)), counts)


@cache
def _names() -> np.ndarray:
    """(32, 32, 32): for each cell of RGB the index of its nearest swatch's name, in LAB."""
    steps = (np.arange(32) << _DROPPED_BITS) + (1 << _DROPPED_BITS) // 2
    cells = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).astype(np.uint8)
    swatches, owners = _swatches()
    # plane by plane, because all distances at once would take 50 MB
    planes = [owners[_distances(plane.reshape(-1, 3), swatches).argmin(axis=1)] for plane in cells]
    return np.stack(planes).reshape(32, 32, 32)


@cache
def _edge(side: int) -> np.ndarray:
    """(side, side): True in the outermost two pixels."""
    edge = np.ones((side, side), bool)
    edge[2:-2, 2:-2] = False
    return edge


@cache
def _bell(side: int) -> np.ndarray:
    place = np.linspace(-0.5, 0.5, side)
    return np.asarray(np.exp(-(place[:, None] ** 2 + place**2) / (2 * _MIDDLE**2)))
