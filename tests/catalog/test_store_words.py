"""The neutral words of the store: filters, hits, batches, and which engine a place means."""

import math
from pathlib import Path
from typing import Any

import pytest

from catalog.edge import EdgeStore
from catalog.errors import CatalogError
from catalog.server import ServerStore
from catalog.store import Filter, batches, open_store, to_hit


@pytest.mark.parametrize("bound", [math.nan, math.inf, -math.inf])
def test_a_price_bound_that_is_no_number_is_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="price bound"):
        Filter(price_min=bound)
    with pytest.raises(ValueError, match="price bound"):
        Filter(price_max=bound)


def test_a_score_is_clipped_to_the_range_of_a_cosine(kit: Any) -> None:
    point = kit.shelf(1)[0]
    assert to_hit(point.id, 1.0000001, point.payload).score == 1.0
    assert to_hit(point.id, -1.0000001, point.payload).score == -1.0
    assert to_hit(point.id, 0.25, point.payload).score == 0.25


@pytest.mark.parametrize(
    "spoil",
    [{"product_id": ""}, {"price": "cheap"}, {"title": 3}, {"related": "B7"}, {"attributes": "x"}],
)
def test_a_payload_of_the_wrong_shape_is_an_error_that_names_its_point(
    kit: Any, spoil: dict[str, Any]
) -> None:
    point = kit.shelf(1)[0]
    with pytest.raises(CatalogError, match=point.id):
        to_hit(point.id, 0.5, dict(point.payload) | spoil)


def test_batches_keep_every_item_in_order() -> None:
    assert [list(batch) for batch in batches(list(range(7)), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []


def test_the_place_chooses_the_engine_and_opening_touches_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path / "store") as embedded, open_store("http://127.0.0.1:9") as remote:
        assert isinstance(embedded, EdgeStore)
        assert isinstance(remote, ServerStore)
    with open_store(":memory:") as memory:
        assert isinstance(memory, ServerStore)
    assert list(tmp_path.iterdir()) == []
