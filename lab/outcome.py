"""What a system said of the photos, as the row of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.category import category_scores
from lab.material import PARTS, Material
from lab.similarity import SIMILARITIES, Found, Shelf, cell
from lab.system import System

# Queries of a picture sheet.
_SHEET = 4
EVERYTHING, PREDICTED = "everything", "predicted category"


@dataclass(frozen=True)
class Outcome:
    """What one system sees in N photos; rows are those of the material."""

    features: Mapping[str, np.ndarray]
    """(N, D) each, by name: softmax, fc, pool, embedding."""
    probabilities: np.ndarray | None
    """(N, K) for the material's labels; None: no classifier."""
    facts: Mapping[str, Any]
    """Of the run: what it started from, parameters, history …"""


def table_row(system: System, outcome: Outcome, material: Material) -> dict[str, Any]:
    """All that the report tells of one system."""
    grid, sheet = _grid(system, outcome, material)
    return {
        **named(system),
        **outcome.facts,
        "features_dim": {name: one.shape[1] for name, one in outcome.features.items()},
        **accuracies(outcome.probabilities, material),
        "retrieval": grid,
        "as_published": _place(grid, system),
        "sheet": sheet,
    }


def named(system: System) -> dict[str, Any]:
    """What is known of a system before it has run."""
    published = system.published
    return {
        "row": system.row, "name": system.name, "recipe": system.key, "system": system.system,
        "published": published and {
            "measure": "test accuracy", "low": published.low, "high": published.high,
            "where": "on the photos of its own project, 20 departments of a large shop",
        },
    }  # fmt: skip


def accuracies(probabilities: np.ndarray | None, material: Material) -> dict[str, Any]:
    """Of each part, and the classification report of the test photos."""
    truth, labels = material.truth(), material.labels
    parts = {part: material.rows(part) for part in PARTS}
    shares = np.bincount(truth[parts["train"]]) / len(parts["train"])
    known: dict[str, Any] = {"chance": float(shares.max()), "accuracy": None, "report": []}
    if probabilities is None:
        return known
    right = probabilities.argmax(axis=1) == truth
    test = parts["test"]
    scores = category_scores(probabilities[test], [labels[one] for one in truth[test]], labels)
    return known | {
        "accuracy": {part: _mean(right[rows]) for part, rows in parts.items()},
        "report": scores["per_class"],
        "macro_f1": scores["macro_f1"],
    }


def shelf_of(features: np.ndarray, outcome: Outcome, material: Material) -> Shelf:
    truth, test, train = material.truth(), material.rows("test"), material.rows("train")
    said = None if outcome.probabilities is None else outcome.probabilities[test].argmax(axis=1)
    return Shelf(features[train], truth[train], features[test], truth[test], said)


def sheet_of(
    answers: Sequence[Found], outcome: Outcome, material: Material
) -> list[dict[str, Any]]:
    """Queries with what they find, of as many categories as can be."""
    test, train = material.rows("test"), material.rows("train")
    first = {material.photos[row].label: place for place, row in reversed(list(enumerate(test)))}
    chosen = sorted(first.values())
    step = max(len(chosen) // _SHEET, 1)
    sheet = []
    for place in chosen[::step][:_SHEET]:
        asked, found = material.photos[test[place]], answers[place]
        said = outcome.probabilities
        sheet.append({
            "query": asked.sha256, "label": asked.label, "title": asked.title,
            "predicted": None if said is None
            else material.labels[int(said[test[place]].argmax())],
            "hits": [
                {"sha": hit.sha256, "label": hit.label, "title": hit.title, "score": float(score),
                 "right": hit.label == asked.label}
                for hit, score in ((material.photos[train[row]], one)
                                   for row, one in zip(found.rows, found.scores, strict=True))
            ],
        })  # fmt: skip
    return sheet


def _grid(
    system: System, outcome: Outcome, material: Material
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every cell, and the picture sheet of the one that the system used."""
    wanted, grid, sheet = system.retrieval, [], []
    for name, similarity, scope in _cells(outcome):
        shelf = shelf_of(outcome.features[name], outcome, material)
        answers = list(shelf.search(SIMILARITIES[similarity], scope))
        grid.append(cell(name, similarity, scope, answers, shelf))
        if (name, similarity, scope) == (wanted.features, wanted.similarity, wanted.scope):
            sheet = sheet_of(answers, outcome, material)
    return grid, sheet


def _cells(outcome: Outcome) -> list[tuple[str, str, str]]:
    scopes = [EVERYTHING] if outcome.probabilities is None else [PREDICTED, EVERYTHING]
    return [
        (name, similarity, scope)
        for name in outcome.features
        for similarity in SIMILARITIES
        for scope in scopes
    ]


def _place(grid: Sequence[Mapping[str, Any]], system: System) -> int | None:
    wanted = system.retrieval
    for place, one in enumerate(grid):
        if (one["features"], one["similarity"]) == (wanted.features, wanted.similarity) and (
            one["scope"] == wanted.scope
        ):
            return place
    return None


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None
