"""The index, looked at picture by picture: what the doctor's findings are drawn from."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from itertools import islice
from typing import Any

from PIL import Image

from catalog.store import Filter, Hit, Store, Stored, to_hit
from catalog.thumbs import Thumbs
from ingest.casebook import Casebook, Neighbour
from vision.colours import colours, distances
from vision.errors import UnreadableImage
from vision.image import decode
from vision.progress import Progress
from vision.quality import quality
from vision.twins import Shot, shot, twins

# Neighbours that are asked for: enough for a vote, and to find a copy among look-alikes.
NEIGHBOURS = 16
# Copies of one photo had a cosine of 0.97 and more; below this no pixels are compared.
TWIN_COSINE = 0.95
# Thumbnails kept ready for comparing, 14 KB each.
_SHOTS = 4096
_AT_ONCE = 256


def examine(store: Store, thumbs: Thumbs, book: Casebook, progress: Progress) -> None:
    """Brings the notes up to the index: only pictures that are new to them cost anything."""
    _read(store, book, progress)
    _look(thumbs, book, progress)
    _probe(store, thumbs, book, progress)


def _read(store: Store, book: Casebook, progress: Progress) -> None:
    total, done = store.count(), 0
    points = (to_hit(one.id, 0.0, one.payload) for one in store.scroll())
    while some := list(islice(points, _AT_ONCE)):
        book.add_points(some)
        done += len(some)
        progress("points", done, max(total, done))


def _look(thumbs: Thumbs, book: Casebook, progress: Progress) -> None:
    total = book.count(
        "SELECT count(*) FROM pictures WHERE look IS NULL AND n IN (SELECT picture FROM points)"
    )
    done = 0
    with ThreadPoolExecutor() as pool:
        for some in book.unseen():
            looks = zip(some, pool.map(lambda sha: _look_at(sha, thumbs), some), strict=True)
            book.put_looks({sha: look for sha, look in looks if look is not None})
            done += len(some)
            progress("pictures", done, total)


def _look_at(sha256: str, thumbs: Thumbs) -> dict[str, Any] | None:
    """None without a thumbnail: another run may find one."""
    image = _picture(sha256, thumbs)
    if image is None:
        return None
    found = quality(image)
    return {
        **asdict(found),
        "faults": [name for name in ("blank", "tiny", "blurred") if getattr(found, name)],
        "colours": colours(image),
        "distances": {name: round(far, 1) for name, far in distances(image).items()},
    }


def _picture(sha256: str, thumbs: Thumbs) -> Image.Image | None:
    """None for a thumbnail that is not there, or torn."""
    path = thumbs.path(sha256)
    try:
        return None if path is None else decode(path.read_bytes())
    except (UnreadableImage, OSError):
        return None


def _probe(store: Store, thumbs: Thumbs, book: Casebook, progress: Progress) -> None:
    """The engine finds the nearest; their pixels are compared only when they are very near."""

    @lru_cache(_SHOTS)
    def shot_of(sha256: str) -> Shot | None:
        image = _picture(sha256, thumbs)
        return None if image is None else shot(image)

    def neighbour(sha256: str, hit: Hit) -> Neighbour:
        other, same = hit.stamp.image_sha256, False
        if hit.score >= TWIN_COSINE:
            one, two = shot_of(sha256), shot_of(other)
            same = one is not None and two is not None and twins(one, two)
        return Neighbour(other, hit.score, same)

    total = book.count(
        "SELECT count(DISTINCT picture) FROM points JOIN pictures ON n = picture WHERE probed = 0"
    )
    done = 0
    with ThreadPoolExecutor() as pool:
        for some in book.unprobed():
            found = {}
            for sha256, hits in _nearest(store, some, pool):
                found[sha256] = [neighbour(sha256, hit) for hit in hits]
                done += 1
                progress("neighbours", done, total)
            book.put_neighbours(found)


def _nearest(store: Store, ids: list[str], pool: Executor) -> Iterator[tuple[str, list[Hit]]]:
    """The picture of each point, and its neighbours with other pictures."""

    def ask(point: Stored) -> tuple[str, list[Hit]]:
        assert point.vector is not None  # asked for  # noqa: S101
        hits = store.query(point.vector, NEIGHBOURS, Filter(without_ids=(point.id,)))
        sha256 = point.payload["image_sha256"]
        return sha256, [hit for hit in hits if hit.stamp.image_sha256 != sha256]

    return pool.map(ask, store.get(ids, with_vectors=True).values())
