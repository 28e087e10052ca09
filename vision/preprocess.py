"""A picture to the backbone's input."""

from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from vision.image import planes, square

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
        pixels = np.frombuffer(planes(square(image, self.size)), np.uint8)
        return self.normalised(pixels.reshape(3, self.size, self.size))

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        """(..., 3, size, size) uint8 → float32."""
        # One multiply-add on the bytes: pixel/255 normalised is pixel * scale - shift.
        scale = np.float32(1.0) / (np.float32(255.0) * np.asarray(self.std, np.float32))
        shift = np.asarray(self.mean, np.float32) / np.asarray(self.std, np.float32)
        found = pixels * scale[:, None, None]
        return np.subtract(found, shift[:, None, None], out=found)

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "resize": "squeeze-bicubic"}
