"""Places in a photo: which resemble a hit, and which show a thing of their own.

Maps are those of `Embedder.look`: (h, w, F), what each place adds to the features.
"""

from io import BytesIO
from itertools import combinations

import numpy as np
from PIL import Image

from vision.box import Box
from vision.head import unit

# A coarser grid knows no two things apart (docs/experiments.md).
_FINE = 6
# Of the cosine between what two places show: above it they are parts of one thing.
_ALIKE = 0.55
# Of the largest thing's energy: with less it is a shadow or a corner.
_FAINT = 0.25
# Of the smaller of two boxes: beyond it one is the ground, or a part, of the other.
_OVERLAP = 0.3
_MOST = 4
_ROUNDS = 8
# A thing is spread over a blurred map: 1.5 deviations to each side hit its edges best. Its own
# extent, one place at least.
_REACH, _THIN = 1.5, 0.08
# Of what lies over the photo at the hottest place.
_GLOW = 0.6


def heat(place_map: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """How much each place of (h, w, F) adds along (F,) → (h, w) float32 in [0, 1].

    Class activation mapping (Zhou et al., CVPR 2016) with a hit in the place of a class: features
    are the mean of their places, so nearness falls apart into a sum over them. 0 adds nothing or
    speaks against, 1 adds most; all 0 where nothing speaks for the hit.
    """
    added = np.maximum(place_map @ direction, 0)
    return (added / max(added.max(), np.finfo(np.float32).tiny)).astype(np.float32)


def suggested(place_map: np.ndarray) -> list[Box]:
    """2 to 4 boxes of things that a photo shows side by side, most visible first; [] for one thing.

    As many things as the places fall into without two of them alike. A place's share in each is
    its least-squares mixture, as in deep feature factorisation (Collins et al., ECCV 2018).
    """
    height, width, size = place_map.shape
    places = np.maximum(place_map.reshape(-1, size), 0)
    if min(height, width) < _FINE or not places.any():
        return []
    for count in range(_MOST, 1, -1):
        kinds = _kinds(places, count)
        shares = np.maximum(places @ np.linalg.pinv(kinds), 0) ** 2
        energy = shares.sum(axis=0)
        apart = (kinds @ kinds.T - np.eye(count)).max() < _ALIKE
        if apart and energy.min() > _FAINT * energy.max():
            order = np.argsort(-energy)
            boxes = [_box(shares[:, one].reshape(height, width)) for one in order]
            if all(a.shared(b) < _OVERLAP for a, b in combinations(boxes, 2)):
                return boxes
    return []


def overlay(image: Image.Image, hot: np.ndarray) -> bytes:
    """A PNG of the photo with `heat` over it: the rest grows dark, the hottest glows red."""
    scaled = Image.fromarray((255 * hot).astype(np.uint8)).resize(
        image.size, Image.Resampling.BICUBIC
    )
    strength = np.asarray(scaled, np.float32)[..., None] / 255
    seen = np.asarray(image, np.float32) * (1 - _GLOW * (1 - strength))
    red = np.array([255, 32, 0], np.float32)
    glowing = seen + (red - seen) * (_GLOW * strength**2)
    buffer = BytesIO()
    Image.fromarray(glowing.round().astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _kinds(places: np.ndarray, count: int) -> np.ndarray:
    """(N, F) → (count, F) unit rows: spherical k-means, from the strongest place on.

    Strong places count more, each further start is what the others resemble least.
    """
    strength = np.linalg.norm(places, axis=1)
    directions = unit(places)
    kinds = directions[[strength.argmax()]]
    while len(kinds) < count:
        strange = (1 - (directions @ kinds.T).max(axis=1)) * strength
        kinds = np.concatenate((kinds, directions[[strange.argmax()]]))
    for _ in range(_ROUNDS):
        nearest = (directions @ kinds.T).argmax(axis=1)
        member = nearest == np.arange(count)[:, None]
        sums = member @ places
        kinds = np.where(member.any(axis=1, keepdims=True), unit(sums), kinds)
    return kinds


def _box(shares: np.ndarray) -> Box:
    """Where most of (h, w) >= 0 lies."""
    sides = [_extent(shares.sum(axis=axis)) for axis in (0, 1)]
    (left, right), (top, bottom) = sides
    return Box(left, top, right, bottom)


def _extent(amounts: np.ndarray) -> tuple[float, float]:
    """(n,) amounts along one side → from where to where, fractions of the side."""
    along = (np.arange(len(amounts)) + 0.5) / len(amounts)
    weights = amounts / amounts.sum()
    middle = weights @ along
    reach = _REACH * max(float(np.sqrt(weights @ (along - middle) ** 2)), _THIN)
    return max(0.0, float(middle) - reach), min(1.0, float(middle) + reach)
