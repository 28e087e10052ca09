"""What the model tab shows: models, numbers, the map, a comparison, in words and as markup."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from made import TINY
from made_page import HOSTILE

from catalog.product import Product, Stamp
from catalog.store import Hit
from lab.overlap import Overlap
from ui.atlas import Atlas
from ui.known_models import KnownModel
from ui.measuring import Report
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_map import COLORS, MARKS, mark, rows
from ui.page.model_pair import Asked, Column, Query
from ui.page.model_train import steps
from ui.page.model_words import compared, headline, name_of_model, named, share, whole_name
from ui.page.view import Card
from ui.side_by_side import Answer, Comparison
from vision.spec import BUNDLED_MODEL

FINGERPRINT = "ab" * 32


def numbers(relevant_by: str = "category", **more: Any) -> dict[str, Any]:
    scores = {"p_at_9": 0.75, "recall_at_1": 0.5, "recall_at_10": 0.875}
    return {
        "data": {"relevant_by": relevant_by, "queries": 8},
        "category": {"top1": 0.625, "top3": 1.0},
        "retrieval": dict.fromkeys(("none", "hard", "routed"), scores),
        **more,
    }


def report(tmp_path: Path, told: dict[str, Any]) -> Report:
    return Report(tmp_path / "x.html", datetime(2026, 1, 2, tzinfo=UTC), told)


def model(**config: Any) -> KnownModel:
    return KnownModel(FINGERPRINT, "x", TINY, (Path("x"),), config)


def test_a_model_is_named_by_what_it_learned(say: Language) -> None:
    taught = {"catalog": "shop", "label": "product_id"}
    assert name_of_model(model(training=taught), say) == "Taught on shop, by product"
    assert name_of_model(model(training={"catalog": "shop"}), say) == "Taught on shop, by category"
    bundled = KnownModel(FINGERPRINT, BUNDLED_MODEL, BUNDLED_MODEL)
    assert name_of_model(bundled, say) == "The model that comes with Snapshelf"
    bare = KnownModel(FINGERPRINT, TINY, TINY)
    assert name_of_model(bare, say) == f"{TINY}, not taught on any catalog"
    whole = whole_name(model(training=taught, created_at="2026-01-02T03:04:05+00:00"), say)
    assert whole.startswith("Taught on shop, by product · Jan ")
    assert whole.endswith(" · abababab")
    assert whole_name(model(created_at="yesterday"), say).count("·") == 1


def test_numbers_are_the_labs_else_trainings_own_else_none(
    say: Language, vietnamese: Language, tmp_path: Path
) -> None:
    lab = named(model(), report(tmp_path, numbers()), say)
    assert [(one.value, one.label) for one in lab.numbers] == [
        ("62.5%", "Category right"), ("75.0%", "Right of nine, as shoppers get it"),
    ]  # fmt: skip
    assert lab.reported
    own = named(model(metrics={"val": {"photos": 4, "top1": 0.5, "top3": 1}}), None, vietnamese)
    assert [one.value for one in own.numbers] == ["50,0%", "100,0%"]
    assert named(model(metrics={"test": {"photos": 0}}), None, say).numbers == ()


def test_of_one_product_the_first_result_is_what_counts(say: Language, tmp_path: Path) -> None:
    labels = [one.label for one in headline(report(tmp_path, numbers("product_id")), say)]
    assert "Right one first, as shoppers get it" in labels
    assert not any("nine" in label for label in labels)
    labels = [one.label for one in headline(report(tmp_path, numbers(category=None)), say)]
    assert labels[:2] == ["Right of nine, no filter", "Right of nine, hard filter"]


def test_two_models_stand_beside_each_other(say: Language) -> None:
    new = {"name": "this model", "p_at_9": 0.5, "top1": None, "recall_at_1": 0.25}
    old = {"name": "previous model", "p_at_9": 0.75, "top1": None, "recall_at_1": 0.25}
    told = compared(numbers(models=[new, old, {"name": "raw backbone"}]), say)
    assert [(one.label, one.new, one.old, one.better) for one in told] == [
        ("Right of nine", "50.0%", "75.0%", "old"), ("Right one first", "25.0%", "25.0%", ""),
    ]  # fmt: skip
    assert compared(numbers(models=[new]), say) == []
    assert compared({}, say) == []


@pytest.mark.parametrize("value", [None, "x", float("nan"), float("inf"), [1]])
def test_what_is_no_number_is_a_dash(say: Language, value: Any) -> None:
    assert share(value, say) == "–"


def test_no_two_of_the_largest_categories_have_one_mark() -> None:
    marks = [mark(str(n), n) for n in range(MARKS)]
    assert len({(one.color, one.shape) for one in marks}) == MARKS
    for one, after in pairwise(marks):
        assert one.color != after.color
        assert one.shape != after.shape or after.color == 0
    # the first ones differ in colour as well as, next to each other, in shape
    assert len({one.color for one in marks[:COLORS]}) == COLORS
    assert mark("more", MARKS).color is None


def atlas(*found: Overlap) -> Atlas:
    names = tuple(one.category for one in found)
    return Atlas(Path("x.json"), 9, 12, names, found, 7)


def test_the_map_says_in_words_what_lies_where(say: Language) -> None:
    told = rows(
        atlas(
            Overlap("Mugs", 4, 0.3, "Cups", 0.6),
            Overlap("Cups", 3, 0.7, "Mugs", 0.1),
            Overlap("Hats", 2, 0.9, None, 0.0),
        ),
        say,
    )
    assert [(one.own, one.told, one.overlap) for one in told] == [
        ("30%", "Lies scattered among others.", "Overlaps with Cups: 60% of the look-alikes."),
        ("70%", "Mixes a little with others.", ""),
        ("90%", "Lies close together.", ""),
    ]


def test_hostile_categories_are_text_on_the_map(say: Language) -> None:
    found = atlas(Overlap(HOSTILE, 2, 0.2, HOSTILE, 0.8))
    shown = draw(
        "model_map", say, atlas=found, neighbours=10, link="x", rows=rows(found, say),
        marks=[mark(HOSTILE, 0)],
    )  # fmt: skip
    assert "<script" not in shown
    assert "<img src=x" not in shown
    assert shown.count("&lt;img src=x") == 3


def test_a_comparison_shows_both_answers_and_what_they_share(say: Language) -> None:
    product = Product("s", "p1", title=HOSTILE, category=HOSTILE)
    hit = Hit(product, 0.5, Stamp("0" * 64, FINGERPRINT, "r", "t"), product.point_id)
    answers = [Answer(model(), (), (hit,), (None,), 3.2)] * 2
    asked = Asked(Query(b"", "photos/x.jpg"), Comparison((answers[0], answers[1])), 640)
    card = Card("p1", HOSTILE, 0.5, category=HOSTILE)
    columns = [
        Column(model(), "One", ((HOSTILE, "62%"),), ((card, True),), 3),
        Column(model(), "Two", (), ((card, False),), 4),
    ]
    shown = draw(
        "model_pair", say, models=[("a", HOSTILE), ("b", "B")], chosen=["a", "b"], asked=asked,
        columns=columns, shown=9, examples=range(2),
    )  # fmt: skip
    assert "1 of the 9 nearest are the same." in shown
    assert "640 products" in shown
    assert shown.count("found by both") == 1
    assert "This model knows no categories." in shown
    assert '<option value="b" selected>' in shown
    assert "<script" not in shown
    assert "onerror=&#34;window" in shown


def test_the_folds_of_a_training_are_one_step() -> None:
    job = Job("train")
    progress = steps(job)
    progress("fold 1 of 3", 5, 10)
    progress("fold 3 of 3", 10, 10, "loss .1")
    progress("head", 1, 2)
    assert [(name, one.done, one.total) for name, one in job.steps.items()] == [
        ("folds", 30, 30), ("head", 1, 2),
    ]  # fmt: skip


def test_without_an_index_there_is_one_word_about_it(say: Language, tmp_path: Path) -> None:
    shown = draw("model_top", say, names=[])
    assert "There is no index yet" in shown
    assert "data-jump" not in shown
