"""What a shopper sees of an answer."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from catalog.store import Hit
from search.request import ANY
from search.result import CategoryGuess, Route, SearchResult
from ui import view
from vision.calibration import MatchScores
from vision.errors import UnreadableImage

KNOWN = {"Shoes": 40, "Hats & Caps": 20, "any": 3, "auto": 1}
GUESSES = (
    CategoryGuess("Shoes", 0.7),
    CategoryGuess("Boots", 0.2),
    CategoryGuess("Hats & Caps", 0.001),
)
ROUTED = Route("routed", ("Shoes", "Boots"), "Looking in Shoes and Boots.", GUESSES)


def shown(route: Route = ROUTED, category: str | None = None, hits: int = 3) -> view.Answer:
    result = SearchResult((), route, {"total": 12.4})
    return view.answer(result, category, KNOWN, lambda _: False)


def chips(answer: view.Answer) -> dict[str, view.Chip]:
    return {chip.label: chip for chip in answer.chips}


def test_automatic_comes_first_and_all_categories_last() -> None:
    labels = [chip.label for chip in shown().chips]
    assert labels == ["Automatic", "Shoes", "Boots", "All categories"]


def test_exactly_one_chip_is_pressed_whatever_was_chosen() -> None:
    everywhere = Route("none", (), "All.", GUESSES)
    for route, category, label in (
        (ROUTED, None, "Automatic"),
        (everywhere, None, "Automatic"),  # unsure: searched everywhere, but nobody chose that
        (everywhere, ANY, "All categories"),
        (Route("chosen", ("Boots",), "Only.", GUESSES), "Boots", "Boots"),
        (Route("chosen", ("any",), "Only.", GUESSES), "auto", "auto"),
    ):
        pressed = [chip.label for chip in shown(route, category).chips if chip.pressed]
        assert pressed == [label]


def test_chips_show_the_probability_and_which_categories_were_searched() -> None:
    by_label = chips(shown())
    assert by_label["Shoes"].share == 0.7
    assert by_label["Shoes"].searched
    assert by_label["Boots"].searched
    assert by_label["Automatic"].share is None


def test_a_guess_that_would_read_zero_percent_is_left_out_unless_it_was_searched() -> None:
    assert "Hats & Caps" not in chips(shown())
    only_hats = Route("chosen", ("Hats & Caps",), "Only.", GUESSES)
    assert chips(shown(only_hats, "Hats & Caps"))["Hats & Caps"].pressed


def test_a_predicted_category_that_the_catalog_lacks_cannot_be_chosen() -> None:
    assert not chips(shown())["Boots"].known
    assert chips(shown())["Shoes"].known


def test_a_category_from_the_menu_that_was_not_predicted_gets_a_chip() -> None:
    assert chips(shown(Route("chosen", ("any",), "Only.", GUESSES), "auto"))["auto"].pressed


@pytest.mark.parametrize("name", ["Shoes", "Hats & Caps", "auto", "any"])
def test_every_category_can_be_chosen_even_one_named_like_a_choice(name: str) -> None:
    assert view.category_of(view.choice_of(name), KNOWN) == name


def test_choices_that_a_browser_invents_mean_automatic() -> None:
    for choice in (None, 7, "", "auto", "Shoes", "in:", "in:Nonsense", ["in:Shoes"], {"a": 1}):
        assert view.category_of(choice, KNOWN) is None
    assert view.category_of(view.EVERYWHERE, KNOWN) == ANY


def test_the_menu_offers_automatic_all_and_each_category_with_its_size() -> None:
    assert view.options({"Shoes": 1234}) == [
        ("Automatic", "auto"),
        ("All categories", "all"),
        ("Shoes (1,234)", "in:Shoes"),
    ]


@pytest.mark.parametrize(
    ("found", "categories", "headline"),
    [
        (0, ("Shoes",), "Nothing like this here"),
        (1, ("Shoes",), "1 look-alike in Shoes"),
        (9, ("Shoes", "Boots"), "9 look-alikes in Shoes and Boots"),
        (9, ("A", "B", "C"), "9 look-alikes in A, B and C"),
        (9, (), "9 look-alikes from the whole shelf"),
    ],
)
def test_the_headline_counts_and_names(
    found: int, categories: tuple[str, ...], headline: str, hit: Callable[..., Hit]
) -> None:
    result = SearchResult(
        tuple(hit(n) for n in range(found)), Route("routed", categories, "Because.")
    )
    answer = view.answer(result, None, KNOWN, lambda _: True)
    assert answer.headline == headline
    assert answer.reason == "Because."
    assert len(answer.cards) == found


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        (1299, "EUR", "€1,299.00"),
        (19.9, "usd", "$19.90"),
        (900, "JPY", "¥900"),
        (19.9, "CHF", "19.90 CHF"),
        (19.9, None, "19.90"),
        (0, "EUR", "€0.00"),
        (None, "EUR", None),
    ],
)
def test_prices_read_as_in_a_shop(price: float | None, currency: str, text: str | None) -> None:
    assert view.price_text(price, currency) == text


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


def test_ordinary_links_are_kept() -> None:
    for url in ("https://shop.example/p?a=1&b=2", "http://shop.example:8080/p"):
        assert view.safe_link(url) == url


def test_a_card_says_what_the_catalog_says(hit: Callable[..., Hit]) -> None:
    full = hit(0, brand="Norrland", price=5.0, currency="EUR", available=False, url="https://a.b/c")
    bare = hit(1, title=None, category=None)
    result = SearchResult((full, bare), ROUTED)
    first, second = view.answer(result, None, KNOWN, lambda _: True).cards
    assert (first.title, first.brand, first.price) == ("Product 0", "Norrland", "€5.00")
    assert first.sold_out
    assert first.link == "https://a.b/c"
    assert first.picture == full.stamp.image_sha256
    assert (second.title, second.price, second.link, second.sold_out) == ("p1", None, None, False)


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
    assert view.answer(result, None, KNOWN, lambda _: True).cards[0].match == words


def test_a_model_that_cannot_tell_labels_no_card(hit: Callable[..., Hit]) -> None:
    result = SearchResult((hit(0),), ROUTED)
    assert view.answer(result, None, KNOWN, lambda _: True).cards[0].match is None


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
    answer = view.answer(result, None, KNOWN, lambda _: True)
    assert [card.title for card in answer.cards] == [f"Product {n}" for n in range(inside)]
    assert [card.title for card in answer.kept] == [f"Product {n}" for n in range(inside, 4)]
    assert answer.headline == headline


def test_chips_mark_the_likely_categories_whatever_was_searched() -> None:
    chosen = Route("chosen", ("any",), "Only.", GUESSES, ("Shoes", "Boots"))
    by_label = chips(shown(chosen, "any"))
    assert {label for label, chip in by_label.items() if chip.likely} == {"Shoes", "Boots"}


@pytest.mark.parametrize(
    ("likely", "told"),
    [
        ((), "Because."),
        (("Shoes",), "Because."),
        (("Shoes", "Boots"), "Because."),  # just what was searched
        (("Shoes", "Hats"), "Because. It is most likely one of Shoes and Hats."),
        (tuple("abcdef"), "Because."),  # says nothing
    ],
)
def test_the_likely_categories_are_named_where_they_say_something(
    likely: tuple[str, ...], told: str
) -> None:
    route = Route("routed", ("Shoes", "Boots"), "Because.", GUESSES, likely)
    assert shown(route).reason == told


def test_a_strange_photo_is_answered_honestly_with_what_to_try(hit: Callable[..., Hit]) -> None:
    route = replace(ROUTED, category_set=("Shoes",))
    result = SearchResult((hit(0), hit(1)), route, nothing_like_this=True)
    answer = view.answer(result, None, KNOWN, lambda _: True)
    assert answer.headline == "Nothing quite like this here"
    assert "Looking in" not in answer.reason
    assert not any(chip.likely for chip in answer.chips)
    assert [word in " ".join(answer.tips) for word in ("closer", "category")] == [True, True]
    assert len(answer.cards) == 2


def test_an_ordinary_answer_needs_no_tips(hit: Callable[..., Hit]) -> None:
    assert view.answer(SearchResult((hit(0),), ROUTED), None, KNOWN, lambda _: True).tips == ()


def test_a_missing_thumbnail_leaves_the_card_without_a_picture(hit: Callable[..., Hit]) -> None:
    result = SearchResult((hit(0),), ROUTED)
    assert view.answer(result, None, KNOWN, lambda _: False).cards[0].picture is None


@pytest.mark.parametrize(
    "reason",
    ["empty_body", "not_an_image", "truncated", "too_many_pixels", "too_small", "decoder_hung",
     "decoder_crashed", "decoder_error"],
)  # fmt: skip
def test_every_reason_for_a_bad_photo_has_its_own_words(reason: str) -> None:
    seen = view.unreadable(UnreadableImage(reason, "the particulars"))
    assert seen.detail == "the particulars"
    unheard_of = view.unreadable(UnreadableImage("a_reason_of_tomorrow", ""))
    assert (seen.title == unheard_of.title) == (reason == "decoder_error")
