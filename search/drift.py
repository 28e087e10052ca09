"""How far what shoppers photograph is from what the shop sells: one number."""

import hashlib
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from time import monotonic

from catalog.errors import CatalogError
from search.request import SearchRequest
from search.result import SearchResult
from vision.box import Box

WINDOW = 1000
"""Query photos that count: the newest ones."""
LEAST = 200
"""With fewer the number would be noise: of 20 equally frequent categories, photos drawn just like
the catalog are .12 away on average with 200, .05 with 1,000."""
# Between two looks at the catalog's categories, seconds: they change with an ingest.
_LOOK_S = 300.0


class Drift:
    """Of the categories predicted for query photos from those of the catalog. Thread-safe.

    `catalog` tells its categories with their numbers of pictures.
    """

    def __init__(
        self, catalog: Callable[[], Mapping[str, int]], clock: Callable[[], float] = monotonic
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._lock = threading.Lock()
        # a photo's digest and its part → its category
        self._seen: OrderedDict[tuple[bytes, Box | None], str] = OrderedDict()
        self._known: Mapping[str, int] = {}
        self._due = -math.inf

    def see(self, request: SearchRequest, result: SearchResult) -> None:
        """A photo that is still remembered counts once, whoever narrows or turns its pages."""
        if not (request.image and result.route.guesses):
            return
        photo = hashlib.sha256(request.image).digest(), request.crop
        with self._lock:
            self._seen[photo] = result.route.guesses[0].name
            self._seen.move_to_end(photo)
            if len(self._seen) > WINDOW:
                self._seen.popitem(last=False)

    def value(self) -> float:
        """Total variation distance, 0 to 1; NaN below LEAST photos or without a catalog."""
        with self._lock:
            seen = Counter(self._seen.values())
        if seen.total() < LEAST:
            return math.nan
        if self._clock() >= self._due:
            try:
                self._known = self._catalog()
            except CatalogError:
                return math.nan
            self._due = self._clock() + _LOOK_S
        return distance(seen, self._known)


def distance(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Half the sum of the differences of shares; NaN when one of them is empty.

    {a: 3, b: 1} and {a: 1, b: 1}: (|3/4 - 1/2| + |1/4 - 1/2|) / 2 = 1/4.
    """
    all_one, all_other = sum(one.values()), sum(other.values())
    if not (all_one and all_other):
        return math.nan
    names = one.keys() | other.keys()
    return sum(abs(one.get(n, 0) / all_one - other.get(n, 0) / all_other) for n in names) / 2
