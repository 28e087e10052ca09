"""Split, calibration and training, on features whose answer is known."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.calibrate import fit_temperature
from vision.errors import BadTraining
from vision.head import softmax
from vision.split import split
from vision.train import Part, Recipe, fit_head

GROUPS = st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["a", "b"])), max_size=60)


@given(GROUPS, st.integers(0, 3))
def test_every_row_is_in_exactly_one_part_and_groups_stay_whole(
    rows: list[tuple[str, str]], seed: int
) -> None:
    groups = [group for group, _ in rows]
    parts = split(groups, [label for _, label in rows], seed)
    assert sorted(chain(*parts)) == list(range(len(rows)))
    homes = [{groups[row] for row in part} for part in parts]
    assert sum(map(len, homes)) == len(set().union(*homes))


def test_parts_are_in_proportion_within_each_label() -> None:
    labels = ["a"] * 100 + ["b"] * 50
    parts = split([str(row) for row in range(150)], labels)
    assert [sum(row < 100 for row in part) for part in parts] == [70, 20, 10]
    assert [len(part) for part in parts] == [105, 30, 15]


def test_a_new_row_moves_few_of_the_others() -> None:
    groups = [str(row) for row in range(200)]
    before = split(groups, [None] * 200)
    after = split([*groups, "new"], [None] * 201)
    assert len(set(before[0]) ^ set(after[0])) <= 3


def test_another_seed_draws_another_split() -> None:
    groups = [str(row) for row in range(50)]
    assert split(groups, [None] * 50, 0) != split(groups, [None] * 50, 1)


def test_the_temperature_undoes_an_exaggeration() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(4000, 5)) * 2
    truth = np.array([random.choice(5, p=row) for row in softmax(logits).astype(np.float64)
                      / softmax(logits).astype(np.float64).sum(1, keepdims=True)])  # fmt: skip
    assert fit_temperature(logits * 3, truth) == pytest.approx(3, rel=0.15)


def blobs(seed: int, count: int = 40, classes: int = 3) -> Part:
    """Class c lies around 2 in feature c, among 20 features of noise."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(classes), count)
    features = random.normal(size=(len(truth), 20)).astype(np.float32)
    features[np.arange(len(truth)), truth] += 3
    return Part(features, truth, truth)


def test_a_head_learns_what_is_there_to_learn() -> None:
    head, untrained = (
        fit_head(blobs(0, 200), blobs(1), ("a", "b", "c"), Recipe(dim=20, epochs=epochs, rate=3e-3))
        for epochs in (20, 0)
    )
    test = blobs(2)
    encoded = head(test.features)
    assert (encoded.probabilities.argmax(axis=1) == test.categories).mean() > 0.85
    learned = neighbour_precision(encoded.vectors, test.categories)
    before = neighbour_precision(untrained(test.features).vectors, test.categories)
    assert learned > before + 0.05


def neighbour_precision(vectors: np.ndarray, truth: np.ndarray) -> float:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :9]
    return float((truth[nearest] == truth[:, None]).mean())


def test_an_untrained_projection_all_but_keeps_the_features_cosines() -> None:
    part = blobs(0)
    head = fit_head(part, blobs(1), ("a", "b", "c"), Recipe(dim=20, epochs=0))
    standard = (part.features - part.features.mean(0)) / part.features.std(0)
    raw = standard / np.linalg.norm(standard, axis=1, keepdims=True)
    vectors = head(part.features).vectors
    np.testing.assert_allclose(vectors @ vectors.T, raw @ raw.T, atol=1e-4)


def test_training_twice_gives_the_same_head() -> None:
    first, second = (
        fit_head(blobs(0), blobs(1), ("a", "b", "c"), Recipe(dim=4, epochs=3)) for _ in range(2)
    )
    assert all(np.array_equal(a, second.tensors()[n]) for n, a in first.tensors().items())


def test_rows_without_a_category_teach_no_category_and_do_no_harm() -> None:
    part = blobs(0)
    half = np.where(np.arange(len(part.categories)) % 2, part.categories, -1)
    head = fit_head(
        Part(part.features, half, half), blobs(1), ("a", "b", "c"), Recipe(dim=8, epochs=5)
    )
    test = blobs(2)
    assert (head(test.features).probabilities.argmax(axis=1) == test.categories).mean() > 0.8


def test_one_category_is_not_enough_and_the_message_says_so() -> None:
    part = blobs(0, classes=1)
    with pytest.raises(BadTraining, match="only 1 categories"):
        fit_head(part, part, ("a",))
