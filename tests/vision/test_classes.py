"""What a classifier is to tell apart, from what a catalog says."""

import pytest

from vision.classes import Named, name_classes


def photos(product: str, category: str | None, count: int, path: str = "") -> list[Named]:
    names = path.split(" > ") if path else []
    prefixes = tuple(" > ".join(names[: end + 1]) for end in range(len(names)))
    return [Named(product, category, prefixes)] * count


def test_categories_are_classes_in_alphabetical_order() -> None:
    found = name_classes(photos("1", "Shoes", 5) + photos("2", "Hats", 6), by_product=False)
    assert found.labels == ("Hats", "Shoes")
    assert list(found.category_of) == [0, 1]
    assert list(found.targets.classes) == [1] * 5 + [0] * 6


def test_a_category_of_four_photos_teaches_nothing() -> None:
    found = name_classes(
        photos("1", "Shoes", 5) + photos("2", "Hats", 5) + photos("3", "Ties", 4) +
        photos("4", None, 1), by_product=False,
    )  # fmt: skip
    assert found.labels == ("Hats", "Shoes")
    assert list(found.targets.classes[-5:]) == [-1] * 5


def test_products_with_photos_enough_are_classes_of_their_category() -> None:
    found = name_classes(
        photos("a", "Fruit", 5) + photos("b", "Fruit", 6) + photos("c", "Milk", 7),
        by_product=True,
    )  # fmt: skip
    assert len(found.category_of) == 3
    assert [found.labels[number] for number in found.category_of] == ["Fruit", "Fruit", "Milk"]
    assert len(set(found.targets.classes)) == 3


def test_rarer_products_are_taught_together_as_their_category() -> None:
    rare = [one for name in "defgh" for one in photos(name, "Fruit", 1)]
    found = name_classes(rare + photos("a", "Fruit", 5) + photos("m", "Milk", 5), by_product=True)
    assert len(found.category_of) == 3
    assert len(set(found.targets.classes[:5])) == 1
    assert found.targets.classes[0] != found.targets.classes[5]
    # alone, each of them has no photo to lie beside
    assert list(found.targets.groups[:5]) == [-1] * 5


@pytest.mark.parametrize("by_product", [True, False])
def test_photos_of_one_product_are_positives_of_each_other(by_product: bool) -> None:
    many = [one for name in "abcdef" for one in photos(name, "Fruit", 2)]
    found = name_classes(many + photos("m", "Milk", 6), by_product)
    groups = found.targets.groups
    assert all(groups[2 * pair] == groups[2 * pair + 1] for pair in range(6))
    assert len(set(groups)) == 7


def test_single_photos_lie_together_by_category() -> None:
    one_each = [one for name in "abcdefghij" for one in photos(name, "AB"[name > "e"], 1)]
    found = name_classes(one_each, by_product=False)
    assert list(found.targets.groups) == list(found.targets.classes)


def test_levels_of_a_tree_go_from_leaf_to_root_and_leave_out_what_tells_nothing_apart() -> None:
    found = name_classes(
        photos("1", "Boots", 5, "Wear > Shoes > Boots") +
        photos("2", "Pumps", 5, "Wear > Shoes > Pumps") +
        photos("3", "Hats", 5, "Wear > Head > Hats"), by_product=False,
    )  # fmt: skip
    assert found.labels == ("Boots", "Hats", "Pumps")
    # leaves are the classes themselves and "Wear" holds all: only the middle level is left
    [level] = found.targets.levels
    assert level[0] == level[2] != level[1]


def test_one_category_alone_is_no_label_where_products_are_learned() -> None:
    found = name_classes(photos("1", "Shoes", 5) + photos("2", "Shoes", 5), by_product=True)
    assert found.labels == ()
    assert len(set(found.targets.classes)) == 2
    assert list(found.category_of) == [-1, -1]
