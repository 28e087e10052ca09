"""The log of what shoppers looked for and did not find: what is kept, what goes, what never stops
a search."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from made import picture
from PIL import Image

from catalog.errors import StoreUnavailable
from catalog.product import Product, Stamp
from catalog.store import Hit
from search.demand import BadDemandLog, DemandLog, Kind, Unmet, unmet
from search.demand_groups import wants
from search.demand_watch import MAX_WORDS, PICTURE_SIDE, Noticing
from search.request import SearchRequest
from search.result import CategoryGuess, Route, SearchResult
from vision.box import Box
from vision.calibration import MatchScores

SCORES = MatchScores(same_product=0.9, very_similar=0.7, same_style=0.5)
HIT = Hit(Product("s", "1"), 0.3, Stamp("0" * 64, "f", "run", "2026-01-01"), "id")
ROUTE = Route("none", (), "Everywhere.", (CategoryGuess("Hat", 0.6), CategoryGuess("Bag", 0.4)))
WEAK = SearchResult((HIT,), ROUTE, matches=SCORES)
DAY = date(2026, 3, 1)
PHOTO = SearchRequest(b"photo")


@dataclass
class Answering:
    """In the place of a service: always the same answer."""

    answer: SearchResult = WEAK

    def search(self, request: SearchRequest) -> SearchResult:
        return self.answer

    def categories(self) -> dict[str, int]:
        return {"Hat": 3}

    def count(self) -> int:
        return 3

    def facets(self, key: str) -> str:
        return f"facets of {key}"


def entry(number: int, day: date = DAY, words: str = "") -> Unmet:
    return Unmet(day.isoformat(), "weak", 0.3, "Hat", words, f"photo {number}".encode())


def spoken(words: str, day: date = DAY) -> Unmet:
    return Unmet(day.isoformat(), "nothing", None, None, words, b"")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "demand" / "log.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[DemandLog]:
    with DemandLog(path, today=lambda: DAY) as log:
        yield log


def noted(log: DemandLog, *requests: SearchRequest, answer: SearchResult = WEAK) -> list[Unmet]:
    with Noticing(Answering(answer), log) as service:  # type: ignore[arg-type]
        for request in requests:
            assert service.search(request) is answer
    return log.entries()


def test_a_weak_match_nothing_at_all_and_a_strange_photo_are_unmet() -> None:
    assert unmet(PHOTO, WEAK) == "weak"
    assert unmet(PHOTO, replace(WEAK, hits=())) == "nothing"
    assert unmet(PHOTO, replace(WEAK, nothing_like_this=True)) == "refused"
    assert unmet(SearchRequest(text="a hat"), WEAK) == "weak"


def test_a_good_match_is_not_unmet_wherever_it_stands() -> None:
    kept_last = (HIT, replace(HIT, score=0.55))
    assert unmet(PHOTO, replace(WEAK, hits=kept_last)) is None


def test_a_model_that_measured_nothing_has_no_weak_match() -> None:
    assert unmet(PHOTO, replace(WEAK, matches=None)) is None
    assert unmet(PHOTO, replace(WEAK, matches=None, hits=())) == "nothing"


@pytest.mark.parametrize(
    "request_",
    [
        replace(PHOTO, offset=9),
        replace(PHOTO, measure="l2"),
        replace(PHOTO, liked=("1",)),
        replace(PHOTO, disliked=("1",)),
        SearchRequest(like="1"),
    ],
    ids=["second page", "other scores", "liked", "disliked", "like a product"],
)
def test_what_says_nothing_about_the_shop_is_left_out(request_: SearchRequest) -> None:
    assert unmet(request_, WEAK) is None


def test_what_is_kept_is_what_the_documentation_says_and_no_more(log: DemandLog) -> None:
    (kept,) = noted(log, SearchRequest(picture(1), text="  red \n hat " + "x" * 400))
    assert (kept.day, kept.kind, kept.score, kept.guess) == ("2026-03-01", "weak", 0.3, "Hat")
    assert kept.words.startswith("red hat x")
    assert len(kept.words) == MAX_WORDS
    page = (Path(__file__).parents[2] / "docs" / "demand.md").read_text()
    for column in Unmet.__slots__:  # type: ignore[attr-defined]
        assert f"| `{column}` |" in page


def test_the_picture_is_small_and_tells_nothing_but_what_it_shows(log: DemandLog) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    buffer = BytesIO()
    photo = Image.open(BytesIO(picture(1, size=(900, 1200))))
    photo.save(buffer, "JPEG", exif=exif, comment=b"my secret")
    (kept,) = noted(log, SearchRequest(buffer.getvalue()))
    small = Image.open(BytesIO(kept.photo))
    assert small.format == "JPEG"
    assert max(small.size) == PICTURE_SIDE
    assert not small.getexif()
    assert "comment" not in small.info
    assert b"secret" not in kept.photo
    assert b"home" not in kept.photo


def test_of_a_photo_searched_in_part_only_that_part_is_kept(log: DemandLog) -> None:
    whole = Image.new("RGB", (800, 400), "blue")
    whole.paste("red", (0, 0, 200, 400))
    buffer = BytesIO()
    whole.save(buffer, "PNG")
    (kept,) = noted(log, SearchRequest(buffer.getvalue(), crop=Box(0, 0, 0.25, 1)))
    red, green, blue = Image.open(BytesIO(kept.photo)).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_words_alone_are_kept_without_a_picture(log: DemandLog) -> None:
    (kept,) = noted(log, SearchRequest(text="straw hat"), answer=replace(WEAK, hits=()))
    assert (kept.kind, kept.score, kept.words, kept.photo) == ("nothing", None, "straw hat", b"")


def test_the_same_photo_counts_once_a_day(log: DemandLog, path: Path) -> None:
    again = SearchRequest(picture(1), category="any")
    assert len(noted(log, SearchRequest(picture(1)), again, SearchRequest(picture(2)))) == 2
    with DemandLog(path, today=lambda: DAY + timedelta(1)) as tomorrow:
        assert len(noted(tomorrow, again)) == 3


def test_a_good_answer_leaves_nothing(log: DemandLog) -> None:
    good = replace(WEAK, hits=(replace(HIT, score=0.8),))
    assert noted(log, SearchRequest(picture(1)), answer=good) == []


def test_the_oldest_go_when_there_are_too_many(path: Path) -> None:
    with DemandLog(path, max_entries=3, today=lambda: DAY) as log:
        for number in range(5):
            log.put(entry(number))
        assert [one.photo for one in log.entries()] == [b"photo 4", b"photo 3", b"photo 2"]


def test_entries_go_when_they_are_too_old(path: Path) -> None:
    days = iter([DAY, DAY, DAY + timedelta(30), DAY + timedelta(31)])
    with DemandLog(path, max_age_days=30, today=lambda: next(days)) as log:
        log.put(entry(1))
        log.put(entry(2))
        log.trim()
        assert len(log.entries()) == 2
        log.trim()
        assert log.entries() == []


def test_forgetting_leaves_no_trace_in_the_files_while_another_has_them_open(
    log: DemandLog, path: Path
) -> None:
    log.put(entry(1, words="a very private wish"))
    assert b"very private wish" in path.read_bytes()
    with DemandLog(path) as other:
        assert other.forget() == 1
    for file in path.parent.iterdir():
        assert b"private wish" not in file.read_bytes()
        assert b"photo 1" not in file.read_bytes()
    log.put(entry(2))
    assert [one.photo for one in log.entries()] == [b"photo 2"]


def test_a_file_that_is_no_log_is_told_with_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"something else entirely, " * 100)
    with pytest.raises(BadDemandLog, match=r"log\.sqlite · make its folder writable"):
        DemandLog(path)


def test_a_log_that_fails_is_told_in_the_log_and_the_search_goes_on(
    log: DemandLog, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE unmet")
    with caplog.at_level(logging.WARNING), Noticing(Answering(), log) as service:  # type: ignore[arg-type]
        assert service.search(SearchRequest(picture(1))) is WEAK
    assert "no such table" in caplog.text


def test_a_photo_that_cannot_be_read_costs_its_note_only(
    log: DemandLog, caplog: pytest.LogCaptureFixture
) -> None:
    kept = noted(log, SearchRequest(b"no picture"), SearchRequest(picture(1)))
    assert len(kept) == 1
    assert "was not noted: the content is none of" in caplog.text


def test_an_error_of_the_search_is_the_callers(log: DemandLog) -> None:
    class Broken(Answering):
        def search(self, request: SearchRequest) -> SearchResult:
            raise StoreUnavailable("away")

    with Noticing(Broken(), log) as service, pytest.raises(StoreUnavailable):  # type: ignore[arg-type]
        service.search(PHOTO)
    assert log.entries() == []


def test_no_search_waits_for_a_slow_log_and_what_is_too_much_is_left_out(
    log: DemandLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow, go_on = log.put, threading.Event()

    def put(one: Unmet) -> None:
        assert go_on.wait(20)
        slow(one)

    monkeypatch.setattr(log, "put", put)
    with Noticing(Answering(), log) as service:  # type: ignore[arg-type]
        start = time.perf_counter()
        for number in range(40):
            service.search(SearchRequest(text=f"wish {number}"))
        assert time.perf_counter() - start < 10  # the log is held for 20
        go_on.set()
    assert 8 <= len(log.entries()) <= 10
    assert "too many at once" in caplog.text


def test_many_may_write_at_once_in_several_processes_worth_of_connections(
    log: DemandLog, path: Path
) -> None:
    with DemandLog(path, today=lambda: DAY) as other:

        def write(worker: int) -> None:
            for number in range(5):
                (log, other)[worker % 2].put(entry(10 * worker + number))

        threads = [threading.Thread(target=write, args=(one,)) for one in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(log.entries()) == 30


def test_everything_else_of_the_service_goes_straight_through(log: DemandLog) -> None:
    with Noticing(Answering(), log) as service:  # type: ignore[arg-type]
        assert (service.categories(), service.count()) == ({"Hat": 3}, 3)
        assert service.facets("brand") == "facets of brand"
        with pytest.raises(AttributeError):
            _ = service.nonsense
    service.close()


def around(*angles: float) -> np.ndarray:
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def photos(count: int, day: Callable[[int], date] = lambda number: DAY) -> list[Unmet]:
    return [entry(number, day(number)) for number in range(count)]


def names(searches: Sequence[Unmet]) -> list[int]:
    return [int(one.photo.split()[-1]) for one in searches]


def test_photos_of_one_thing_are_one_wish_and_the_most_typical_comes_first() -> None:
    # 8° is .9903: the middle one is near both ends, which are not near each other
    found = wants(photos(5), around(0, 8, 16, 90, 94), [], alike=0.99)
    assert [names(want.searches) for want in found] == [[1, 0, 2], [3, 4]]


def test_no_chain_leads_from_one_thing_to_another() -> None:
    angles = np.arange(0, 90, 4.0)
    vectors = around(*angles)
    for want in wants(photos(len(angles)), vectors, [], alike=0.99):
        centre, *others = names(want.searches)
        assert all(vectors[centre] @ vectors[one] >= 0.99 for one in others)


def test_every_search_is_in_one_group() -> None:
    random = np.random.default_rng(0).standard_normal((200, 4))
    vectors = (random / np.linalg.norm(random, axis=1, keepdims=True)).astype(np.float32)
    found = wants(photos(200), vectors, [spoken("hat")], alike=0.8)
    seen = sorted(one for want in found for one in names([o for o in want.searches if o.photo]))
    assert seen == list(range(200))
    assert [want.times for want in found] == sorted((want.times for want in found), reverse=True)


def test_words_go_together_when_they_are_the_same_in_any_case() -> None:
    said = [spoken("Straw Hat"), spoken("straw hat"), spoken("STRAW HAT"), spoken("bow tie")]
    found = wants([], np.empty((0, 2), np.float32), said, alike=0.9)
    assert [(want.words, want.times) for want in found] == [("Straw Hat", 3), ("bow tie", 1)]


def test_of_equally_wanted_things_the_latest_comes_first() -> None:
    found = wants(photos(3, lambda n: DAY + timedelta(n)), around(0, 90, 180), [], alike=0.9)
    assert [names(want.searches) for want in found] == [[2], [1], [0]]


def test_a_wish_tells_its_days_its_likely_category_and_what_came_nearest() -> None:
    kinds: tuple[Kind, ...] = ("weak", "refused", "weak")
    searches = [
        replace(one, kind=kind, guess=guess, score=score)
        for one, kind, guess, score in zip(
            photos(3, lambda n: DAY + timedelta(n // 2)), kinds,
            ("Hat", None, "Hat"), (0.2, None, 0.4), strict=True,
        )
    ]  # fmt: skip
    (want,) = wants(searches, around(0, 1, 2), [], alike=0.9)
    assert want.to_json() == {
        "times": 3, "days": 2, "first_day": "2026-03-01", "last_day": "2026-03-02",
        "guess": "Hat", "words": "", "kinds": {"weak": 2, "refused": 1}, "nearest": 0.4,
    }  # fmt: skip


def test_nothing_looked_for_is_no_wish() -> None:
    assert wants([], np.empty((0, 2), np.float32), [], alike=0.9) == []
