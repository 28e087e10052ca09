"""What held-out photos say of a model: by hand where that can be, else on fresh photos."""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.calibrate import (
    _LEAST_PHOTOS,
    COVERAGES,
    SHARES,
    Held,
    calibrate,
    categories_of,
    check,
    fit_temperature,
    least_score,
    likelihood_loss,
    set_thresholds,
)
from vision.calibration import Calibration
from vision.head import Head, bare_head, softmax
from vision.parts import Part, Targets
from vision.recipe import Recipe
from vision.train import start_head


def drawn(chances: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(N,) a class of each row of (N, K), as probable as it says."""
    return (chances.cumsum(axis=1) < random.random((len(chances), 1))).sum(axis=1)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_an_exaggeration(factor: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(4000, 5)) * 2
    truth = drawn(softmax(logits), random)
    assert fit_temperature(logits * factor, truth) == pytest.approx(factor, rel=0.1)


def test_nothing_held_out_leaves_the_temperature_at_one() -> None:
    assert fit_temperature(np.zeros((0, 5)), np.zeros(0, int)) == 1.0


def test_the_likelihood_loss_is_the_mean_of_minus_log_p() -> None:
    chances = np.array([[0.5, 0.5], [0.9, 0.1]])
    expected = -(math.log(0.5) + math.log(0.1)) / 2
    assert likelihood_loss(chances, np.array([0, 1])) == pytest.approx(expected)


def test_a_sets_threshold_is_the_chance_at_its_rank() -> None:
    # 99 photos: floor(100 * (1 - coverage)) counted from the least, 0.01, 0.02, ... 0.99.
    found = set_thresholds(np.arange(1, 100)[::-1] / 100)
    assert found == pytest.approx(
        {"0.5": 0.5, "0.8": 0.2, "0.9": 0.1, "0.95": 0.05, "0.98": 0.02, "0.99": 0.01}
    )


def test_too_few_photos_promise_nothing_but_the_whole() -> None:
    # floor(20 * 0.02) = 0: with 19 photos nobody knows what happens to one in fifty.
    found = set_thresholds(np.arange(1, 20) / 20)
    assert found["0.98"] == found["0.99"] == 0.0
    assert found["0.95"] == 1 / 20


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300))
def test_on_the_photos_themselves_the_coverage_is_reached(chances: list[float]) -> None:
    values = np.array(chances)
    for target, least in set_thresholds(values).items():
        assert (values >= least).mean() >= float(target) - 1e-9


@pytest.mark.parametrize("count", [60, 400])
def test_fresh_photos_are_covered_as_promised(count: int) -> None:
    random = np.random.default_rng(1)
    rounds = 400
    reached = {str(target): [] for target in COVERAGES}  # type: dict[str, list[float]]
    for _ in range(rounds):
        thresholds = set_thresholds(random.beta(4, 1, count))
        fresh = random.beta(4, 1, 50)
        for target, least in thresholds.items():
            reached[target].append(float((fresh >= least).mean()))
    for target, shares in reached.items():
        # At least the target, at most 1/(N+1) more, each give or take four standard errors.
        error = 4 * np.std(shares) / math.sqrt(rounds)
        assert float(target) - error <= np.mean(shares)
        assert np.mean(shares) <= float(target) + 1 / (count + 1) + error + 1e-9


def test_the_least_score_is_where_precision_is_last_reached() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, False, True, True, False])
    # Shares from above: 1, 1/2, 2/3, 3/4, 3/5.
    assert least_score(scores, right, 0.75) == 0.6
    assert least_score(scores, right, 0.9) == 0.9
    assert least_score(scores, ~right, 0.9) == 1.0
    assert least_score(np.zeros(0), np.zeros(0, bool), 0.9) == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.5, 0.7, 0.9]),
)
def test_no_lower_score_would_do_and_this_one_does(
    hits: list[tuple[int, bool]], precision: float
) -> None:
    scores = np.array([score for score, _ in hits]) / 10
    right = np.array([good for _, good in hits])
    good = [score for score in scores if right[scores >= score].mean() >= precision]
    assert least_score(scores, right, precision) == (min(good) if good else 1.0)


def test_categories_of_classes_follow_the_head() -> None:
    head = replace(bare_head(2), category_of=np.array([1, 0, -1], np.float32))
    classes = np.array([0, 1, 2, -1])
    assert list(categories_of(head, classes)) == [1, 0, -1, -1]
    assert list(categories_of(bare_head(2), classes)) == list(classes)


CLASSES = 4


def photos(seed: int, count: int, spread: float = 1.0) -> Part:
    """Four classes that overlap; two photos of each product."""
    random = np.random.default_rng(seed)
    products = np.arange(count) // 2
    classes = products % CLASSES
    features = random.normal(size=(count, 16)) * spread
    features[np.arange(count), classes] += 1.8
    features += random.normal(size=(count, 16))[products] * 0.5
    return Part(features.astype(np.float32), Targets(classes, classes), seed * 10**6 + products)


@cache
def held(seed: int = 1, count: int = 600) -> Held:
    known = photos(0, 600)
    return Held(
        start_head(known, np.arange(CLASSES), Recipe(dim=16), 1e-2), known, photos(seed, count)
    )


@cache
def calibrated() -> Calibration:
    return calibrate([held()]).calibration


def judged_anew() -> Held:
    found = calibrate([held()])
    return held(2, 3000).with_head(found.apply(held().head))


def chances_of(one: Held, calibration: Calibration) -> np.ndarray:
    """(N, C) blended, computed apart from the module's own way."""
    asked, shelf = one.head(one.judged.features), one.head(one.known.features)
    cosines = asked.vectors @ shelf.vectors.T
    voted = np.zeros((len(cosines), CLASSES))
    for row, near in enumerate(np.argsort(-cosines, axis=1)[:, :30]):
        weight = np.exp(calibration.vote_sharpness * cosines[row, near].astype(float))
        np.add.at(voted[row], one.known.targets.classes[near], weight / weight.sum())
    return calibration.blend(asked.probabilities, voted)


def test_the_blend_is_never_worse_than_the_classifier() -> None:
    found = calibrate([held()])
    one = held().with_head(found.apply(held().head))
    truth = one.judged.targets.classes
    alone = likelihood_loss(one.head(one.judged.features).probabilities, truth)
    assert likelihood_loss(chances_of(one, found.calibration), truth) <= alone + 1e-6
    # And on photos that chose nothing, but for the noise of choosing.
    fresh = judged_anew()
    truth = fresh.judged.targets.classes
    alone = likelihood_loss(fresh.head(fresh.judged.features).probabilities, truth)
    assert likelihood_loss(chances_of(fresh, found.calibration), truth) <= alone + 0.01


@pytest.mark.parametrize("coverage", COVERAGES)
def test_category_sets_hold_the_truth_of_fresh_photos_as_often_as_promised(coverage: float) -> None:
    found = check([judged_anew()], calibrated(), coverage)
    # Errors of 600 photos that chose and 3000 that judge; products' photos come in pairs.
    error = math.sqrt(2 * coverage * (1 - coverage) * (1 / 600 + 1 / 3000))
    assert found["coverage"] >= coverage - 4 * error
    assert 1 <= found["mean_set"] <= CLASSES


def test_check_counts_what_it_says_by_hand() -> None:
    one, calibration = judged_anew(), calibrated()
    chances, truth = chances_of(one, calibration), one.judged.targets.classes
    found = check([one], calibration)
    order = np.argsort(-chances, axis=1)
    assert found["photos"] == 3000
    assert found["top1"] == pytest.approx((order[:, 0] == truth).mean(), abs=2e-3)
    assert found["top3"] == pytest.approx((order[:, :3] == truth[:, None]).any(1).mean(), abs=2e-3)
    least = calibration.set_thresholds["0.95"]
    member = chances >= np.minimum(least, chances.max(axis=1))[:, None]
    covered = member[np.arange(3000), truth].mean()
    assert found["coverage"] == pytest.approx(covered, abs=2e-3)
    assert found["mean_set"] == pytest.approx(member.sum(axis=1).mean(), abs=5e-3)


def test_photos_of_no_known_category_count_only_as_photos() -> None:
    one = judged_anew()
    nameless = replace(one.judged, targets=Targets(np.full(3000, -1), np.full(3000, -1)))
    found = check([replace(one, judged=nameless)], calibrated())
    assert found.keys() == {"photos", "refused"}
    assert check([], calibrated()) == {"photos": 0}


def test_few_of_the_known_and_most_strangers_are_called_strange() -> None:
    random = np.random.default_rng(0)

    def shown(count: int, quiet: slice) -> Part:
        features = random.normal(size=(count, 40)).astype(np.float32)
        features[:, quiet] *= 0.05
        classes = np.arange(count) % 2
        return Part(features, Targets(classes, classes), np.arange(count))

    usual, unusual = slice(20, 40), slice(0, 20)
    known = shown(400, usual)
    head = start_head(known, np.arange(2), Recipe(power=1.0), 1e-2)
    calibration = calibrate([Held(head, known, shown(400, usual))]).calibration
    assert check([Held(head, known, shown(400, usual))], calibration)["refused"] < 0.08
    assert check([Held(head, known, shown(100, unusual))], calibration)["refused"] > 0.9


def test_match_labels_are_ordered() -> None:
    labels = calibrated().matches
    assert labels is not None
    assert labels.same_product >= labels.very_similar >= labels.same_style


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("named", [True, False])
def test_match_labels_are_ordered_whatever_is_known(seed: int, named: bool) -> None:
    random = np.random.default_rng(seed)
    products = random.integers(0, 15, 120)
    features = random.normal(size=(120, 6)) * random.uniform(0.2, 2)
    features += random.normal(size=(15, 6))[products]
    classes = products % 3 if named else np.full(120, -1)
    part = Part(features.astype(np.float32), Targets(classes, products), products)
    head = start_head(part, np.arange(3 if named else 0), Recipe(dim=6), 1e-2)
    half = [part.take(np.flatnonzero(np.arange(120) % 2 == one)) for one in (0, 1)]
    labels = calibrate([Held(head, *half)]).calibration.matches
    assert labels is not None
    assert labels.same_product >= labels.very_similar >= labels.same_style


def test_few_photos_of_another_product_are_called_the_same() -> None:
    one, labels = judged_anew(), calibrated().matches
    assert labels is not None
    cosines = one.head(one.judged.features).vectors @ one.head(one.known.features).vectors.T
    # The known photos are all of other products.
    assert (cosines.max(axis=1) >= labels.same_product).mean() < 0.05


def test_the_share_of_the_classes_is_the_least_that_is_near_the_best() -> None:
    found = calibrate([held()])
    assert found.share in SHARES

    def precision(share: float) -> float:
        head = replace(held().head, share=share, temperature=found.temperature)
        asked, shelf = head(held().judged.features).vectors, head(held().known.features).vectors
        near = np.argsort(-(asked @ shelf.T), axis=1)[:, :9]
        truth = held().judged.targets.classes[:, None]
        return float((held().known.targets.classes[near] == truth).mean())

    precisions = {share: precision(share) for share in SHARES}
    enough = [share for share, value in precisions.items()
              if value >= max(precisions.values()) - 0.005]  # fmt: skip
    assert found.share == min(enough)


def test_several_folds_are_calibrated_together() -> None:
    halves = [replace(held(), judged=held().judged.take(rows))
              for rows in (np.arange(300), np.arange(300, 600))]  # fmt: skip
    together, apart = calibrate([held()]), calibrate(halves)
    assert apart.temperature == together.temperature
    assert apart.calibration.set_thresholds == pytest.approx(
        together.calibration.set_thresholds, abs=1e-6
    )
    assert apart.calibration.photos == together.calibration.photos == 600


def test_too_few_photos_say_nothing() -> None:
    few = replace(held(), judged=held().judged.take(np.arange(_LEAST_PHOTOS - 1)))
    assert calibrate([few]).calibration == Calibration(_LEAST_PHOTOS - 1)
    assert calibrate([]).calibration == Calibration(0)


def test_a_head_without_classes_is_calibrated_by_products_alone() -> None:
    known, judged = photos(5, 300), photos(5, 301).take(np.arange(300))
    bare = [replace(one, targets=Targets(np.full(300, -1), one.products))
            for one in (known, judged)]  # fmt: skip
    head: Head = start_head(bare[0], np.zeros(0, int), Recipe(dim=16), 1e-2)
    found = calibrate([Held(head, *bare)])
    assert (found.temperature, found.share) == (1.0, 0.0)
    assert found.calibration.set_thresholds == {}
    assert found.calibration.matches is not None
    assert found.calibration.strange is not None


def test_only_the_gallery_is_searched() -> None:
    one = held()
    known = replace(one.known, gallery=np.arange(len(one.known)) < 300)
    some = replace(one, known=known)
    fewer = replace(one, known=one.known.take(np.arange(300)))
    assert calibrate([some]).calibration == calibrate([fewer]).calibration


@given(st.floats(0, 1), st.floats(0.7, 2), st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_a_blend_sums_to_one_and_keeps_the_order_where_both_agree(
    weight: float, power: float, values: list[float]
) -> None:
    shares = (np.array(values) + 1e-3) / (np.array(values) + 1e-3).sum()
    blended = Calibration(9, {}, weight, 10.0, power).blend(shares, shares)
    assert blended.sum() == pytest.approx(1)
    assert all(np.diff(blended[np.argsort(shares)]) >= -1e-12)


def test_a_calibration_comes_back_from_its_json() -> None:
    assert Calibration.from_json(calibrated().to_json()) == calibrated()
    assert Calibration.from_json(Calibration(3).to_json()) == Calibration(3)
