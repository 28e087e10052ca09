"""A map of the index: its products in two dimensions, and which categories overlap."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalog.errors import NoIndex
from catalog.folder import replace_file
from catalog.store import Hit, Store
from catalog.thumbs import Thumbs
from lab.overlap import Overlap, overlaps
from lab.projection import project
from search.varied import name_of
from ui.build import Target
from ui.sample import has_picture, sample
from vision.progress import Progress

# t-SNE takes 12 s for so many on two cores, and a browser draws them at once.
MOST = 3000


@dataclass(frozen=True)
class Atlas:
    """A map that was drawn."""

    path: Path
    """JSON for the browser: `categories` by size, and `points` as [x, y, place among the
    categories or -1, product id, title, price, currency, sha256 of the thumbnail or null]."""
    products: int
    """So many are drawn."""
    pictures: int
    """That the index held."""
    categories: tuple[str, ...]
    """By the number of their products."""
    overlaps: tuple[Overlap, ...]
    made: int
    """When, in nanoseconds: tells a drawing from the next one."""


def atlas(target: Target) -> Atlas | None:
    """The one drawn for what is served now; None: there is none, or the index has changed.

    Raises NoIndex.
    """
    with target.open() as store:
        return _read(_path(target, store))


def draw_atlas(target: Target, progress: Progress) -> Atlas:
    """Draws and keeps it, in the place of older ones of the same model. Raises NoIndex."""
    with target.open() as store:
        path = _path(target, store)
        pictures = store.count()
        hits = sample(store, MOST)
        progress("vectors", 0, len(hits))
        known = store.get([hit.id for hit in hits], with_vectors=True)
    # what was deleted meanwhile is not drawn
    rows = [(hit, known[hit.id].vector) for hit in hits if hit.id in known]
    vectors = np.stack([vector for _, vector in rows if vector is not None])
    hits = [hit for hit, vector in rows if vector is not None]
    progress("vectors", len(hits), len(hits))
    progress("map", 0, len(hits))
    places = project(vectors)
    found = overlaps(vectors, [hit.product.category for hit in hits])
    data = _drawn(hits, places, found, pictures, Thumbs(target.settings.thumbs))
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps(data, ensure_ascii=False).encode(), durable=False)
    for older in path.parent.glob(f"{path.stem.partition('-')[0]}-*.json"):
        if older != path:
            older.unlink(missing_ok=True)
    progress("map", len(hits), len(hits))
    return _atlas(path, data)


def _path(target: Target, store: Store) -> Path:
    """Of one collection, as long as it holds as many pictures. Raises NoIndex."""
    info = store.describe()
    if info is None:
        raise NoIndex(target.store, target.collection)
    # a collection that was made anew has another stamp, another folder's another place
    which = f"{target.store}\0{target.collection}\0{info.stamp}"
    name = hashlib.sha256(which.encode()).hexdigest()[:16]
    return target.settings.home / "maps" / f"{name}-{store.count()}.json"


def _drawn(
    hits: Sequence[Hit],
    places: np.ndarray,
    found: Sequence[Overlap],
    pictures: int,
    thumbs: Thumbs,
) -> dict[str, Any]:
    counts = Counter(hit.product.category for hit in hits if hit.product.category)
    categories = [name for name, _ in counts.most_common()]
    place_of = {name: place for place, name in enumerate(categories)}

    def point(hit: Hit, x: float, y: float) -> list[Any]:
        product, sha256 = hit.product, hit.stamp.image_sha256
        picture = sha256 if has_picture(thumbs, sha256) else None
        place = place_of.get(product.category or "", -1)
        return [round(x, 4), round(y, 4), place, product.product_id, name_of(product),
                product.price, product.currency, picture]  # fmt: skip

    return {
        "pictures": pictures,
        "categories": categories,
        "points": [point(hit, *xy) for hit, xy in zip(hits, places.tolist(), strict=True)],
        "overlaps": [asdict(one) for one in found],
    }


def _read(path: Path) -> Atlas | None:
    try:
        return _atlas(path, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):  # none yet, or not as this edition writes it
        return None


def _atlas(path: Path, data: dict[str, Any]) -> Atlas:
    found, made = tuple(Overlap(**one) for one in data["overlaps"]), path.stat().st_mtime_ns
    return Atlas(
        path, len(data["points"]), data["pictures"], tuple(data["categories"]), found, made
    )
