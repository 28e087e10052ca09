"""Features of many photos: each decoded once, none embedded twice, decode ahead of the model."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

import numpy as np

from vision.cache import FeatureCache
from vision.decoder import Decoder
from vision.encoder import Encoder
from vision.errors import UnreadableImage

# Larger batches brought nothing on CPU; 2 batches of decoded pictures run ahead.
BATCH = 16
AHEAD = 2 * BATCH
_DECODERS = 2


Read = Callable[[], bytes]
"""Gives one photo's bytes, or raises UnreadableImage."""


@dataclass(frozen=True)
class Features:
    """What could be read of N photos, in their order."""

    kept: list[int]
    """Indices of the readable ones, ascending."""
    hashes: list[str]
    """sha256 of each kept one's bytes."""
    values: np.ndarray
    """(len(kept), F) float32."""
    unreadable: list[tuple[int, UnreadableImage]]
    """Index and cause of each other one."""


@dataclass(frozen=True)
class _Loaded:
    key: str
    known: np.ndarray | None
    pixels: np.ndarray | None


def extract(
    photos: Sequence[Read],
    backbone: Encoder,
    cache: FeatureCache,
    progress: Callable[[int], None] = lambda done: None,
) -> Features:
    """Features of `photos`, from the cache where it has them.

    The readers are called from two threads, each once. `progress` is called with the number of
    photos done.
    """
    decoder = Decoder(_DECODERS)

    def load(read: Read) -> _Loaded:
        data = read()
        key = sha256(data).hexdigest()
        known = cache.get([key]).get(key)
        if known is not None:
            return _Loaded(key, known, None)
        return _Loaded(key, None, decoder.read(data, backbone.preprocess.size).pixels)

    kept: list[int] = []
    hashes: list[str] = []
    rows: list[np.ndarray] = []
    unreadable: list[tuple[int, UnreadableImage]] = []
    for batch in _batches(_ahead(load, photos)):
        loaded: list[_Loaded] = []
        for index, future in batch:
            try:
                loaded.append(future.result())
            except UnreadableImage as error:
                unreadable.append((index, error))
            else:
                kept.append(index)
        rows += _features(loaded, backbone, cache)
        hashes += [one.key for one in loaded]
        progress(batch[-1][0] + 1)
    values = np.stack(rows) if rows else np.zeros((0, backbone.feature_size), np.float32)
    return Features(kept, hashes, values, unreadable)


def _features(
    loaded: Sequence[_Loaded], backbone: Encoder, cache: FeatureCache
) -> list[np.ndarray]:
    """One (F,) row for each of `loaded`; only the unknown ones pass through the network."""
    fresh = {one.key: one.pixels for one in loaded if one.pixels is not None}
    if fresh:
        pixels = np.stack(list(fresh.values()))
        values = backbone.features(backbone.preprocess.normalised(pixels))
        known = dict(zip(fresh, values, strict=True))
        cache.put(known)
    return [one.known if one.known is not None else known[one.key] for one in loaded]


def _ahead(
    load: Callable[[Read], _Loaded], photos: Sequence[Read]
) -> Iterator[tuple[int, "Future[_Loaded]"]]:
    """Futures in the order of `photos`, at most AHEAD of them unconsumed."""
    with ThreadPoolExecutor(_DECODERS) as pool:
        window: deque[tuple[int, Future[_Loaded]]] = deque()
        for index, read in enumerate(photos):
            window.append((index, pool.submit(load, read)))
            if len(window) > AHEAD:
                yield window.popleft()
        yield from window


def _batches(
    items: Iterator[tuple[int, "Future[_Loaded]"]],
) -> Iterator[list[tuple[int, "Future[_Loaded]"]]]:
    while batch := list(islice(items, BATCH)):
        yield batch
