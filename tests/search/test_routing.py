"""Which categories are named and searched: worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.product import Product, Stamp
from catalog.store import Hit
from search.request import MAX_K, SearchRequest
from search.result import CategoryGuess, Route
from search.routing import Routing, keeping, listed, widened
from vision.calibration import Calibration

# 8 in 10 right categories have .5 or more on held-out photos, 19 in 20 have .1 or more
FITTED = Calibration(photos=100, set_thresholds={"0.8": 0.5, "0.95": 0.1})


def guesses(*chances: float) -> list[CategoryGuess]:
    return [CategoryGuess(name, chance) for name, chance in zip("abcdefgh", chances, strict=False)]


def hit(category: str | None) -> Hit:
    stamp = Stamp("0" * 64, "1" * 64, "run", "2026-01-01T00:00:00+00:00")
    return Hit(Product("s", f"{category}", category=category), 0.5, stamp, f"{category}")


@pytest.mark.parametrize(
    ("chances", "searched"),
    [
        ((0.96, 0.04), ("a",)),
        ((0.95, 0.05), ("a",)),
        ((0.90, 0.06, 0.04), ("a", "b")),
        ((0.5, 0.3, 0.16, 0.04), ("a", "b", "c")),
        ((0.9999999,), ("a",)),
        # half of the neighbours have no category: they are not to be hidden
        ((0.5,), ()),
        ((0.4, 0.1), ()),
        # six would be needed: too many to be a filter
        ((0.2, 0.2, 0.2, 0.14, 0.13, 0.1, 0.03), ()),
        # all of them would be needed
        ((0.6, 0.4), ()),
        ((), ()),
    ],
)
def test_without_calibration_the_smallest_set_that_sums_to_enough_is_searched(
    chances: tuple[float, ...], searched: tuple[str, ...]
) -> None:
    route = Routing(coverage=0.95, most=5).route(guesses(*chances))
    assert route.categories == searched
    assert route.kind == ("routed" if searched else "none")


@pytest.mark.parametrize(
    ("chances", "named", "searched"),
    [
        ((0.5, 0.3, 0.1, 0.05), "abc", "a"),
        ((0.5, 0.5, 0.0), "ab", "ab"),
        # nothing reaches .5: everything is searched, and what is likely is still said
        ((0.49, 0.3, 0.1, 0.05), "abc", ""),
        # nothing reaches .1 either: the best guess is always in the set
        ((0.09, 0.08, 0.07), "a", ""),
        # both of two: no filter
        ((0.5, 0.5), "ab", ""),
        ((0.97,), "a", "a"),
    ],
)
def test_a_calibrated_model_names_and_searches_what_reaches_its_thresholds(
    chances: tuple[float, ...], named: str, searched: str
) -> None:
    route = Routing().route(guesses(*chances), FITTED)
    assert route.category_set == tuple(named)
    assert route.categories == tuple(searched)
    assert route.kind == ("routed" if searched else "none")


def test_a_filter_is_never_wider_than_the_set() -> None:
    # coverage .8 means focus .8 at most, whatever the default for the filter is
    chances = guesses(0.6, 0.3, 0.1)
    route = Routing(coverage=0.8, focus=0.95).route(chances, FITTED)
    assert (route.category_set, route.categories) == (("a",), ("a",))


def test_a_target_beyond_what_was_fitted_falls_back_to_sums() -> None:
    route = Routing(coverage=0.99, focus=0.99).route(guesses(0.6, 0.395, 0.005), FITTED)
    assert (route.category_set, route.categories) == (("a", "b"), ("a", "b"))  # .6 + .395 > .99


def test_a_filter_of_too_many_categories_is_none() -> None:
    wide = Calibration(photos=9, set_thresholds={"0.8": 0.1, "0.95": 0.1})
    chances = guesses(0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05)
    assert Routing(most=6).route(chances, wide).categories == tuple("abcdef")
    unfiltered = Routing(most=5).route(chances, wide)
    assert unfiltered.kind == "none"
    assert unfiltered.category_set == tuple("abcdef")


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=8),
    st.floats(0.01, 1),
    st.none() | st.floats(0, 1),
)
def test_the_best_guess_is_always_in_the_set(
    weights: list[float], coverage: float, least: float | None
) -> None:
    total = max(sum(weights), 1e-9)
    chances = guesses(*sorted((weight / total for weight in weights), reverse=True))
    fitted = {} if least is None else {"1.0": least}
    route = Routing(coverage).route(chances, Calibration(photos=9, set_thresholds=fitted))
    assert route.category_set[0] == "a"
    assert set(route.categories) <= set(route.category_set)


def test_the_only_category_there_is_is_a_fine_answer() -> None:
    assert Routing().route(guesses(1.0)).categories == ("a",)


def test_the_reason_names_the_categories_and_how_sure_they_are() -> None:
    reason = Routing().route(guesses(0.7, 0.26, 0.04)).reason
    assert reason == "Looking in a and b: together 96% sure."
    assert Routing().route(guesses(0.83, 0.1, 0.07), FITTED).reason == "Looking in a: 83% sure."


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (["x"], "The nearest from x is kept at the end."),
        (["x", "y"], "The nearest from x and y are kept at the end."),
        (["x", None], "The nearest from x and no category are kept at the end."),
        (["w", "x", "y", "z"], "The nearest from w, x, y and z are kept at the end."),
        (
            ["v", "w", "x", "y", "z"],
            "The nearest from v, w, x and 2 other categories are kept at the end.",
        ),
    ],
)
def test_the_reason_says_what_keeps_a_seat(kept: list[str | None], told: str) -> None:
    route = keeping(Route("routed", ("a",), "Looking in a: 83% sure."), [hit(one) for one in kept])
    assert route.reason == f"Looking in a: 83% sure. {told}"
    assert route.kept == len(kept)


def test_five_guesses_are_shown_however_many_there_are() -> None:
    assert len(Routing().route(guesses(*[0.125] * 8)).guesses) == 5


def test_a_route_that_found_too_few_is_widened_and_says_so() -> None:
    route = widened(Routing().route(guesses(1.0)), found=3, wanted=9)
    assert (route.kind, route.categories, route.category_set) == ("none", (), ("a",))
    assert "a held only 3 of the 9" in route.reason


def test_names_are_listed_as_people_do() -> None:
    assert [listed("abc"[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1])
def test_a_request_for_an_absurd_number_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=str(k)):
        SearchRequest(b"", k=k)
