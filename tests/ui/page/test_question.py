"""What a browser asks: believed in no part that cannot be."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.store import attribute
from search.request import ANY
from ui.page import question as questions
from ui.page.question import Question
from vision.box import Box

KNOWN = {"Shoes": 40, "Hats & Caps": 20, "any": 3, "auto": 1}
FULL: dict[str, Any] = {
    "photo": "token", "crop": [0.1, 0.2, 0.6, 0.9], "text": "red shoe", "like": "p1",
    "liked": ["p2", "p&3"], "disliked": ["p4"], "category": "in:Hats & Caps",
    "brands": ["Acme", "Böhm & Söhne"], "colors": ["red"],
    "attributes": {attribute("material"): ["felt"], attribute("sole, inner"): ["cork", "rubber"]},
    "available": True, "price_min": 1.5, "price_max": 40, "order": "-price",
    "variant": "cheaper", "k": 24, "product": "p/9",
}  # fmt: skip


def test_all_that_is_asked_reaches_the_search() -> None:
    request = Question.told(FULL).request(b"photo", KNOWN)
    assert request.image == b"photo"
    assert request.like is None  # the photo is what is looked for
    assert request.crop == Box(0.1, 0.2, 0.6, 0.9)
    assert (request.text, request.category, request.k) == ("red shoe", "Hats & Caps", 24)
    assert (request.liked, request.disliked) == (("p2", "p&3"), ("p4",))
    assert request.where.any_of == {
        "brand": ("Acme", "Böhm & Söhne"), "colors": ("red",),
        attribute("material"): ("felt",), attribute("sole, inner"): ("cork", "rubber"),
    }  # fmt: skip
    assert (request.where.price_min, request.where.price_max) == (1.5, 40)
    assert request.where.available is True
    assert (request.order, request.variant, request.facets) == ("-price", "cheaper", True)
    assert Question.told({**FULL, "photo": None}).request(b"", KNOWN).like == "p1"


def test_a_link_keeps_all_but_the_photo_and_its_part() -> None:
    asked = Question.told(FULL)
    again = Question.linked(asked.link)
    assert again == asked.model_copy(update={"photo": None, "crop": None, "k": questions.PAGE})
    assert "token" not in asked.link
    assert parse_qs(asked.link)["min"] == ["1.5"]
    assert parse_qs(asked.link)["max"] == ["40"]


def test_a_question_of_nothing_has_no_link_and_no_subject() -> None:
    assert Question().link == ""
    assert not Question.told({"brands": ["Acme"], "text": "  "}).has_subject
    for one in ({"photo": "x"}, {"text": "hat"}, {"like": "p1"}, {"liked": ["p1"]}):
        assert Question.told(one).has_subject


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 10**9}, {"k": "many"}, {"k": 0}, {"crop": [0, 0, 2, 1]}, {"crop": "all"},
        {"price_min": -1}, {"price_max": "NaN"}, {"price_max": float("inf")}, {"order": "random"},
        {"price_max": 1e16},
        {"liked": ["x"] * 51}, {"liked": 7}, {"brands": [["a"]]}, {"attributes": ["a"]},
        {"text": "x" * 501}, {"variant": "nicer"}, {"category": ""}, {"product": {"a": 1}},
        {"brands": ["x" * 501]}, {"photo": ["a"]}, {"available": "perhaps"},
        {"attributes": {f"attributes.{n}": ["x"] for n in range(21)}},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_left_out_and_the_others_stay(wrong: dict[str, Any]) -> None:
    asked = Question.told({"like": "p1", **wrong})
    assert asked == Question(like="p1")


@pytest.mark.parametrize("data", [None, 7, "x", [], {"__class__": "x", "unknown": 1}])
def test_what_is_no_question_asks_for_nothing(data: Any) -> None:
    assert Question.told(data) == Question()


def test_a_link_with_more_attributes_than_a_service_may_name_asks_without_them() -> None:
    said = [f"attributes.{n}=x" for n in range(21)]
    assert len(Question.linked("&".join(["text=hat", *said[:20]])).attributes) == 20
    assert Question.linked("&".join(["text=hat", *said])) == Question(text="hat")


@given(st.text(max_size=300))
def test_any_link_is_read_without_a_fault(query: str) -> None:
    Question.linked(query)


@given(
    st.builds(
        Question,
        text=st.text(max_size=50).map(str.strip),
        liked=st.lists(st.text(min_size=1, max_size=9), max_size=3).map(tuple),
        brands=st.lists(st.text(min_size=1, max_size=9), max_size=3).map(tuple),
        price_min=st.none() | st.floats(0, 1e12),
        order=st.sampled_from(["match", "price", "-price"]),
        available=st.booleans(),
    ).filter(lambda one: not any("\ud800" <= c <= "\udfff" for c in repr(one)))
)
def test_a_link_says_what_was_asked(asked: Question) -> None:
    assert Question.linked(asked.link) == asked


@pytest.mark.parametrize("name", ["Shoes", "Hats & Caps", "auto", "any"])
def test_every_category_can_be_chosen_even_one_named_like_a_choice(name: str) -> None:
    assert questions.category_of(questions.choice_of(name), KNOWN) == name


def test_choices_that_a_browser_invents_mean_automatic() -> None:
    for choice in (None, 7, "", "auto", "Shoes", "in:", "in:Nonsense", ["in:Shoes"], {"a": 1}):
        assert questions.category_of(choice, KNOWN) is None
    assert questions.category_of(questions.EVERYWHERE, KNOWN) == ANY


def test_more_like_a_product_forgets_the_photo_and_keeps_the_filters() -> None:
    asked = Question.told({**Question.told(FULL).model_dump(), **questions.alike("p7")})
    assert (asked.like, asked.photo, asked.text, asked.liked) == ("p7", None, "", ())
    assert asked.brands == ("Acme", "Böhm & Söhne")
