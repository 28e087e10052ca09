"""A classifier that is wrong and certain: the right product is found all the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from made_shop import CATEGORIES, ENGINES, PHOTO, fill, opened, sure_of

from catalog.store import Filter, attribute
from search.request import ANY, SearchRequest
from search.service import SearchService
from vision.box import Box
from vision.embedder import Embedder

# Of the shop: its nearest product, 0, is a hat.
LABELS = (*CATEGORIES, "Tent")

QUESTIONS = {
    "photo": SearchRequest(PHOTO),
    "each view": SearchRequest(PHOTO, one_per_product=False),
    "one hit": SearchRequest(PHOTO, k=1),
    "more than the category has": SearchRequest(PHOTO, k=30),
    "brand": SearchRequest(PHOTO, where=Filter(any_of={"brand": ("Acme",)})),
    "price": SearchRequest(PHOTO, where=Filter(price_min=15, price_max=45)),
    "attribute": SearchRequest(PHOTO, where=Filter(any_of={attribute("material"): ("straw",)})),
    "few left": SearchRequest(PHOTO, where=Filter(price_min=46)),
    "only the right": SearchRequest(PHOTO, where=Filter(price_min=49)),
    "not a color": SearchRequest(PHOTO, where=Filter(none_of={"colors": ("green",)})),
    "words": SearchRequest(PHOTO, text="straw"),
    "crop": SearchRequest(PHOTO, crop=Box(0, 0, 0.9, 0.9)),
    "cheaper": SearchRequest(PHOTO, variant="cheaper"),
    "other color": SearchRequest(PHOTO, variant="other color"),
    "diverse": SearchRequest(PHOTO, diversity=0.6),
    "liked": SearchRequest(PHOTO, liked=("3",), disliked=("38",)),
    "cut off": SearchRequest(PHOTO, least=0.7),
    "linear": SearchRequest(PHOTO, measure="linear", least=0.2),
}


@pytest.fixture(scope="module", params=["Shoes", "Bag", "Tent"])
def wrong(request: pytest.FixtureRequest) -> str:
    """What the classifier says; nothing in the shop is a tent."""
    return str(request.param)


@pytest.fixture(scope="module", params=ENGINES)
def service(
    request: pytest.FixtureRequest,
    tiny: Embedder,
    wrong: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SearchService]:
    with opened(request.param, tmp_path_factory.mktemp("wrong")) as store:
        embedder = sure_of(tiny, wrong, labels=LABELS)
        fill(store, embedder)
        yield SearchService(embedder, store)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_certain_and_wrong_category_hides_neither_the_right_product_nor_any_other(
    service: SearchService, wrong: str, question: SearchRequest
) -> None:
    answer = service.search(question)
    everywhere = service.search(replace(question, category=ANY))
    assert (answer.route.guesses[0].name, everywhere.route.kind) == (wrong, "none")
    assert answer.route.guesses[0].probability > 0.99
    assert everywhere.hits
    assert everywhere.hits[0].id in {hit.id for hit in answer.hits}
    assert len(answer.hits) == len(everywhere.hits)


def test_the_wrong_category_was_searched_first_so_that_the_right_product_needed_its_seat(
    service: SearchService, wrong: str
) -> None:
    answer = service.search(SearchRequest(PHOTO))
    if wrong == "Tent":
        assert answer.route.kind == "none"
        assert answer.hits[0].product.product_id == "0"
    else:
        assert answer.route.categories == (wrong,)
        assert answer.hits[0].product.category == wrong
        assert "0" in {hit.product.product_id for hit in answer.hits[-answer.route.kept :]}


@pytest.mark.parametrize("k", [1, 2, 4])
def test_pages_under_a_wrong_category_begin_with_the_right_product_and_never_repeat_one(
    service: SearchService, k: int
) -> None:
    pages = [service.search(SearchRequest(PHOTO, k=k))]
    while pages[-1].more:
        pages.append(service.search(SearchRequest(PHOTO, k=k, offset=k * len(pages))))
        assert pages[-1].hits
    shown = [hit.product.product_id for page in pages for hit in page.hits]
    assert "0" in shown[:k]
    assert len(shown) == len(set(shown)) >= 13
