"""A picture to the backbone's input."""

from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from vision.image import square

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocess:
    """How pixels enter a backbone: part of its fingerprint.

    The whole picture is squeezed into the square. A centre crop, the habit of ImageNet
    evaluation, would cut the ends off shoes, ties and guitars.
    """

    size: int
    """Side of the square input, pixels."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Per channel (R, G, B), of pixels scaled to [0, 1]."""
    std: tuple[float, float, float] = IMAGENET_STD

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Shape (3, size, size), float32, normalised. `image` must be RGB."""
        # One multiply-add on the bytes: pixel/255 normalised is pixel * scale - shift.
        scale = np.float32(1.0) / (np.float32(255.0) * np.asarray(self.std, np.float32))
        shift = np.asarray(self.mean, np.float32) / np.asarray(self.std, np.float32)
        # plane by plane: numpy is slow where the innermost dimension holds three values
        planes = np.ascontiguousarray(np.asarray(square(image, self.size)).transpose(2, 0, 1))
        planes = planes.astype(np.float32) * scale[:, None, None]
        return np.subtract(planes, shift[:, None, None], out=planes)

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "resize": "squeeze-bicubic"}
