"""The whole measurement, on drawn pictures in the real engine."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import TINY, picture
from PIL import Image

from catalog.product import Product
from lab.errors import LabError
from lab.evaluate import Evaluation, Sample, evaluate
from lab.gate import NAMES
from lab.models import Baseline
from lab.routes import route_scores
from search.result import Route
from vision.cache import FeatureCache
from vision.calibrate import COVERAGES
from vision.calibration import Calibration
from vision.embedder import Embedder, open_embedder
from vision.head import Head, bare_head

LABELS = ("Boots", "Caps", "Mugs")
# below Boots the tree goes on, but nothing tells what lies there
TREE = {
    "Boots": ("Wear", "Wear > Boots", "Wear > Boots > Red"),
    "Caps": ("Wear", "Wear > Caps"),
    "Mugs": ("Home",),
}


def sample(number: int, *, slot: int = 0, size: tuple[int, int] = (96, 80), **facts: Any) -> Sample:
    """Photo `slot` of product `number`; a category follows from the number."""
    facts = {"category": LABELS[number % 3], "image_url": f"{number}/{slot}.jpg"} | facts
    product = Product("shop", f"p{number}", image_slot=slot, **facts)
    return Sample(product, partial(picture, number, size=size))


GALLERY = [sample(number) for number in range(30)]
QUERIES = [sample(number, slot=1, size=(120, 90)) for number in range(12)]


STRANGERS = [
    sample(60),  # this one looks like the others
    Sample(Product("else", "noise"), lambda: noise(0)),
    Sample(Product("else", "torn"), lambda: b""),
    Sample(Product("else", "more noise"), lambda: noise(1)),
]


def noise(seed: int) -> bytes:
    """A photo of nothing."""
    pixels = np.random.default_rng(seed).integers(0, 255, (90, 90, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def features(tiny: Embedder, samples: Sequence[Sample]) -> np.ndarray:
    images = [tiny.decode(one.read()) for one in samples]
    return tiny.features(np.stack([tiny.preprocess(image) for image in images]))


@pytest.fixture(scope="module")
def model(tiny: Embedder) -> Embedder:
    """A head of fixed random numbers: not good, but not the raw backbone either.

    Strange to it is what reaches into the directions where the gallery hardly does: queries come
    to .003 there, noise to .013.
    """
    random, size = np.random.default_rng(0), tiny.backbone.feature_size
    head = Head(
        mean=np.zeros(size, np.float32),
        scale=np.ones(size, np.float32),
        projection=random.normal(size=(size, 16)).astype(np.float32),
        weight=random.normal(size=(size, 3)).astype(np.float32),
        bias=np.zeros(3, np.float32),
        whitening=np.linalg.svd(features(tiny, GALLERY))[2][10:].T,
    )
    return Embedder(tiny.backbone, head, LABELS, Calibration(photos=30, strange=0.006))


@pytest.fixture(scope="module")
def mistaken(tiny: Embedder) -> Embedder:
    """The raw backbone beside a classifier with the gallery by heart, and all queries wrong."""
    said = [number % 3 for number in range(30)] + [(number + 1) % 3 for number in range(12)]
    inverse = np.linalg.pinv(features(tiny, [*GALLERY, *QUERIES]).astype(float))
    weight = (inverse @ (20 * np.eye(3)[said])).astype(np.float32)
    head = replace(
        bare_head(tiny.backbone.feature_size), weight=weight, bias=np.zeros(3, np.float32)
    )
    sure = Calibration(photos=30, set_thresholds=dict.fromkeys(map(str, COVERAGES), 0.5))
    return Embedder(tiny.backbone, head, LABELS, sure)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureCache]:
    with FeatureCache(tmp_path_factory.mktemp("features") / "tiny.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def measured(model: Embedder, cache: FeatureCache) -> Evaluation:
    return evaluate(model, GALLERY, QUERIES, cache, strangers=STRANGERS, robustness=12)


def leaves(numbers: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        elif isinstance(value, float | int):
            yield prefix + name


def test_every_number_can_be_bounded_and_every_bound_has_a_number(measured: Evaluation) -> None:
    assert set(leaves(measured.numbers)) == set(NAMES)


def test_the_numbers_are_plain_json(measured: Evaluation) -> None:
    assert json.loads(json.dumps(measured.numbers, allow_nan=False)) == measured.numbers


def test_a_query_never_finds_its_own_bytes(model: Embedder, cache: FeatureCache) -> None:
    numbers = evaluate(model, GALLERY, GALLERY[:3], cache).numbers
    assert numbers["data"]["queries"] == 3
    for row in numbers["examples"]["best"]:
        assert row["query"]["sha256"] not in {hit["sha256"] for hit in row["hits"]}
    with pytest.raises(LabError, match="anything to find"):
        evaluate(model, GALLERY, GALLERY[:3], cache, relevant_by="product_id")


def test_a_product_is_found_by_another_photo_of_it(model: Embedder, cache: FeatureCache) -> None:
    numbers = evaluate(model, [*GALLERY, *QUERIES], None, cache).numbers
    assert numbers["data"] == {
        "mode": "held_out", "gallery": 30, "queries": 12, "classes": 3, "duplicates": 0,
        "queries_without_relevant": 0, "excluded": 0, "unreadable": 0, "relevant_by": "product_id",
    }  # fmt: skip
    scores = numbers["retrieval"]["none"]
    # one right picture each: a perfect top 9 holds one of nine
    assert scores["p_at_9"] == pytest.approx(scores["recall_at_9"] / 9)
    assert scores["recall_at_1"] > 0.8


def test_what_is_left_out_is_counted(model: Embedder, cache: FeatureCache) -> None:
    torn = Sample(Product("shop", "torn", category="Caps"), lambda: b"")
    lonely = sample(50, category="Nowhere")
    junk = sample(51, category="junk")
    gallery = [*GALLERY, GALLERY[0], torn, junk]
    data = evaluate(
        model, gallery, [*QUERIES, lonely, junk], cache, exclude_labels=["junk"]
    ).numbers["data"]
    counted = ("gallery", "queries", "duplicates", "unreadable", "queries_without_relevant",
               "excluded")  # fmt: skip
    assert {name: data[name] for name in counted} == {
        "gallery": 30, "queries": 12, "duplicates": 1, "unreadable": 1,
        "queries_without_relevant": 1, "excluded": 2,
    }  # fmt: skip


def test_each_model_is_scored_as_if_it_were_measured_alone(
    model: Embedder, tiny: Embedder, cache: FeatureCache, tmp_path: Path
) -> None:
    other = open_embedder(TINY.replace("64", "96"))
    with FeatureCache(tmp_path / "other.sqlite") as others:
        rows = evaluate(model, GALLERY, QUERIES, cache, baseline=Baseline(other, others)).numbers[
            "models"
        ]
        alone = [
            evaluate(one, GALLERY, QUERIES, kept).numbers
            for one, kept in ((tiny, cache), (model, cache), (other, others))
        ]
    assert [row["name"] for row in rows] == ["raw backbone", "this model", "previous model"]
    assert len({row["map_at_r"] for row in rows}) == 3
    for row, numbers in zip(rows, alone, strict=True):
        assert row["fingerprint"] == numbers["model"]["fingerprint"]
        unfiltered = numbers["retrieval"]["none"]
        for name in ("p_at_1", "p_at_9", "recall_at_1", "recall_at_10", "map_at_r"):
            assert row[name] == pytest.approx(unfiltered[name])
        assert row["p_at_9_low"] <= row["p_at_9"] <= row["p_at_9_high"]
    assert [row["top1"] is None for row in rows] == [True, False, True]


def test_robustness_starts_from_the_clean_photos_and_is_over_the_asked_number(
    measured: Evaluation, model: Embedder, cache: FeatureCache
) -> None:
    rows = {row["name"]: row for row in measured.numbers["robustness"]}
    clean, this = rows["as it is"], measured.numbers["models"][1]
    assert (clean["top1"], clean["p_at_9"]) == pytest.approx((this["top1"], this["p_at_9"]))
    assert clean["cosine"] == pytest.approx(1)
    assert all(row["cosine"] < 1 for name, row in rows.items() if name != "as it is")
    assert {row["photos"] for name, row in rows.items() if name != "another background"} == {12}
    some = evaluate(model, GALLERY, QUERIES, cache, robustness=5).numbers["robustness"]
    assert {row["photos"] for row in some if row["name"] != "another background"} == {5}
    assert evaluate(model, GALLERY, QUERIES, cache).numbers["robustness"] == []


def test_the_curve_trades_coverage_for_the_size_of_the_set(measured: Evaluation) -> None:
    curve = measured.numbers["routing"]["curve"]
    assert tuple(row["target"] for row in curve) == COVERAGES
    searched = [row["searched"] for row in curve]
    assert searched == sorted(searched)


def test_a_filter_that_is_always_wrong_hides_nothing_that_the_nine_would_have_shown(
    mistaken: Embedder, cache: FeatureCache
) -> None:
    numbers = evaluate(mistaken, GALLERY, QUERIES, cache).numbers
    scores, routing = numbers["retrieval"], numbers["routing"]
    assert (routing["fallback_rate"], routing["searched"], routing["coverage"]) == (0, 0, 0)
    found = {policy: one["recall_at_9"] for policy, one in scores.items()}
    assert found == {"none": 1, "hard": 0, "routed": 1}
    assert [row["recall_at_9"] for row in routing["curve"]] == [1] * len(COVERAGES)
    # the right category has one seat, the last but one or the last
    assert scores["routed"]["p_at_9"] == pytest.approx(1 / 9)
    assert scores["routed"]["recall_at_5"] == 0


def test_an_unfiltered_search_counts_as_searched_but_only_the_set_as_covered() -> None:
    routes = [
        Route("routed", ("Boots",), "", (), ("Boots", "Caps")),
        Route("routed", ("Boots", "Caps"), "", (), ("Boots", "Caps", "Mugs")),
        Route("none", (), "", (), ("Boots",)),
        Route("routed", ("Mugs",), "", (), ("Mugs",)),
    ]
    scores = route_scores(routes, ["Boots", "Mugs", "Caps", None])
    assert scores["coverage"] == pytest.approx((1 + 1 + 0) / 3)
    assert scores["mean_set"] == (2 + 3 + 1 + 1) / 4
    assert scores["searched"] == pytest.approx((1 + 0 + 1) / 3)
    assert scores["mean_categories"] == pytest.approx((1 + 2 + 1) / 3)
    assert scores["fallback_rate"] == 1 / 4


def test_photos_of_other_things_are_refused_and_queries_are_not(
    measured: Evaluation, tiny: Embedder, model: Embedder, cache: FeatureCache
) -> None:
    assert measured.numbers["refusal"] == {
        "queries": 0 / 12, "strangers": pytest.approx(2 / 3), "strangers_photos": 4 - 1,
    }  # fmt: skip
    without = evaluate(model, GALLERY, QUERIES, cache).numbers
    assert without["refusal"] == {"queries": 0, "strangers": None, "strangers_photos": 0}
    assert evaluate(tiny, GALLERY, QUERIES, cache, strangers=STRANGERS).numbers["refusal"] is None


def test_examples_run_from_the_best_to_the_worst_and_bring_their_pictures(
    measured: Evaluation,
) -> None:
    shown = measured.numbers["examples"]
    assert (len(shown["best"]), len(shown["worst"])) == (6, 6)
    right = [[row["p_at_9"] for row in shown[name]] for name in ("best", "worst")]
    assert right == [sorted(right[0], reverse=True), sorted(right[1])]
    assert min(right[0]) >= max(right[1])
    for row in (*shown["best"], *shown["worst"]):
        assert row["p_at_9"] == sum(hit["right"] for hit in row["hits"]) / 9
        for one in (row["query"], *row["hits"]):
            assert sha256(measured.pictures[one["sha256"]]()).hexdigest() == one["sha256"]


def test_a_tree_of_categories_is_scored_at_each_level(
    measured: Evaluation, model: Embedder, cache: FeatureCache
) -> None:
    assert "levels" not in measured.numbers["category"]
    gallery = [sample(n, category_path=TREE[LABELS[n % 3]]) for n in range(30)]
    category = evaluate(model, gallery, QUERIES, cache).numbers["category"]
    assert [(row["level"], row["classes"]) for row in category["levels"]] == [(1, 2), (2, 3)]
    assert category["levels"][1]["top1"] == category["top1"]
