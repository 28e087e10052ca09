"""Paints a display list: areas and strokes through an affine map onto a transparent layer."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from ingest.drawn import light, pattern
from ingest.drawn.canvas import Area, Canvas, Paint, Pattern, Stroke
from ingest.drawn.outline import Points
from ingest.drawn.palette import RGB, darker, lighter, luminance

Box = tuple[int, int, int, int]
Affine = np.ndarray  # (2, 3): product coordinates to pixels of the supersampled layer


def paint(canvas: Canvas, affine: Affine, side: int) -> Image.Image:
    """RGBA layer of `side` x `side` pixels, not anti-aliased: the caller scales it down."""
    layer = Image.new("RGBA", (side, side))
    for item in canvas.items:
        if isinstance(item, Area):
            _area(layer, item, affine)
        else:
            _stroke(layer, item, affine)
    return layer


def _moved(outline: Points, affine: Affine) -> Points:
    return outline @ affine[:, :2].T + affine[:, 2]


def _unit(affine: Affine) -> float:
    """Pixels per product unit, the mean over both axes."""
    return float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))


def _frame(outline: Points, pad: float, layer: Image.Image) -> Box | None:
    """Pixel box around an outline, cut to the layer; None when nothing is inside."""
    left, top = np.floor(outline.min(axis=0) - pad).astype(int)
    right, bottom = np.ceil(outline.max(axis=0) + pad).astype(int) + 1
    box = max(left, 0), max(top, 0), min(right, layer.width), min(bottom, layer.height)
    return (int(box[0]), int(box[1]), int(box[2]), int(box[3])) if _is_open(box) else None


def _is_open(box: tuple[int, int, int, int]) -> bool:
    return box[2] > box[0] and box[3] > box[1]


def _flat(outline: Points, box: Box) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in outline - [box[0], box[1]]]


def _area(layer: Image.Image, item: Area, affine: Affine) -> None:
    outline = _moved(item.points, affine)
    width = max(round(item.edge * _unit(affine)), 1) if item.edge else 0
    box = _frame(outline, width, layer)
    if box is None:
        return
    size = (box[2] - box[0], box[3] - box[1])
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    draw.polygon(_flat(outline, box), fill=255)
    colour = _colour(item.paint, size, affine, box)
    if item.shade != "none":
        colour = _lit(colour, item, affine, box)
    if width:
        ring = _flat(outline, box)
        tone = _contour(item.paint)
        ImageDraw.Draw(colour).line(
            [*ring, ring[0], ring[1]], fill=tone, width=width, joint="curve"
        )
    for hole in item.holes:
        _pierce(mask, colour, _flat(_moved(hole, affine), box), _contour(item.paint), width)
    _lay(layer, colour, _clipped(mask, item.clip, affine, box), item.opacity, box)


def _pierce(
    mask: Image.Image, colour: Image.Image, hole: list[tuple[float, float]], tone: RGB, width: int
) -> None:
    ImageDraw.Draw(mask).polygon(hole, fill=0)
    if width:
        closed = [*hole, hole[0], hole[1]]
        ImageDraw.Draw(colour).line(closed, fill=tone, width=width * 2, joint="curve")


def _contour(value: Paint) -> RGB:
    """The tone of an edge: darker than the area, less so for what is dark already."""
    base = value.base if isinstance(value, Pattern) else value
    return darker(base, 0.42) if luminance(base) > 70 else darker(base, 0.6)


def _colour(value: Paint, size: tuple[int, int], affine: Affine, box: Box) -> Image.Image:
    if not isinstance(value, Pattern):
        return Image.new("RGB", size, value)
    # from pixels of this box back to product coordinates, then to pixels of the pattern's mask
    scale = pattern.SIDE / pattern.SPAN
    back = _inverse(affine, box) * scale
    back[:, 2] += pattern.SIDE / 2
    figure = pattern.mask(value.name).transform(
        size, Image.Transform.AFFINE, tuple(back.ravel()), Image.Resampling.BILINEAR
    )
    return Image.composite(
        Image.new("RGB", size, value.accent), Image.new("RGB", size, value.base), figure
    )


def _inverse(affine: Affine, box: Box) -> Affine:
    """(2, 3): pixels inside `box` to product coordinates."""
    linear = np.linalg.inv(affine[:, :2])
    shift = linear @ (np.array([box[0], box[1]], dtype=np.float64) - affine[:, 2])
    return np.concatenate([linear, shift[:, None]], axis=1)


def _lit(colour: Image.Image, item: Area, affine: Affine, box: Box) -> Image.Image:
    low, high = item.points.min(axis=0), item.points.max(axis=0)
    # the map is stretched a little past the outline, so that no pixel falls beside it
    span = np.maximum(high - low, 1e-6) * 1.06
    back = _inverse(affine, box)
    back[:, 2] -= (low + high) / 2 - span / 2
    back *= (light.SIDE / span)[:, None]
    shade = light.light_map(item.shade).transform(
        colour.size, Image.Transform.AFFINE, tuple(back.ravel()), Image.Resampling.BILINEAR
    )
    return ImageChops.hard_light(colour, Image.merge("RGB", (shade, shade, shade)))


def _clipped(mask: Image.Image, clip: Points | None, affine: Affine, box: Box) -> Image.Image:
    if clip is None:
        return mask
    window = Image.new("L", mask.size)
    ImageDraw.Draw(window).polygon(_flat(_moved(clip, affine), box), fill=255)
    return ImageChops.multiply(mask, window)


def _lay(
    layer: Image.Image, colour: Image.Image, mask: Image.Image, opacity: float, box: Box
) -> None:
    if opacity >= 1:
        layer.paste(colour.convert("RGBA"), box, mask)
        return
    colour.putalpha(mask.point(lambda value: round(value * opacity)))
    layer.alpha_composite(colour, box[:2])


def _stroke(layer: Image.Image, item: Stroke, affine: Affine) -> None:
    outline = _moved(item.points, affine)
    width = max(item.width * _unit(affine), 1.0)
    box = _frame(outline, width / 2 + 2, layer)
    if box is None:
        return
    size = (box[2] - box[0], box[3] - box[1])
    mask, colour = Image.new("L", size), Image.new("RGB", size, item.paint)
    path = outline - [box[0], box[1]]
    _trace(ImageDraw.Draw(mask), path, width, 255)
    if item.round_:
        _tube(ImageDraw.Draw(colour), path, width, item.paint)
    _lay(layer, colour, _clipped(mask, item.clip, affine, box), item.opacity, box)


def _tube(draw: ImageDraw.ImageDraw, path: Points, width: float, base: RGB) -> None:
    """Three nested strokes, each nearer to the light: a dark rim, the colour, a gleam."""
    _trace(draw, path, width + 2, darker(base, 0.42))
    _trace(draw, path - width * 0.04, width * 0.78, base)
    _trace(draw, path - width * 0.14, width * 0.24, lighter(base, 0.45))


def _trace(draw: ImageDraw.ImageDraw, path: Points, width: float, fill: int | RGB) -> None:
    """A line with round ends and joints; a broad one is a row of discs, smooth on any curve."""
    half = width / 2
    if half < 2:
        flat = [(float(x), float(y)) for x, y in path]
        draw.line(flat, fill=fill, width=max(round(width), 1), joint="curve")
        return
    # a third of the radius apart, discs leave dents of 1.4 % of it
    for x, y in _stepped(path, half / 3):
        draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)


def _stepped(path: Points, step: float) -> Points:
    """The same path with points about `step` pixels apart."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0.0, along[-1], max(int(along[-1] / step), 1) + 1)
    return np.stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])], axis=1)
