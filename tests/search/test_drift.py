"""How far query photos are from the catalog, as arithmetic."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from catalog.errors import StoreUnavailable
from search.drift import LEAST, WINDOW, Drift, distance
from search.request import SearchRequest
from search.result import CategoryGuess, Route, SearchResult
from vision.box import Box


def see(drift: Drift, name: object, category: str | None, **asked: Any) -> None:
    guesses = (CategoryGuess(category, 0.9), CategoryGuess("other", 0.1)) if category else ()
    result = SearchResult((), Route("none", (), "", guesses), {})
    drift.see(SearchRequest(str(name).encode(), **asked), result)


def test_the_distance_is_half_the_sum_of_the_differences_of_shares() -> None:
    assert distance({"a": 3, "b": 1}, {"a": 1, "b": 1}) == pytest.approx((1 / 4 + 1 / 4) / 2)
    assert distance({"a": 2, "b": 2}, {"a": 50, "b": 50}) == 0
    assert distance({"a": 1}, {"b": 9}) == 1
    assert math.isnan(distance({"a": 1}, {}))


def test_below_the_least_number_of_photos_there_is_no_number() -> None:
    drift = Drift(lambda: {"a": 1, "b": 1})
    for n in range(LEAST - 1):
        see(drift, n, "a")
    assert math.isnan(drift.value())
    see(drift, "one more", "a")
    assert drift.value() == pytest.approx(1 / 2)


def test_only_the_newest_photos_count() -> None:
    drift = Drift(lambda: {"b": 7})
    for n, category in enumerate("a" * WINDOW + "b" * WINDOW):
        see(drift, n, category)
    assert drift.value() == 0


def test_who_narrows_an_answer_counts_once_and_who_has_no_photo_never() -> None:
    drift = Drift(lambda: {"a": 1})
    for n in range(LEAST):
        see(drift, n, "a", facets=True)
        see(drift, n, "a", why=True, offset=9)
        see(drift, n, None)
        see(drift, "", "b", text="b")
        see(drift, "always the same", "b")
    assert drift.value() == pytest.approx(1 / (LEAST + 1))


def test_another_part_of_a_photo_shows_something_else() -> None:
    drift = Drift(lambda: {"a": 1, "b": 1})
    for n in range(LEAST):
        see(drift, n, "a")
        see(drift, n, "b", crop=Box(0.1, 0.1, 0.5, 0.5))
    assert drift.value() == 0


def test_the_catalog_is_asked_once_in_five_minutes_and_may_be_away() -> None:
    now, asked = 0.0, 0

    def catalog() -> Mapping[str, int]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable("http://store:6333")
        return {"a": 1} if asked == 2 else {"b": 1}

    drift = Drift(catalog, clock=lambda: now)
    for n in range(LEAST):
        see(drift, n, "a")
    assert math.isnan(drift.value())
    assert [drift.value(), drift.value()] == [0, 0]
    now = 299.0
    assert drift.value() == 0
    assert asked == 2
    now = 300.0
    assert drift.value() == 1
