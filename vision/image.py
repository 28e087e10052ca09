"""Bytes to an upright RGB picture, or a reason why not. Every image is hostile until it is here."""

import struct
import zlib
from io import BytesIO
from math import ceil

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from vision.errors import UnreadableImage

# The formats that catalogs and phones use. Never Pillow's default list: it holds EPS, which
# starts Ghostscript, and rarely used decoders with a history of faults.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")
# 50 megapixels: above every phone camera's usual output, 150 MB as RGB.
MAX_PIXELS = 50_000_000
# Below this side there is nothing to recognise; trackers and spacers are 1 px.
MIN_SIDE = 16
# Of a thumbnail's longest side; it has more than half of it, where the picture has.
THUMBNAIL_SIDE = 384
_HIGH_BYTE = [value >> 8 for value in range(65_536)]

# What Pillow's decoders raise on broken input; anything else is a fault of ours and must show.
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError,
    OverflowError, MemoryError, struct.error, zlib.error,
    RuntimeError,  # what the AVIF decoder raises for every fault
)  # fmt: skip


def decode(data: bytes, *, min_side: int | None = None) -> Image.Image:
    """The picture in `data`: RGB, upright by its EXIF, first frame, alpha over white.

    `min_side` lets a JPEG be decoded at a reduced scale that keeps both sides at least
    twice `min_side` (so that a later resize to `min_side` stays well oversampled): 2-3 x
    faster on photos of 1,000 px and more. Raises UnreadableImage; the content decides,
    no file name or header does.
    """
    if not data:
        raise UnreadableImage("empty_body", "the file is empty (0 bytes); supply the picture again")
    image = _open(data)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise UnreadableImage(
            "too_many_pixels",
            f"{width}×{height} pixels are over the limit of {MAX_PIXELS:,}; supply a smaller copy",
        )
    if min(width, height) < MIN_SIDE:
        raise UnreadableImage(
            "too_small",
            f"{width}×{height} pixels: the shorter side must have at least {MIN_SIDE}",
        )
    try:
        if min_side is not None:
            image.draft("RGB", (2 * min_side, 2 * min_side))
        image.load()
        return _rgb(ImageOps.exif_transpose(image))
    except _DECODER_ERRORS as error:
        raise _damaged(error) from error


def square(image: Image.Image, side: int) -> Image.Image:
    """The whole picture squeezed into `side` × `side` pixels, as backbones see it."""
    return image.resize((side, side), Image.Resampling.BICUBIC)


def planes(image: Image.Image) -> bytes:
    """(3, H, W) uint8: red, green, blue, as networks take them. `image` must be RGB."""
    return b"".join(plane.tobytes() for plane in image.split())


def thumbnail(image: Image.Image) -> bytes:
    """A re-encoded JPEG, longest side at most THUMBNAIL_SIDE: no metadata, no trailer."""
    # by a whole number: to the pixel took four times as long, a tenth of a small network's ingest
    small = image.reduce(ceil(max(image.size) / THUMBNAIL_SIDE))
    small.info.clear()  # Pillow would write a comment or profile found there
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnreadableImage("too_many_pixels", f"{error}; supply a smaller copy") from error
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            "not_an_image",
            f"the content is none of {', '.join(FORMATS)} (it starts with {data[:12]!r}); "
            "supply a picture in one of these formats",
        ) from error
    except _DECODER_ERRORS as error:
        raise _damaged(error) from error


def _damaged(error: BaseException) -> UnreadableImage:
    reason = "truncated" if "truncated" in str(error).lower() else "decoder_error"
    return UnreadableImage(reason, f"the picture is damaged ({error}); supply it again")


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB without Pillow's silent traps."""
    if image.mode.startswith("I"):
        # 16-bit greyscale: a plain convert clips to white instead of scaling.
        return image.convert("I").point(_HIGH_BYTE, "L").convert("RGB")
    if image.has_transparency_data:
        # A plain convert would show the colours hidden under transparent pixels.
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    if image.mode == "CMYK" and (profile := image.info.get("icc_profile")):
        return _printed(image, profile)
    return image.convert("RGB")


def _printed(image: Image.Image, profile: bytes) -> Image.Image:
    """Inks to RGB by their profile: the plain formula makes print colours glare."""
    try:
        inks = ImageCms.ImageCmsProfile(BytesIO(profile))
        screen = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):  # a broken profile is no reason to lose the picture
        converted = None
    return converted or image.convert("RGB")
