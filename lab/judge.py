"""Which gallery pictures are right for which query."""

from lab.errors import LabError
from lab.sides import Side


class Judge:
    """Relevance by category or by product. Raises LabError when no query has anything to find.

    A query never finds its own bytes. Lists have one entry per query of the side.
    """

    def __init__(self, shelf: Side, asked: Side, relevant_by: str) -> None:
        self.relevant_by = relevant_by
        ids: dict[str | None, set[str]] = {}
        same_bytes: dict[str, set[str]] = {}
        category_of: dict[str, str | None] = {}
        for sample, digest in zip(shelf.samples, shelf.hashes, strict=True):
            product = sample.product
            key = getattr(product, relevant_by)
            if key is not None:
                ids.setdefault(key, set()).add(product.point_id)
            same_bytes.setdefault(digest, set()).add(product.point_id)
            category_of[product.product_id] = product.category
        # A photo that names only its product has that product's category.
        self.categories = [
            one.product.category or category_of.get(one.product.product_id) for one in asked.samples
        ]
        keys = (
            self.categories
            if relevant_by == "category"
            else [one.product.product_id for one in asked.samples]
        )
        self.own = [sorted(same_bytes.get(digest, ())) for digest in asked.hashes]
        """Point ids with the query's own bytes."""
        self.relevant = [
            _without(ids.get(key, set()), own) for key, own in zip(keys, self.own, strict=True)
        ]
        """Point ids that are right."""
        self.scored = [index for index, right in enumerate(self.relevant) if right]
        """Queries with something to find, ascending."""
        if not self.scored:
            raise LabError(
                f"none of {len(asked.samples)} queries has anything to find among "
                f"{len(shelf.samples)} products by {relevant_by}; check that both name it alike "
                "(--map, --relevant-by)"
            )

    def truth(self) -> list[str | None]:
        """The categories of the scored queries."""
        return [self.categories[index] for index in self.scored]


def _without(ids: set[str], some: list[str]) -> set[str]:
    """`ids` itself where it can be: a category's set is shared by all queries of it."""
    return ids if ids.isdisjoint(some) else ids.difference(some)
