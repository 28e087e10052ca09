"""Who sits where when a filter left something out: worked by hand, then for any answer at all."""

from hypothesis import given
from hypothesis import strategies as st

from catalog.product import Product, Stamp
from catalog.store import Hit
from search.seats import seat

STAMP = Stamp("0" * 64, "1" * 64, "run", "2026-01-01T00:00:00+00:00")


def hits(names: str) -> list[Hit]:
    """`a1 b2`: product a1 of category a, then b2 of b, best first; category `-` is none."""
    return [
        Hit(Product("s", name, category=None if name[0] == "-" else name[0]), 1 - place / 99,
            STAMP, name)
        for place, name in enumerate(names.split())
    ]  # fmt: skip


def seated(near: str, inside: str) -> tuple[str, str]:
    staying, kept = seat(hits(near), hits(inside))
    return " ".join(hit.id for hit in staying), " ".join(hit.id for hit in kept)


def test_a_filter_that_loses_no_category_gives_no_seat_away() -> None:
    assert seated("a1 b1 a2", "a1 a2 b1") == ("a1 a2 b1", "")
    assert seated("a1 a2 a3", "a1 a2 a3") == ("a1 a2 a3", "")


def test_the_nearest_of_each_lost_category_takes_one_of_the_last_seats() -> None:
    assert seated("b1 a1 c1 b2 a2", "a1 a2 a3 a4 a5") == ("a1 a2 a3", "b1 c1")


def test_having_no_category_counts_as_one() -> None:
    assert seated("a1 -1 -2", "a1 a2 a3") == ("a1 a2", "-1")


def test_a_seat_given_away_never_costs_another_category_its_own() -> None:
    # b1 would be the last seat's, which d needs: then b, too, keeps one
    assert seated("a1 b9 d1", "a1 a2 b1") == ("a1", "b9 d1")


def test_one_seat_goes_to_the_nearest_of_all() -> None:
    assert seated("b1", "a1") == ("", "b1")


@given(st.data(), st.integers(1, 12))
def test_no_category_is_lost_and_nobody_sits_twice(data: st.DataObject, k: int) -> None:
    names = st.lists(st.sampled_from("abcdef-"), min_size=k, max_size=k)
    ids = data.draw(st.permutations(range(2 * k)))
    near = hits(" ".join(f"{c}{n}" for c, n in zip(data.draw(names), ids[:k], strict=True)))
    inside = hits(" ".join(f"{c}{n}" for c, n in zip(data.draw(names), ids[k:], strict=True)))
    staying, kept = seat(near, inside)
    answer = [*staying, *kept]
    assert len(answer) == len({hit.id for hit in answer}) == k
    assert {hit.product.category for hit in near} <= {hit.product.category for hit in answer}
    assert staying == inside[: len(staying)]
    assert kept == [hit for hit in near if hit in kept]
