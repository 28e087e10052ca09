"""The markup carries catalog text as text, whatever is in it."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from ui import markup
from ui.view import Answer, Card, Chip, Notice

HOSTILE = """<img src=x onerror="alert(1)"> '"` </script><script>x</script> {{7*7}} ${alert(1)}"""
# everything a catalog can hold except lone surrogates, which are no text
TEXT = st.one_of(st.just(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))


class Reader(HTMLParser):
    """Tags, attributes and text as a browser would see them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str | None]:
        return [value for key, value in self.attributes if key == name]


def card(text: str) -> Card:
    return Card(text, 0.5, text, text, text, "ab" * 32, f"https://shop.example/{text}", True, text)


def page_of(text: str) -> str:
    chip = Chip(text, f"in:{text}", 0.5, True, True, False, True)
    return markup.answer(Answer(text, text, text, (chip,), (card(text),), (), (text,)))


def whole(text: str) -> str:
    return (
        page_of(text)
        + markup.header(text, 7, 2)
        + markup.welcome({text: 3})
        + markup.examples([text])
        + markup.notice(Notice(text, text, text))
    )


@settings(deadline=None)  # a busy machine is no fault of the markup
@given(TEXT)
def test_no_text_of_a_catalog_adds_a_tag_or_an_attribute(text: str) -> None:
    plain, read = Reader(whole("plain")), Reader(whole(text))
    assert read.tags == plain.tags
    assert [name for name, _ in read.attributes] == [name for name, _ in plain.attributes]


@settings(deadline=None)  # a busy machine is no fault of the markup
@given(TEXT)
def test_a_choice_comes_back_from_the_markup_as_it_went_in(text: str) -> None:
    assert f"in:{text}".replace("\r", "\n") in [
        str(value).replace("\r", "\n") for value in Reader(page_of(text)).values("data-choice")
    ]


def test_hostile_text_is_shown_as_text() -> None:
    read = Reader(page_of(HOSTILE))
    assert HOSTILE in read.text
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "script" not in read.tags


def test_links_open_apart_and_tell_the_shop_nothing() -> None:
    read = Reader(page_of("x"))
    assert read.values("href") == ["https://shop.example/x"]
    assert read.values("rel") == ["noopener noreferrer nofollow"]
    assert read.values("target") == ["_blank"]


def test_a_picture_has_an_alternative_text_and_a_missing_one_says_so() -> None:
    assert Reader(page_of("Red shoe")).values("alt") == ["Red shoe"]
    bare = markup.answer(Answer("h", "r", "", (), (Card("t", 0.1),)))
    assert "No picture" in bare
    assert "<img" not in bare


def test_pictures_are_asked_for_by_relative_names_only() -> None:
    sources = Reader(whole("x")).values("src")
    assert sources == [f"thumbs/{'ab' * 32}.jpg", "examples/0"]


def test_chips_are_buttons_with_a_pressed_state_and_unknown_categories_are_locked() -> None:
    read = Reader(page_of("x"))
    assert read.values("aria-pressed") == ["true"]
    assert read.values("disabled") == [None]


def test_a_likely_category_is_told_in_words_too() -> None:
    def text(likely: bool) -> str:
        chip = Chip("Shoes", "in:Shoes", likely=likely)
        return Reader(markup.answer(Answer("h", "r", "", (chip,), ()))).text

    assert "likely: Shoes" in text(True)
    assert "likely" not in text(False)


def test_kept_products_are_a_list_of_their_own_with_a_name() -> None:
    cards = (Card("inside", 0.9),), (Card("outside", 0.8),)
    read = Reader(markup.answer(Answer("h", "r", "", (), *cards)))
    assert read.tags.count("ol") == 2
    assert read.values("aria-labelledby") == ["sf-else"]
    assert "sf-else" in read.values("id")
    places = [read.text.index(word) for word in ("inside", "In case it is something else")]
    assert places == sorted(places)
    assert read.text.index("outside") > places[1]
    alone = markup.answer(Answer("h", "r", "", (), cards[0]))
    assert "something else" not in alone


def test_match_labels_and_tips_are_text() -> None:
    shown = Answer("h", "r", "", (), (Card("t", 0.9, match="Same product"),), (), ("Crop it.",))
    read = Reader(markup.answer(shown))
    assert "Same product" in read.text
    assert "Crop it." in read.text
    assert "sf-match" not in markup.answer(Answer("h", "r", "", (), (Card("t", 0.9),)))


def test_percentages_stay_between_nothing_and_all() -> None:
    def text(share: float) -> str:
        chip = Chip("c", "in:c", share)
        return Reader(markup.answer(Answer("h", "r", "", (chip,), ()))).text

    assert "<1%" in text(0.0001)
    assert "93%" in text(0.934)
    assert "100%" in text(1.0)
    assert "<1%" in text(float("nan"))


def test_an_empty_answer_and_no_examples_leave_no_empty_lists() -> None:
    empty = markup.answer(Answer("Nothing like this here", "r", "", (), ()))
    assert "sf-empty" in empty
    assert "sf-cards" not in empty
    assert markup.examples([]) == ""
    assert Reader(markup.examples(["Shoe", ""])).values("aria-label") == [
        "Search with Shoe",
        "Search with example photo 2",
    ]
    assert "On the shelf" not in markup.welcome({})
