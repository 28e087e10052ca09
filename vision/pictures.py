"""Decoded pictures on disk, small and square: tuning reads each of them once per epoch."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from vision.decoder import Decoder
from vision.extract import Read

# Larger than the network's input, so that a crop keeps its detail.
MARGIN = 1.15
_DECODERS = 2
_AHEAD = 64


def store_pictures(
    photos: Sequence[Read],
    size: int,
    path: Path,
    progress: Callable[[int], None],
    margin: float = MARGIN,
) -> np.ndarray:
    """`photos` as (N, S, S, 3) uint8 squares with S = size × margin, mapped from the file `path`.

    The system reads from the file what is asked for, so memory does not grow with N. A file that is
    there is what a killed run has left, and used. Raises UnreadableImage when one that could be
    read before cannot be now.
    """
    side = round(size * margin)
    if path.is_file():
        return np.load(path, mmap_mode="r")

    decoder = Decoder(_DECODERS)

    def load(read: Read) -> np.ndarray:
        return decoder.read(read(), side).pixels.transpose(1, 2, 0)

    fresh = path.with_suffix(".new")
    values = np.lib.format.open_memmap(fresh, "w+", np.uint8, (len(photos), side, side, 3))
    for row, picture in enumerate(_ahead(load, photos)):
        values[row] = picture
        progress(row + 1)
    values.flush()
    fresh.replace(path)
    return values


def _ahead(load: Callable[[Read], np.ndarray], photos: Sequence[Read]) -> Iterator[np.ndarray]:
    """In the order of `photos`, at most _AHEAD decoded and not yet used."""
    with ThreadPoolExecutor(_DECODERS) as pool:
        window: deque[Future[np.ndarray]] = deque()
        for read in photos:
            window.append(pool.submit(load, read))
            if len(window) > _AHEAD:
                yield window.popleft().result()
        while window:
            yield window.popleft().result()
