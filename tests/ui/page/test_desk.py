"""What the search tab does when somebody uses it."""

import json
import logging
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from catalog.errors import CatalogError, IndexMismatch, NoIndex, StoreUnavailable
from search.request import ANY
from search.result import CategoryGuess, Region
from ui.page.desk import Desk, example_name
from ui.page.language import Language
from ui.page.question import Question
from vision.box import Box

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService


def about(markup: str) -> dict[str, Any]:
    """What an answer tells the browser about itself."""
    found = re.search(r'data-number="(.*?)" data-question="(.*?)" data-link="(.*?)"', markup)
    assert found
    number, question, link = found.groups()
    return {
        "number": int(number),
        "question": json.loads(unescape(question)),
        "link": unescape(link),
    }


def test_a_photo_is_searched_with_its_own_bytes(
    desk: Desk, service: "FakeService", photo: Path, say: Language
) -> None:
    token = desk.photos.keep(photo)
    reply = desk.answer(7, Question(photo=token, k=9), say)
    request = service.asked[-1]
    assert request.image == photo.read_bytes()
    assert (request.category, request.k, request.facets) == (None, 9, True)
    assert reply.answer.count('<li class="sf-card') == 9
    assert about(reply.answer) == {"number": 7, "question": {"photo": token, "k": 9}, "link": ""}


@pytest.mark.parametrize(
    ("choice", "category"), [("all", ANY), ("in:Shoes", "Shoes"), ("in:Nonsense", None)]
)
def test_a_choice_reaches_the_search(
    desk: Desk, service: "FakeService", photo: Path, say: Language, choice: str, category: str
) -> None:
    desk.answer(1, Question(photo=desk.photos.keep(photo), category=choice), say)
    assert service.asked[-1].category == category


def test_filters_stay_in_the_link_and_the_photo_does_not(
    desk: Desk, photo: Path, say: Language
) -> None:
    asked = Question(photo=desk.photos.keep(photo), brands=("Böhm & Söhne",), order="price")
    told = about(desk.answer(1, asked, say).answer)
    assert Question.linked(told["link"]) == asked.model_copy(update={"photo": None})
    assert str(asked.photo) not in told["link"]


def test_parts_of_a_photo_are_looked_for_once(
    desk: Desk, service: "FakeService", photo: Path, say: Language
) -> None:
    service.regions = (Region(Box(0, 0, 0.5, 1), (CategoryGuess("Shoes", 0.9),)),)
    token = desk.photos.keep(photo)
    first = desk.answer(1, Question(photo=token), say)
    again = desk.answer(2, Question(photo=token, crop=(0, 0, 0.5, 1)), say)
    assert [request.crops for request in service.asked] == [True, False]
    for reply in (first, again):
        assert "Whole photo" in reply.narrow


def test_without_anything_to_look_for_the_page_welcomes(
    desk: Desk, service: "FakeService", say: Language
) -> None:
    reply = desk.answer(1, Question(), say)
    assert "Show us something" in reply.answer
    assert "Hats &amp; Caps" in reply.answer
    assert not service.asked
    filtered = desk.answer(1, Question(brands=("Acme",)), say)
    assert "The filters of the link are set" in filtered.answer
    assert "Remove Acme" in filtered.answer


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "That file is empty"),
        (b"<html>not a photo</html>", "That file is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "That file is not a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "That"),
    ],
)
def test_a_bad_photo_is_a_friendly_answer(
    desk: Desk, tmp_path: Path, data: bytes, words: str, say: Language
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    reply = desk.answer(1, Question(photo=desk.photos.keep(path)), say)
    assert words in reply.answer
    assert 'role="alert"' in reply.answer
    assert "data-drop" in reply.answer


def test_a_photo_that_was_swept_away_is_asked_for_again(desk: Desk, say: Language) -> None:
    for token in ("never given", desk.photos.keep(Path("gone.jpg"))):
        reply = desk.answer(1, Question(photo=token), say)
        assert "That photo is no longer here" in reply.answer


def test_a_product_that_is_gone_and_a_part_that_is_none_are_told(
    desk: Desk, photo: Path, say: Language
) -> None:
    gone = desk.answer(1, Question(like="nobody"), say)
    assert "That product is no longer here" in gone.answer
    thin = Question(photo=desk.photos.keep(photo), crop=(0.5, 0.5, 0.501, 0.9))
    assert "That cannot be searched" in desk.answer(1, thin, say).answer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoIndex("http://10.1.2.3:6333"), "The shelf is empty"),
        (StoreUnavailable("no answer from http://10.1.2.3:6333"), "cannot be searched right now"),
        (
            IndexMismatch("another model", expected="10.1.2.3", found="b", mend="run this"),
            "cannot be searched right now",
        ),
    ],
)
def test_a_broken_index_is_told_without_its_whereabouts(
    desk: Desk,
    service: "FakeService",
    error: CatalogError,
    words: str,
    say: Language,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.failure = error
    with caplog.at_level(logging.ERROR):
        answered = desk.answer(1, Question(like="p0"), say).answer
        shown = answered + desk.head(say) + desk.product("p0", say)
    assert words in answered
    assert "10.1.2.3" not in shown
    # an empty shelf is no fault
    assert ("10.1.2.3" in caplog.text) != isinstance(error, NoIndex)


def test_a_fault_of_the_program_is_not_swallowed(
    desk: Desk, service: "FakeService", say: Language
) -> None:
    service.failure = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        desk.answer(1, Question(like="p0"), say)


def test_the_head_counts_what_is_searchable(
    desk: Desk, say: Language, vietnamese: Language
) -> None:
    assert "60 product photos in 2 categories" in desk.head(say)
    assert "60 ảnh sản phẩm trong 2 loại hàng" in desk.head(vietnamese)


def test_liked_and_disliked_products_steer_and_can_be_let_go(
    desk: Desk, service: "FakeService", say: Language
) -> None:
    reply = desk.answer(1, Question(like="p0", liked=("p1",), disliked=("p2",)), say)
    assert (service.asked[-1].liked, service.asked[-1].disliked) == (("p1",), ("p2",))
    for role, name in (("like", "Product 0"), ("liked", "Product 1"), ("disliked", "Product 2")):
        assert f'class="is-{role}"' in reply.answer
        assert f"Remove {name}" in reply.answer


def test_a_product_has_a_panel_with_what_looks_like_it(
    desk: Desk, service: "FakeService", say: Language
) -> None:
    shown = desk.product("p0", say)
    assert "Product 0" in shown
    assert service.asked[-1].like == "p0"
    assert "Looks like it" in shown
    assert "That product is no longer here" in desk.product("nobody", say)
    assert "That product is no longer here" in desk.product("", say)


@pytest.mark.parametrize("place", [-1, 2, 99, None, "0", 0.0, [0]])
def test_an_example_that_does_not_exist_is_nothing(desk: Desk, place: object) -> None:
    assert desk.example(place) is None


def test_examples_are_found_by_their_place_and_named_after_their_file(
    desk: Desk, say: Language
) -> None:
    assert desk.example(1) is not None
    assert example_name(Path("x/red_running-shoe.jpg")) == "Red running shoe"
    assert example_name(Path("x/Q0007.jpg")) == ""
    assert "Search with Red shoe" in desk.ask(say)
