"""The classifier's word and the neighbours' vote: worked by hand."""

import numpy as np
import pytest

from catalog.product import Product, Stamp
from catalog.store import Hit
from search.guesses import blend, rank, voters
from search.result import CategoryGuess
from search.routing import UNCALIBRATED, Routing
from vision.calibration import VOTERS, Calibration


def hit(category: str | None, score: float) -> Hit:
    stamp = Stamp("0" * 64, "1" * 64, "run", "2026-01-01T00:00:00+00:00")
    return Hit(Product("s", f"{category}{score}", category=category), score, stamp, "id")


def as_dict(guesses: list[CategoryGuess]) -> dict[str, float]:
    return {guess.name: guess.probability for guess in guesses}


def voted(*neighbours: Hit) -> list[CategoryGuess]:
    return blend(np.zeros(0), (), neighbours, UNCALIBRATED)


def test_probabilities_are_ranked_with_their_labels() -> None:
    ranked = rank(np.array([0.2, 0.7, 0.1]), ("x", "y", "z"))
    assert [guess.name for guess in ranked] == ["y", "x", "z"]


def test_the_classifier_and_the_neighbours_are_blended_by_the_fitted_weight() -> None:
    # a vote so blunt that every neighbour counts alike: y and z have a half each
    calibration = Calibration(photos=9, classifier_weight=0.75, vote_sharpness=0)
    near = [hit("y", 0.9), hit("z", 0.1)]
    blended = blend(np.array([0.6, 0.4]), ("x", "y"), near, calibration)
    assert [guess.name for guess in blended] == ["x", "y", "z"]
    assert as_dict(blended) == pytest.approx(
        {"x": 0.75 * 0.6, "y": 0.75 * 0.4 + 0.25 * 0.5, "z": 0.25 * 0.5}
    )


def test_a_category_that_only_the_catalog_knows_can_win() -> None:
    calibration = Calibration(photos=9, classifier_weight=0.25)
    blended = blend(np.array([1.0, 0.0]), ("x", "y"), [hit("new", 0.9)], calibration)
    assert as_dict(blended) == pytest.approx({"x": 0.25, "y": 0, "new": 1 - 0.25})
    assert blended[0].name == "new"


def test_a_classifier_that_was_never_calibrated_is_taken_at_its_word() -> None:
    assert voters(("x",), UNCALIBRATED) == 0
    blended = blend(np.array([0.3, 0.7]), ("x", "y"), [], UNCALIBRATED)
    assert as_dict(blended) == pytest.approx({"y": 0.7, "x": 0.3})
    assert blended[0].name == "y"


def test_neighbours_are_heard_where_they_make_a_difference() -> None:
    assert voters(("x",), Calibration(photos=9, classifier_weight=0.75)) == VOTERS
    assert voters((), UNCALIBRATED) == VOTERS


def test_the_fitted_power_sharpens_the_blend() -> None:
    calibration = Calibration(photos=9, classifier_weight=0.5, vote_sharpness=0, blend_power=2)
    blended = blend(np.array([0.6, 0.4]), ("x", "y"), [hit("x", 0.9)], calibration)
    # .8 and .2 before: (.5 * .6 + .5 * 1) and (.5 * .4)
    total = 0.8**2 + 0.2**2
    assert as_dict(blended) == pytest.approx({"x": 0.8**2 / total, "y": 0.2**2 / total})


def test_nearer_neighbours_count_more_in_a_vote() -> None:
    # one at .9 against two at .7: e^(10*.2) = 7.4 against 2
    guesses = voted(hit("near", 0.9), hit("far", 0.7), hit("far", 0.7))
    assert [guess.name for guess in guesses] == ["near", "far"]
    assert guesses[0].probability == pytest.approx(np.exp(2) / (np.exp(2) + 2))


def test_neighbours_without_a_category_make_the_others_less_sure() -> None:
    guesses = voted(hit("a", 0.9), *[hit(None, 0.9)] * 9)
    assert as_dict(guesses) == pytest.approx({"a": 1 / (1 + 9)})
    assert Routing().route(guesses).kind == "none"


def test_nobody_votes_in_an_empty_index() -> None:
    assert voted() == []
