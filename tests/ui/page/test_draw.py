"""The markup carries catalog text as text, whatever is in it."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.page import draw as drawing
from ui.page.draw import draw
from ui.page.language import english, languages
from ui.page.narrow import Group, Narrow, Part, Value
from ui.page.panel import Panel, Row
from ui.page.question import Question, alike
from ui.page.view import Answer, Card, Chip, Notice, Tag

HOSTILE = """<img src=x onerror="alert(1)"> '"` </script><script>x</script> {{7*7}} ${alert(1)}"""
# everything a catalog can hold except lone surrogates, which are no text
TEXT = st.one_of(st.just(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
SHA = "ab" * 32


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


def card(text: str, **facts: object) -> Card:
    made = Card(text, text, 0.5, text, text, text, SHA, True, text, "same product", 2)
    return Card(**{**vars_of(made), **facts})  # type: ignore[arg-type]


def vars_of(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in Card.__dataclass_fields__}


def answer(text: str = "x", **facts: object) -> str:
    chip = Chip(text, f"in:{text}", 0.5, text, True, True, False, True)
    tags = (Tag(text, "brands", text, listed=True), Tag(text, "attributes", {text: [text]}))
    made: dict[str, object] = {
        "headline": text, "reason": text, "details": text, "chips": (chip,),
        "cards": (card(text),), "kept": (card(text),), "tips": (text,), "tags": tags, "more": 24,
    }  # fmt: skip
    return draw(
        "answer", english(), answer=Answer(**{**made, **facts}),  # type: ignore[arg-type]
        options=[(text, f"in:{text}")], steering=[("liked", card(text))], alike=alike, page=12,
        number=1, question=Question(like=text[:400], brands=(text[:400],)),
    )  # fmt: skip


def narrow(text: str = "x") -> str:
    values = tuple(Value(text, text, 3, True, None) for _ in range(9))
    menu = Narrow(
        (Group("brands", text, values), Group("colors", text, values)),
        (Group(f"attributes.{text}", text, values),), (1.0, 2.5), 3, 4,
        (Part(text, (0, 0, 1, 0.5), True),),
    )  # fmt: skip
    return draw("narrow", english(), narrow=menu, number=1, question=Question(price_min=3))


def panel(text: str = "x", **facts: object) -> str:
    made: dict[str, object] = {
        "id": text, "title": text, "brand": text, "price": text, "available": True,
        "description": text, "path": (text, text), "pictures": (SHA, SHA),
        "facts": ((text, text),), "link": f"https://shop.example/{text}",
        "can_vary": ("cheaper", "other color"), "rows": (Row(text, (card(text),)),),
    }  # fmt: skip
    return draw(
        "panel",
        english(),
        panel=Panel(**{**made, **facts}),  # type: ignore[arg-type]
        alike=alike,
        number=1,
    )


def whole(text: str) -> str:
    about = {"number": 1, "question": Question(text=text[:400])}
    return (
        answer(text)
        + narrow(text)
        + panel(text)
        + draw("head", english(), title=text, images=7, categories=2)
        + draw(
            "welcome", english(), categories={text: 3}, tags=[Tag(text, "brands", text)], **about
        )
        + draw("ask", english(), examples=[text])
        + draw("notice", english(), notice=Notice(text, text, text), **about)
        + draw("panel_gone", english(), notice=Notice(text, text), number=1)
    )


@settings(deadline=None)  # a busy machine is no fault of the markup
@given(TEXT)
def test_no_text_of_a_catalog_adds_a_tag_or_an_attribute(text: str) -> None:
    plain, read = Reader(whole("plain")), Reader(whole(text))
    assert read.tags == plain.tags
    assert [name for name, _ in read.attributes] == [name for name, _ in plain.attributes]


@settings(deadline=None)  # a busy machine is no fault of the markup
@given(TEXT)
def test_what_a_control_does_comes_back_from_the_markup_as_it_went_in(text: str) -> None:
    read = Reader(answer(text))
    sets = [json.loads(str(value)) for value in read.values("data-set")]
    assert {"category": f"in:{text}"} in sets
    assert alike(text) in sets
    assert text in [json.loads(str(value)) for value in read.values("data-value")]


def test_hostile_text_is_shown_as_text() -> None:
    read = Reader(whole(HOSTILE))
    assert HOSTILE in read.text
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "script" not in read.tags


def test_links_open_apart_and_tell_the_shop_nothing() -> None:
    read = Reader(panel())
    assert read.values("href") == ["https://shop.example/x"]
    assert read.values("rel") == ["noopener noreferrer nofollow"]
    assert read.values("target") == ["_blank"]
    assert Reader(panel(link=None)).values("href") == []


def test_a_picture_has_an_alternative_text_and_a_missing_one_says_so() -> None:
    assert "Red shoe" in Reader(answer("Red shoe")).values("alt")
    bare = answer(cards=(card("x", picture=None),), kept=())
    assert "No picture" in bare
    assert Reader(panel(pictures=())).text.count("No picture") == 1


def test_pictures_are_asked_for_by_relative_names_only() -> None:
    sources = set(Reader(whole("x")).values("src"))
    assert sources == {f"thumbs/{SHA}.jpg", "examples/0"}


def test_chips_are_buttons_with_a_pressed_state_and_unknown_categories_are_locked() -> None:
    read = Reader(answer())
    assert "true" in read.values("aria-pressed")
    assert read.values("disabled") == [None]


def test_a_likely_category_is_told_in_words_too() -> None:
    def text(likely: bool) -> str:
        return Reader(answer(chips=(Chip("Shoes", "in:Shoes", pressed=True, likely=likely),))).text

    assert "likely: Shoes" in text(True)
    assert "likely:" not in text(False)


def test_kept_products_are_a_list_of_their_own_with_a_name() -> None:
    cards = {"cards": (card("inside"),), "kept": (card("outside"),)}
    read = Reader(answer(**cards))
    assert read.values("aria-labelledby") == ["sf-else"]
    assert "sf-else" in read.values("id")
    places = [read.text.index(word) for word in ("inside", "In case it is something else")]
    assert places == sorted(places)
    assert read.text.rindex("outside") > places[1]
    assert "something else" not in answer(kept=())


def test_an_empty_answer_leaves_no_empty_lists() -> None:
    empty = answer(cards=(), kept=(), more=None, tags=(), tips=(), details="")
    for part in ("sf-cards", "sf-else", "sf-more", "sf-tags", "sf-tips", "sf-details"):
        assert part not in empty


def test_every_control_has_a_name() -> None:
    for markup in (answer(), narrow(), panel(), draw("ask", english(), examples=["", "Shoe"])):
        named = NamedControls(markup)
        assert named.count
        assert named.nameless == []


class NamedControls(HTMLParser):
    """Buttons without a label, a title or text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.nameless: list[str] = []
        self.count = 0
        self._open: list[str] | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "button":
            self.count += 1
            self._open = [value or "" for name, value in attrs if name in ("aria-label", "title")]
        elif tag == "img" and self._open is not None:
            self._open.append(dict(attrs).get("alt") or "")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._open is not None:
            if not "".join(self._open):
                self.nameless.append(self.get_starttag_text() or "?")
            self._open = None


@pytest.mark.parametrize("code", languages())
def test_each_part_can_be_drawn_in_each_language(code: str) -> None:
    say = languages()[code]
    assert draw("head", say, title="Shop", images=1, categories=1)
    assert draw("failed", say)
    for entry in ("open", "closed", "password"):
        assert draw("door", say, entry=entry, tab="catalog", wrong=True)


def test_no_part_of_the_page_asks_another_host_for_anything() -> None:
    for text in (drawing.styles(), drawing.scripts()):
        without_drawn = text.replace("http://www.w3.org/2000/svg", "")
        assert "//www" not in without_drawn
        assert "://" not in without_drawn
        assert "@import" not in text
