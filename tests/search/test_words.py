"""Words through a real text tower, of random weights: alone, beside a photo, beside a product."""

import json
from collections.abc import Iterator

import numpy as np
import open_clip
import pytest
from made import picture
from made_shop import ENGINES, NOW, info, opened

from catalog.product import Product, Stamp
from catalog.store import Filter, Point
from search.request import SearchRequest
from search.result import SearchResult
from search.service import SearchService
from vision.embedder import Embedder, open_embedder
from vision.head import unit

PHOTO, WORDS = picture(0), "a red straw hat"
COUNT = 40


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """open_clip's own network and tokenizer in a size for tests; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("configs")
    config = {
        "embed_dim": 24,
        "vision_cfg": {
            "image_size": 64, "layers": 2, "width": 32, "patch_size": 16, "head_width": 16,
        },
        "text_cfg": {
            "context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2,
        },
    }  # fmt: skip
    (folder / "snapshelf-words.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    return open_embedder("open_clip:snapshelf-words?pretrained=false")


@pytest.fixture(scope="module", params=ENGINES)
def service(
    request: pytest.FixtureRequest, towers: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchService]:
    """Products from what the photo shows, 0, to what the words say, the last; none has a title."""
    with opened(request.param, tmp_path_factory.mktemp("words")) as store:
        store.ensure(info(towers))
        photo, words = both(towers)
        share = np.linspace(0, 1, COUNT)[:, None]
        noise = np.random.default_rng(0).normal(size=(COUNT, towers.dim))
        vectors = unit((1 - share) * photo + share * words + 0.01 * unit(noise))
        stamp = Stamp("0" * 64, towers.fingerprint, "run", NOW)
        for number, vector in enumerate(vectors.astype(np.float32)):
            one = Product("s", str(number), category="Hat", brand=("Acme", "Bolt")[number % 2])
            store.upsert([Point(one.point_id, vector, one.to_payload(stamp))])
        yield SearchService(towers, store)


def both(towers: Embedder) -> tuple[np.ndarray, np.ndarray]:
    """The photo's unit vector, and the words'."""
    said = towers.words(WORDS)
    assert said is not None
    return towers.encode([towers.decode(PHOTO)]).vectors[0], said


def ids(result: SearchResult) -> list[str]:
    return [hit.product.product_id for hit in result.hits]


def test_words_alone_rank_by_the_text_tower(service: SearchService, towers: Embedder) -> None:
    result = service.search(SearchRequest(text=WORDS, k=COUNT, category="any"))
    stored = service._store.query(both(towers)[1], COUNT)
    assert result.words == "vector"
    assert [hit.id for hit in result.hits] == [hit.id for hit in stored]
    assert ids(result) != ids(service.search(SearchRequest(text="a blue shoe", k=COUNT)))
    assert {result.match(hit) for hit in result.hits} == {None}, "labels were fitted on photos"


@pytest.mark.parametrize("beside", [{"image": PHOTO}, {"like": "0"}], ids=["photo", "product"])
def test_the_weight_leads_from_the_pure_photo_to_the_pure_words(
    service: SearchService, beside: dict[str, object]
) -> None:
    def ask(**more: object) -> SearchResult:
        asked = {"k": COUNT, "category": "any", **more}
        return service.search(SearchRequest(**asked))  # type: ignore[arg-type]

    without, alone = ask(**beside), ask(text=WORDS)
    mixed = {w: ask(**beside, text=WORDS, text_weight=w) for w in (0.0, 0.25, 0.5, 0.75, 1.0)}
    assert all(result.words == "vector" for result in mixed.values())
    own = set(ids(without))
    assert ids(mixed[0.0]) == ids(without)
    assert ids(mixed[1.0]) == [one for one in ids(alone) if one in own]
    assert len({tuple(ids(result)) for result in mixed.values()}) == len(mixed)
    # ever nearer to what the words say
    first = [int(ids(result)[0]) for result in mixed.values()]
    assert first == sorted(first)
    assert first[0] < COUNT / 4 < first[2] < COUNT * 3 / 4 < first[-1]


def test_words_and_filters_hold_together(service: SearchService) -> None:
    result = service.search(
        SearchRequest(PHOTO, text=WORDS, k=COUNT, where=Filter(any_of={"brand": ("Bolt",)}))
    )
    assert set(ids(result)) == {str(n) for n in range(1, COUNT, 2)}


def test_words_may_ask_for_another_category_than_the_photos_so_none_is_predicted(
    service: SearchService,
) -> None:
    alone = service.search(SearchRequest(PHOTO)).route
    beside = service.search(SearchRequest(PHOTO, text=WORDS)).route
    unheard = service.search(SearchRequest(PHOTO, text=WORDS, text_weight=0)).route
    assert [guess.name for guess in alone.guesses] == ["Hat"]
    assert unheard.categories == alone.categories == ("Hat",)
    assert (beside.kind, beside.guesses) == ("none", ())
    assert "photo alone" in beside.reason
