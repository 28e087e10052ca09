"""`snapshelf contract` and `contract check`, as a user runs them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catalog.contract import CollectionInfo, payload_schema
from catalog.contract_page import page
from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from ui.cli import main

MODEL = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of one sound point."""
    where = tmp_path / "store"
    with open_store(where) as store:
        store.ensure(CollectionInfo(MODEL, 3, "timm:any", "cd" * 32, "2026-01-02T03:04:05Z"))
        product = Product(source="shop", product_id="A")
        stamp = Stamp("ef" * 32, MODEL, run_id="run-1", updated_at="2026-01-02T03:04:05Z")
        vector = np.float32([1.0, 0.0, 0.0])
        store.upsert([Point(product.point_id, vector, product.to_payload(stamp))])
    return where


def test_the_contract_is_printed_as_a_schema_and_as_a_page(capsys: Any) -> None:
    assert main(["contract"]) == 0
    assert json.loads(capsys.readouterr().out) == payload_schema()
    assert main(["contract", "--page"]) == 0
    assert capsys.readouterr().out == page()


def test_a_sound_collection_is_fine_and_what_was_not_checked_is_told(
    folder: Path, capsys: Any
) -> None:
    assert main(["contract", "check", "--store", str(folder)]) == 0
    told = capsys.readouterr()
    assert told.out == "products__abababab, 1 points looked at: it keeps the contract.\n"
    assert "Not checked: strict mode" in told.err


def test_what_breaks_the_contract_is_told_with_what_to_do_and_exit_code_3(
    folder: Path, capsys: Any
) -> None:
    with open_store(folder) as store:
        (point,) = store.scroll()
        store.set_payload({point.id: point.payload | {"price": "[bold]cheap"}})
    assert main(["contract", "check", "--store", str(folder), "--json"]) == 3
    said = json.loads(capsys.readouterr().out)
    assert said["sampled"] == 1
    (finding,) = said["findings"]
    assert finding["points"] == [point.id]
    assert "price" in finding["what"]
    assert "snapshelf ingest" in finding["mend"]
    assert main(["contract", "check", "--store", str(folder)]) == 3
    assert "1 findings" in capsys.readouterr().out


def test_where_nothing_was_ingested_there_is_nothing_to_check(tmp_path: Path, capsys: Any) -> None:
    assert main(["contract", "check", "--store", str(tmp_path / "none")]) == 1
    assert "there is no product index" in capsys.readouterr().err
