"""Scores worked by hand; torchmetrics and pytorch-metric-learning as oracles."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN
from torchmetrics.functional.retrieval import (
    retrieval_hit_rate,
    retrieval_precision,
    retrieval_reciprocal_rank,
)

from lab.metrics import Ranking, interval, retrieval_scores
from vision.head import unit


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
    perfect = retrieval_scores([Ranking(ids, set(ids))])
    useless = retrieval_scores([Ranking(ids, {"other"})])
    assert set(perfect.values()) == {1.0}
    assert set(useless.values()) == {0.0}


def test_a_query_with_nothing_to_find_is_never_scored() -> None:
    with pytest.raises(ValueError, match="left out"):
        Ranking(["a"], set())
    with pytest.raises(ValueError, match="no query"):
        retrieval_scores([])


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_scores_of_a_list_agree_with_torchmetrics(seed: int) -> None:
    random = np.random.default_rng(seed)
    right = random.random(30) < 0.2
    right[random.integers(30)] = True
    ids = [str(number) for number in range(30)]
    scores = retrieval_scores([Ranking(ids, {ids[place] for place in np.flatnonzero(right)})])
    order, truth = torch.arange(30, 0, -1.0), torch.tensor(right)
    for k in (1, 9):
        assert scores[f"p_at_{k}"] == pytest.approx(float(retrieval_precision(order, truth, k)))
    for k in (1, 5, 9, 10):
        assert scores[f"recall_at_{k}"] == float(retrieval_hit_rate(order, truth, k))
    assert scores["mrr"] == pytest.approx(float(retrieval_reciprocal_rank(order, truth)))


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_scores_of_a_search_agree_with_pytorch_metric_learning(seed: int) -> None:
    random = np.random.default_rng(seed)
    gallery, queries = (unit(random.normal(size=(count, 8))) for count in (40, 12))
    labels = np.arange(40) % 5
    truth = random.integers(0, 5, 12)
    rankings = [
        Ranking(
            [str(one) for one in np.argsort(-(gallery @ query))],
            {str(one) for one in np.flatnonzero(labels == label)},
        )
        for query, label in zip(queries, truth, strict=True)
    ]
    oracle = AccuracyCalculator(
        include=("mean_average_precision_at_r", "precision_at_1", "mean_reciprocal_rank"),
        knn_func=CustomKNN(LpDistance()),
        device=torch.device("cpu"),
    ).get_accuracy(*map(torch.tensor, (queries, truth, gallery, labels)))
    scores = retrieval_scores(rankings)
    assert scores["map_at_r"] == pytest.approx(oracle["mean_average_precision_at_r"])
    assert scores["p_at_1"] == pytest.approx(oracle["precision_at_1"])
    assert scores["mrr"] == pytest.approx(oracle["mean_reciprocal_rank"])


def test_the_interval_of_a_share_is_as_wide_as_its_binomial_says() -> None:
    low, high = interval([1.0] * 300 + [0.0] * 100)
    half = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert (low, high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.01)
    assert interval([0.4, 0.4]) == pytest.approx((0.4, 0.4))
