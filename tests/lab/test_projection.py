"""Many dimensions drawn in two."""

import numpy as np
import pytest

from lab.projection import project
from vision.head import unit


def clusters(count: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around some centres, and which centre each is of."""
    random = np.random.default_rng(0)
    of = np.repeat(np.arange(count), each)
    around = random.normal(size=(count, 32))[of]
    return unit(around + 0.2 * random.normal(size=(len(of), 32))).astype(np.float32), of


def test_what_is_near_stays_near_and_the_axes_are_filled() -> None:
    vectors, of = clusters(4, 30)
    places = project(vectors)
    assert places.shape == (120, 2)
    assert places.min(axis=0) == pytest.approx([-1, -1], abs=1e-5)
    assert places.max(axis=0) == pytest.approx([1, 1], abs=1e-5)
    far = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(far, np.inf)
    assert (of[far.argmin(axis=1)] == of).all()


def test_the_same_vectors_give_the_same_map() -> None:
    vectors, _ = clusters(3, 10)
    assert (project(vectors) == project(vectors)).all()


@pytest.mark.parametrize("count", range(9))
def test_few_products_have_a_place_each(count: int) -> None:
    vectors, _ = clusters(1, 9)
    places = project(vectors[:count])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == count


def test_a_catalog_with_one_photo_for_all_is_a_heap_not_a_failure() -> None:
    places = project(np.tile(unit(np.ones((1, 8))), (20, 1)).astype(np.float32))
    assert places.shape == (20, 2)
    assert np.isfinite(places).all()
