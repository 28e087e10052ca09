"""Unmet searches for one and the same thing, brought together."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from search.demand import Unmet


@dataclass(frozen=True)
class Want:
    """Searches for much the same; the most typical first."""

    searches: tuple[Unmet, ...]

    @property
    def times(self) -> int:
        return len(self.searches)

    @cached_property
    def days(self) -> list[str]:
        """On which it was looked for, oldest first."""
        return sorted({one.day for one in self.searches})

    @property
    def guess(self) -> str | None:
        """The category that most of them may show; it need not be right: the shop lacks it."""
        return _commonest([one.guess for one in self.searches if one.guess])

    @property
    def words(self) -> str:
        return _commonest([one.words for one in self.searches if one.words]) or ""

    @property
    def nearest(self) -> float | None:
        """The best cosine that any of them found in the shop."""
        return max((one.score for one in self.searches if one.score is not None), default=None)

    def to_json(self) -> dict[str, Any]:
        return {
            "times": self.times,
            "days": len(self.days),
            "first_day": self.days[0],
            "last_day": self.days[-1],
            "guess": self.guess,
            "words": self.words,
            "kinds": dict(Counter(one.kind for one in self.searches).most_common()),
            "nearest": None if self.nearest is None else round(self.nearest, 4),
        }


def wants(
    photos: Sequence[Unmet], vectors: np.ndarray, words: Sequence[Unmet], alike: float
) -> list[Want]:
    """The most wanted first; equally wanted: the latest.

    (N, D) unit vectors of the N photos: they go by cosine. Those with words only go together when
    the words are the same, whatever their case.
    """
    groups = [[photos[place] for place in group] for group in _clusters(vectors, alike)]
    spoken: dict[str, list[Unmet]] = defaultdict(list)
    for one in words:
        spoken[one.words.casefold()].append(one)
    found = [Want(tuple(group)) for group in (*groups, *spoken.values())]
    # stable: by the day first, so that it decides among equals
    found.sort(key=lambda want: want.days[-1], reverse=True)
    return sorted(found, key=lambda want: want.times, reverse=True)


def _clusters(vectors: np.ndarray, alike: float) -> list[list[int]]:
    """Each place once; all of a group have a cosine of at least `alike` to its first.

    Whoever has most neighbours begins, takes them, and so on (D. Butina, J. Chem. Inf. Comput.
    Sci. 39, 1999): no number of groups to guess, and no chains from one thing to another.
    """
    near = vectors @ vectors.T >= alike
    np.fill_diagonal(near, True)  # rounding must not part a vector from itself
    left = np.ones(len(vectors), bool)
    groups = []
    for centre in np.argsort(-near.sum(axis=1), kind="stable"):
        if left[centre]:
            members = np.flatnonzero(near[centre] & left)
            left[members] = False
            groups.append([int(centre), *(int(one) for one in members if one != centre)])
    return groups


def _commonest(names: Sequence[str]) -> str | None:
    return Counter(names).most_common(1)[0][0] if names else None
