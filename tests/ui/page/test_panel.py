"""One product, looked at closely."""

from collections.abc import Callable

from catalog.store import Hit
from search.result import Route, SearchResult
from ui.page.language import Language
from ui.page.panel import Panel, panel

NOWHERE = Route("none", (), "")


def seen(views: list[Hit], say: Language, **more: object) -> Panel:
    around = SearchResult((), NOWHERE, **more)  # type: ignore[arg-type]
    return panel(views, around, lambda _: True, say)


def test_all_facts_of_a_product_are_there(hit: Callable[..., Hit], say: Language) -> None:
    full = hit(
        0, brand="Norrland", description="Warm.", price=5.0, currency="EUR", available=True,
        url="https://shop.example/p0", category_path=("Wear", "Wear > Feet"),
        colors=("red", "Petrol"), attributes={"material": "felt"},
    )  # fmt: skip
    found = seen([full], say)
    assert (found.title, found.brand, found.description) == ("Product 0", "Norrland", "Warm.")
    assert (found.price, found.available) == ("€5.00", True)
    assert found.path == ("Wear", "Feet")
    assert found.link == "https://shop.example/p0"
    assert found.facts == (("Number", "p0"), ("Colour", "red and Petrol"), ("material", "felt"))
    assert found.can_vary == ("cheaper", "other color")


def test_a_bare_product_has_what_it_has(hit: Callable[..., Hit], say: Language) -> None:
    bare = hit(1, title=None, category=None, url="javascript:alert(1)")
    found = seen([bare], say)
    assert (found.title, found.path, found.link) == ("p1", (), None)
    assert (found.facts, found.can_vary) == ((("Number", "p1"),), ())
    assert found.rows[-1].cards == ()


def test_views_with_the_same_picture_are_shown_once(hit: Callable[..., Hit], say: Language) -> None:
    assert len(seen([hit(0), hit(0, image_slot=1)], say).pictures) == 1


def test_what_the_catalog_links_comes_before_what_looks_alike(
    hit: Callable[..., Hit], say: Language, vietnamese: Language
) -> None:
    related = {"also_bought": (hit(2),), "Goes with": (hit(3),), "empty": ()}
    rows = seen([hit(0)], say, related=related).rows
    assert [row.label for row in rows] == ["Also bought", "Goes with", "Looks like it"]
    assert rows[0].cards[0].id == "p2"
    assert seen([hit(0)], vietnamese, related=related).rows[0].label == "Khách cũng mua"
