"""One photo of a product: where it stands, from which side, in which light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ingest.drawn import backdrop, painter
from ingest.drawn.backdrop import Backdrop, Random
from ingest.drawn.canvas import Canvas
from ingest.drawn.palette import RGB, SOFT, lighter

SIDE = 320  # pixels of a photo
FINER = 3  # drawn at this multiple and scaled down: smooth edges
FILL = 0.8  # share of the photo that a product's longer side takes at scale 1

# what shop photos are taken on: nearly white, warm or cool
STUDIO_TONES: tuple[RGB, ...] = ((246, 244, 240), (238, 240, 244), (242, 236, 228), (232, 238, 236))


@dataclass(frozen=True, slots=True)
class View:
    """Angles in degrees clockwise; `squeeze` narrows as a turn of the product would;
    negative when it is seen from its other side; `scale` is relative to FILL."""

    angle: float
    squeeze: float
    shear: float
    scale: float
    shift: tuple[float, float]
    backdrop: Backdrop
    tone: RGB
    light: float
    lies: bool
    seed: int


def studio(random: Random, lies: bool, tilt: float) -> View:
    """The first photo of a product: calm, nearly straight, on a pale ground."""
    places = backdrop.STUDIO_ABOVE if lies else backdrop.STUDIO
    tone = STUDIO_TONES[int(random.integers(len(STUDIO_TONES)))]
    if random.random() < 0.45:
        tone = lighter(SOFT[int(random.integers(len(SOFT)))].rgb, 0.35)
    return _view(random, lies, tilt, places, tone, wild=0.25)


def scene(random: Random, lies: bool, tilt: float, wild: float = 1.0) -> View:
    """A further photo: another side, distance and place. `wild` scales how far it departs."""
    places = backdrop.SURFACES if lies else backdrop.PLACES
    tone = SOFT[int(random.integers(len(SOFT)))].rgb
    return _view(random, lies, tilt, places, tone, wild)


def _view(
    random: Random, lies: bool, tilt: float, places: tuple[Backdrop, ...], tone: RGB, wild: float
) -> View:
    turn = (28.0 if lies else 2.5) * wild
    # a standing thing may show its other side; what lies on a table never mirrors
    side = -1.0 if not lies and wild > 0.5 and random.random() < 0.35 else 1.0
    return View(
        angle=tilt + float(random.uniform(-turn, turn)),
        squeeze=side * float(random.uniform(1 - 0.2 * wild, 1)),
        shear=float(random.uniform(-0.07, 0.07)) * wild,
        scale=float(random.uniform(1 - 0.24 * wild, 1 + 0.06 * wild)),
        shift=(
            float(random.uniform(-0.05, 0.05)) * wild,
            float(random.uniform(-0.03, 0.03)) * wild,
        ),
        backdrop=places[int(random.integers(len(places)))],
        tone=tone,
        light=float(random.uniform(1 - 0.14 * wild, 1.04)),
        lies=lies,
        seed=int(random.integers(2**31)),
    )


def photograph(
    canvas: Canvas,
    view: View,
    side: int = SIDE,
    around: Callable[[Image.Image], None] | None = None,
) -> Image.Image:
    """RGB, `side` x `side`. `around` may put other things into the place beforehand."""
    random = np.random.default_rng(view.seed)
    photo = view.backdrop(random, view.tone, side)
    if around is not None:
        around(photo)
    layer = painter.paint(canvas, _fitted(canvas, view, side * FINER), side * FINER)
    layer = layer.reduce(FINER)
    _cast_shadow(photo, layer.getchannel("A"), view.lies)
    photo.paste(layer, mask=layer)
    return ImageChops.multiply(photo, _lamp(random, view.light, side))


def _fitted(canvas: Canvas, view: View, side: int) -> painter.Affine:
    """Product to pixels: turned, squeezed, sized to the picture, on the floor if it stands."""
    a = np.radians(view.angle)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    linear = turn @ np.array([[view.squeeze, view.shear], [0.0, 1.0]])
    left, top, right, bottom = canvas.bounds(linear)
    scale = FILL * view.scale * side / max(right - left, bottom - top)
    centre = np.array([left + right, top + bottom]) / 2
    middle = np.array([0.5, 0.5]) + view.shift
    if not view.lies:
        # its foot stays on the ground whatever its height
        floor = 0.86 + view.shift[1]
        middle[1] = min(floor - (bottom - top) * scale / side / 2, 0.66)
    return np.concatenate([linear * scale, (middle * side - centre * scale)[:, None]], axis=1)


def _cast_shadow(photo: Image.Image, alpha: Image.Image, lies: bool) -> None:
    side = photo.width
    small = alpha.reduce(2)
    shadow = Image.new("L", small.size)
    if lies:
        shadow.paste(small.point(lambda value: value * 0.62), (side // 110, side // 70))
        shadow = shadow.filter(ImageFilter.GaussianBlur(side / 90))
    else:
        shadow = _ground_shadow(small, shadow)
    photo.paste((44, 34, 48), mask=shadow.resize(photo.size, Image.Resampling.BILINEAR))


def _ground_shadow(alpha: Image.Image, shadow: Image.Image) -> Image.Image:
    """A faint slanted cast, and a dark line where the product touches the ground."""
    box = alpha.getbbox()
    if box is None:
        return shadow
    left, top, right, bottom = box
    width = right - left
    cast = alpha.crop(box).resize((width, max((bottom - top) // 7, 2)), Image.Resampling.BILINEAR)
    cast = cast.point(lambda value: value * 0.26)
    shadow.paste(cast, (left + width // 10, bottom - cast.height))
    foot = alpha.crop((0, max(bottom - 10, 0), alpha.width, bottom)).getbbox() or (
        left,
        0,
        right,
        0,
    )
    reach = max((foot[2] - foot[0]) // 24, 2)
    ends = (foot[0] - reach, bottom - 3 * reach, foot[2] + reach, bottom + reach)
    shadow = shadow.filter(ImageFilter.GaussianBlur(5))
    contact = Image.new("L", shadow.size)
    ImageDraw.Draw(contact).ellipse(ends, fill=165)
    return ImageChops.lighter(shadow, contact.filter(ImageFilter.GaussianBlur(2.5)))


def _lamp(random: Random, level: float, side: int) -> Image.Image:
    """What the light of the place multiplies: brighter on one side, a little warm or cool."""
    x, y = np.meshgrid(np.linspace(-1, 1, 16), np.linspace(-1, 1, 16))
    a = random.uniform(-2.6, -0.5)
    falloff = 1 - 0.04 * (1 - (x * np.cos(a) + y * np.sin(a))) - 0.05 * (x * x + y * y) / 2
    warm = random.uniform(-0.025, 0.03)
    tint = np.array([1 + warm, 1, 1 - warm])
    field = np.clip(falloff[:, :, None] * tint * level, 0, 1) * 255
    small = Image.fromarray(field.astype(np.uint8))
    return small.resize((side, side), Image.Resampling.BICUBIC)
