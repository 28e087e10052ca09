"""Bounds on a measurement: which hold, which are nonsense."""

import pytest

from lab.gate import bound, broken, worse

NUMBERS = {
    "category": {"ece": 0.031, "top1": 0.8},
    "retrieval": {"routed": {"p_at_9": 0.79}},
    "data": {"queries": 40},
}


def test_a_number_on_its_bound_is_allowed_and_one_beyond_is_told() -> None:
    bounds = [
        bound("retrieval.routed.p_at_9=0.8", "minimum"),
        bound("category.top1=0.8", "minimum"),
        bound("category.ece=0.03", "maximum"),
        bound("data.queries=40", "maximum"),
    ]
    assert broken(bounds, NUMBERS) == [
        "retrieval.routed.p_at_9 is 0.79, the minimum is 0.8",
        "category.ece is 0.031, the maximum is 0.03",
    ]


def test_a_number_that_was_not_measured_breaks_its_bound() -> None:
    (line,) = broken([bound("category.top1=0.1", "minimum")], {"category": None})
    assert "category.top1 was not measured" in line


def test_a_number_of_zero_is_measured() -> None:
    assert broken([bound("data.excluded=0", "maximum")], {"data": {"excluded": 0}}) == []


@pytest.mark.parametrize(("found", "told"), [(0.80, 0), (0.71, 0), (0.70, 0), (0.69, 1)])
def test_a_model_is_worse_only_below_what_chance_explains(found: float, told: int) -> None:
    models = [
        {"name": "raw backbone", "p_at_9": 0.9, "p_at_9_low": 0.9},
        {"name": "this model", "p_at_9": found, "p_at_9_low": 0.0},
        {"name": "previous model", "p_at_9": 0.75, "p_at_9_low": 0.70},
    ]
    lines = worse({"models": models})
    assert len(lines) == told
    assert all("0.69" in line and "0.75" in line and "0.7)" in line for line in lines)


def test_an_unknown_name_is_refused_with_the_nearest_ones() -> None:
    with pytest.raises(ValueError, match=r"retrieval\.routed\.p_at_9"):
        bound("retrieval.routed.p_at_8=0.8", "minimum")


@pytest.mark.parametrize("text", ["category.top1", "category.top1=", "category.top1=high",
                                  "category.top1=nan"])  # fmt: skip
def test_a_bound_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="name=number"):
        bound(text, "minimum")
