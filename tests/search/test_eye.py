"""A photo that is asked again is not looked at again; what was seen is the photo's own."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made import picture
from made_shop import fill

from catalog.store import Store, open_store
from search.clock import Clock
from search.eye import REMEMBERED, Eye
from search.request import ANY, SearchRequest
from search.service import SearchService
from vision.box import Box
from vision.embedder import Embedder
from vision.errors import UnreadableImage

LEFT = Box(0, 0, 0.5, 1)


class Watched:
    """An embedder that counts how often it looks."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.looks = 0
        self.read: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def squeezed(self, *given: Any) -> Any:
        self.looks += 1
        return self._embedder.squeezed(*given)

    def words(self, text: str) -> np.ndarray | None:
        self.read.append(text)
        return None


@pytest.fixture
def watched(tiny: Embedder) -> Any:
    return Watched(tiny)


@pytest.fixture
def store(tiny: Embedder, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store") as store:
        fill(store, tiny)
        yield store


def see(eye: Eye, seed: int, crop: Box | None = None, *, by_place: bool = False) -> np.ndarray:
    return eye.photo(picture(seed), crop, Clock(), by_place=by_place).vector


def test_what_is_asked_again_is_not_looked_at_again(watched: Any) -> None:
    eye = Eye(watched)
    first, again = see(eye, 1), see(eye, 1)
    assert watched.looks == 1
    np.testing.assert_array_equal(first, again)


def test_another_photo_part_or_way_of_looking_is_another_look(watched: Any) -> None:
    eye = Eye(watched)
    plain, part = see(eye, 1), see(eye, 1, LEFT)
    placed = see(eye, 1, by_place=True)
    other = see(eye, 2)
    assert watched.looks == 4
    assert not np.array_equal(plain, part)
    assert not np.array_equal(plain, other)
    np.testing.assert_allclose(plain, placed, atol=1e-3)
    assert eye.photo(picture(1), None, Clock(), by_place=False).map is None
    assert eye.photo(picture(1), None, Clock(), by_place=True).map is not None


def test_only_the_last_are_remembered(watched: Any) -> None:
    eye = Eye(watched)
    for seed in range(REMEMBERED + 1):
        see(eye, seed)
    see(eye, 1)  # still there
    assert watched.looks == REMEMBERED + 1
    see(eye, 0)
    assert watched.looks == REMEMBERED + 2
    see(eye, 1)  # for it was asked for lately, the one after it went
    assert watched.looks == REMEMBERED + 2


def test_a_bad_photo_is_refused_each_time(watched: Any) -> None:
    eye = Eye(watched)
    for _ in range(2):
        with pytest.raises(UnreadableImage):
            eye.photo(b"no picture", None, Clock(), by_place=False)
    assert watched.looks == 2


def test_words_are_read_once_even_those_that_no_tower_reads(watched: Any) -> None:
    eye = Eye(watched)
    for text in ("red hat", "red hat", "shoes"):
        assert eye.words(text, Clock()) is None
    assert watched.read == ["red hat", "shoes"]


def test_the_square_that_is_seen_is_what_ingest_embeds(tiny: Embedder) -> None:
    """Else a product's own picture would not be its nearest."""
    data = picture(3)
    embedded = tiny.normalised(tiny.read(data).pixels[None])[0]
    np.testing.assert_array_equal(tiny.preprocess(tiny.squeezed(data)), embedded)


def test_many_who_ask_for_many_photos_each_get_their_own(watched: Any) -> None:
    eye, wrong = Eye(watched), []
    right = {seed: see(Eye(watched), seed) for seed in range(6)}

    def ask(turn: int) -> None:
        for step in range(12):
            seed = (turn + step) % 6
            if not np.array_equal(see(eye, seed), right[seed]):
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_who_narrows_an_answer_waits_for_the_engine_only(store: Store, watched: Any) -> None:
    service = SearchService(watched, store)
    wide = service.search(SearchRequest(picture(5), category=ANY))
    again = service.search(SearchRequest(picture(5), category=ANY, k=3))
    assert watched.looks == 1
    assert again.hits == wide.hits[:3]
    assert again.timings_ms["decode"] == again.timings_ms["encode"] == 0
    assert service.embed(picture(5)).vector is not None
    assert watched.looks == 1


def test_a_warmed_service_has_decoded_and_looked_both_ways(store: Store, watched: Any) -> None:
    service = SearchService(watched, store)
    service.warm()
    assert watched.looks == 2
