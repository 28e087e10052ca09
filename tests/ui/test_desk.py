"""What the page does when somebody uses it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from catalog.errors import CatalogError, IndexMismatch, NoIndex, StoreUnavailable
from catalog.thumbs import Thumbs
from search.request import ANY
from ui.desk import Desk, example_name

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService


@pytest.fixture
def desk(service: "FakeService", thumbs: Thumbs) -> Desk:
    return Desk(service, thumbs, (Path("red_shoe.jpg"), Path("hat.png")), "Shop")


def test_a_photo_is_searched_with_its_own_bytes(
    desk: Desk, service: "FakeService", photo: Path
) -> None:
    reply = desk.answer(photo, "auto", 9)
    assert service.asked[-1].image == photo.read_bytes()
    assert (service.asked[-1].category, service.asked[-1].k) == (None, 9)
    assert reply.usable
    assert "Looking in Shoes" in reply.markup
    assert reply.markup.count('sf-card"') == 9
    assert reply.choice == "auto"


@pytest.mark.parametrize(
    ("choice", "category", "told"),
    [("all", ANY, "all"), ("in:Shoes", "Shoes", "in:Shoes"), ("in:Nonsense", None, "auto")],
)
def test_a_choice_reaches_the_search_and_comes_back_as_it_was_used(
    desk: Desk, service: "FakeService", photo: Path, choice: str, category: str | None, told: str
) -> None:
    reply = desk.answer(photo, choice, 3)
    assert service.asked[-1].category == category
    assert reply.choice == told


def test_without_a_photo_the_page_welcomes(desk: Desk, service: "FakeService") -> None:
    reply = desk.answer(None, "auto", 9)
    assert "Show us something" in reply.markup
    assert not reply.usable
    assert not service.asked


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
    desk: Desk, tmp_path: Path, data: bytes, words: str
) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    reply = desk.answer(path, "auto", 9)
    assert words in reply.markup
    assert 'role="alert"' in reply.markup
    assert not reply.usable


def test_a_photo_that_was_swept_away_is_asked_for_again(desk: Desk, tmp_path: Path) -> None:
    reply = desk.answer(tmp_path / "gone.jpg", "auto", 9)
    assert "Please upload it again" in reply.markup


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
    photo: Path,
    error: CatalogError,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    service.failure = error
    with caplog.at_level(logging.ERROR):
        shown = desk.answer(photo, "auto", 9).markup + "".join(map(str, desk.size()))
    assert words in shown
    assert "10.1.2.3" not in shown
    assert "10.1.2.3" in caplog.text


def test_a_fault_of_the_program_is_not_swallowed(
    desk: Desk, service: "FakeService", photo: Path
) -> None:
    service.failure = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        desk.answer(photo, "auto", 9)


def test_the_head_counts_what_is_searchable(desk: Desk) -> None:
    head, choices, welcome = desk.size()
    assert "60 product photos in 2 categories" in head
    assert ("Hats & Caps (20)", "in:Hats & Caps") in choices
    assert "Hats &amp; Caps" in welcome


@pytest.mark.parametrize("place", [-1, 2, 99, None, "0", 0.0, [0]])
def test_an_example_that_does_not_exist_is_nothing(desk: Desk, place: object) -> None:
    assert desk.example(place) is None


def test_examples_are_found_by_their_place_and_named_after_their_file(desk: Desk) -> None:
    assert desk.example(1) == Path("hat.png")
    assert example_name(Path("x/red_running-shoe.jpg")) == "Red running shoe"
    assert example_name(Path("x/Q0007.jpg")) == ""
