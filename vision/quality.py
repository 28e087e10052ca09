"""What is wrong with a picture as a picture: empty, small or blurred."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

# Longer side in pixels: the thresholds below were measured on pictures of this size.
SIDE = 256
# Measured on 3,000 photos of two shops, 256 px: the palest (white on white) had a deviation of
# 6.5 grey levels.
BLANK = 4.0
# The least sharp clear photo had 0.88; of those blurred by 2 px, 99 % had less than 0.73.
BLURRED = 0.8
# Of the longer side, pixels.
TINY = 120
# A picture smaller than this has no edges to judge.
_JUDGED = 32
# The outermost share of each side may be a frame or a passe-partout.
_BORDER = 0.1


@dataclass(frozen=True, slots=True)
class Quality:
    """`side` is the longer one in pixels, at most SIDE."""

    side: int
    contrast: float
    """Deviation of the grey levels, 0 to 128; the border is left out."""
    sharpness: float | None
    """Of the sharpest edges: how abruptly they change for their height. About 1.7 when clear."""

    @property
    def blank(self) -> bool:
        return self.contrast < BLANK

    @property
    def tiny(self) -> bool:
        return self.side < TINY

    @property
    def blurred(self) -> bool:
        return not self.blank and self.sharpness is not None and self.sharpness < BLURRED


def quality(image: Image.Image) -> Quality:
    """Of a thumbnail, seen at a side of SIDE at most."""
    if max(image.size) > SIDE:
        image = image.copy()
        image.thumbnail((SIDE, SIDE), Image.Resampling.HAMMING)
    width, height = image.size
    left, top = int(width * _BORDER), int(height * _BORDER)
    inner = image.convert("L").crop((left, top, width - left, height - top))
    grey = np.asarray(inner, np.float32)
    sharpness = _sharpness(grey) if min(grey.shape) >= _JUDGED else None
    return Quality(max(width, height), float(grey.std()), sharpness)


def _sharpness(grey: np.ndarray) -> float:
    """The Laplacian over the slope, each at its strongest.

    The Laplacian's variance alone, the usual measure, tells a white shirt on white from a
    patterned one rather than blurred from sharp.
    """
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    sides = grey[1:-1, 2:] + grey[1:-1, :-2] + grey[2:, 1:-1] + grey[:-2, 1:-1]
    bend = np.abs(sides - 4 * grey[1:-1, 1:-1])
    slope = np.hypot(across, down) / 2
    # one level more, so that a flat picture has no edge at all
    return float(np.percentile(bend, 99.5) / (np.percentile(slope, 99.5) + 1))
