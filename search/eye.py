"""Photos and words as the model sees them: what was seen last is remembered."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
from PIL import Image

from catalog.store import Vector
from search.clock import Clock
from vision.box import Box
from vision.embedder import Embedder

# Who narrows an answer asks the same photo again and again. Each takes the backbone's square and
# its map: 50 kB to a megabyte.
REMEMBERED = 64

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Photo:
    """A photo, or a part of one, as the model sees it."""

    vector: Vector
    """(D,) float32, unit norm."""
    probabilities: np.ndarray
    """(C,) float32."""
    novelty: float
    """As in `vision.head.Encoded`."""
    image: Image.Image
    """RGB, squeezed into the backbone's square."""
    map: np.ndarray | None
    """(h, w, F) float32: the features by place, where they were wanted and the backbone has any."""


class Eye:
    """One model's. Safe for several threads. Photos are known by their digest; none is kept."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._photos: _Last[Photo] = _Last(REMEMBERED)
        self._words: _Last[Vector | None] = _Last(REMEMBERED)

    def photo(self, data: bytes, crop: Box | None, clock: Clock, *, by_place: bool) -> Photo:
        """`by_place`: with its map. Raises UnreadableImage, each time anew."""
        key = hashlib.sha256(data).digest(), crop, by_place
        return self._photos.get(key, lambda: self._look(data, crop, clock, by_place))

    def words(self, text: str, clock: Clock) -> Vector | None:
        """`Embedder.words`."""

        def read() -> Vector | None:
            with clock.step("encode"):
                return self._embedder.words(text)

        return self._words.get(text, read)

    def _look(self, data: bytes, crop: Box | None, clock: Clock, by_place: bool) -> Photo:
        with clock.step("decode"):
            image = self._embedder.squeezed(data, crop)
        with clock.step("encode"):
            if by_place:
                looked = self._embedder.look([image])
                encoded, maps = looked.encoded, looked.maps
            else:
                encoded, maps = self._embedder.encode([image]), None
        return Photo(
            encoded.vectors[0],
            encoded.probabilities[0],
            float(encoded.novelty[0]),
            image,
            None if maps is None else maps[0],
        )


class _Last(Generic[Seen]):
    """The `most` that were asked for last. Two that ask for the same at once may both make it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Seen] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Seen]) -> Seen:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            self._known[key] = made
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return made
