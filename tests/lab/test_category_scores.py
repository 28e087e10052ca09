"""Scores of predicted categories by hand; scikit-learn and torchmetrics as oracles."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    brier_score_loss,
    confusion_matrix,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)
from torchmetrics.functional.classification import multiclass_calibration_error

from lab.category import (
    category_scores,
    confusion,
    expected_calibration_error,
    level_scores,
    reliability,
)

LABELS = ["a", "b", "c", "d"]


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_category_scores_agree_with_scikit_learn_and_torchmetrics(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(4), 50)
    truth = random.integers(0, 4, 50)
    names = [LABELS[one] for one in truth]
    found = category_scores(probabilities, names, LABELS)
    best = probabilities.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, best, labels=np.unique(truth), zero_division=0
    )
    assert found["top1"] == pytest.approx((best == truth).mean())
    assert found["top3"] == pytest.approx(
        top_k_accuracy_score(truth, probabilities, k=3, labels=range(4))
    )
    assert found["macro_f1"] == pytest.approx(f1.mean())
    expected = zip(precision, recall, f1, support, strict=True)
    for row, values in zip(found["per_class"], expected, strict=True):
        assert [row["precision"], row["recall"], row["f1"], row["support"]] == pytest.approx(values)
    said = [LABELS[one] for one in best]
    assert found["confusion"]["labels"] == sorted({*names, *said})
    assert found["confusion"]["counts"] == confusion_matrix(names, said).tolist()
    assert found["brier"] == pytest.approx(
        brier_score_loss(names, probabilities, labels=LABELS, scale_by_half=False)
    )
    oracle = multiclass_calibration_error(
        torch.tensor(probabilities), torch.tensor(truth), num_classes=4, n_bins=15
    )
    assert found["ece"] == pytest.approx(float(oracle))


def test_a_category_that_the_model_does_not_know_counts_as_wrong() -> None:
    scores = category_scores(np.array([[0.9, 0.1], [0.8, 0.2]]), ["a", "new"], ["a", "b"])
    assert scores["top1"] == 0.5
    assert [row["name"] for row in scores["per_class"]] == ["a", "new"]
    assert scores["brier"] == pytest.approx((0.1**2 + 0.1**2 + 0.8**2 + 0.2**2 + 1) / 2)
    assert scores["confusion"] == {"labels": ["a", "new"], "counts": [[1, 0], [1, 0]]}


def test_confusion_has_the_truth_in_its_rows() -> None:
    found = confusion(["b", "b", "a", "c"], ["a", "b", "a", "a"])
    assert found == {"labels": ["a", "b", "c"], "counts": [[1, 1, 1], [0, 1, 0], [0, 0, 0]]}


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    # four answers at .75 of which three are right: no gap; at .95 all wrong: .95
    assert expected_calibration_error(np.full(4, 0.75), np.array([1, 1, 1, 0])) == 0
    assert expected_calibration_error(np.full(4, 0.95), np.zeros(4)) == pytest.approx(0.95)


def test_reliability_has_a_row_for_each_bin_that_holds_photos() -> None:
    found = reliability(np.array([0.95, 0.99, 0.3]), np.array([True, False, True]))
    assert found == [
        {"confidence": pytest.approx(0.3), "accuracy": 1, "photos": 1},
        {"confidence": pytest.approx((0.95 + 0.99) / 2), "accuracy": 1 / 2, "photos": 2},
    ]


def test_probabilities_of_leaves_add_up_to_those_of_their_branch() -> None:
    paths = {
        "Boots": ("Wear", "Wear > Shoes", "Wear > Shoes > Boots"),
        "Caps": ("Wear", "Wear > Caps"),
        "Mugs": ("Home",),
    }
    # Mugs is the best leaf of both photos; Boots and Caps together outweigh it in the first
    chances = np.array([[0.3, 0.3, 0.4], [0.1, 0.2, 0.7]])
    found = level_scores(chances, ["Boots", "Boots"], ["Boots", "Caps", "Mugs"], paths)
    assert found == [
        {"level": 1, "top1": 1 / 2, "classes": 1},
        {"level": 2, "top1": 0, "classes": 1},
        {"level": 3, "top1": 0, "classes": 1},
    ]


def test_a_catalog_without_a_tree_has_no_levels() -> None:
    assert level_scores(np.array([[1.0]]), ["a"], ["a"], {}) == []
