"""Every field of a request, over each engine: embedded, the oracle in memory, a server."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from made_shop import ENGINES, NOW, PHOTO, fill, info, opened, products

from catalog.product import Product, Stamp
from catalog.store import Filter, Hit, Point, attribute
from search.choices import Variant
from search.errors import UnknownProduct
from search.match import alike
from search.price_order import by_price
from search.request import ANY, SearchRequest
from search.result import SearchResult
from search.service import SearchService
from vision.box import Box
from vision.calibration import MatchScores
from vision.embedder import Embedder
from vision.errors import UnreadableImage


@pytest.fixture(scope="module", params=ENGINES)
def service(
    request: pytest.FixtureRequest, tiny: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchService]:
    with opened(request.param, tmp_path_factory.mktemp("every")) as store:
        fill(store, tiny)
        yield SearchService(tiny, store)


def ask(service: SearchService, **asked: object) -> SearchResult:
    wanted = {"image": PHOTO, "category": ANY, **asked}
    return service.search(SearchRequest(**wanted))  # type: ignore[arg-type]


def ids(result: SearchResult) -> list[str]:
    return [hit.product.product_id for hit in result.hits]


def test_products_come_once_with_the_number_of_their_views(service: SearchService) -> None:
    result = ask(service, k=40)
    assert len(set(ids(result))) == len(ids(result)) == 40
    assert not result.more
    for hit in result.hits:
        assert result.views[hit.id] == (2 if int(hit.product.product_id) % 3 == 0 else 1)
    assert len(ask(service, k=100, one_per_product=False).hits) == 54


@pytest.mark.parametrize("more", [{}, {"diversity": 0.5}, {"category": None}, {"liked": ("9",)}])
def test_pages_of_one_question_fit_together(
    service: SearchService, more: dict[str, object]
) -> None:
    pages = [ask(service, k=9, offset=9 * page, **more) for page in range(6)]
    found = [one for page in pages for one in ids(page)]
    assert len(found) == len(set(found))
    assert [page.more for page in pages][-1] is False
    assert ids(ask(service, k=9, offset=9, **more)) == ids(pages[1])
    assert all(len(page.hits) == 9 for page in pages if page.more)


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        (Filter(any_of={"brand": ("Acme",)}), lambda p: p.brand == "Acme"),
        (Filter(any_of={"colors": ("red",)}), lambda p: "red" in p.colors),
        (Filter(none_of={"colors": ("red",)}), lambda p: "red" not in p.colors),
        (Filter(price_min=20, price_max=30), lambda p: 20 <= p.price <= 30),
        (Filter(available=False), lambda p: p.available is False),
        (Filter(title="straw"), lambda p: "straw" in p.title),
        (
            Filter(any_of={attribute("material"): ("felt",)}),
            lambda p: p.attributes["material"] == "felt",
        ),
    ],
)  # fmt: skip
def test_each_filter_leaves_exactly_what_it_says(
    service: SearchService, where: Filter, holds: object
) -> None:
    expected = {one.product_id for one in products() if holds(one)}  # type: ignore[operator]
    assert set(ids(ask(service, k=40, where=where))) == expected


def test_a_chosen_category_and_a_filter_hold_together(service: SearchService) -> None:
    result = ask(service, k=40, category="Hat", where=Filter(any_of={"brand": ("Acme",)}))
    assert set(ids(result)) == {str(n) for n in range(40) if n % 3 == 0 and n % 2 == 0}


def test_a_product_finds_its_like_and_not_itself(service: SearchService) -> None:
    result = service.search(SearchRequest(like="3", k=40))
    assert "3" not in ids(result)
    assert len(result.hits) == 39
    assert result.route.kind == "none"


def test_what_is_liked_pulls_what_is_disliked_pushes_and_neither_is_shown(
    service: SearchService,
) -> None:
    plain, pushed = ids(ask(service, k=40)), ids(ask(service, k=40, disliked=("0",), liked=("39",)))
    assert {"0", "39"}.isdisjoint(pushed)
    assert pushed != [one for one in plain if one not in ("0", "39")]


def test_words_of_a_title_and_what_is_not_wanted(service: SearchService) -> None:
    plain = service.search(SearchRequest(text="Straw", k=40))
    unwanted = ids(plain)[0]
    result = service.search(SearchRequest(text="Straw", disliked=(unwanted,), k=40))
    assert set(ids(result)) == set(ids(plain)) - {unwanted}
    assert all(hit.score == pytest.approx(1 / 3) for hit in result.hits)


def test_words_without_a_text_tower_must_be_in_the_title(service: SearchService) -> None:
    alone = service.search(SearchRequest(text="Straw", k=40))
    beside = ask(service, text="straw", k=40)
    assert alone.words == beside.words == "title"
    assert set(ids(alone)) == set(ids(beside)) == {str(n) for n in range(40) if n % 4 == 0}
    assert all(alone.match(hit) is None for hit in alone.hits)
    assert all(hit.score == pytest.approx(1 / 3) for hit in alone.hits)


def test_the_cut_off_leaves_nothing_below_it(service: SearchService) -> None:
    scores = [hit.score for hit in ask(service, k=40).hits]
    cut = ask(service, k=40, least=scores[10])
    assert len(cut.hits) == 11
    assert not ask(service, least=1.0).hits


def test_the_students_measures_rank_alike(service: SearchService) -> None:
    plain, l2, linear = (ask(service, k=40, measure=one) for one in ("cosine", "l2", "linear"))
    assert ids(plain) == ids(l2) == ids(linear)
    for hit in l2.hits:
        assert l2.measured[hit.id] == pytest.approx((2 - 2 * hit.score) ** 0.5, abs=1e-4)
    values = [linear.measured[hit.id] for hit in linear.hits]
    assert (values[0], values[-1]) == (1, 0)
    assert all(
        linear.measured[hit.id] >= 0.5
        for hit in ask(service, k=40, measure="linear", least=0.5).hits
    )


def test_diversity_spreads_the_hits(service: SearchService) -> None:
    def likeness(result: SearchResult) -> float:
        vectors = np.stack([hit.vector for hit in result.hits if hit.vector is not None])
        return float((vectors @ vectors.T).mean())

    plain = ask(service, k=5, why=True)
    spread = ask(service, k=5, diversity=0.7)
    assert spread.hits[0].id == plain.hits[0].id
    assert likeness(spread) < likeness(plain)


@pytest.mark.parametrize("category", [ANY, None, "Hat"])
def test_by_price_the_same_products_come_in_another_order(
    service: SearchService, category: str | None
) -> None:
    def prices(**asked: object) -> list[float]:
        found = ask(service, category=category, **asked).hits
        return [hit.product.price or 0 for hit in found]

    plain = prices(k=40)
    assert prices(k=40, order="price") == sorted(plain)
    assert prices(k=40, order="-price") == sorted(plain, reverse=True)
    pages = [prices(k=9, offset=9 * page, order="price") for page in range(5)]
    assert [price for page in pages for price in page] == sorted(plain)
    assert ask(service, category=category, order="price").route.kept == 0


def test_weak_matches_and_products_without_a_price_do_not_come_first() -> None:
    def hit(number: int, price: float | None) -> Hit:
        product = Product("shop", str(number), price=price)
        return Hit(product, 1 - number / 10, Stamp("a" * 64, "f" * 64, "run", "now"), str(number))

    hits = [hit(0, 5.0), hit(1, None), hit(2, 3.0), hit(3, 5.0)]
    assert [one.id for one in by_price(hits, "price")] == ["2", "0", "3", "1"]
    assert [one.id for one in by_price(hits, "-price")] == ["0", "3", "2", "1"]
    scores = MatchScores(same_product=0.95, very_similar=0.9, same_style=0.85)
    assert [one.id for one in alike(hits, scores)] == ["0", "1"]
    assert alike(hits[2:], scores) == hits[2:]  # better weak ones than none


def test_a_product_has_its_pictures_in_the_catalogs_order(service: SearchService) -> None:
    pictures = service.product("3")
    assert [hit.product.image_slot for hit in pictures] == [0, 1]
    assert {hit.product.product_id for hit in pictures} == {"3"}
    assert len(service.product("1")) == 1
    with pytest.raises(UnknownProduct, match="nobody"):
        service.product("nobody")


def test_cheaper_is_below_the_price_of_the_product(service: SearchService) -> None:
    result = service.search(SearchRequest(like="20", variant="cheaper", k=40))
    assert set(ids(result)) == {str(n) for n in range(21, 40)}
    assert "29.00 EUR" in result.route.reason
    assert result.varied is not None
    assert result.varied.than is not None
    assert result.varied.than.product_id == "20"
    first = ask(service).hits[0].product
    assert all(hit.product.price < first.price for hit in ask(service, variant="cheaper").hits)


@pytest.mark.parametrize("variant", ["cheaper", "other color"])
def test_a_product_without_the_fact_to_be_varied_says_which_field_to_leave_out(
    tiny: Embedder, tmp_path: Path, variant: Variant
) -> None:
    plain = Product("s", "1", title="Plain hat")
    with opened("memory", tmp_path) as store:
        store.ensure(info(tiny))
        vector = tiny.encode([tiny.decode(PHOTO)]).vectors[0]
        stamp = Stamp("0" * 64, tiny.fingerprint, "run", NOW)
        store.upsert([Point(plain.point_id, vector, plain.to_payload(stamp))])
        with pytest.raises(ValueError, match=r"Plain hat.*; leave `variant` out$"):
            SearchService(tiny, store).search(SearchRequest(like="1", variant=variant))


def test_another_color_is_none_of_the_products_own(service: SearchService) -> None:
    result = service.search(SearchRequest(like="1", variant="other color", k=40))
    assert {color for hit in result.hits for color in hit.product.colors} == {"red", "green"}


def test_another_color_keeps_to_the_colors_that_were_chosen_or_left_out(
    service: SearchService,
) -> None:
    chosen = Filter(any_of={"colors": ("green", "Navy Blue")})
    for where in (chosen, Filter(none_of={"colors": ("red",)})):
        result = service.search(SearchRequest(like="1", variant="other color", k=40, where=where))
        assert {color for hit in result.hits for color in hit.product.colors} == {"green"}


def test_related_products_are_the_catalogs_own_in_its_order(service: SearchService) -> None:
    result = service.search(SearchRequest(like="2"))
    found = result.related["also_bought"]
    assert [hit.product.product_id for hit in found] == ["9", "5"]


def test_facets_count_products_and_not_views(service: SearchService) -> None:
    facets = service.facets(SearchRequest(PHOTO, category=ANY))
    assert facets == ask(service, facets=True).facets
    assert facets["brand"] == {"Acme": 20, "Bolt": 20}
    assert facets["category"] == {"Hat": 14, "Bag": 13, "Shoes": 13}
    assert facets["price"] == {"min": 10, "max": 49}
    assert facets["attributes.material"] == {"felt": 30, "straw": 10}


def test_a_choice_does_not_hide_what_else_there_is_to_choose(service: SearchService) -> None:
    chosen = Filter(any_of={"brand": ("Acme",)}, price_min=30, available=True)
    facets = ask(service, where=chosen, category="Hat", facets=True).facets

    def having(*asked: str) -> list[Product]:
        """The shop's products under the parts of the filter that are named."""
        holds = {
            "brand": lambda one: one.brand == "Acme",
            "price": lambda one: one.price >= 30,
            "available": lambda one: one.available,
            "category": lambda one: one.category == "Hat",
        }
        return [one for one in products() if one.image_slot == 0
                and all(holds[name](one) for name in asked)]  # fmt: skip

    brands = Counter(one.brand for one in having("price", "available", "category"))
    categories = Counter(one.category for one in having("brand", "price", "available"))
    there = Counter(str(one.available).lower() for one in having("brand", "price", "category"))
    prices = [one.price for one in having("brand", "available", "category")]
    materials = Counter(
        one.attributes["material"] for one in having("brand", "price", "available", "category")
    )
    assert (facets["brand"], facets["category"]) == (brands, categories)
    assert (facets["available"], facets["attributes.material"]) == (there, materials)
    assert facets["price"] == {"min": min(prices), "max": max(prices)}
    assert brands.keys() == {"Acme", "Bolt"}


def test_a_hit_is_explained_with_its_place_in_the_photo(service: SearchService) -> None:
    result = ask(service, why=True)
    for hit in result.hits:
        heat = result.why[hit.id].heat
        assert heat is not None
        assert heat.min() >= 0
        assert heat.max() <= 1
        assert result.why[hit.id].meaning
    agrees = service.search(SearchRequest(like="0", why=True, k=40))
    felt = next(hit for hit in agrees.hits if hit.product.product_id == "12")
    assert agrees.why[felt.id].agrees["attributes.material"] == "straw"
    assert json.loads(json.dumps(result.to_json())) == result.to_json()


def test_a_crop_is_what_is_searched(service: SearchService) -> None:
    whole, part = ask(service), ask(service, crop=Box(0, 0, 0.5, 0.5))
    assert whole.hits[0].score > part.hits[0].score


def test_a_backbone_that_sees_too_coarsely_suggests_no_crops(service: SearchService) -> None:
    assert ask(service, crops=True).regions == ()


def test_what_nobody_has_is_said(service: SearchService) -> None:
    with pytest.raises(UnknownProduct, match="nobody"):
        service.search(SearchRequest(like="nobody"))
    with pytest.raises(UnreadableImage, match="nothing to look for"):
        service.search(SearchRequest())


@pytest.mark.parametrize(
    "bad",
    [
        {"k": 0}, {"offset": -1}, {"offset": 10**6}, {"least": float("nan")}, {"diversity": 1.1},
        {"text_weight": -1}, {"text": "x" * 501}, {"liked": ("a",) * 51}, {"like": "1"},
        {"where": Filter(either={"brand": ("a",)})},
    ],
)  # fmt: skip
def test_values_outside_their_ranges_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be between|put the product|any_of"):
        replace(SearchRequest(PHOTO), **bad)  # type: ignore[arg-type]


def test_scores_fall(service: SearchService) -> None:
    assert all(a.score >= b.score for a, b in pairwise(ask(service, k=40).hits))


def test_no_field_of_a_request_is_forgotten_here() -> None:
    text = Path(__file__).read_text()
    missing = [one.name for one in fields(SearchRequest) if f"{one.name}=" not in text
               and f'"{one.name}"' not in text]  # fmt: skip
    assert not missing
