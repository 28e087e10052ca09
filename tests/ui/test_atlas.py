"""The map of an index: what is drawn, how long it is kept, what it says in words."""

import json
from collections import Counter
from pathlib import Path

import pytest
from made_models import EACH, shop
from made_page import HOSTILE

from catalog.store import open_store
from ui.atlas import Atlas, atlas, draw_atlas
from ui.build import Target
from vision.progress import unwatched


def points(found: Atlas) -> list[list[object]]:
    return list(json.loads(found.path.read_text())["points"])


def test_each_product_is_drawn_once_with_what_the_map_shows_of_it(stocked: Target) -> None:
    found = draw_atlas(stocked, unwatched)
    assert (found.products, found.pictures) == (4 * EACH, 4 * EACH * 3 // 2)
    assert sorted(found.categories) == sorted(["Balls", "Boxes", "Crosses", HOSTILE])
    drawn = points(found)
    assert len({str(one[3]) for one in drawn}) == 4 * EACH
    assert Counter(one[2] for one in drawn) == dict.fromkeys(range(4), EACH)
    by_id = {one[3]: one for one in drawn}
    x, y, place, _, title, price, currency, picture = by_id["P0-3"]
    for one in (x, y):
        assert isinstance(one, float)
        assert -1 <= one <= 1
    assert (found.categories[int(str(place))], title) == ("Balls", "Ball no. 3")
    assert (price, currency) == (13, "EUR")
    assert (stocked.settings.thumbs / str(picture)[:2] / f"{picture}.jpg").is_file()
    assert by_id["P3-0"][4] == f"{HOSTILE} 0"
    assert {one.category for one in found.overlaps} == set(found.categories)
    # and it is found again
    assert atlas(stocked) == found


def test_it_is_of_one_state_of_the_index(tmp_path: Path) -> None:
    target = shop(tmp_path)
    first = draw_atlas(target, unwatched)
    with open_store(target.store) as store:
        (some, *_) = store.scroll()
        store.delete([some.id])
    assert atlas(target) is None
    second = draw_atlas(target, unwatched)
    assert second.pictures == first.pictures - 1
    assert not first.path.exists()
    for text in ("", "{}", "[1]", '{"points": [], "pictures": 1, "categories": [], "overlaps": 3}'):
        second.path.write_text(text)
        assert atlas(target) is None


def test_a_picture_that_is_gone_is_left_out(tmp_path: Path) -> None:
    target = shop(tmp_path)
    gone = sorted(target.settings.thumbs.rglob("*.jpg"))[:3]
    for path in gone:
        path.unlink()
    shown = {one[7] for one in points(draw_atlas(target, unwatched))}
    assert None in shown
    assert shown.isdisjoint(path.stem for path in gone)


def test_stopped_it_leaves_nothing(stocked: Target, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int, detail: str = "") -> None:
        raise KeyboardInterrupt

    other = Target(
        stocked.settings.model_copy(update={"home": tmp_path}), stocked.store, stocked.collection
    )
    with pytest.raises(KeyboardInterrupt):
        draw_atlas(other, stop)
    assert not (tmp_path / "maps").exists()
