"""The contract's words, the page made from them, and the example requests on it."""

import uuid
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from catalog import contract, contract_page
from catalog.contract import INDEXES, KEYS, CollectionInfo, collection_name, payload_schema

DOCS = Path(__file__).parents[2] / "docs"
REMEDY = "the page is out of date: see catalog/contract_page.py for the command that writes it"


def test_the_page_and_the_schema_in_docs_are_what_the_code_says() -> None:
    assert (DOCS / "contract.md").read_text(encoding="utf-8") == contract_page.page(), REMEDY
    written = (DOCS / "contract.schema.json").read_text(encoding="utf-8")
    assert written == contract_page.schema_text(), REMEDY


def test_version_1_has_these_keys_and_indexes_and_no_others() -> None:
    assert contract.SCHEMA == 1
    assert (contract.ALIAS, contract.VECTOR_NAME) == ("products", "image")
    assert set(KEYS) == {
        *("product_id", "image_slot", "title", "description", "brand", "category"),
        *("category_path", "predicted_category", "predicted_confidence", "price", "currency"),
        *("colors", "available", "url", "image_url", "image_sha256", "attributes", "related"),
        *("source", "updated_at", "run_id", "model", "schema"),
    }
    keywords = {"product_id", "category", "category_path", "predicted_category", "brand"}
    keywords |= {"colors", "model", "run_id"}
    others = {"price": "float", "available": "bool", "title": "text"}
    assert dict(INDEXES) == dict.fromkeys(keywords, "keyword") | others


def test_the_namespace_is_frozen_for_ever() -> None:
    assert uuid.UUID("6f0c1d1e-5b0a-4c39-9a57-2f6a8e0d7b41") == contract.NAMESPACE


def test_a_collection_is_named_after_its_alias_and_its_model() -> None:
    assert collection_name("0123456789abcdef" * 4) == "products__01234567"
    assert collection_name("0123456789abcdef" * 4, "shoes") == "shoes__01234567"


def test_the_metadata_gives_the_description_back(kit: Any) -> None:
    info = kit.info()
    assert CollectionInfo.from_metadata(info.to_metadata() | {"later": "key"}) == info
    with pytest.raises(KeyError):
        CollectionInfo.from_metadata({"fingerprint": "x"})


def test_the_schema_is_valid_and_refuses_what_the_contract_forbids() -> None:
    schema = payload_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    good = contract_page.EXAMPLE.to_payload(contract_page.EXAMPLE_STAMP)
    assert set(good) | {"description"} == set(KEYS)
    assert check.is_valid(good)
    spoils: list[dict[str, Any]] = [
        {"title": None},
        {"title": ""},
        {"price": "24,90"},
        {"price": -1},
        {"available": "yes"},
        {"colors": []},
        {"model": "short"},
        {"schema": 2},
        {"image_slot": 0.5},
    ]
    for spoil in spoils:
        assert not check.is_valid(good | spoil), spoil
    for key in schema["required"]:
        assert not check.is_valid({k: v for k, v in good.items() if k != key}), key
