"""Plain training: it learns, keeps its best epoch, and says how each went."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from vision.preprocess import Preprocess
from vision.schooling import Photos, Schooling, answers, judge, school

PLAIN = Preprocess(8, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def clouds(count: int, seed: int = 0) -> Photos:
    """Features of three classes around three corners."""
    random = np.random.default_rng(seed)
    truth = np.arange(count) % 3
    return Photos((np.eye(3)[truth] * 2 + random.normal(size=(count, 3))).astype(np.float32), truth)


def taught(known: Photos, judged: Photos, **how: Any) -> tuple[nn.Module, list[dict[str, Any]]]:
    torch.manual_seed(1)
    layer = nn.Linear(known.seen.shape[-1], 3)
    how = {"epochs": 10, "batch": 16, "rate": 0.05, **how}
    return layer, school(layer, known, judged, Schooling(**how), PLAIN)


@pytest.mark.parametrize("loss", ["cross entropy", "hinge"])
@pytest.mark.parametrize("optimiser", ["adam", "rmsprop", "sgd"])
def test_classes_that_can_be_told_apart_are(loss: Any, optimiser: Any) -> None:
    layer, history = taught(clouds(150), clouds(60, seed=1), loss=loss, optimiser=optimiser,
                            rate=0.01)  # fmt: skip
    assert judge(layer, clouds(300, seed=2), loss, PLAIN).accuracy > 0.7
    assert [one["epoch"] for one in history] == list(range(1, 11))
    assert history[-1]["loss"] < history[0]["loss"]


def test_the_epoch_with_the_best_validation_stays() -> None:
    judged = clouds(60, seed=1)
    # so fast that it jumps about
    layer, history = taught(clouds(30), judged, rate=3.0, epochs=12)
    best = max(one["val_accuracy"] for one in history)
    assert judge(layer, judged, "cross entropy", PLAIN).accuracy == pytest.approx(best)
    assert history[-1]["val_accuracy"] < best


def test_the_hinge_is_the_sum_over_the_wrong_classes() -> None:
    layer = nn.Identity()
    logits = np.array([[2.0, 1.5, -3.0], [0.0, 0.0, 0.0]], np.float32)
    # photo 0: max(0, 1 - 2 + 1.5) + 0 = .5; photo 1: 1 + 1 = 2
    found = judge(layer, Photos(logits, np.array([0, 1])), "hinge", PLAIN)
    assert found.loss == pytest.approx(1.25)


def test_weight_decay_makes_weights_smaller() -> None:
    norms = [
        float(taught(clouds(90), clouds(30, 1), weight_decay=decay)[0].weight.detach().norm())
        for decay in (0.0, 1.0)
    ]
    assert norms[1] < 0.7 * norms[0]


def test_a_last_batch_of_one_does_not_stop_batch_normalisation() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    history = school(network, clouds(17), clouds(9), Schooling(2, 8, 0.01), PLAIN)
    assert len(history) == 2


def test_pictures_are_normalised_as_the_network_wants_them() -> None:
    pictures = np.full((2, 4, 4, 3), 255, np.uint8)
    seen = answers(nn.Identity(), pictures, Preprocess(4, (0.5, 0.5, 0.5), (0.25, 0.5, 1.0)))
    assert seen.shape == (2, 3, 4, 4)
    assert seen[0, :, 0, 0] == pytest.approx([2.0, 1.0, 0.5])


def test_a_training_that_diverges_says_no_number() -> None:
    _, history = taught(clouds(30), clouds(9), rate=1e38, optimiser="sgd", epochs=3)
    assert history[-1]["loss"] is None


def test_without_validation_photos_the_last_epoch_stays() -> None:
    nobody = Photos(np.zeros((0, 3), np.float32), np.zeros(0, int))
    layer, history = taught(clouds(60), nobody)
    assert history[-1]["val_accuracy"] is None
    assert judge(layer, clouds(60), "cross entropy", PLAIN).accuracy > 0.7
