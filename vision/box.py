"""A part of a picture, however large the picture is."""

from dataclasses import dataclass

from PIL import Image

# A side of less than this share of the picture's shows nothing that a backbone could see.
LEAST = 0.02


@dataclass(frozen=True)
class Box:
    """Fractions of the width and height of an upright picture, in [0, 1].

    Raises ValueError for a box that is none, reaches outside, or is thinner than LEAST.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        inside = min(self.left, self.top) >= 0 and max(self.right, self.bottom) <= 1
        wide = self.right - self.left >= LEAST and self.bottom - self.top >= LEAST
        if not (inside and wide):  # NaN fails both
            raise ValueError(
                f"a box is left, top, right, bottom as fractions of the picture, each side at "
                f"least {LEAST} long · {self.left}, {self.top}, {self.right}, {self.bottom} · "
                "for the whole picture leave it out"
            )

    def cut(self, image: Image.Image) -> Image.Image:
        """What is inside; at least one pixel."""
        width, height = image.size
        left, top = int(self.left * width), int(self.top * height)
        right, bottom = round(self.right * width), round(self.bottom * height)
        return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))

    def shared(self, other: "Box") -> float:
        """What both cover, as a share of the smaller one, [0, 1]."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(wide, 0) * max(high, 0) / min(self.area, other.area)

    @property
    def area(self) -> float:
        """Of the picture's, [0, 1]."""
        return (self.right - self.left) * (self.bottom - self.top)
