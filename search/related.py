"""Styles and substitutes: what the catalog itself links to a product."""

from catalog.product import Product
from catalog.store import Filter, Hit
from search.shelf import Shelf

# Of each relation: catalogs list up to a hundred, a shelf shows a row.
LISTED = 12
# Asked for per product, so that those with many pictures leave room for the others.
_VIEWS = 4


def related(product: Product | None, shelf: Shelf) -> dict[str, tuple[Hit, ...]]:
    """Relation → its products that the index has, in the catalog's order, one hit each.

    Their scores are those of the question. Empty for a product without lists.
    """
    lists = {} if product is None else {
        relation: ids[:LISTED] for relation, ids in product.related.items()
    }  # fmt: skip
    wanted = tuple(dict.fromkeys(other for ids in lists.values() for other in ids))
    if product is None or not wanted:
        return {}
    hits = shelf.pictures(_VIEWS * len(wanted), Filter(any_of={"product_id": wanted}))
    # another catalog may use the same ids; of several views the nearest, which comes first
    own = [hit for hit in reversed(hits) if hit.product.source == product.source]
    there = {hit.product.product_id: hit for hit in own}
    found = {name: [there[one] for one in ids if one in there] for name, ids in lists.items()}
    return {relation: tuple(hits) for relation, hits in found.items() if hits}
