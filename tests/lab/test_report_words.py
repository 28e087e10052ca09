"""What the report says in words: made from the numbers, and honest where they are bad."""

from typing import Any

import pytest
from made_report import full_numbers, minimal_numbers

from lab.report_view import categories, heat, metrics
from lab.report_words import (
    confidence,
    confused,
    covered,
    left_out,
    of_100,
    points,
    price_of_filter,
    refused,
    summary,
    training,
    weakest,
)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.812, "81"), (1.0, "100"), (0.999, "over 99"), (0.0, "0"), (0.001, "under 1")],
)
def test_rare_failures_are_not_rounded_away(share: float, words: str) -> None:
    assert of_100(share) == words


def test_the_summary_leads_with_the_category_and_the_nine_pictures() -> None:
    first = summary(full_numbers())[0]
    assert first == (
        "Of 100 shoppers’ photos, 81 get the right category first and 95 have it among the first "
        "three guesses. Of nine pictures shown, 7.3 are right on average."  # 9 * 0.812
    )


def test_bad_numbers_are_called_bad() -> None:
    numbers = full_numbers()
    numbers["category"] |= {"top1": 0.31, "top3": 0.6, "ece": 0.2}
    numbers["retrieval"]["routed"]["p_at_9"] = 0.4
    said = " ".join(summary(numbers))
    assert "31 get the right category first" in said
    assert "The first guess is more often wrong." in said
    assert "3.6 are right on average. Most of what a shopper sees is wrong." in said  # 9 * 0.4
    assert "what is right of nine falls from 6.9 to 3.6." in said  # 9 * 0.764, 9 * 0.4
    assert "must not be believed" in said


def test_one_right_product_is_judged_by_where_it_is_found() -> None:
    numbers = full_numbers()
    numbers["data"]["relevant_by"] = "product_id"
    numbers["retrieval"]["none"] |= {"recall_at_1": 0.7}
    numbers["retrieval"]["routed"] |= {"recall_at_1": 0.72, "recall_at_5": 0.94, "p_at_9": 1 / 9}
    numbers["models"][0]["recall_at_1"] = 0.32
    said = " ".join(summary(numbers))
    assert "72 find the very product first and 94 find it among the first five." in said
    assert "the share of first results that are right rises from 70% to 72%." in said
    assert "the share of first results that are right is 78%, against 32%." in said  # 0.764 + 0.02
    assert "of nine" not in said


def test_photos_held_out_of_the_catalog_are_not_called_shoppers_photos() -> None:
    numbers = full_numbers()
    numbers["data"]["mode"] = "held_out"
    assert summary(numbers)[0].startswith("Of 100 photos held out, 81 get")


def test_few_photos_are_said_to_be_few() -> None:
    numbers = full_numbers()
    assert not any("rough estimate" in one for one in summary(numbers))
    numbers["data"]["queries"] = 40
    assert summary(numbers)[-1].startswith("Only 40 photos were measured")


def _policies(none: float, hard: float, routed: float) -> dict[str, Any]:
    numbers = minimal_numbers()
    scores = numbers["retrieval"]["none"]
    numbers["retrieval"] = {
        name: scores | {"recall_at_9": recall}
        for name, recall in (("none", none), ("hard", hard), ("routed", routed))
    }
    return numbers


def test_the_price_of_each_filter_is_told_in_photos_of_a_hundred() -> None:
    said = price_of_filter(_policies(none=0.96, hard=0.81, routed=0.96))
    assert said.startswith("The category filter costs nothing")
    assert "would leave 15.0 of 100 photos" in said  # 96 - 81
    said = price_of_filter(_policies(none=0.96, hard=0.96, routed=0.945))
    assert said.startswith("The category filter has a price: 1.5 of 100 photos")  # 96 - 94.5
    assert "hard filter" not in said
    said = price_of_filter(_policies(none=0.96, hard=0.96, routed=0.9599))
    assert "a price: under 0.1 of 100" in said


def test_a_difference_between_models_may_be_chance_and_may_be_a_loss() -> None:
    numbers = full_numbers()
    raw, this, _ = numbers["models"]
    assert training(numbers)[0] == (
        "Better than the backbone as it comes, untrained: with no filter, what is right of nine "
        "is 6.9, against 5.6."  # 9 * 0.764, 9 * 0.626
    )
    assert training(numbers)[1].endswith("against 6.8, a difference that may be chance.")
    numbers["models"] = [raw | {"p_at_9": 0.9, "p_at_9_low": 0.88, "p_at_9_high": 0.92}, this]
    assert training(numbers)[0].startswith("Worse than the backbone as it comes")
    numbers["models"] = [raw | {"fingerprint": this["fingerprint"]}, this]
    assert "nothing to compare" in training(numbers)[0]


@pytest.mark.parametrize(
    ("ece", "accuracy", "words"),
    [
        (0.02, 0.9, "it can be believed: 2.0 points"),
        (0.06, 0.7, "a little too sure of itself: 6.0 points"),
        (0.06, 0.9, "a little too modest: 6.0 points"),
        (0.2, 0.7, "must not be believed: it is too sure of itself, 20.0 points"),
    ],
)
def test_confidence_is_believed_as_far_as_it_was_measured(
    ece: float, accuracy: float, words: str
) -> None:
    bins = [{"confidence": 0.8, "accuracy": accuracy, "photos": 50}]
    assert words in confidence({"category": {"ece": ece, "reliability": bins}})


@pytest.mark.parametrize(
    ("strangers", "words"),
    [
        (0.92, "to 92 of 100 photos of other things, and wrongly to 3 of 100 that have something to"
               " find."),
        (0.2, "find. Most other things are not noticed."),
        (None, "“nothing quite like this here” wrongly to 3 of 100 that have something to find."),
    ],
)  # fmt: skip
def test_a_refusal_is_told_with_its_mistakes(strangers: float | None, words: str) -> None:
    numbers = full_numbers()
    numbers["refusal"]["strangers"] = strangers
    assert refused(numbers).endswith(words)
    assert refused(numbers) in summary(numbers)
    assert refused(minimal_numbers()) == ""


def test_the_photos_that_cost_most_are_named() -> None:
    numbers = full_numbers()
    assert weakest(numbers).startswith("The weakest spot is “rotated 90°”: −29.0 points")  # 51 - 80
    numbers["robustness"][3]["photos"] = 7  # not the same photos any more
    assert weakest(numbers).startswith("The weakest spot is “64 px”: −20.0 points")  # 60 - 80
    numbers["robustness"] = [numbers["robustness"][0], numbers["robustness"][-1]]
    assert weakest(numbers).startswith("Bad photos hardly matter")


def test_a_broken_promise_of_the_set_is_called_one() -> None:
    routing = full_numbers()["routing"]
    assert covered(routing) == (
        "The set of categories that is named for a photo, 1.7 on average, holds the right one for "
        "95.3% of photos (promised: 95%). The filter may be narrower: 1.6 categories on average, "
        "and none for 7% of photos. So the right category is looked through for 96.8%."
    )
    assert "91.0% of photos (promised: 95%, not kept)." in covered(routing | {"coverage": 0.91})


def test_a_filter_that_is_hardly_used_is_not_praised() -> None:
    numbers = _policies(none=0.96, hard=0.81, routed=0.96)
    assert "left off" not in price_of_filter(numbers)
    numbers["routing"]["fallback_rate"] = 0.91
    assert "But it is left off for 91 of 100 photos" in price_of_filter(numbers)


def test_what_was_left_out_is_listed_with_its_reason() -> None:
    assert left_out(
        {**dict.fromkeys(full_numbers()["data"], 0), "excluded": 41, "duplicates": 1200}
    ) == [
        "41 pictures have a label that was excluded by name.",
        "1,200 rows repeat a product that was already there.",
    ]


def test_the_most_frequent_mistakes_come_first() -> None:
    counts = [[8, 2, 0], [0, 5, 5], [1, 0, 9]]
    assert confused({"labels": ["Bags", "Caps", "Hats"], "counts": counts}) == [
        "Caps taken for Hats: 5 of 10",
        "Bags taken for Caps: 2 of 10",
        "Hats taken for Bags: 1 of 10",
    ]


def test_a_loss_has_a_minus_and_a_gain_a_plus() -> None:
    assert points(-0.29) == "−29.0"
    assert points(0.014) == "+1.4"


def test_the_best_of_a_row_is_marked_unless_all_are_alike() -> None:
    rows = metrics({"a": {"p_at_9": 0.7, "mrr": 0.5, "top1": None},
                    "b": {"p_at_9": 0.8, "mrr": 0.5, "top1": 0.6}})  # fmt: skip
    assert [(row["values"], row["best"]) for row in rows] == [
        ([0.7, 0.8], [1]),
        ([0.5, 0.5], []),
        ([None, 0.6], []),
    ]


def test_categories_are_ordered_by_their_f1_and_know_the_other_orders() -> None:
    rows = categories(
        [{"name": name, "f1": f1, "support": support}
         for name, f1, support in (("belts", 0.9, 5), ("Hats", 0.2, 9), ("Bags", 0.5, 40))]
    )  # fmt: skip
    assert [row["name"] for row in rows] == ["Hats", "Bags", "belts"]
    assert [row["by_name"] for row in rows] == [2, 0, 1]
    assert [row["by_size"] for row in rows] == [1, 0, 2]


def test_a_heat_table_too_wide_to_read_keeps_the_categories_with_most_mistakes() -> None:
    size = 40
    counts = [[10 if row == column else 0 for column in range(size)] for row in range(size)]
    counts[7][39] = 3
    table = heat({"labels": [f"c{n:02}" for n in range(size)], "counts": counts})
    assert (len(table["labels"]), table["left_out"]) == (30, 40 - 30)
    assert {"c07", "c39"} <= set(table["labels"])
    cells = dict(table["rows"])["c07"]
    assert cells[-1] == {"n": 3, "share": 3 / 13, "right": False}
