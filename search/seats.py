"""Seats for what a category filter left out: the reason why it cannot hide the right product."""

from collections.abc import Sequence

from catalog.store import Hit


def seat(near: Sequence[Hit], inside: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Who of the k hits `inside` a filter stays, and who of the k `near` without it is kept.

    Together k, both best first. Every category among `near` (the product's own; having none counts
    as one) is among the answer: where the filter lost it, its nearest product takes one of the last
    seats. No more seats are given away than that takes.
    """
    k = len(near)
    given = next(n for n in range(k + 1) if len(_missing(near, inside[: k - n])) <= n)
    staying = list(inside[: k - given])
    return staying, _missing(near, staying)


def _missing(near: Sequence[Hit], seated: Sequence[Hit]) -> list[Hit]:
    """The nearest hit of each category that nobody seated has, best first."""
    there = {hit.product.category for hit in seated}
    first: dict[str | None, Hit] = {}
    for hit in near:
        if hit.product.category not in there:
            first.setdefault(hit.product.category, hit)
    return list(first.values())
