"""Which categories are searched: worked by hand."""

import numpy as np
import pytest

from catalog.product import Product, Stamp
from catalog.store import Hit
from search.request import MAX_K, CategoryGuess, SearchRequest
from search.routing import Routing, rank, vote, widened


def guesses(*chances: float) -> list[CategoryGuess]:
    return [CategoryGuess(name, chance) for name, chance in zip("abcdefgh", chances, strict=False)]


def hit(category: str | None, score: float) -> Hit:
    stamp = Stamp("0" * 64, "1" * 64, "run", "2026-01-01T00:00:00+00:00")
    return Hit(Product("s", f"{category}{score}", category=category), score, stamp, "id")


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
def test_the_smallest_set_that_is_sure_enough_is_searched(
    chances: tuple[float, ...], searched: tuple[str, ...]
) -> None:
    route = Routing(coverage=0.95, most=5).route(guesses(*chances))
    assert route.categories == searched
    assert route.kind == ("routed" if searched else "none")


def test_the_only_category_there_is_is_a_fine_answer() -> None:
    assert Routing().route(guesses(1.0)).categories == ("a",)


def test_the_reason_names_the_categories_and_how_sure_they_are() -> None:
    reason = Routing().route(guesses(0.7, 0.26, 0.04)).reason
    assert reason == "Looking in a and b: together 96% sure."


def test_five_guesses_are_shown_however_many_there_are() -> None:
    assert len(Routing().route(guesses(*[0.125] * 8)).guesses) == 5


def test_a_route_that_found_too_few_is_widened_and_says_so() -> None:
    route = widened(Routing().route(guesses(1.0)), found=3, wanted=9)
    assert (route.kind, route.categories) == ("none", ())
    assert "a held only 3 of the 9" in route.reason


def test_probabilities_are_ranked_with_their_labels() -> None:
    ranked = rank(np.array([0.2, 0.7, 0.1]), ("x", "y", "z"))
    assert [guess.name for guess in ranked] == ["y", "x", "z"]


def test_nearer_neighbours_count_more_in_a_vote() -> None:
    # one at .9 against two at .7: e^(10*.2) = 7.4 against 2
    voted = vote([hit("near", 0.9), hit("far", 0.7), hit("far", 0.7)])
    assert [guess.name for guess in voted] == ["near", "far"]
    assert voted[0].probability == pytest.approx(np.exp(2) / (np.exp(2) + 2))


def test_neighbours_without_a_category_make_the_others_less_sure() -> None:
    voted = vote([hit("a", 0.9), *[hit(None, 0.9)] * 9])
    assert voted == [CategoryGuess("a", pytest.approx(0.1))]
    assert Routing().route(voted).kind == "none"


def test_nobody_votes_in_an_empty_index() -> None:
    assert vote([]) == []


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1])
def test_a_request_for_an_absurd_number_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=str(k)):
        SearchRequest(b"", k=k)
