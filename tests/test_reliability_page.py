"""The tables of faults and of threats, held against the tests that they name."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text()
ROWS = re.findall(r"^\| (\d+) \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
THREATS = (ROOT / "docs" / "security.md").read_text()
PROOF = r"`([a-z0-9_/]+/test_[a-z0-9_]+\.py)::(\w+)`"
NAMED = sorted(set(re.findall(PROOF, PAGE + THREATS)))


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_a_row_with_a_proof() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 59))
    assert all(re.search(r"::|as 1|as 51|the same|test_", proof) for *_, proof in ROWS)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    assert name in names_in(file)


def test_every_threat_has_a_proof() -> None:
    rows = re.findall(r"^\| (\d+) \| .* \| .* \| (.*) \|$", THREATS, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert rows
    assert all(re.search(PROOF, proof) for _, proof in rows)
