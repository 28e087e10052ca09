"""The student systems' similarities, and what is counted of what they find."""

from itertools import product

import numpy as np
import pytest

from lab.similarity import SIMILARITIES, Found, Shelf, cell, cosine, l2, linear

random = np.random.default_rng(0)
Q, G = random.normal(size=(3, 5)), random.normal(size=(4, 5))


def test_each_is_what_its_formula_says() -> None:
    for q, g in product(range(3), range(4)):
        one, other = Q[q], G[g]
        lengths = np.linalg.norm(one) * np.linalg.norm(other)
        assert cosine(Q, G)[q, g] == pytest.approx(one @ other / lengths)
        assert l2(Q, G)[q, g] == pytest.approx(1 / (1 + np.linalg.norm(one - other)))
        products = [one @ each for each in G]
        spread = (one @ other - min(products)) / (max(products) - min(products))
        assert linear(Q, G)[q, g] == pytest.approx(spread)


def test_features_of_nothing_are_like_nothing_and_no_fault() -> None:
    nothing = np.zeros((2, 5))
    for similarity in SIMILARITIES.values():
        assert np.isfinite(similarity(nothing, G)).all()
        assert np.isfinite(similarity(Q, nothing)).all()


def shelf(said: list[int] | None = None) -> Shelf:
    """Twelve pictures on a line, of two categories that take turns; asked from its left end."""
    line = np.arange(1.0, 13.0)[:, None]
    return Shelf(line, np.arange(12) % 2, np.array([[0.0], [0.0]]), np.array([0, 1]),
                 None if said is None else np.array(said))  # fmt: skip


def test_the_nine_nearest_come_nearest_first() -> None:
    found = list(shelf().search(l2, "everything"))
    assert [one.rows.tolist() for one in found] == [list(range(9))] * 2
    assert (np.diff(found[0].scores) < 0).all()


def test_inside_the_predicted_category_nothing_else_is_found() -> None:
    first, second = shelf([0, 0]).search(l2, "predicted category")
    assert first.rows.tolist() == [0, 2, 4, 6, 8, 10] == second.rows.tolist()


def test_a_category_that_nothing_has_finds_nothing() -> None:
    assert [len(one.rows) for one in shelf([7, 7]).search(l2, "predicted category")] == [0, 0]


def test_shares_are_counted_by_hand() -> None:
    found = list(shelf().search(l2, "everything"))
    # of nine from the left five are of category 0; of five three
    counted = cell("pool", "l2", "everything", found, shelf())
    assert counted["p_at_9"] == pytest.approx((5 + 4) / 2 / 9)
    assert counted["p_at_5"] == pytest.approx((3 + 2) / 2 / 5)
    assert counted["found_at_9"] == 1.0
    # 1 / (1 + d) > .5 holds for no distance of 1 or more
    assert (counted["kept"], counted["p_kept"]) == (0.0, None)


def test_a_list_shorter_than_nine_is_not_excused() -> None:
    found = list(shelf([0, 0]).search(l2, "predicted category"))
    counted = cell("pool", "l2", "predicted category", found, shelf([0, 0]))
    assert counted["p_at_9"] == pytest.approx((6 + 0) / 2 / 9)
    assert counted["found_at_9"] == 0.5


def test_the_threshold_counts_what_is_more_alike_than_a_half() -> None:
    answers = [Found(np.array([0, 1, 2]), np.array([0.9, 0.6, 0.5])),
               Found(np.array([1]), np.array([0.51]))]  # fmt: skip
    counted = cell("pool", "cosine", "everything", answers, shelf())
    assert counted["kept"] == 1.5  # (2 + 1) / 2; a half itself is not more
    assert counted["p_kept"] == pytest.approx(2 / 3)
