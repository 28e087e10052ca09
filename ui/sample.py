"""Some of an index's products, drawn at random but the same every time."""

from collections.abc import Callable

from catalog.store import Hit, Store, to_hit
from catalog.thumbs import Thumbs


def sample(store: Store, most: int, wanted: Callable[[Hit], bool] = lambda hit: True) -> list[Hit]:
    """At most so many products, each by one of its pictures; `score` is 0.

    In the order of the points' ids, which are hashes: the first ones are as good as any drawn.
    """
    found: dict[tuple[str, str], Hit] = {}
    for stored in store.scroll():
        hit = to_hit(stored.id, 0.0, stored.payload)
        if wanted(hit):
            found.setdefault((hit.product.source, hit.product.product_id), hit)
        if len(found) == most:
            break
    return list(found.values())


def has_picture(thumbs: Thumbs, sha256: str) -> bool:
    """Whether the page can show it."""
    try:
        return thumbs.path(sha256) is not None
    except ValueError:  # another program wrote this point, and its picture has no name of ours
        return False
