"""What the student systems asked for as future work: learned similarity, finer categories."""

from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any

import numpy as np

from ingest.columns import PATH_SEPARATOR
from lab.category import level_scores
from lab.errors import LabError
from lab.material import Material
from lab.outcome import EVERYTHING, Outcome, accuracies, named, sheet_of, shelf_of, table_row
from lab.similarity import cell, cosine
from lab.system import System
from lab.workshop import Workshop
from vision.head import softmax
from vision.likeness import learn_likeness
from vision.preprocess import Preprocess
from vision.schooling import Photos, answers, school
from vision.student import linear


def pairs_row(system: System, base: Outcome, shop: Workshop) -> dict[str, Any]:
    """Similarity learned from what the catalog says of two products. Raises LabError."""
    material, features = shop.material, _pooled(base)
    words = [one.words for one in material.photos]
    if len(set(words)) < 2:
        raise LabError("the catalog says nothing of its products, so no likeness can be learned")
    train, truth = material.rows("train"), material.truth()

    def likeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        pairs = zip(train[one], train[other], strict=True)
        return np.array([jaccard(words[a], words[b]) for a, b in pairs])

    begun = monotonic()
    network = learn_likeness(features[train], truth[train], likeness, shop.seed,
                             partial(shop.progress, system.name))  # fmt: skip
    learned = monotonic()
    shelf = shelf_of(features, replace(base, probabilities=None), material)
    extra = []
    grid, sheets = [], []
    for name, similarity in (("learned", network.similarity), ("cosine", cosine)):
        found = list(shelf.search(similarity, EVERYTHING))
        grid.append(cell("pair", name, EVERYTHING, found, shelf))
        sheets.append(sheet_of(found, replace(base, probabilities=None), material))
        alike = [
            jaccard(words[row], words[train[hit]])
            for row, one in zip(material.rows("test"), found, strict=True)
            for hit in one.rows
        ]
        extra.append({"name": f"Mean Jaccard similarity of the nine, {name}",
                      "value": f"{np.mean(alike):.3f}"})  # fmt: skip
    return {
        **named(system),
        "starts_from": base.facts["starts_from"],
        "learns": "a network on pairs",
        "differs": [f"features are those of {system.base}; its layers and epochs are ours"],
        "parameters": {"all": None, "learned": network.size, "with_1000_classes": None},
        "size": base.facts["size"],
        "seconds": {"features": 0.0, "training": round(learned - begun, 1)},
        "features_dim": {"pair": features.shape[1]},
        **accuracies(None, material),
        "retrieval": grid,
        "as_published": 0,
        "extra": extra,
        "sheet": sheets[0],
    }


def tree_row(system: System, base: Outcome, shop: Workshop) -> dict[str, Any]:
    """The leaves of the catalog's tree told apart. Raises LabError where there is no tree."""
    material = shop.material
    ways = [one.way or (one.label,) for one in material.photos]
    leaves = sorted(set(ways))
    if len({len(way) for way in ways} | {1}) == 1:
        raise LabError("the catalog has no tree: none of its rows has a category_path")
    features, begun = _pooled(base), monotonic()
    logits, history = _classified(system, features, [leaves.index(way) for way in ways],
                                  len(leaves), shop)  # fmt: skip
    probabilities = softmax(logits)
    owner = _owners(leaves, material, ways)
    summed = np.stack(
        [probabilities[:, owner == place].sum(axis=1) for place in range(len(material.labels))], 1
    )
    outcome = Outcome(
        {"pool": features},
        summed,
        {
            "starts_from": base.facts["starts_from"],
            "learns": "a linear layer",
            "differs": [f"features are those of {system.base}"],
            "parameters": {
                "all": None,
                "learned": (features.shape[1] + 1) * len(leaves),
                "with_1000_classes": None,
            },
            "size": base.facts["size"],
            "epochs": len(history),
            "history": history,
            "seconds": {"features": 0.0, "training": round(monotonic() - begun, 1)},
            "extra": _levels(system, features, probabilities, leaves, ways, shop),
        },
    )
    return table_row(system, outcome, material)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words, of all words of the two: [0, 1]; two that say nothing have nothing in common.

    {"red", "shoe"} and {"red", "hat"}: 1/3.
    """
    return len(one & other) / max(len(one | other), 1)


def _levels(
    system: System,
    features: np.ndarray,
    probabilities: np.ndarray,
    leaves: list[tuple[str, ...]],
    ways: list[tuple[str, ...]],
    shop: Workshop,
) -> list[dict[str, str]]:
    """Accuracy at each level by adding up leaves, and of a classifier of that level alone."""
    material = shop.material
    test = material.rows("test")
    names = [PATH_SEPARATOR.join(one) for one in leaves]
    paths = {name: [PATH_SEPARATOR.join(way[: n + 1]) for n in range(len(way))]
             for name, way in zip(names, leaves, strict=True)}  # fmt: skip
    truth = [PATH_SEPARATOR.join(ways[row]) for row in test]
    facts = []
    for score in level_scores(probabilities[test], truth, names, paths):
        level = int(score["level"])
        above = [way[:level] for way in ways]
        nodes = sorted(set(above))
        numbers = [nodes.index(one) for one in above]
        alone, _ = _classified(system, features, numbers, len(nodes), shop)
        right = alone[test].argmax(axis=1) == np.array(numbers)[test]
        facts.append({
            "name": f"Level {level} of the tree, {len(nodes)} names",
            "value": f"{score['top1']:.1%} from the leaves, {right.mean():.1%} told apart there",
        })  # fmt: skip
    return facts


def _classified(
    system: System, features: np.ndarray, numbers: list[int], classes: int, shop: Workshop
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """(N, K) logits of a linear layer that was taught on the training photos."""
    run = system.started("weights", shop.epochs).training
    assert run is not None  # noqa: S101 - read_system has looked
    layer, truth = linear(features.shape[1], classes, shop.seed), np.array(numbers)
    known, judged = (
        Photos(features[rows], truth[rows])
        for rows in (shop.material.rows(part) for part in ("train", "val"))
    )
    plain = Preprocess(8)  # of features nothing is preprocessed
    history = school(layer, known, judged, run, plain, shop.seed,
                     partial(shop.progress, system.name))  # fmt: skip
    return answers(layer, features, plain), history


def _owners(
    leaves: list[tuple[str, ...]], material: Material, ways: list[tuple[str, ...]]
) -> np.ndarray:
    """(L,) the label that each leaf's photos have."""
    owner = {way: one.label for way, one in zip(ways, material.photos, strict=True)}
    return np.array([material.labels.index(owner[leaf]) for leaf in leaves])


def _pooled(base: Outcome) -> np.ndarray:
    return np.asarray(base.features["pool"], np.float32)
