"""The pictures that distillation learns from, and the views drawn from them."""

import csv
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from vision.errors import UnreadableImage
from vision.image import decode

# Photos are held in memory at this short side: what a teacher at 224 px can still see.
KEPT_SIDE = 224
# Every 40th photo judges the run and is never trained on.
HELD_EVERY = 40
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

T = TypeVar("T")
R = TypeVar("R")

_log = logging.getLogger(__name__)


def find_photos(sources: Sequence[Path], excluded: frozenset[Path] = frozenset()) -> list[Path]:
    """Every picture under the folders, or named in the `image` column of the CSVs, sorted.

    CSV paths are relative to the CSV. `excluded` holds resolved paths, which are left out.
    """
    found = {path.resolve() for source in sources for path in _in_source(source)}
    return sorted(found - excluded)


def read_excluded(listing: Path | None) -> frozenset[Path]:
    """Resolved paths, one per line, relative to the listing's folder.

    Raises FileNotFoundError for a line that names no file: a test photo that is not
    excluded because of a slip in its path would go unnoticed.
    """
    if listing is None:
        return frozenset()
    lines = [line for line in listing.read_text().splitlines() if line.strip()]
    return frozenset((listing.parent / line).resolve(strict=True) for line in lines)


def _in_source(source: Path) -> Iterator[Path]:
    if source.is_dir():
        yield from (path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
        return
    with source.open(newline="") as file:
        yield from (source.parent / row["image"] for row in csv.DictReader(file))


def read_photos(paths: Sequence[Path], threads: int = 2) -> list[Image.Image]:
    """Decoded and shrunk to KEPT_SIDE, in order; unreadable ones are logged and left out."""
    with ThreadPoolExecutor(threads) as pool:
        photos = list(pool.map(_read_photo, paths))
    return [photo for photo in photos if photo is not None]


def _read_photo(path: Path) -> Image.Image | None:
    try:
        photo = decode(path.read_bytes(), min_side=KEPT_SIDE)
    except UnreadableImage as error:
        _log.warning("left out %s: %s", path, error)
        return None
    ratio = KEPT_SIDE / min(photo.size)
    if ratio >= 1:
        return photo
    return photo.resize((round(photo.width * ratio), round(photo.height * ratio)))


def ahead(work: Callable[[T], R], items: Iterable[T], window: int = 4) -> Iterator[R]:
    """Results in order, computed by two threads at most `window` items ahead of the reader."""
    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= window:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Views:
    """An endless, repeatable deck of views: row r is always the same view.

    Every view is a crop of one photo, squeezed to a square as the backbone's preprocessing
    does, mirrored at random; some are mixed with a crop of a second photo and some are
    recoloured, which shows teacher and student more of the space than the photos fill.
    Teacher and student see one view, each at its own size.
    """

    def __init__(self, photos: Sequence[Image.Image], seed: int) -> None:
        self.photos = photos
        self._seed = seed
        self.held_out = range(0, len(photos), HELD_EVERY) if len(photos) > 1 else range(0)
        """Photos that no view for training shows."""

    @property
    def identity(self) -> str:
        """Changes with every pixel and with the seed: what cached targets belong to."""
        digest = sha256(str(self._seed).encode())
        for photo in self.photos:
            digest.update(photo.tobytes())
        return digest.hexdigest()

    def training_rows(self, rows: int) -> np.ndarray:
        """Those of 0 … rows-1 that show no held-out photo."""
        every = np.arange(rows)
        return every[~np.isin(every % len(self.photos), self.held_out)]

    def plain(self, photo: int, size: int) -> np.ndarray:
        """The whole photo, (size, size, 3) uint8: as a backbone gets it when it serves."""
        image = self.photos[photo]
        return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))

    def view(self, row: int, size: int) -> np.ndarray:
        """(size, size, 3) uint8."""
        rng = np.random.default_rng((self._seed, row))
        image = self._crop(row % len(self.photos), size, rng)
        if rng.random() < 0.3:
            share = rng.uniform(0.1, 0.5)
            other = self._crop(self._second(rng), size, rng)
            image = Image.blend(image, other, share)
        if rng.random() < 0.5:
            image = _recolour(image, rng)
        return np.asarray(image)

    def batch(self, rows: Sequence[int], size: int) -> np.ndarray:
        """(B, size, size, 3) uint8, in the order of `rows`."""
        return np.stack([self.view(row, size) for row in rows])

    def _second(self, rng: np.random.Generator) -> int:
        photo = int(rng.integers(len(self.photos)))
        return photo if photo not in self.held_out else (photo + 1) % len(self.photos)

    def _crop(self, photo: int, size: int, rng: np.random.Generator) -> Image.Image:
        image = self.photos[photo]
        box = _box(image.size, rng)
        square = image.resize((size, size), Image.Resampling.BICUBIC, box)
        return ImageOps.mirror(square) if rng.random() < 0.5 else square


def _box(size: tuple[int, int], rng: np.random.Generator) -> tuple[float, float, float, float]:
    """A crop of 15 to 100 % of the picture; one in six is the whole picture."""
    if rng.random() < 1 / 6:
        return (0, 0, *size)
    side = np.sqrt(rng.uniform(0.15, 1.0))
    stretch = np.exp(rng.uniform(-0.3, 0.3) / 2)
    width, height = min(1.0, side * stretch) * size[0], min(1.0, side / stretch) * size[1]
    left, top = rng.uniform(0, size[0] - width), rng.uniform(0, size[1] - height)
    return left, top, min(left + width, size[0]), min(top + height, size[1])


def _recolour(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Another lamp and another exposure; one in ten loses its colour."""
    if rng.random() < 0.1:
        image = image.convert("L").convert("RGB")
    gains = np.exp(rng.normal(0, 0.12, 3)) * rng.uniform(0.75, 1.25)
    levels = (np.arange(256) - 128) * rng.uniform(0.75, 1.25) + 128
    table = np.clip(np.outer(gains, levels), 0, 255).astype(np.uint8)
    return image.point(table.ravel().tolist())
