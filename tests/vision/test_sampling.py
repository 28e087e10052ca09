"""Batches and what is taught with them, against hand arithmetic."""

from itertools import chain
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.head import Head, bare_head, softmax
from vision.network import HeadNetwork
from vision.objective import LEVEL_DECAY, TEMPERATURE, Mix, Objective, draw_mix
from vision.parts import Targets
from vision.recipe import Recipe
from vision.sampling import LEAST, TOGETHER, Sampler, kin

PLAIN = Recipe(smoothing=0.0, metric=0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 6), min_size=1, max_size=80), st.integers(1, 40))
def test_every_batch_is_as_long_as_it_says_and_made_of_rows_that_are_there(
    groups: list[int], batch: int
) -> None:
    sampler = Sampler(np.array(groups), batch, seed=0)
    epoch = list(sampler)
    assert len(epoch) == sampler.steps >= 1
    assert {len(one) for one in epoch} == {sampler.batch}
    assert sampler.batch <= max(batch, 1)
    assert set(chain(*epoch)) <= set(range(len(groups)))


def test_every_photo_of_a_batch_has_its_kin_there() -> None:
    groups = np.repeat(np.arange(50), 2)
    for batch in Sampler(groups, 20, seed=0):
        numbers, counts = np.unique(groups[batch], return_counts=True)
        assert list(counts) == [TOGETHER] * len(numbers)
        assert len(set(batch)) == len(batch)


def test_rare_groups_are_shown_more_often_and_large_ones_as_often_as_they_occur() -> None:
    groups = np.array([0] * 400 + [1] * 40 + [2] * 4)
    sampler = Sampler(groups, 20, seed=0)
    torch.manual_seed(0)
    rows = [row for _ in range(40) for batch in sampler for row in batch]
    shown = np.bincount(groups[rows], minlength=3) / len(rows)
    # Shares of LEAST photos: 50, 5, and one that has only half of them.
    assert shown == pytest.approx(np.array([50, 5, 1]) / 56, abs=0.02)
    each = np.bincount(rows, minlength=444)
    assert each[440:].mean() == pytest.approx(LEAST / 4 * each[:400].mean(), rel=0.2)


def test_the_same_seed_shows_the_same_batches_and_another_shows_others() -> None:
    def epoch(seed: int) -> list[list[int]]:
        torch.manual_seed(seed)
        return list(Sampler(np.arange(60) // 3, 10, seed=0))

    assert epoch(1) == epoch(1)
    assert epoch(1) != epoch(2)


def test_an_epoch_is_drawn_anew_each_time() -> None:
    sampler = Sampler(np.arange(60) // 3, 10, seed=0)
    assert list(sampler) != list(sampler)


def test_the_offset_is_the_log_of_how_much_more_often_a_class_is_shown() -> None:
    classes = np.array([0] * 80 + [1] * 8 + [2] * 2)
    offset = Sampler(classes, 16, seed=0).offset(classes, 4)
    # 10, 1 and 1 shares among 80, 8 and 2 photos; class 3 has none.
    expected = np.log([10 / 80, 1 / 8, 1 / 2])
    np.testing.assert_allclose(offset, [*expected, 0.0], atol=1e-9)


def test_with_its_offset_a_classifier_is_true_to_how_often_classes_occur() -> None:
    counts = np.array([90, 10, 2])
    classes = np.repeat(np.arange(3), counts)
    sampler = Sampler(classes, 16, seed=0)
    shares = np.bincount(sampler._shares)
    shown = np.array([(1 / shares[sampler._shares])[classes == one].sum() for one in range(3)])
    # With nothing to tell the classes apart, logits that fit the batches say how often each is
    # shown; what is left of them without the offset must be how often each occurs.
    fitted = np.log(shown / shown.sum()) - sampler.offset(classes, 3)
    np.testing.assert_allclose(softmax(fitted[None])[0], counts / counts.sum(), atol=1e-6)


def test_kin_are_of_a_group_else_of_a_class() -> None:
    targets = Targets(np.array([0, 0, 1, -1, -1]), np.array([5, -1, -1, 5, -1]))
    numbers = kin(targets)
    assert numbers[0] == numbers[3]
    assert len({numbers[1], numbers[2], numbers[0], numbers[4]}) == 4


def head_of(weight: list[list[float]]) -> HeadNetwork:
    """A linear classifier on unchanged features; the projection is the identity."""
    array = np.array(weight, np.float32)
    bare = bare_head(len(array))
    return HeadNetwork(
        Head(bare.mean, bare.scale, bare.projection, array, np.zeros(array.shape[1], np.float32)),
        1, 0.0,
    )  # fmt: skip


def loss_of(
    targets: Targets, recipe: Recipe, features: list[list[float]], weight: list[list[float]],
    offset: list[float], mix: Mix | None = None,
) -> float:  # fmt: skip
    rows = torch.arange(len(features))
    objective = Objective(targets, recipe, np.array(offset))
    batch = torch.tensor(features)
    mix = mix or Mix(1.0, rows)
    return float(objective(head_of(weight), mix(batch), rows, mix).detach())


# Logits log 1, log 2, log 5: chances 1/8, 2/8, 5/8.
LOGITS = [[0.0, log(2), log(5)]]


def test_naming_is_cross_entropy_with_smoothing() -> None:
    targets = Targets(np.array([2]), np.array([-1]))
    assert loss_of(targets, PLAIN, [[1.0]], LOGITS, [0, 0, 0]) == pytest.approx(-log(5 / 8))
    smooth = Recipe(smoothing=0.3, metric=0.0)
    expected = -0.7 * log(5 / 8) - 0.1 * (log(1 / 8) + log(2 / 8) + log(5 / 8))
    assert loss_of(targets, smooth, [[1.0]], LOGITS, [0, 0, 0]) == pytest.approx(expected)


def test_the_offset_is_added_to_the_logits() -> None:
    targets = Targets(np.array([2]), np.array([-1]))
    # Twice as often shown: 1, 2 and 10 parts.
    assert loss_of(targets, PLAIN, [[1.0]], LOGITS, [0, 0, log(2)]) == pytest.approx(-log(10 / 13))


def test_each_level_adds_the_chance_of_the_whole_branch_at_half_the_weight() -> None:
    levels = [np.array([0, 1, 1]), np.array([0, 0, 0])]
    targets = Targets(np.array([2]), np.array([-1]), levels)
    expected = -log(5 / 8) - LEVEL_DECAY * log(7 / 8) - LEVEL_DECAY**2 * log(8 / 8)
    found = loss_of(targets, PLAIN, [[1.0]], LOGITS, [0, 0, 0])
    assert found == pytest.approx(expected, abs=1e-6)


def test_a_photo_of_no_class_teaches_no_class() -> None:
    targets = Targets(np.array([2, -1]), np.array([-1, -1]), [np.array([0, 1, 1])])
    alone = Targets(np.array([2]), np.array([-1]), [np.array([0, 1, 1])])
    one = loss_of(alone, PLAIN, [[1.0]], LOGITS, [0, 0, 0])
    both = loss_of(targets, PLAIN, [[1.0], [-3.0]], LOGITS, [0, 0, 0])
    assert both == pytest.approx(one / 2)
    unknown = Targets(np.array([-1]), np.array([-1]))
    assert loss_of(unknown, PLAIN, [[1.0]], LOGITS, [0, 0, 0]) == 0


def test_a_batch_that_teaches_nothing_is_no_error() -> None:
    objective = Objective(Targets(np.full(2, -1), np.full(2, -1)), Recipe(), np.zeros(0))
    head, rows = head_of([[], []]), torch.arange(2)
    loss = objective(head, torch.rand(2, 2), rows, Mix(1.0, rows))
    loss.backward()  # type: ignore[no-untyped-call]
    assert head.projection.grad is not None
    assert not head.projection.grad.any()


def test_a_mixed_photo_is_of_both_classes_by_its_share() -> None:
    targets = Targets(np.array([0, 2]), np.array([-1, -1]))
    mix = Mix(0.75, torch.tensor([1, 0]))
    found = loss_of(targets, PLAIN, [[1.0], [1.0]], LOGITS, [0, 0, 0], mix)
    first = -0.75 * log(1 / 8) - 0.25 * log(5 / 8)
    second = -0.75 * log(5 / 8) - 0.25 * log(1 / 8)
    assert found == pytest.approx((first + second) / 2)


def test_kin_are_drawn_together_by_the_supervised_contrastive_loss() -> None:
    recipe = Recipe(smoothing=0.0, metric=0.5)
    groups = Targets(np.full(4, -1), np.array([0, 0, 1, -1]))
    # Photos 0 and 1 are kin at cosine 0.8, photo 2 is at right angles to 0; 3 counts for nothing.
    features = [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [1.0, 0.0]]
    near, far, other = (np.exp(cosine / TEMPERATURE) for cosine in (0.8, 0.0, 0.6))
    expected = 0.5 * np.mean([-log(near / (near + far)), -log(near / (near + other))])
    found = loss_of(groups, recipe, features, [[], []], [])
    assert found == pytest.approx(expected, rel=1e-4)


@given(st.integers(1, 50), st.floats(0.05, 3.0), st.integers(0, 999))
def test_a_mix_is_mostly_the_picture_itself(count: int, alpha: float, seed: int) -> None:
    torch.manual_seed(seed)
    mix = draw_mix(count, alpha)
    assert 0.5 <= mix.share <= 1
    assert sorted(mix.other.tolist()) == list(range(count))
    inputs = torch.rand(count, 3)
    np.testing.assert_allclose(mix(inputs).mean(0), inputs.mean(0), atol=1e-5)


def test_without_alpha_nothing_is_mixed() -> None:
    inputs = torch.rand(5, 3)
    assert torch.equal(draw_mix(5, 0.0)(inputs), inputs)
