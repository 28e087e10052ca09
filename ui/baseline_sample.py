"""The photos that the systems of `snapshelf baselines` share: drawn, cleaned, cut 7:2:1."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from heapq import heappush, heappushpop
from itertools import islice
from pathlib import Path

from catalog.product import Product
from ingest.columns import PATH_SEPARATOR
from ingest.readers import BadRow, Catalog
from lab.errors import LabError
from lab.material import PARTS, Material, Photo
from lab.sides import Sample
from ui.build import pictures_of, reader_of
from vision.decoder import Decoder
from vision.errors import UnreadableImage
from vision.progress import Progress
from vision.split import split

# A host answers late: so many photos are asked for at once.
_AT_ONCE = 8
# A category needs one photo in each part.
_LEAST = 3
_SMALLEST_SIDE = 32
# Photos looked at for one that is wanted, at most: half of an old catalog's links may be dead.
_CANDIDATES = 3


@dataclass(frozen=True)
class Drawn:
    """What was drawn, and what was not, by reason."""

    material: Material
    left_out: dict[str, int]
    table: Path
    """The same photos as a catalog with a column `split`."""


def draw_sample(
    catalog: Catalog,
    folder: Path,
    *,
    per_class: int,
    level: int | None,
    exclude: Sequence[str],
    seed: int,
    allow_hosts: Sequence[str],
    progress: Progress,
) -> Drawn:
    """At most `per_class` photos of each category, drawn by a hash of `seed` and the photo's id.

    Photos that cannot be read and those with another one's bytes are left out, three times as many
    are looked at for that at most; and so are categories with fewer than three photos. `level`: the
    categories are the names at that level of the catalog's tree, from 1. Photos are copied into
    `folder`, where all later steps read them. Raises LabError when fewer than two categories are
    left.
    """
    left = Counter[str]()
    shelves = _shelved(catalog, left, per_class, level, set(exclude), seed, allow_hosts)
    pictures = _Pictures(folder / "photos")
    kept: list[tuple[str, Sample, str]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, (label, shelf) in enumerate(sorted(shelves.items()), start=1):
            found = list(islice(pictures.take(shelf.samples, pool, left), per_class))
            left["beyond the number per class"] += shelf.seen - pictures.asked
            if len(found) < _LEAST:
                left[f"in categories of fewer than {_LEAST}"] += len(found)
            else:
                kept += [(label, sample, digest) for sample, digest in found]
            progress("drawing photos", done, len(shelves))
    if len({label for label, *_ in kept}) < 2:
        raise LabError(
            f"{catalog.path} has {len({label for label, *_ in kept})} categories with {_LEAST} "
            "readable photos or more, and two are needed; check --map category=COLUMN"
        )
    material = Material(_cut(kept, pictures.folder, seed))
    for left_over in {*pictures.folder.iterdir()} - {one.path for one in material.photos}:
        left_over.unlink()
    return Drawn(material, {name: n for name, n in left.items() if n}, _table(material, folder))


class _Shelf:
    """Photos of one category: those drawn first, in their order, of any number."""

    def __init__(self, most: int) -> None:
        self.seen, self._most = 0, most
        self._heap: list[tuple[int, int, Sample]] = []

    def add(self, sample: Sample, draw: int) -> None:
        self.seen += 1
        keep = heappush if len(self._heap) < self._most else heappushpop
        keep(self._heap, (-draw, self.seen, sample))

    @property
    def samples(self) -> list[Sample]:
        return [sample for *_, sample in sorted(self._heap, reverse=True)]


def _shelved(
    catalog: Catalog,
    left: Counter[str],
    per_class: int,
    level: int | None,
    exclude: set[str],
    seed: int,
    allow_hosts: Sequence[str],
) -> dict[str, _Shelf]:
    """By category; memory does not grow with the catalog."""
    read = reader_of(catalog.root, allow_hosts)
    shelves: dict[str, _Shelf] = {}
    for row in catalog:
        if isinstance(row, BadRow):
            left["rows that cannot be read"] += 1
            continue
        label = _label(row.product, level)
        if label is None or label in exclude:
            left["without category" if label is None else "excluded"] += len(row.images)
            continue
        shelf = shelves.setdefault(label, _Shelf(_CANDIDATES * per_class))
        for sample in pictures_of(row, read):
            shelf.add(sample, _draw(seed, sample.product))
    return shelves


class _Pictures:
    """Photos of any source, whole and of different bytes, as files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.asked = 0
        """Of the last samples, how many were looked at."""
        self._decoder = Decoder(2)
        self._seen: set[str] = set()

    def take(
        self, samples: Sequence[Sample], pool: ThreadPoolExecutor, left: Counter[str]
    ) -> Iterator[tuple[Sample, str]]:
        """Usable ones with the sha256 of their bytes, in order."""
        self.asked = 0
        for start in range(0, len(samples), _AT_ONCE):
            some = samples[start : start + _AT_ONCE]
            for sample, digest in zip(some, pool.map(self._keep, some), strict=True):
                self.asked += 1
                if digest is None or digest in self._seen:
                    left["unreadable" if digest is None else "duplicates"] += 1
                else:
                    self._seen.add(digest)
                    yield sample, digest

    def _keep(self, sample: Sample) -> str | None:
        try:
            data = sample.read()
            self._decoder.decode(data, min_side=_SMALLEST_SIDE)
        except UnreadableImage:
            return None
        digest = sha256(data).hexdigest()
        path = self.folder / digest
        if not path.is_file():
            fresh = self.folder / f"{digest}.{id(sample)}.new"
            fresh.write_bytes(data)
            fresh.replace(path)
        return digest


def _cut(kept: Sequence[tuple[str, Sample, str]], folder: Path, seed: int) -> list[Photo]:
    """All photos of a product fall into one part."""
    parts = split(
        [sample.product.product_id for _, sample, _ in kept], [label for label, *_ in kept], seed
    )
    photos = []
    for part, rows in zip(PARTS, parts, strict=True):
        for label, sample, digest in (kept[row] for row in rows):
            product = sample.product
            photos.append(Photo(folder / digest, digest, product.product_id, label, part,
                                product.title or "", _way(product), _words(product)))  # fmt: skip
    return photos


def _table(material: Material, folder: Path) -> Path:
    path = folder / "sample.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "title", "category", "split", "image"])
        # one row a photo, and a product of its own: parts are cut already
        writer.writerows(
            [one.sha256, one.title, one.label, one.part, f"photos/{one.sha256}"]
            for one in material.photos
        )
    return path


def _label(product: Product, level: int | None) -> str | None:
    if level is None:
        return product.category
    path = product.category_path
    return path[min(level, len(path)) - 1] if path else None


def _way(product: Product) -> tuple[str, ...]:
    return tuple(product.category_path[-1].split(PATH_SEPARATOR)) if product.category_path else ()


def _words(product: Product) -> frozenset[str]:
    said = (product.title, product.description, product.brand, product.category, *product.colors)
    return frozenset(re.findall(r"\w+", " ".join(one for one in said if one).lower()))


def _draw(seed: int, product: Product) -> int:
    return int.from_bytes(sha256(f"{seed}\0{product.point_id}".encode()).digest())
