"""What the page that compares systems says, and the shape of its tables."""

import pytest
from made_baselines import CHANCE, full_numbers

from lab.baselines_view import dots, interval, picture_hashes, systems
from lab.baselines_words import millions, published, summary, when


def test_the_summary_is_honest_about_few_photos_and_other_data() -> None:
    assert summary(full_numbers()) == [
        # the sum of 42 to 26; 17 categories of 6
        "14 systems, older and newer, on the same photos of one catalog: 578 to learn from, which "
        "are also what is searched, and 102 to be tested on.",
        "Most often right: Snapshelf, 71.0% of the test photos; guessing gets 5.9%.",
        "Published numbers come from other data. They say how well a system did there, not what it "
        "should reach here.",
        "With 102 test photos, an accuracy near 50% is known to ±10 points: smaller differences "
        "between two systems may be chance.",
        "1 system could not run; the table says why.",
    ]


def test_where_nothing_tells_categories_none_is_called_best() -> None:
    numbers = full_numbers()
    numbers["rows"] = [row for row in numbers["rows"] if row["name"] == "Siamese network"]
    assert not any("Most often right" in sentence for sentence in summary(numbers))


@pytest.mark.parametrize(
    ("share", "of", "low", "high"),
    # the values of statsmodels' proportion_confint(method="wilson")
    [(0.5, 100, 0.4038, 0.5962), (0.0, 20, 0.0, 0.1611), (0.95, 200, 0.9104, 0.9726)],
)
def test_a_share_of_few_photos_has_a_wide_interval(
    share: float, of: int, low: float, high: float
) -> None:
    assert interval(share, of) == pytest.approx((low, high), abs=1e-4)


def test_only_a_published_accuracy_stands_beside_the_accuracies() -> None:
    rows = full_numbers()["rows"][:2]
    rows[1]["published"]["measure"] = "P@5"
    first, second = dots(rows, 102)
    assert (first["low"], first["high"], first["chance"]) == (0.61, 0.61, CHANCE)
    assert (second["low"], second["high"]) == (None, None)
    assert [one["name"] for one in dots(full_numbers()["rows"][4:6], 102)] == [
        "5 · ResNet-18, last layer"  # the one before tells no categories
    ]


def test_a_system_without_a_published_setting_still_has_a_best_one() -> None:
    row = full_numbers()["rows"][1] | {"as_published": None}
    (line,) = systems([row])
    assert line["settings"]["as_published"] is None
    assert line["measures"]["as_published"] is None
    assert line["measures"]["best_of_grid"] == pytest.approx(0.38 - 0.08 + 2 * 0.05)
    assert line["settings"]["best_of_grid"]["features"] == "pool"


def test_only_pictures_that_are_shown_are_asked_for() -> None:
    numbers = full_numbers()
    numbers["data"]["samples"] = [{"label": "a", "photos": ["1", "2", "1", "3", "not shown"]}]
    numbers["rows"] = [numbers["rows"][-1]]
    assert picture_hashes(numbers) == ["1", "2", "3"]


def test_numbers_are_printed_for_people() -> None:
    assert [millions(count) for count in (None, 0, 8_721, 100_000, 57_074_513)] == [
        "–", "0", "8,721", "0.1 M", "57.1 M",
    ]  # fmt: skip
    assert when("2026-11-28T21:00:00+00:00") == "28 November 2026, 21:00 UTC"
    assert published({"published": {"low": 0.34, "high": None}}) == "34.0%"
    assert published({"published": {"low": 0.345, "high": 0.39}}) == "34.5–39.0%"
    assert published({"published": None}) == ""
