"""Data that tests make on the spot."""

from io import BytesIO

import numpy as np
from PIL import Image

# 0.5 M random weights at 64 px: the real loading code, milliseconds a picture.
TINY = "timm:test_resnet?pretrained=false&size=64"


def picture(seed: int, *, size: tuple[int, int] = (96, 80), format_: str = "JPEG") -> bytes:
    """A file of coloured blocks that differs clearly from that of another seed."""
    blocks = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    image = Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)
    buffer = BytesIO()
    image.save(buffer, format_)
    return buffer.getvalue()
