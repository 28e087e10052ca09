"""Some pictures of one category, drawn so that everybody sees the same ones."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from catalog.store import Filter, Stored, to_hit
from catalog.thumbs import Thumbs
from search.varied import name_of
from ui.build import Target

SHOWN = 18
# Pictures that are drawn from: the first by their ids, which are hashes, so a fair share.
_DRAWN_FROM = 1000


@dataclass(frozen=True)
class Sample:
    """One product; its texts are the catalog's own and unescaped."""

    title: str
    id: str
    picture: str | None
    """sha256 of the thumbnail; None when there is none on disk."""


@dataclass(frozen=True)
class Sheet:
    """Some of a category; "" is that of products without one."""

    category: str
    pictures: int
    """Of the whole category."""
    round: int
    """From 0; another round, other samples, as long as there are any."""
    samples: tuple[Sample, ...]
    others: bool
    """Whether another round shows others."""


def sheet(
    target: Target, thumbs: Thumbs, category: str, known: Collection[str], round_: int
) -> Sheet:
    """`known` are all categories of the index. Raises CatalogError."""
    where = Filter(any_of={"category": (category,)})
    if not category:
        where = Filter(none_of={"category": tuple(known)}) if known else Filter()
    with target.open() as store:
        pictures = store.count(where)
        some = list(islice(store.scroll(where), _DRAWN_FROM))
    products: dict[tuple[str, str], Stored] = {}
    for point in some:
        products.setdefault((point.payload["source"], point.payload["product_id"]), point)
    drawn = list(products.values())
    # the same on every machine: the seed is the category's name
    random.Random(category).shuffle(drawn)  # noqa: S311 - no secret
    rounds = max(1, -(-len(drawn) // SHOWN))
    first = round_ % rounds * SHOWN
    samples = tuple(_sample(point, thumbs) for point in drawn[first : first + SHOWN])
    return Sheet(category, pictures, round_ % rounds, samples, rounds > 1)


def _sample(point: Stored, thumbs: Thumbs) -> Sample:
    hit = to_hit(point.id, 0.0, point.payload)
    product, sha256 = hit.product, hit.stamp.image_sha256
    return Sample(name_of(product), product.product_id, sha256 if has(thumbs, sha256) else None)


def has(thumbs: Thumbs, sha256: str) -> bool:
    """Whether there is a thumbnail of this name, whatever another program calls a picture."""
    try:
        return thumbs.path(sha256) is not None
    except ValueError:
        return False
