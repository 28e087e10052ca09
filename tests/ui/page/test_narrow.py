"""What there is to narrow by."""

from collections.abc import Mapping
from typing import Any

from catalog.store import attribute
from search.result import CategoryGuess, Region, Route, SearchResult
from ui.page.language import Language, english
from ui.page.narrow import Group, Narrow, narrow
from ui.page.question import Question
from vision.box import Box
from vision.colours import SWATCHES

MATERIAL = attribute("material")
FACETS: Mapping[str, Mapping[str, float]] = {
    "category": {"Hat": 5},
    "brand": {f"B{n}": 20 - n for n in range(10)},
    "colors": {"navy blue": 4, "red": 3, "Multi": 1},
    "available": {"true": 6, "false": 2},
    MATERIAL: {"felt": 5, "straw": 3},
    attribute("made in"): {"Peru": 8},
    "price": {"min": 5.0, "max": 19.95},
}


def menu(
    asked: Mapping[str, Any] | None = None, say: Language | None = None, **more: Any
) -> Narrow:
    result = SearchResult((), Route("none", (), ""), facets=more.get("facets", FACETS))
    question = Question.told({"photo": "t", **(asked or {})})
    return narrow(result, question, more.get("regions", ()), say or english())


def group(found: Narrow, key: str) -> Group:
    return next(one for one in (*found.groups, *found.attributes) if one.key == key)


def test_counts_are_those_of_the_look_alikes() -> None:
    found = menu()
    assert [(v.label, v.count) for v in group(found, "brands").first][:2] == [
        ("B0", 20),
        ("B1", 19),
    ]
    assert len(group(found, "brands").first) == 7
    assert len(group(found, "brands").others) == 3
    assert (found.price, found.available, found.chosen) == ((5.0, 19.95), 6, 0)


def test_a_chosen_value_that_none_has_any_more_can_be_left() -> None:
    found = menu({"brands": ["Gone"], "attributes": {MATERIAL: ["silk"]}})
    gone = group(found, "brands").values[-1]
    assert (gone.value, gone.count, gone.checked) == ("Gone", 0, True)
    assert group(found, MATERIAL).values[-1].checked
    assert found.chosen == 2


def test_an_attribute_that_all_share_narrows_nothing_unless_it_was_chosen() -> None:
    key = attribute("made in")
    assert [one.key for one in menu().attributes] == [MATERIAL]
    assert menu().attributes[0].label == "material"
    chosen = menu({"attributes": {key: ["Peru"]}})
    assert group(chosen, key).label == "made in"


def test_colours_are_painted_and_named_in_the_visitors_language(vietnamese: Language) -> None:
    values = group(menu(say=vietnamese), "colors").values
    assert [value.label for value in values] == ["navy blue", "đỏ", "Multi"]
    paints = [value.paint for value in values]
    assert paints[0] == "#3068c8"
    assert paints[2] is None  # nobody knows what "Multi" looks like
    every = menu(facets={"colors": dict.fromkeys(SWATCHES, 1)})
    assert len({value.paint for value in group(every, "colors").values}) == len(SWATCHES)


def test_a_catalog_without_prices_stock_or_brands_has_no_such_filters() -> None:
    found = menu(facets={"category": {"Hat": 5}})
    assert (found.groups, found.attributes, found.price, found.available) == ((), (), None, None)
    assert menu({"available": True}, facets={}).available == 0


def test_every_set_filter_counts_once() -> None:
    asked = {
        "brands": ["B0", "B1"], "colors": ["red"], "available": True, "price_max": 9,
        "variant": "cheaper", "attributes": {MATERIAL: ["felt"]},
    }  # fmt: skip
    assert menu(asked).chosen == 7


def test_parts_of_a_photo_come_after_the_whole_and_the_chosen_one_is_pressed() -> None:
    regions = (
        Region(Box(0, 0, 0.5, 1), (CategoryGuess("Hat", 0.9),)),
        Region(Box(0.5, 0, 1, 1), ()),
    )
    assert menu().parts == ()
    whole = menu(regions=regions).parts
    assert [(part.label, part.pressed) for part in whole] == [
        ("Whole photo", True), ("Hat", False), ("Part 2", False),
    ]  # fmt: skip
    cropped = menu({"crop": [0.5, 0, 1, 1]}, regions=regions).parts
    assert [part.pressed for part in cropped] == [False, False, True]
