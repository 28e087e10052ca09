"""Label-free measuring: which photo becomes the question."""

import pytest
from made import picture

from catalog.product import Product
from lab.errors import LabError
from lab.hold_out import hold_out
from lab.sides import Sample


def shots(*names: str) -> list[Sample]:
    """`product/photo` each."""
    slots: dict[str, int] = {}
    samples = []
    for name in names:
        product = name.split("/")[0]
        slot = slots.setdefault(product, 0)
        slots[product] += 1
        facts = Product("shop", product, image_slot=slot, image_url=name)
        samples.append(Sample(facts, lambda: picture(0)))
    return samples


def refs(samples: list[Sample]) -> list[str]:
    return [str(one.product.image_url) for one in samples]


def test_one_photo_of_each_product_with_several_is_the_query() -> None:
    gallery, queries = hold_out(shots("a/1", "a/2", "a/3", "b/1", "c/1", "c/2"))
    assert sorted(refs(gallery) + refs(queries)) == ["a/1", "a/2", "a/3", "b/1", "c/1", "c/2"]
    assert [name[0] for name in refs(queries)] == ["a", "c"]


def test_the_same_photo_is_held_out_whatever_stands_around_it() -> None:
    names = [f"a/{number}" for number in range(9)]
    _, queries = hold_out(shots(*names))
    _, again = hold_out(shots("b/1", "b/2", *reversed(names)))
    assert refs(queries) == refs(again)[-1:]


def test_a_catalog_with_one_photo_each_is_refused() -> None:
    with pytest.raises(LabError, match=r"none of 2 products.*--queries"):
        hold_out(shots("a/1", "b/1"))
