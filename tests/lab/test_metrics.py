"""Scores worked by hand, and scikit-learn as the oracle for those of the classifier."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support, top_k_accuracy_score

from lab.metrics import Ranking, category_scores, expected_calibration_error, retrieval_scores


def test_scores_of_one_query_are_what_the_definitions_say() -> None:
    # relevant a b c; found at ranks 1, 3 and never
    scores = retrieval_scores([Ranking(["a", "x", "b", "y"], {"a", "b", "c"})])
    assert scores["p_at_1"] == 1
    assert scores["p_at_9"] == pytest.approx(2 / 9)
    assert scores["recall_at_1"] == 1
    assert scores["map_at_r"] == pytest.approx((1 / 1 + 2 / 3) / 3)
    assert scores["mrr"] == 1


def test_scores_are_means_over_queries() -> None:
    scores = retrieval_scores(
        [Ranking(["x", "a"], {"a"}), Ranking(["x", "y"], {"a"}), Ranking([], {"a"})]
    )
    assert scores["recall_at_1"] == 0
    assert scores["recall_at_5"] == pytest.approx(1 / 3)
    assert scores["mrr"] == pytest.approx((1 / 2 + 0 + 0) / 3)
    assert scores["map_at_r"] == 0


def test_a_perfect_answer_scores_one_and_a_useless_one_zero() -> None:
    ids = [str(number) for number in range(20)]
    perfect = retrieval_scores([Ranking(ids, ids)])
    useless = retrieval_scores([Ranking(ids, {"other"})])
    assert set(perfect.values()) == {1.0}
    assert set(useless.values()) == {0.0}


def test_a_query_with_nothing_to_find_is_never_scored() -> None:
    with pytest.raises(ValueError, match="left out"):
        retrieval_scores([Ranking(["a"], set())])
    with pytest.raises(ValueError, match="no query"):
        retrieval_scores([])


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_category_scores_agree_with_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = ["a", "b", "c", "d"]
    probabilities = random.dirichlet(np.ones(4), 50)
    truth = random.integers(0, 4, 50)
    found = category_scores(probabilities, [labels[one] for one in truth], labels)
    best = probabilities.argmax(axis=1)
    seen = np.unique(truth)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, best, labels=seen, zero_division=0
    )
    assert found["top1"] == pytest.approx((best == truth).mean())
    assert found["top3"] == pytest.approx(
        top_k_accuracy_score(truth, probabilities, k=3, labels=range(4))
    )
    assert found["macro_f1"] == pytest.approx(f1.mean())
    for row, values in zip(found["per_class"], zip(precision, recall, f1, support, strict=True), strict=True):  # type: ignore[call-overload]  # fmt: skip  # noqa: E501
        assert [row["precision"], row["recall"], row["f1"], row["support"]] == pytest.approx(values)


def test_a_category_that_the_model_does_not_know_counts_as_wrong() -> None:
    scores = category_scores(np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "new"], ["a", "b"])
    assert scores["top1"] == 0.5
    assert [row["name"] for row in scores["per_class"]] == ["a", "new"]  # type: ignore[attr-defined]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    # four answers at .75 of which three are right: no gap; at .95 all wrong: .95
    assert expected_calibration_error(np.full(4, 0.75), np.array([1, 1, 1, 0])) == 0
    assert expected_calibration_error(np.full(4, 0.95), np.zeros(4)) == pytest.approx(0.95)
