"""The index during one search: what is asked of the engine, and how it comes back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from catalog.store import EVERYTHING, Filter, Hit, Store, Vector, to_hit
from search.clock import Clock
from search.sought import Sought
from vision.calibration import VOTERS

# Pictures fetched for one shelf at most: an answer is not worth reading a whole index for.
_MOST = 10_000
# What facets are counted over, and what scores are normalised over.
CANDIDATES = 200
# Titles that hold all the words, ranked among themselves; by id, where there are more.
_TITLES = 1000
# By how much more is fetched when views of the same products left too few.
_GROWTH = 4
_WORD = re.compile(r"\w+")


@dataclass
class Shelf:
    """What an index holds for one question, best first; equal scores by id. For one thread.

    Scores are cosines: to what is sought, or with liked products to the nearest of those that
    pull. For mere words of a title they are the share of its words that were asked for. What
    was asked once is remembered.
    """

    store: Store
    sought: Sought
    clock: Clock
    grouped: bool
    """One hit per product, its best view."""
    with_vectors: bool = False
    least: float = -1.0
    """Hits below this score are left out of `nearest`."""
    _asked: list[tuple[Filter, int, list[Hit]]] = field(default_factory=list)

    def nearest(self, n: int, where: Filter) -> list[Hit]:
        """At most n; fewer only where there are no more (or none among the first _MOST)."""
        wanted = n * 2 if self.grouped else n
        while True:
            found = self.pictures(wanted, where)
            best: dict[str | tuple[str, str], Hit] = {}
            for hit in found:
                best.setdefault(self.key(hit), hit)
            hits = [hit for hit in best.values() if hit.score >= self.least]
            if len(hits) >= n or len(found) < wanted or wanted >= _MOST:
                return hits[:n]
            wanted = min(wanted * _GROWTH, _MOST)

    def pictures(self, n: int, where: Filter) -> list[Hit]:
        """The n nearest, each view a hit of its own, whatever their scores."""
        for asked, limit, hits in self._asked:
            if asked == where and (n <= limit or len(hits) < limit):
                return hits[:n]
        # the vote hears all neighbours: one query serves both where it can
        limit = max(n, VOTERS) if where == EVERYTHING else n
        with self.clock.step("engine"):
            hits = self._ask(limit, where)
        self._asked.append((where, limit, hits))
        return hits[:n]

    def neighbours(self, n: int) -> list[Hit]:
        """The n nearest of what is sought itself, whatever products pull and push."""
        sought = self.sought
        if sought.vector is None or not (sought.liked or sought.disliked):
            return self.pictures(n, EVERYTHING)
        with self.clock.step("engine"):
            return self.store.query(sought.vector, n)

    def key(self, hit: Hit) -> str | tuple[str, str]:
        """Two hits with the same are one answer."""
        return (hit.product.source, hit.product.product_id) if self.grouped else hit.id

    def views(self, hits: Sequence[Hit]) -> dict[str, int]:
        """Hit id → pictures of its product in the index (of all products with its id, where two
        catalogs use the same)."""
        ids = tuple(dict.fromkeys(hit.product.product_id for hit in hits))
        if not ids:
            return {}
        with self.clock.step("engine"):
            counts = self.store.facet(
                "product_id", Filter(any_of={"product_id": ids}), limit=len(ids)
            )
        return {hit.id: counts.get(hit.product.product_id, 1) for hit in hits}

    def colors(self) -> dict[str, int]:
        """Every word for a colour that the catalog uses, with its number of pictures."""
        with self.clock.step("engine"):
            return self.store.facet("colors", EVERYTHING, limit=1000)

    def _ask(self, limit: int, where: Filter) -> list[Hit]:
        where = replace(where, without_ids=(*where.without_ids, *self.sought.own))
        sought = self.sought
        if sought.liked or sought.disliked:
            pulling = [*([] if sought.vector is None else [sought.vector]), *sought.liked]
            hits = self.store.recommend(pulling, sought.disliked, limit, where, with_vectors=True)
            if not pulling:  # words of a title, and what is not wanted
                asked = _words(sought.title)
                return [replace(hit, score=_share(asked, hit)) for hit in hits]
            return [replace(hit, score=_to_nearest(hit, pulling)) for hit in hits]
        if sought.vector is not None:
            return self.store.query(sought.vector, limit, where, with_vectors=self.with_vectors)
        return self._titled(where)[:limit]

    def _titled(self, where: Filter) -> list[Hit]:
        some = islice(self.store.scroll(where, batch=_TITLES), _TITLES)
        asked = _words(self.sought.title)
        hits = [to_hit(stored.id, 0.0, stored.payload) for stored in some]
        scored = [replace(hit, score=_share(asked, hit)) for hit in hits]
        return sorted(scored, key=lambda hit: (-hit.score, hit.id))


def _to_nearest(hit: Hit, vectors: Sequence[Vector]) -> float:
    """The cosine to the nearest of unit vectors."""
    if hit.vector is None:
        return hit.score
    return float(np.clip((np.stack(vectors) @ hit.vector).max(), -1, 1))


def _share(asked: set[str], hit: Hit) -> float:
    words = _words(hit.product.title or "")
    return len(asked & words) / max(len(words), 1)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
