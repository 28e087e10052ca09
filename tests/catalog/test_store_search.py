"""What every engine finds: the same filters, orders and recommendations over all of them."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import BadVector
from catalog.store import EVERYTHING, Filter, Point, Store, attribute


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def passes(payload: Any, where: Filter) -> bool:
    """The meaning of a filter, said in Python; all but the ids."""

    def has(key: str, wanted: tuple[str, ...]) -> bool:
        facts = payload | {attribute(k): v for k, v in payload.get("attributes", {}).items()}
        value = facts.get(key, [])
        return bool(set(wanted) & set(value if isinstance(value, list) else [value]))

    if where.title and not (words(where.title) and words(where.title) <= words(payload["title"])):
        return False
    if any(has(*one) for one in where.none_of.items()):
        return False
    if not all(has(*one) for one in where.any_of.items()):
        return False
    if where.either and not any(has(*one) for one in where.either.items()):
        return False
    price = payload.get("price")
    if where.price_min is not None and (price is None or price < where.price_min):
        return False
    if where.price_max is not None and (price is None or price > where.price_max):
        return False
    return where.available is None or payload.get("available") is where.available


def chosen(points: list[Point], where: Filter) -> list[Point]:
    ids = {p.id for p in points} if where.ids is None else set(where.ids)
    ids -= set(where.without_ids)
    return [p for p in points if p.id in ids and passes(p.payload, where)]


def nearest(points: list[Point], query: Any, k: int, where: Filter) -> list[tuple[str, float]]:
    scored = [(p.id, float(p.vector @ query)) for p in chosen(points, where)]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


FILTERS = [
    Filter(),
    Filter(any_of={"category": ("Hat",)}),
    Filter(any_of={"category": ("Hat", "Bag")}),
    Filter(any_of={"colors": ("red", "blue")}),
    Filter(any_of={"category": ("Hat", "Shoes"), "brand": ("Ünï",)}),
    Filter(price_min=20.0),
    Filter(price_max=20.0),
    Filter(any_of={"category": ("Watch",)}, price_min=30.0, price_max=70.0),
    Filter(available=True),
    Filter(available=False, any_of={"colors": ("green",)}),
    Filter(either={"category": ("Hat",), "colors": ("red",)}),
    Filter(either={"category": ("Hat",), "brand": ("no such brand",)}, price_min=20.0),
    Filter(any_of={attribute("material"): ("straw", "felt")}),
    Filter(any_of={attribute("a.b [0]"): ("odd",)}, available=True),
    Filter(none_of={"category": ("Hat",), "colors": ("red",)}),
    Filter(none_of={"brand": ()}, price_max=50.0),
    Filter(title="BLUE thing"),
    Filter(title="größe", none_of={attribute("material"): ("felt",)}),
    Filter(any_of={"category": ("no such category",)}),
    Filter(title="thin"),
    Filter(title="!"),
    Filter(ids=()),
    Filter(any_of={"category": ()}),
]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_filtered_top_k_is_what_an_exact_scan_finds(
    filled: tuple[Store, list[Point]], kit: Any, where: Filter, exact: bool
) -> None:
    store, points = filled
    for query in kit.unit(99, 3):
        hits = store.query(query, 9, where, exact=exact)
        expected = nearest(points, query, 9, where)
        assert [hit.id for hit in hits] == [point_id for point_id, _ in expected]
        np.testing.assert_allclose(
            [hit.score for hit in hits], [score for _, score in expected], atol=1e-5
        )


def test_ids_are_left_out_on_request(store: Store, kit: Any) -> None:
    points = kit.shelf(30)
    store.upsert(points)
    first = points[0]
    where = Filter(without_ids=(first.id, points[1].id))
    ids = [hit.id for hit in store.query(first.vector, 30, where)]
    assert len(ids) == 28
    assert not {first.id, points[1].id} & set(ids)


@pytest.mark.parametrize("where", FILTERS, ids=str)
def test_count_and_scroll_agree_with_the_filter(
    filled: tuple[Store, list[Point]], where: Filter
) -> None:
    store, points = filled
    expected = {point.id for point in chosen(points, where)}
    assert store.count(where) == len(expected)
    assert {stored.id for stored in store.scroll(where, batch=7)} == expected


def test_the_filters_above_select_some_points_but_not_all(
    filled: tuple[Store, list[Point]],
) -> None:
    _, points = filled
    sizes = [len(chosen(points, where)) for where in FILTERS]
    assert sizes[0] == len(points)
    assert all(10 < size < len(points) for size in sizes[1:-5])
    assert sizes[-5:] == [0] * 5


def axis(kit: Any, place: int) -> Any:
    """A unit vector whose products are exact, in whichever order an engine adds them up."""
    vector = np.zeros_like(kit.unit(0, 1)[0])
    vector[place] = 1
    return vector


def some(values: tuple[str, ...]) -> Any:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


KEYS = {
    "category": some(("Hat", "Shoes", "Bag", "no such")),
    "brand": some(("Acme", "Ünï")),
    "colors": some(("red", "green", "blue")),
    attribute("material"): some(("straw", "felt", "wool")),
    attribute("a.b [0]"): some(("odd", "even")),
}
CONDITIONS = st.fixed_dictionaries({}, optional=KEYS)
BOUNDS = st.none() | st.floats(0, 100, allow_nan=False)
FIELDS = st.builds(
    Filter,
    any_of=CONDITIONS,
    either=CONDITIONS,
    none_of=CONDITIONS,
    price_min=BOUNDS,
    price_max=BOUNDS,
    available=st.none() | st.booleans(),
    title=st.sampled_from(("", "", "thing", "Blue", "GRÖSSE", "größe thing", "thin", "7", "-")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_top_k_of_random_products_under_a_random_filter_is_what_numpy_finds(
    shared: Store, kit: Any, data: Any
) -> None:
    shared.delete([stored.id for stored in shared.scroll()])
    seed, count = data.draw(st.integers(0, 9999)), data.draw(st.integers(1, 60))
    points = kit.shelf(count, seed)
    # some products show the same picture
    for place in data.draw(st.lists(st.integers(0, count - 1), max_size=20)):
        points[place] = replace(points[place], vector=axis(kit, 0))
    shared.upsert(points)
    known = st.lists(st.sampled_from([point.id for point in points]), max_size=20).map(tuple)
    where = replace(
        data.draw(FIELDS), ids=data.draw(st.none() | known), without_ids=data.draw(known)
    )
    query, k = kit.unit(seed + 1, 1)[0], data.draw(st.integers(1, 70))
    hits = shared.query(query, k, where, exact=data.draw(st.booleans()))
    expected = nearest(points, query, k, where)
    assert [hit.id for hit in hits] == [point_id for point_id, _ in expected]
    np.testing.assert_allclose(
        [hit.score for hit in hits], [score for _, score in expected], atol=1e-5
    )
    assert shared.count(where) == len(chosen(points, where))


def test_only_the_given_ids_are_found(store: Store, kit: Any) -> None:
    points = kit.shelf(30)
    store.upsert(points)
    ids = tuple(point.id for point in points[3:8])
    assert {hit.id for hit in store.query(points[0].vector, 9, Filter(ids=ids))} == set(ids)
    without = Filter(ids=ids, without_ids=ids[:2])
    assert {stored.id for stored in store.scroll(without)} == set(ids[2:])


def test_equal_scores_come_in_the_order_of_their_ids_also_where_the_list_ends(
    store: Store, kit: Any
) -> None:
    same, better = axis(kit, 0), axis(kit, 1)
    points = [kit.point(f"P{row}", same) for row in range(300)]
    first = kit.point("first", better)
    store.upsert([*points[:150], first, *points[150:]])
    expected = [first.id, *sorted(point.id for point in points)]
    query = better + 0.1 * same
    for k in (2, 9, 40):
        assert [hit.id for hit in store.query(query, k)] == expected[:k]


def test_attributes_of_odd_names_can_be_filtered(store: Store, kit: Any) -> None:
    names = ("plain", "with-dash", "two words", "a.b", "c[0]", "d[]", "Größe", "'", "1", "{}")
    vector = kit.unit(0, 1)[0]
    store.upsert([kit.point(name, vector, attributes={name: "yes"}) for name in names])
    for name in names:
        found = store.scroll(Filter(any_of={attribute(name): ("yes",)}))
        assert [stored.payload["product_id"] for stored in found] == [name]
    assert attribute("material") == "attributes.material"
    for impossible in ("", 'a"b', "a\\b"):
        with pytest.raises(ValueError, match="no filter can name"):
            attribute(impossible)


def test_hits_bring_their_vectors_when_asked(filled: tuple[Store, list[Point]]) -> None:
    store, points = filled
    vectors = {point.id: point.vector for point in points}
    query = points[0].vector
    assert all(hit.vector is None for hit in store.query(query, 5))
    assert all(hit.vector is None for hit in store.recommend([query], [], 5))
    for hits in (
        store.query(query, 5, with_vectors=True),
        store.recommend([query], [], 5, with_vectors=True),
    ):
        for hit in hits:
            assert hit.vector is not None
            assert hit.vector.dtype == np.float32
            np.testing.assert_allclose(hit.vector, vectors[hit.id], atol=1e-6)


@pytest.mark.parametrize(("liked", "disliked"), [(1, 0), (2, 0), (2, 2), (0, 2), (1, 5)])
@pytest.mark.parametrize(
    "where", [EVERYTHING, Filter(any_of={"category": ("Hat", "Bag")})], ids=str
)
def test_a_recommendation_is_decided_by_the_nearest_of_liked_and_disliked(
    filled: tuple[Store, list[Point]], kit: Any, liked: int, disliked: int, where: Filter
) -> None:
    store, points = filled
    examples = kit.unit(31, liked + disliked)

    def score(point: Point) -> float:
        cosines = examples @ point.vector
        best = float(cosines.max())
        sign = 1 if cosines.argmax() < liked else -1
        return sign * (1 + best / (1 + abs(best))) / 2

    expected = sorted(chosen(points, where), key=score, reverse=True)[:20]
    hits = store.recommend(list(examples[:liked]), list(examples[liked:]), 20, where)
    assert [hit.id for hit in hits] == [point.id for point in expected]
    np.testing.assert_allclose(
        [hit.score for hit in hits], [score(point) for point in expected], atol=1e-5
    )


def test_a_recommendation_wants_an_example_and_a_count(store: Store, kit: Any) -> None:
    vector = kit.unit(0, 1)[0]
    with pytest.raises(ValueError, match="at least one"):
        store.recommend([], [], 3)
    with pytest.raises(ValueError, match="1 or more"):
        store.recommend([vector], [], 0)
    with pytest.raises(BadVector, match="shape"):
        store.recommend([vector], [vector[:-1]], 3)
