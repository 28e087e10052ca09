"""Catalog pictures made to look like phone photos: framing, tilt, light, something in the way."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

# Share of the picture that a frame keeps, and its width by its height.
AREA = (0.5, 1.0)
RATIO = (3 / 4, 4 / 3)
TILT_DEGREES = 8.0
# Standard ranges of brightness, contrast and saturation, as powers of e, and the tint per channel.
LIGHT, CONTRAST, SATURATION, TINT = 0.35, 0.3, 0.35, 0.08
# Pictures with a patch hidden, pictures out of focus.
HIDDEN, BLURRED = 0.25, 0.15


def augment(pictures: Tensor, size: int) -> Tensor:
    """(B, 3, S, S) in [0, 1] → (B, 3, size, size) in [0, 1]; each picture in its own way."""
    return hide(blur(relight(reframe(pictures, size)))).contiguous(
        memory_format=torch.channels_last
    )


def reframe(pictures: Tensor, size: int) -> Tensor:
    """A crop, tilted and maybe mirrored; beyond the edge the picture is reflected."""
    count = len(pictures)
    area = torch.empty(count).uniform_(*AREA)
    ratio = torch.empty(count).uniform_(math.log(RATIO[0]), math.log(RATIO[1])).exp()
    wide, high = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    tilt = torch.empty(count).normal_(0, math.radians(TILT_DEGREES))
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    across = (torch.rand(count) * 2 - 1) * (1 - wide)
    down = (torch.rand(count) * 2 - 1) * (1 - high)
    rows = [
        torch.stack([mirror * wide * tilt.cos(), -high * tilt.sin(), across], dim=1),
        torch.stack([mirror * wide * tilt.sin(), high * tilt.cos(), down], dim=1),
    ]
    grid = F.affine_grid(torch.stack(rows, dim=1), [count, 3, size, size], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def relight(pictures: Tensor) -> Tensor:
    """Brightness, tint, contrast and saturation."""
    lit = pictures * _around(len(pictures), 1, LIGHT) * _around(len(pictures), 3, TINT)
    mean = lit.mean(dim=(1, 2, 3), keepdim=True)
    lit = (lit - mean) * _around(len(lit), 1, CONTRAST) + mean
    grey = lit.mean(dim=1, keepdim=True)
    return ((lit - grey) * _around(len(lit), 1, SATURATION) + grey).clamp(0, 1)


def blur(pictures: Tensor) -> Tensor:
    """Some lose detail, as out of focus or from afar."""
    chosen = torch.rand(len(pictures)) < BLURRED
    if chosen.any():
        size = pictures.shape[-2:]
        small = F.interpolate(pictures[chosen], scale_factor=0.5, mode="area")
        pictures[chosen] = F.interpolate(small, size=size, mode="bilinear", align_corners=False)
    return pictures


def hide(pictures: Tensor) -> Tensor:
    """A patch of some is grey (Zhong et al., "Random Erasing", AAAI 2020)."""
    size = pictures.shape[-1]
    for row in torch.nonzero(torch.rand(len(pictures)) < HIDDEN).flatten().tolist():
        high, wide = (torch.empty(2).uniform_(0.15, 0.45) * size).long().tolist()
        top, left = int(torch.randint(size - high, ())), int(torch.randint(size - wide, ()))
        pictures[row, :, top : top + high, left : left + wide] = torch.rand(())
    return pictures


def _around(count: int, channels: int, spread: float) -> Tensor:
    """Factors around 1, one for each picture (and channel)."""
    return torch.empty(count, channels, 1, 1).uniform_(-spread, spread).exp()
