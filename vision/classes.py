"""What a classifier is to tell apart: categories, or products where each has photos enough."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.parts import Targets

# A class with fewer photos cannot be learned, chosen and judged on separate ones.
LEAST_PHOTOS = 5
# The class probabilities become part of the embedding: more would make it long.
MOST_CLASSES = 1000


@dataclass(frozen=True)
class Named:
    """What a catalog says of one photo."""

    product: str
    category: str | None
    path: tuple[str, ...] = ()
    """The category's place in a tree: every prefix, root first."""


@dataclass(frozen=True)
class Classes:
    """The classes, and what each of N photos is to teach."""

    labels: tuple[str, ...]
    """Category names in alphabetical order; the head's outputs."""
    category_of: np.ndarray
    """(K,) the label of each class, -1: none."""
    targets: Targets
    products: np.ndarray
    """(N,) int: photos of one product share a number."""


def name_classes(photos: Sequence[Named], by_product: bool) -> Classes:
    """The classes of `photos`: their categories or, `by_product`, their products.

    A product with fewer than LEAST_PHOTOS photos is taught as its category, and so are all where
    there are more than MOST_CLASSES. A category with too few, alone, is no label: such photos
    teach only what lies together. One label alone is none.
    """
    counts = Counter(one.category for one in photos if one.category is not None)
    labels = tuple(sorted(name for name, count in counts.items() if count >= LEAST_PHOTOS))
    if by_product and len(labels) < 2:
        labels = ()
    keys = _keys(photos, labels, by_product)
    classes = sorted({key for key in keys if key is not None})
    # A category whose photos are all in classes too small is no label.
    labels = tuple(sorted({category for category, _ in classes if category}))
    number = {key: place for place, key in enumerate(classes)}
    numbers = np.array([number.get(key, -1) if key is not None else -1 for key in keys])
    place = {label: at for at, label in enumerate(labels)}
    category_of = np.array([place.get(category, -1) for category, _ in classes], int)
    products = np.unique([one.product for one in photos], return_inverse=True)[1]
    if not by_product:
        # Alphabetical, as the labels are: class k is category k.
        assert list(category_of) == list(range(len(classes)))  # noqa: S101 - by construction
    targets = Targets(numbers, _groups(products, numbers, by_product), _levels(photos, numbers))
    return Classes(labels, category_of, targets, products)


def _keys(
    photos: Sequence[Named], labels: Sequence[str], by_product: bool
) -> list[tuple[str, str] | None]:
    """(category, product) of each photo's class; product "" for a whole category."""
    known = set(labels)
    shown = Counter(one.product for one in photos)
    often = {name for name, count in shown.items() if count >= LEAST_PHOTOS}
    apart = by_product and len(often) <= MOST_CLASSES
    keys: list[tuple[str, str] | None] = []
    for one in photos:
        category = one.category if one.category in known else ""
        product = one.product if apart and one.product in often else ""
        keys.append((category or "", product) if category or product else None)
    # What a category's rarer products share is a class only where there is enough of it.
    counts = Counter(keys)
    return [key if key is None or counts[key] >= LEAST_PHOTOS else None for key in keys]


def _groups(products: np.ndarray, classes: np.ndarray, by_product: bool) -> np.ndarray:
    """(N,) photos that lie together: one product's where products have several photos."""
    several = np.bincount(products)[products] > 1
    if by_product or several.mean() > 0.5:
        return np.where(several, products, -1)
    return classes


def _levels(photos: Sequence[Named], classes: np.ndarray) -> list[np.ndarray]:
    """The tree above the classes, leaf to root; each level tells fewer apart than the one below."""
    count = int(classes.max(initial=-1)) + 1
    paths = [Counter[tuple[str, ...]]() for _ in range(count)]
    for one, number in zip(photos, classes, strict=True):
        if number >= 0:
            paths[number][one.path] += 1
    likely = [counter.most_common(1)[0][0] for counter in paths]
    depth = max(map(len, likely), default=0)
    levels, below = [], count
    for height in range(depth, 0, -1):
        # A class without so deep a path stands for itself.
        names = [path[height - 1] if len(path) >= height else f"\0{number}"
                 for number, path in enumerate(likely)]  # fmt: skip
        level = np.unique(names, return_inverse=True)[1]
        if 1 < len(np.unique(level)) < below:
            levels.append(level)
            below = len(np.unique(level))
    return levels
