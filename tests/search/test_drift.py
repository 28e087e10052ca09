"""How far query photos are from the catalog, as arithmetic."""

import math
from collections.abc import Mapping

import pytest

from catalog.errors import StoreUnavailable
from search.drift import LEAST, WINDOW, Drift, distance
from search.result import CategoryGuess, Route, SearchResult


def photo(category: str | None, decode_ms: float = 5.0) -> SearchResult:
    guesses = (CategoryGuess(category, 0.9), CategoryGuess("other", 0.1)) if category else ()
    return SearchResult((), Route("none", (), "", guesses), {"decode": decode_ms})


def test_the_distance_is_half_the_sum_of_the_differences_of_shares() -> None:
    assert distance({"a": 3, "b": 1}, {"a": 1, "b": 1}) == pytest.approx((1 / 4 + 1 / 4) / 2)
    assert distance({"a": 2, "b": 2}, {"a": 50, "b": 50}) == 0
    assert distance({"a": 1}, {"b": 9}) == 1
    assert math.isnan(distance({"a": 1}, {}))


def test_below_the_least_number_of_photos_there_is_no_number() -> None:
    drift = Drift(lambda: {"a": 1, "b": 1})
    for _ in range(LEAST - 1):
        drift.see(photo("a"))
    assert math.isnan(drift.value())
    drift.see(photo("a"))
    assert drift.value() == pytest.approx(1 / 2)


def test_only_the_newest_photos_count() -> None:
    drift = Drift(lambda: {"b": 7})
    for category in "a" * WINDOW + "b" * WINDOW:
        drift.see(photo(category))
    assert drift.value() == 0


def test_who_narrows_an_answer_counts_once_and_who_has_no_photo_never() -> None:
    drift = Drift(lambda: {"a": 1})
    for _ in range(LEAST):
        drift.see(photo("a"))
        drift.see(photo("b", decode_ms=0.0))
        drift.see(photo(None))
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
    for _ in range(LEAST):
        drift.see(photo("a"))
    assert math.isnan(drift.value())
    assert [drift.value(), drift.value()] == [0, 0]
    now = 299.0
    assert drift.value() == 0
    assert asked == 2
    now = 300.0
    assert drift.value() == 1
