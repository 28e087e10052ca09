"""Union-find over the numbers 1 to N: which products are linked, in 12 bytes for each."""

from array import array
from collections.abc import Iterable


class Groups:
    """`strength` of a number is the score of its strongest link, 0.0 without one."""

    def __init__(self, count: int) -> None:
        self._parent = array("q", range(count + 1))
        self.strength = array("f", bytes(4 * (count + 1)))

    def link(self, links: Iterable[tuple[int, int, float]]) -> None:
        for one, other, score in links:
            for number in (one, other):
                self.strength[number] = max(self.strength[number], score)
            low, high = sorted((self.first(one), self.first(other)))
            self._parent[high] = low

    def first(self, number: int) -> int:
        """The smallest number of its group: itself when it stands alone."""
        while self._parent[number] != number:
            # halves the path, so that the next question is shorter
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number
