"""Which categories look alike, from vectors that can be counted by hand."""

import numpy as np
import pytest

from lab.overlap import NEIGHBOURS, overlaps


def at(*angles: float) -> np.ndarray:
    """Unit vectors in the plane, degrees."""
    turned = np.radians(angles)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


def test_two_hats_and_a_cap_are_counted_by_hand() -> None:
    # with three products each has the other two as its look-alikes
    hats, caps = overlaps(at(0, 1, 2), ["Hats", "Hats", "Caps"])[::-1]
    assert (hats.category, hats.products, hats.own, hats.other) == ("Hats", 2, 2 / 4, "Caps")
    assert hats.share == 2 / 4
    assert (caps.own, caps.other, caps.share) == (0 / 2, "Hats", 2 / 2)


def test_categories_that_stand_apart_overlap_with_none() -> None:
    near = [n / 10 for n in range(NEIGHBOURS + 1)]
    vectors = at(*near, *(90 + one for one in near))
    found = overlaps(vectors, ["A"] * len(near) + ["B"] * len(near))
    assert [(one.own, one.other, one.share) for one in found] == [(1.0, None, 0.0)] * 2


def test_the_category_that_mixes_most_comes_first() -> None:
    near = [n / 100 for n in range(NEIGHBOURS + 1)]
    vectors = at(*near, 40, 41, 42, 43)
    found = overlaps(vectors, ["A"] * len(near) + ["B", "C", "B", "C"])
    assert [one.category for one in found] == ["B", "C", "A"]
    assert found[-1].own == 1.0


def test_products_without_a_category_count_as_nobodys() -> None:
    (only,) = overlaps(at(0, 1, 2), [None, "Hats", None])
    assert (only.category, only.own, only.other) == ("Hats", 0.0, None)


@pytest.mark.parametrize("count", [0, 1])
def test_a_product_alone_has_no_look_alikes(count: int) -> None:
    found = overlaps(at(0)[:count], ["Hats"][:count])
    assert [(one.own, one.other) for one in found] == [(1.0, None)] * count


def test_blocks_make_no_difference() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(2500, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1)[:, None]).astype(np.float32)
    names = [str(n) for n in random.integers(0, 5, 2500)]
    found = {one.category: one for one in overlaps(vectors, names)}
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    near = np.argsort(-cosines, axis=1)[:, :NEIGHBOURS]
    own = [np.array(names)[near[row]] == name for row, name in enumerate(names)]
    for name, one in found.items():
        shares = [right.mean() for right, of in zip(own, names, strict=True) if of == name]
        assert one.own == pytest.approx(np.mean(shares), abs=1e-9)
