"""Training and its folds, on features whose answer is known."""

from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.errors import BadTraining
from vision.head import Head, unit
from vision.parts import Part, Targets
from vision.progress import unwatched
from vision.recipe import Recipe
from vision.split import split, split_in_order
from vision.train import Learner, _folds, fit_head, score, start_head

GROUPS = st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["a", "b"])), max_size=60)
QUICK = Recipe(dim=20, hidden=32, epochs=10, batch=64, rate=3e-3)


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


def part_of(features: np.ndarray, classes: np.ndarray, products: np.ndarray | None = None) -> Part:
    products = np.arange(len(classes)) if products is None else products
    return Part(features.astype(np.float32), Targets(classes, classes), products)


def blobs(seed: int, count: int = 40, classes: int = 3) -> Part:
    """Class c lies around 3 in feature c, among 20 features of noise."""
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(classes), count)
    features = random.normal(size=(len(truth), 20))
    features[np.arange(len(truth)), truth] += 3
    return part_of(features, truth)


def rings(seed: int, count: int) -> Part:
    """Two classes that no straight line parts: near the middle, and around it."""
    random = np.random.default_rng(seed)
    truth = np.arange(count) % 2
    length = np.where(truth, 3.0, 1.0) + random.normal(size=count) * 0.2
    return part_of(unit(random.normal(size=(count, 4))) * length[:, None], truth)


def test_a_head_learns_what_is_there_to_learn() -> None:
    fresh = blobs(2)
    trained = fit_head(blobs(0, 100), np.arange(3), QUICK)
    encoded = trained.head(fresh.features)
    assert (encoded.probabilities.argmax(axis=1) == fresh.targets.classes).mean() > 0.85
    # 300 + 120 photos: what was promised holds within three standard errors on fresh ones.
    promised, right = trained.validation["top1"], score(trained.head, fresh, fresh)
    assert abs(promised - right) < 3 * np.sqrt(0.1 * 0.9 * (1 / 300 + 1 / 120))


def test_the_projection_draws_kin_together() -> None:
    learner = Learner(blobs(0, 100), np.arange(3), replace(QUICK, metric=1.0, rate=1e-2))
    fresh = blobs(2)

    def precision(head: Head) -> float:
        vectors = head(fresh.features).vectors
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -2)
        nearest = fresh.targets.classes[np.argsort(-cosines, axis=1)[:, :9]]
        return float((nearest == fresh.targets.classes[:, None]).mean())

    learner.learn(None, partial(unwatched, "head"))
    assert precision(learner.head()) > precision(learner.start) + 0.1


def test_the_hidden_layer_tells_apart_what_no_plane_can() -> None:
    recipe = replace(QUICK, power=1.0, epochs=60, dropout=0.0, patience=60, folds=2, metric=0.0)
    fresh = rings(1, 400)
    start = start_head(rings(0, 400), np.arange(2), recipe, 1e-2)
    learned = fit_head(rings(0, 400), np.arange(2), recipe).head
    assert score(start, fresh, fresh) < 0.65
    assert score(learned, fresh, fresh) > 0.9


def test_labels_without_meaning_are_judged_at_chance() -> None:
    random = np.random.default_rng(0)
    part = part_of(random.normal(size=(300, 200)), random.integers(0, 3, 300))
    trained = fit_head(part, np.arange(3), replace(QUICK, epochs=4))
    assert score(start_head(part, np.arange(3), QUICK, 1e-2), part, part) > 0.95  # learned by heart
    # 1/3 and three standard errors, sqrt(1/3 * 2/3 / 300) each
    assert abs(trained.validation["top1"] - 1 / 3) < 3 * 0.028
    assert trained.validation["photos"] == 300


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), max_size=60),
    st.integers(2, 5),
    st.integers(0, 3),
)
def test_every_photo_is_judged_at_most_once_and_never_by_a_head_that_saw_its_product(
    photos: list[tuple[int, int]], folds: int, seed: int
) -> None:
    classes = np.array([number for _, number in photos], int)
    products = np.array([3 * product + number for product, number in photos], int)
    for number in range(3):  # every class holds two products
        classes, products = np.append(classes, [number] * 2), np.append(products, [98, 99])
        products[-2:] += 2 * number
    part = part_of(np.zeros((len(classes), 2)), classes, products)
    pairs = _folds(part, replace(QUICK, folds=folds, seed=seed))
    assert pairs
    assert sorted(chain.from_iterable(fold for _, fold in pairs)) == list(range(len(part)))
    for rest, fold in pairs:
        assert sorted([*rest, *fold]) == list(range(len(part)))
        assert not set(products[rest]) & set(products[fold])


def test_photos_of_a_product_are_judged_by_the_others_where_products_are_the_classes() -> None:
    products = np.repeat(np.arange(10), 6)
    for classes in (products, np.full(60, -1)):
        part = Part(np.zeros((60, 2), np.float32), Targets(classes, products), products)
        pairs = _folds(part, QUICK)
        assert sorted(chain.from_iterable(fold for _, fold in pairs)) == list(range(60))
        assert all(set(products[fold]) <= set(products[rest]) for rest, fold in pairs)


def test_rare_products_taught_as_one_class_are_known_and_judged_in_every_fold() -> None:
    # Four products of six photos are classes of their own, thirty of one photo share a class.
    products = np.concatenate([np.repeat(np.arange(4), 6), np.arange(4, 34)])
    classes = np.minimum(products, 4)
    targets = Targets(classes, np.where(products < 4, products, -1))
    part = Part(np.zeros((54, 2), np.float32), targets, products)
    pairs = _folds(part, QUICK)
    assert sorted(chain.from_iterable(fold for _, fold in pairs)) == list(range(54))
    for rest, fold in pairs:
        assert set(classes[rest]) == set(classes[fold]) == set(range(5))


def test_photos_of_a_product_are_cut_in_their_order() -> None:
    products = np.tile(np.arange(2), 9)  # by turns, as rows of a file may be
    folds = split_in_order([str(one) for one in products], (1, 1, 1))
    assert folds == (list(range(6)), list(range(6, 12)), list(range(12, 18)))
    assert split_in_order(["a", "a", "b"], (7, 2, 1)) == ([0, 2], [1], [])


def test_folds_that_are_given_are_the_ones_that_judge() -> None:
    part = blobs(0)
    rest, judged = np.arange(0, 120, 2), np.arange(1, 120, 2)
    trained = fit_head(part, np.arange(3), replace(QUICK, epochs=2), folds=[(rest, judged)])
    assert trained.validation["photos"] == len(judged)


def test_a_gallery_is_always_known_and_only_what_shoppers_sent_is_judged() -> None:
    classes = np.arange(60) % 3
    gallery = np.arange(60) < 20
    part = replace(part_of(np.zeros((60, 2)), classes), gallery=gallery)
    pairs = _folds(part, QUICK)
    assert sorted(chain.from_iterable(fold for _, fold in pairs)) == list(range(20, 60))
    assert all(set(range(20)) <= set(rest) for rest, _ in pairs)


def test_rows_without_a_class_teach_no_class_and_do_no_harm() -> None:
    part = blobs(0, 80)
    half = np.arange(len(part)) % 2 == 0
    shown = np.where(half, part.targets.classes, -1)
    some = fit_head(replace(part, targets=Targets(shown, shown)), np.arange(3), QUICK)
    fresh = blobs(2)
    assert score(some.head, fresh, fresh) > 0.8
    assert some.validation["photos"] == len(part)
    # All that they may change is how features are spread: the classifier's own fit is the same.
    spread = start_head(replace(part, targets=Targets(shown, shown)), np.arange(3), QUICK, 1e-2)
    foreign = np.where(half, part.targets.classes, -1)
    other = replace(part, targets=Targets(foreign, part.targets.classes))
    assert np.array_equal(start_head(other, np.arange(3), QUICK, 1e-2).weight, spread.weight)


def test_without_any_class_the_projection_draws_kin_together() -> None:
    random = np.random.default_rng(0)
    products = np.repeat(np.arange(40), 6)
    # A product is a place in four features; sixteen louder ones only disturb.
    features = np.concatenate(
        [random.normal(size=(40, 4))[products] + random.normal(size=(240, 4)) * 0.2,
         random.normal(size=(240, 16))], axis=1,
    )  # fmt: skip
    part = Part(features.astype(np.float32), Targets(np.full(240, -1), products), products)
    recipe = replace(QUICK, epochs=25, metric=1.0, power=1.0, dropout=0.2, rate=1e-2)
    trained = fit_head(part, np.zeros(0, int), recipe)
    assert trained.head.weight.shape[1] == 0
    assert trained.head.share == 0
    scores = [one["val_score"] for one in trained.course.history]
    assert max(scores) > scores[0] + 0.1
    encoded = trained.head(part.features)
    assert encoded.probabilities.shape == (240, 0)
    np.testing.assert_allclose(np.linalg.norm(encoded.vectors, axis=1), 1, atol=1e-5)


def test_the_score_without_classes_is_the_share_whose_nearest_known_photo_is_kin() -> None:
    known = part_of(np.array([[1, 0], [0, 1]]), np.array([7, 8]))
    asked = np.array([[2, 0.1], [0.1, 2], [2, 0.2], [0.2, 2]])
    judged = part_of(asked, np.array([7, 7, 7, -1]))
    head = start_head(known, np.zeros(0, int), replace(QUICK, power=1.0), 1e-2)
    plain = replace(head, mean=np.zeros(2, np.float32), scale=np.ones(2, np.float32))
    bare = [replace(one, targets=Targets(np.full(len(one), -1), one.targets.groups))
            for one in (known, judged)]  # fmt: skip
    # The fourth has no kin, the second finds another's: two of three.
    assert score(plain, *bare) == pytest.approx(2 / 3)
    assert score(plain, bare[0], bare[1].take([3])) == 0


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ([0] * 8, "only 1 categories"),
        ([-1] * 8, "only 0 categories"),
        ([], "only 0 categories"),
    ],
)
def test_too_little_to_learn_from_is_refused_with_what_to_do(classes: list[int], said: str) -> None:
    part = part_of(np.zeros((len(classes), 4)), np.array(classes, int))
    with pytest.raises(BadTraining, match=f"{said}.*--map category=COLUMN"):
        fit_head(part, np.arange(2), QUICK)


def test_no_classes_and_one_group_is_refused_too() -> None:
    part = Part(np.zeros((4, 4), np.float32), Targets(np.full(4, -1), np.zeros(4, int)),
                np.zeros(4, int))  # fmt: skip
    with pytest.raises(
        BadTraining, match=r"no two categories have 5 .* no two products .*--photos"
    ):
        fit_head(part, np.zeros(0, int), QUICK)


@pytest.mark.parametrize(("group", "few"), [(-1, "no product"), (0, "only one product")])
def test_products_of_one_photo_each_are_told_and_not_blamed_on_the_category(
    group: int, few: str
) -> None:
    part = Part(np.zeros((4, 4), np.float32), Targets(np.arange(4) % 2, np.full(4, group)),
                np.arange(4))  # fmt: skip
    with pytest.raises(BadTraining, match=f"{few} has two photos.*--photos, or --label category"):
        fit_head(part, np.arange(2), QUICK)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_few_photos_give_a_head_or_a_plain_refusal(data: Any) -> None:
    count = data.draw(st.integers(0, 9))
    numbers = st.lists(st.integers(-1, 2), min_size=count, max_size=count)
    classes, groups = np.array(data.draw(numbers), int), np.array(data.draw(numbers), int)
    products = np.array(data.draw(numbers), int) + 1
    features = np.random.default_rng(count).normal(size=(count, 4)).astype(np.float32)
    part = Part(features, Targets(classes, groups), products)
    kinds = data.draw(st.sampled_from([0, 3]))
    if not kinds:
        part = replace(part, targets=Targets(np.full(count, -1), groups))
    try:
        trained = fit_head(part, np.arange(kinds), replace(QUICK, epochs=1, hidden=3))
    except BadTraining as error:
        assert "two" in str(error)  # noqa: PT017 - either is right
    else:
        encoded = trained.head(features)
        assert np.isfinite(encoded.vectors).all()
        assert np.isfinite(encoded.novelty).all()


def test_training_twice_gives_the_same_head_and_another_seed_another() -> None:
    first, second, other = (
        fit_head(blobs(0), np.arange(3), replace(QUICK, epochs=3, seed=seed)) for seed in (5, 5, 6)
    )
    tensors = second.head.tensors()
    assert all(np.array_equal(one, tensors[name]) for name, one in first.head.tensors().items())
    assert first.calibration == second.calibration
    assert not np.array_equal(first.head.whitening, other.head.whitening)


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_linear_classifier_needs_no_hidden_layer() -> None:
    trained = fit_head(blobs(0), np.arange(3), replace(QUICK, hidden=0, epochs=3))
    assert trained.head.hidden.shape == (20, 0)
    assert trained.validation["top1"] > 0.8


def test_progress_names_each_fold_and_then_the_head() -> None:
    said: list[tuple[str, int, int]] = []
    details: list[str] = []

    def note(what: str, done: int, total: int, detail: str = "") -> None:
        said.append((what, done, total))
        details.append(detail)

    fit_head(blobs(0), np.arange(3), replace(QUICK, epochs=2), note)
    assert any("loss" in detail and "validation" in detail for detail in details)
    names = list(dict.fromkeys(name for name, _, _ in said))
    assert names == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3", "head"]
    for name in names:
        counted = [(done, total) for one, done, total in said if one == name]
        assert counted == sorted(counted)
        assert counted[-1][0] == counted[-1][1]


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd", "rmsprop"])
def test_a_recipe_takes_the_defaults_of_its_kind_and_what_was_chosen(optimiser: Any) -> None:
    tuned = Recipe.of("full", optimiser=optimiser, epochs=3, rate=None)
    assert (tuned.tune, tuned.optimiser, tuned.epochs) == ("full", optimiser, 3)
    assert tuned.rate == Recipe().rate
    assert tuned.batch < Recipe.of("head").batch == Recipe().batch
