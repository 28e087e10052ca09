"""What a shopper sees of an answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from catalog.product import Product
from catalog.store import Hit
from search.request import ANY
from search.result import CategoryGuess, Route, SearchResult
from search.varied import Varied
from ui.page import view
from ui.page.language import Language, english
from ui.page.question import Question
from vision.calibration import MatchScores
from vision.errors import UnreadableImage

KNOWN = {"Shoes": 40, "Hats & Caps": 20, "any": 3, "auto": 1}
GUESSES = (
    CategoryGuess("Shoes", 0.7),
    CategoryGuess("Boots", 0.2),
    CategoryGuess("Hats & Caps", 0.001),
)
ROUTED = Route("routed", ("Shoes", "Boots"), "", GUESSES, cause="sure")
PHOTO = Question(photo="token")


def answered(
    result: SearchResult, category: str | None = None, question: Question = PHOTO, **more: Any
) -> view.Answer:
    has_picture = more.get("has_picture", lambda _: True)
    return view.answer(result, question, category, KNOWN, has_picture, more.get("say", english()))


def shown(route: Route = ROUTED, category: str | None = None) -> view.Answer:
    return answered(SearchResult((), route, {"total": 12.4}), category)


def chips(answer: view.Answer) -> dict[str, view.Chip]:
    return {chip.label: chip for chip in answer.chips}


def test_automatic_comes_first_and_all_categories_last() -> None:
    labels = [chip.label for chip in shown().chips]
    assert labels == ["Automatic", "Shoes", "Boots", "All categories"]


def test_exactly_one_chip_is_pressed_whatever_was_chosen() -> None:
    everywhere = Route("none", (), "", GUESSES, cause="everywhere")
    for route, category, label in (
        (ROUTED, None, "Automatic"),
        (everywhere, None, "Automatic"),  # unsure: searched everywhere, but nobody chose that
        (everywhere, ANY, "All categories"),
        (Route("chosen", ("Boots",), "", GUESSES), "Boots", "Boots"),
        (Route("chosen", ("any",), "", GUESSES), "auto", "auto"),
    ):
        pressed = [chip.label for chip in shown(route, category).chips if chip.pressed]
        assert pressed == [label]


def test_chips_show_the_probability_and_which_categories_were_searched() -> None:
    by_label = chips(shown())
    assert (by_label["Shoes"].share, by_label["Shoes"].percent) == (0.7, "70%")
    assert by_label["Shoes"].width == 70
    assert by_label["Shoes"].searched
    assert by_label["Boots"].searched
    assert by_label["Automatic"].share is None


@pytest.mark.parametrize(("share", "width"), [(float("nan"), 0), (7.0, 100), (-1.0, 0)])
def test_a_bar_stays_between_nothing_and_all(share: float, width: int) -> None:
    assert view.Chip("c", "in:c", share).width == width


def test_a_guess_that_would_read_zero_percent_is_left_out_unless_it_was_searched() -> None:
    assert "Hats & Caps" not in chips(shown())
    only_hats = Route("chosen", ("Hats & Caps",), "", GUESSES)
    assert chips(shown(only_hats, "Hats & Caps"))["Hats & Caps"].pressed


def test_a_predicted_category_that_the_catalog_lacks_cannot_be_chosen() -> None:
    assert not chips(shown())["Boots"].known
    assert chips(shown())["Shoes"].known


def test_a_category_from_the_menu_that_was_not_predicted_gets_a_chip() -> None:
    assert chips(shown(Route("chosen", ("any",), "", GUESSES), "auto"))["auto"].pressed


def test_the_menu_offers_automatic_all_and_each_category_with_its_size(say: Language) -> None:
    assert view.options({"Shoes": 1200}, say) == [
        ("Automatic", "auto"), ("All categories", "all"), ("Shoes (1,200)", "in:Shoes"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "categories", "more", "headline"),
    [
        (0, ("Shoes",), False, "Nothing like this here"),
        (1, ("Shoes",), False, "1 look-alike in Shoes"),
        (9, ("Shoes", "Boots"), False, "9 look-alikes in Shoes and Boots"),
        (9, (), False, "9 look-alikes from the whole shelf"),
        (9, ("Shoes",), True, "The 9 nearest look-alikes in Shoes"),
        (9, (), True, "The 9 nearest look-alikes from the whole shelf"),
    ],
)
def test_the_headline_counts_and_names(
    found: int,
    categories: tuple[str, ...],
    more: bool,
    headline: str,
    hit: Callable[..., Hit],
) -> None:
    hits = tuple(hit(n) for n in range(found))
    route = Route("routed", categories, "", cause="sure")
    answer = answered(SearchResult(hits, route, more=more))
    assert answer.headline == headline
    assert len(answer.cards) == found


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (ROUTED, "Looking in Shoes and Boots: 90% sure."),
        (Route("none", (), "", GUESSES, cause="unsure"), "Unsure: Shoes is the best guess"),
        (
            Route("none", (), "", GUESSES, cause="few", tried=("Hats",), held=3),
            "Hats held only 3 of the 12 results",
        ),
        (Route("chosen", ("Hats",), "", GUESSES, cause="chosen"), "Only Hats, as you chose."),
        (Route("none", (), "", GUESSES, cause="everywhere"), "All categories, as you chose."),
        (Route("none", (), "", cause="unknown"), "No category is known"),
        (Route("none", (), "", cause="no photo"), "More like the products you chose"),
    ],
)
def test_what_was_done_is_said_in_the_visitors_language(
    route: Route, told: str, vietnamese: Language
) -> None:
    result = SearchResult((), route)
    assert told in answered(result).reason
    other = answered(result, say=vietnamese).reason
    assert other
    assert other != answered(result).reason


@pytest.mark.parametrize(
    ("words", "told"), [("title", "in their title"), ("vector", "look like these words")]
)
def test_how_words_were_read_is_said(words: Any, told: str) -> None:
    route = Route("none", (), "", cause="no photo")
    assert told in answered(SearchResult((), route, words=words)).reason


@pytest.mark.parametrize(
    ("varied", "told"),
    [
        (Varied("cheaper", Product("s", "1", title="Hat", price=5, currency="EUR")), "€5.00"),
        (Varied("cheaper"), "Nothing here has a price."),
        (Varied("other color", None, ("blue", "Petrol")), "other than blue and Petrol."),
        (Varied("other color"), "in any colour."),
    ],
)
def test_a_variant_says_what_it_varies(varied: Varied, told: str) -> None:
    assert told in answered(SearchResult((), ROUTED, varied=varied)).details


def test_a_card_says_what_the_catalog_says(hit: Callable[..., Hit]) -> None:
    full = hit(0, brand="Norrland", price=5.0, currency="EUR", available=False)
    bare, unnamed = hit(1, title=None, category=None), hit(2, title=None)
    result = SearchResult((full, bare, unnamed), ROUTED, views={full.id: 3})
    first, second, third = answered(result).cards
    assert (first.title, first.brand, first.price) == ("Product 0", "Norrland", "€5.00")
    assert (first.id, first.sold_out, first.views) == ("p0", True, 3)
    assert first.picture == full.stamp.image_sha256
    assert (second.title, second.price, second.sold_out, second.views) == ("p1", None, False, 1)
    assert (first.category, third.title, third.category) == ("Shoes", "Shoes", "p2")


@pytest.mark.parametrize(
    ("least", "words"),
    [
        ((0.9, 0.8, 0.7), "Same product"),
        ((0.91, 0.9, 0.7), "Very similar"),
        ((0.92, 0.91, 0.9), "Same style"),
        ((0.93, 0.92, 0.91), "Weak match"),
    ],
)
def test_a_card_says_in_words_how_alike_it_is(
    least: tuple[float, float, float], words: str, hit: Callable[..., Hit]
) -> None:
    result = SearchResult((hit(0),), ROUTED, matches=MatchScores(*least))  # its score is .9
    assert answered(result).cards[0].match == words


def test_a_model_that_cannot_tell_labels_no_card(hit: Callable[..., Hit]) -> None:
    assert answered(SearchResult((hit(0),), ROUTED)).cards[0].match is None


@pytest.mark.parametrize(
    ("kept", "inside", "headline"),
    [
        (0, 4, "4 look-alikes in Shoes and Boots"),
        (2, 2, "2 look-alikes in Shoes and Boots"),
        (3, 1, "1 look-alike in Shoes and Boots"),
        (4, 0, "4 look-alikes from the whole shelf"),
    ],
)
def test_kept_seats_stand_apart_and_are_not_counted_as_the_category_s(
    kept: int, inside: int, headline: str, hit: Callable[..., Hit]
) -> None:
    result = SearchResult(tuple(hit(n) for n in range(4)), replace(ROUTED, kept=kept))
    answer = answered(result)
    assert [card.title for card in answer.cards] == [f"Product {n}" for n in range(inside)]
    assert [card.title for card in answer.kept] == [f"Product {n}" for n in range(inside, 4)]
    assert answer.headline == headline
    assert ("kept at the end" in answer.details) == bool(kept)


def test_many_kept_categories_are_counted_instead_of_named(hit: Callable[..., Hit]) -> None:
    hits = tuple(hit(n, category=f"C{n}") for n in range(6))
    details = answered(SearchResult(hits, replace(ROUTED, kept=6))).details
    assert "C0, C1, C2, and 3 other categories are kept" in details


def test_chips_mark_the_likely_categories_whatever_was_searched() -> None:
    chosen = Route("chosen", ("any",), "", GUESSES, ("Shoes", "Boots"))
    by_label = chips(shown(chosen, "any"))
    assert {label for label, chip in by_label.items() if chip.likely} == {"Shoes", "Boots"}


@pytest.mark.parametrize(
    ("likely", "told"),
    [
        ((), ""),
        (("Shoes",), ""),
        (("Shoes", "Boots"), ""),  # just what was searched
        (("Shoes", "Hats"), "It is most likely one of Shoes and Hats."),
        (tuple("abcdef"), ""),  # says nothing
    ],
)
def test_the_likely_categories_are_named_where_they_say_something(
    likely: tuple[str, ...], told: str
) -> None:
    assert answered(SearchResult((), replace(ROUTED, category_set=likely))).details == told


def test_a_strange_photo_is_answered_honestly_with_what_to_try(hit: Callable[..., Hit]) -> None:
    route = replace(ROUTED, category_set=("Shoes",))
    answer = answered(SearchResult((hit(0), hit(1)), route, nothing_like_this=True))
    assert answer.headline == "Nothing quite like this here"
    assert "Looking in" not in answer.reason
    assert not any(chip.likely for chip in answer.chips)
    assert "Drag over the photo" in answer.tips[0]
    assert "another category" in answer.tips[1]
    assert len(answer.cards) == 2


def test_nothing_but_weak_matches_is_said(hit: Callable[..., Hit]) -> None:
    result = SearchResult((hit(0), hit(1)), ROUTED, matches=MatchScores(0.99, 0.98, 0.97))
    answer = answered(result)
    assert answer.headline == "Nothing here is much like it"
    assert answer.tips


@pytest.mark.parametrize(
    ("question", "words", "told"),
    [
        (Question(photo="t"), None, ["Drag over the photo"]),
        (Question(photo="t", crop=(0, 0, 1, 1)), None, ["Try another photo"]),
        (Question(like="1", category="in:Hats"), None, ["all categories"]),
        (Question(like="1", brands=("a",)), None, ["filters away"]),
        (Question(text="red hat"), "title", ["fewer words"]),
        (Question(text="red hat"), "vector", ["Try another photo"]),
    ],
)
def test_an_empty_answer_says_what_to_try(question: Question, words: Any, told: list[str]) -> None:
    tips = answered(SearchResult((), ROUTED, words=words), None, question).tips
    assert len(tips) == len(told)
    assert all(part in tip for part, tip in zip(told, tips, strict=True))


def test_an_ordinary_answer_needs_no_tips(hit: Callable[..., Hit]) -> None:
    assert answered(SearchResult((hit(0),), ROUTED)).tips == ()


def test_a_missing_thumbnail_leaves_the_card_without_a_picture(hit: Callable[..., Hit]) -> None:
    result = SearchResult((hit(0),), ROUTED)
    assert answered(result, has_picture=lambda _: False).cards[0].picture is None


def test_more_can_be_asked_for_until_a_request_can_hold_no_more(hit: Callable[..., Hit]) -> None:
    result = SearchResult((hit(0),), ROUTED, more=True)
    assert answered(result).more == 24
    assert answered(result, None, Question(photo="t", k=100)).more == 200
    assert answered(result, None, Question(photo="t", k=192)).more is None
    assert answered(replace(result, more=False)).more is None


def test_every_filter_has_a_tag_that_takes_it_away(say: Language) -> None:
    key = "attributes.material"
    asked = Question.told({
        "brands": ["A", "B"], "colors": ["red"], "attributes": {key: ["felt", "straw"]},
        "price_min": 5, "price_max": 9.5, "available": True, "variant": "cheaper",
    })  # fmt: skip
    told = [(tag.label, tag.field, tag.value) for tag in view.tags(asked, say)]
    assert told == [
        ("A", "brands", "A"), ("B", "brands", "B"), ("red", "colors", "red"),
        ("felt", "attributes", {key: ["straw"]}), ("straw", "attributes", {key: ["felt"]}),
        ("from 5", "price_min", None), ("up to 9.5", "price_max", None),
        ("In stock", "available", False), ("The same, but cheaper", "variant", None),
    ]  # fmt: skip
    alone = Question.told({"attributes": {key: ["felt"]}})
    assert view.tags(alone, say)[0].value == {}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//shop.example/p",
        "/p/1",
        "http://",
        "http://[broken",
        "",
        None,
    ],
)
def test_only_http_and_https_links_survive(url: str | None) -> None:
    assert view.safe_link(url) is None


def test_a_shops_own_links_are_kept() -> None:
    for url in ("https://shop.example/p?a=1&b=2", "http://shop.example:8080/p"):
        assert view.safe_link(url) == url


@pytest.mark.parametrize(
    "reason",
    ["empty_body", "not_an_image", "truncated", "too_many_pixels", "too_small", "decoder_hung",
     "decoder_crashed", "decoder_error"],
)  # fmt: skip
def test_every_reason_for_a_bad_photo_has_its_own_words(reason: str, say: Language) -> None:
    seen = view.unreadable(UnreadableImage(reason, "the particulars"), say)
    assert seen.detail == "the particulars"
    unheard_of = view.unreadable(UnreadableImage("a_reason_of_tomorrow", ""), say)
    assert (seen.title == unheard_of.title) == (reason == "decoder_error")
