"""A system's row, from what it said of made photos."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.future import jaccard
from lab.material import Material, Photo
from lab.outcome import Outcome, accuracies, table_row
from lab.system import RECIPES, read_system

LABELS = ("Ball", "Box")


def photo(number: int, label: str, part: str) -> Photo:
    return Photo(
        Path(f"{number}.jpg"), f"sha{number}", f"p{number}", label, part, f"{label} {number}"
    )


@pytest.fixture
def material() -> Material:
    """Four photos to learn from, two to choose, four to judge by; three of four are balls."""
    parts = ["train"] * 4 + ["val"] * 2 + ["test"] * 4
    labels = ["Ball", "Ball", "Ball", "Box", "Ball", "Box", "Ball", "Ball", "Ball", "Box"]
    return Material([photo(n, *one) for n, one in enumerate(zip(labels, parts, strict=True))])


def said(*places: int) -> np.ndarray:
    return np.eye(2)[list(places)]


def test_accuracies_are_counted_by_hand(material: Material) -> None:
    probabilities = said(0, 0, 1, 1, 0, 0, 0, 0, 1, 1)
    found = accuracies(probabilities, material)
    assert found["accuracy"] == {"train": 0.75, "val": 0.5, "test": 0.75}
    assert found["chance"] == 0.75  # always a ball
    assert found["report"] == [
        {"name": "Ball", "precision": 1.0, "recall": pytest.approx(2 / 3), "f1": 0.8, "support": 3},
        {"name": "Box", "precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1},
    ]


def test_without_a_classifier_there_is_no_accuracy_and_no_predicted_category(
    material: Material,
) -> None:
    system = read_system(RECIPES / "07-vgg16-max.toml")
    row = table_row(system, Outcome({"pool": np.eye(10)}, None, {}), material)
    assert row["accuracy"] is None
    assert row["report"] == []
    assert {one["scope"] for one in row["retrieval"]} == {"everything"}
    assert row["sheet"][0]["predicted"] is None


def test_training_photos_are_what_is_found_and_test_photos_ask(material: Material) -> None:
    features = np.arange(10.0)[:, None]
    system = read_system(RECIPES / "07-vgg16-max.toml")
    system = replace(system, retrieval=replace(system.retrieval, similarity="l2"))
    row = table_row(system, Outcome({"pool": features}, None, {}), material)
    assert [one["query"] for one in row["sheet"]] == ["sha6", "sha9"]  # one of each category
    assert [hit["sha"] for hit in row["sheet"][0]["hits"]] == ["sha3", "sha2", "sha1", "sha0"]
    assert [hit["right"] for hit in row["sheet"][0]["hits"]] == [False, True, True, True]
    assert row["retrieval"][row["as_published"]]["similarity"] == "l2"


def test_the_report_says_what_was_published_and_where(material: Material) -> None:
    system = read_system(RECIPES / "03-vgg16.toml")
    outcome = Outcome({"fc": np.eye(10)}, said(*[0] * 10), {})
    published = table_row(system, outcome, material)["published"]
    assert (published["low"], published["high"]) == (0.41, 0.50)
    assert "its own project" in published["where"]


def test_the_similarity_of_descriptions_is_that_of_jaccard() -> None:
    assert jaccard(frozenset({"red", "shoe"}), frozenset({"red", "hat"})) == pytest.approx(1 / 3)
    assert jaccard(frozenset({"red"}), frozenset({"red"})) == 1.0
    assert jaccard(frozenset(), frozenset()) == 0.0
