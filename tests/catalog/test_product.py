"""Products, their payload, and that both directions say the same."""

import json
import math
import unicodedata
import uuid
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.contract import NAMESPACE, payload_schema
from catalog.product import Product, Stamp

TEXT = st.text(max_size=20)
NAME = TEXT.filter(lambda text: text.strip() and "\0" not in text)
HEX64 = st.text("0123456789abcdef", min_size=64, max_size=64)

PRODUCTS = st.builds(
    Product,
    source=NAME,
    product_id=NAME,
    image_slot=st.integers(0, 50),
    title=st.none() | TEXT,
    description=st.none() | TEXT,
    brand=st.none() | TEXT,
    category=st.none() | TEXT,
    category_path=st.lists(TEXT, max_size=3).map(tuple),
    price=st.none() | st.floats(0, allow_infinity=False) | st.integers(0, 10**6),
    currency=st.none() | TEXT,
    colors=st.lists(TEXT, max_size=3).map(tuple),
    available=st.none() | st.booleans(),
    url=st.none() | TEXT,
    image_url=st.none() | TEXT,
    attributes=st.dictionaries(TEXT, TEXT, max_size=3),
    related=st.dictionaries(TEXT, st.lists(TEXT, max_size=3).map(tuple), max_size=2),
)
STAMPS = st.builds(
    Stamp,
    image_sha256=HEX64,
    model=HEX64,
    run_id=NAME.filter(str.isalnum),
    updated_at=st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    predicted_category=st.none() | TEXT,
    predicted_confidence=st.none() | st.floats(0, 1),
)


@given(PRODUCTS, STAMPS)
def test_a_payload_gives_the_product_and_its_stamp_back(product: Product, stamp: Stamp) -> None:
    payload = product.to_payload(stamp)
    assert Product.from_payload(payload) == product
    assert Stamp.from_payload(payload) == stamp
    assert Product.from_payload(payload).point_id == product.point_id


@given(PRODUCTS, STAMPS)
def test_a_payload_survives_json_and_follows_the_schema(product: Product, stamp: Stamp) -> None:
    payload = product.to_payload(stamp)
    # allow_nan=False: JSON has no NaN, and an engine that takes it cannot give it back
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    jsonschema.validate(payload, payload_schema())


@given(PRODUCTS, STAMPS)
def test_an_absent_value_is_an_absent_key(product: Product, stamp: Stamp) -> None:
    payload = product.to_payload(stamp)
    assert all(value not in (None, "", [], {}) for value in payload.values())


@given(PRODUCTS)
def test_text_is_kept_normalised_and_stripped(product: Product) -> None:
    texts = [product.source, product.product_id, product.title or "", *product.colors]
    texts += [*product.attributes, *product.attributes.values()]
    assert all(text == unicodedata.normalize("NFC", text).strip() for text in texts)


def test_the_smallest_payload_has_only_what_is_known() -> None:
    stamp = Stamp(image_sha256="a" * 64, model="b" * 64, run_id="r", updated_at="2026-01-02")
    assert Product(source="shop", product_id="1").to_payload(stamp) == {
        "source": "shop",
        "product_id": "1",
        "image_slot": 0,
        "image_sha256": "a" * 64,
        "model": "b" * 64,
        "run_id": "r",
        "updated_at": "2026-01-02",
        "schema": 1,
    }


def test_the_id_depends_on_source_product_and_slot_and_on_nothing_else() -> None:
    product = Product(source="shop", product_id="42", title="old", price=1.0)
    assert product.point_id == str(uuid.uuid5(NAMESPACE, "shop\x0042\x000"))
    assert Product(source="shop", product_id="42", title="new").point_id == product.point_id
    others = [
        Product(source="shop2", product_id="42"),
        Product(source="shop", product_id="42", image_slot=1),
        Product(source="shop4", product_id="2"),
    ]
    assert len({product.point_id, *(other.point_id for other in others)}) == 4


def test_the_namespace_never_changes() -> None:
    # every id in every collection hangs on it
    assert Product(source="shop", product_id="42").point_id == (
        "4d76bb53-f4a7-5876-b955-c4e619fd993c"
    )


def test_two_spellings_of_one_letter_are_one_product() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    first = Product(source="shop", product_id=composed)
    second = Product(source="shop", product_id=f" {decomposed} ")
    assert first == second
    assert first.point_id == second.point_id


def test_repeated_list_values_are_kept_once_in_their_order() -> None:
    product = Product(source="s", product_id="1", colors=("red", " blue", "red", ""))
    assert product.colors == ("red", "blue")


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({"source": " "}, "source"),
        ({"product_id": ""}, "product_id"),
        ({"product_id": "a\0b"}, "NUL"),
        ({"price": math.nan}, "price"),
        ({"price": math.inf}, "price"),
        ({"price": -0.01}, "price"),
        ({"image_slot": -1}, "image_slot"),
        ({"title": "half \ud83d"}, "half a character"),
    ],
)
def test_a_product_that_would_do_harm_is_refused_with_what_which_and_what_to_do(
    facts: dict[str, Any], names: str
) -> None:
    with pytest.raises(ValueError, match=names) as caught:
        Product(**({"source": "shop", "product_id": "1"} | facts))
    what, which, remedy = str(caught.value).split(" · ")
    assert what
    assert repr(next(iter(facts.values()))) in which or str(next(iter(facts.values()))) in which
    assert remedy


@pytest.mark.parametrize("confidence", [math.nan, -0.1, 1.1])
def test_a_confidence_outside_zero_to_one_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        Stamp("a" * 64, "b" * 64, "r", "2026-01-02", "Hat", confidence)


def test_a_whole_number_comes_back_as_a_float() -> None:
    # some engines give 20.0 back as 20
    payload = {"source": "s", "product_id": "1", "price": 20, "later_key": "ignored"}
    assert isinstance(Product.from_payload(payload).price, float)
