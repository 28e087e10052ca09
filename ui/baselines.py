"""`snapshelf baselines`: one sample of a catalog, and every system's row."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from itertools import zip_longest
from os import cpu_count
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import BadCatalog
from ingest.readers import open_catalog
from lab.errors import LabError
from lab.future import pairs_row, tree_row
from lab.material import Material
from lab.outcome import Outcome, named, table_row
from lab.system import System
from lab.workshop import Workshop
from ui.assess import assess
from ui.baseline_sample import Drawn
from ui.settings import Settings
from ui.teach import teach
from vision.backbone import load_backbone, unfilled
from vision.embedder import Embedder, open_embedder
from vision.errors import BadSpec, BadTraining
from vision.extract import extract
from vision.recipe import Recipe, Tune
from vision.spec import BUNDLED_MODEL, parse_spec
from vision.student import Start, count

ROUTED = "predicted categories"
_CANNOT_RUN = (LabError, BadSpec, BadTraining, BadCatalog)


def run_systems(
    systems: Sequence[System],
    all_systems: Sequence[System],
    drawn: Drawn,
    shop: Workshop,
    settings: Settings,
) -> list[dict[str, Any]]:
    """A row for each, in their order; what cannot run says why in its place.

    `all_systems` may be built upon. Rows that are done lie in the folder of the sample: a run that
    was killed goes on after them.
    """
    known = {one.key: one for one in all_systems}
    rows = []
    for done, system in enumerate(systems):
        shop.progress("systems", done, len(systems), system.name)
        kept = drawn.table.parent / "rows" / f"{_digest(system, known, shop)}.json"
        if kept.is_file():
            rows.append(json.loads(kept.read_text(encoding="utf-8")))
            continue
        try:
            row = _row(system, known, drawn, shop, settings)
        except _CANNOT_RUN as error:
            shop.warn(f"{system.name} could not run: {error}")
            rows.append(named(system) | {"skipped": str(error)})
            continue
        kept.parent.mkdir(exist_ok=True)
        fresh = kept.with_suffix(".new")
        fresh.write_text(json.dumps(row), encoding="utf-8")
        fresh.replace(kept)
        rows.append(row)
    shop.progress("systems", len(systems), len(systems))
    for pictures in shop.folder.glob("*px.npy"):
        pictures.unlink()
    return rows


def report_of(
    rows: Sequence[Mapping[str, Any]], drawn: Drawn, catalog: str, command: str, per_class: int,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Plain JSON data, as `lab.baselines_page` shows it."""
    return {
        "catalog": catalog,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "seed": seed,
        "per_class": per_class,
        "machine": f"{cpu_count()} processors",
        "versions": {name: version(name) for name in ("snapshelf", "torch", "torchvision", "timm")},
        "data": {**drawn.material.described(), "left_out": drawn.left_out},
        "rows": list(rows),
    }


def _row(
    system: System, known: Mapping[str, System], drawn: Drawn, shop: Workshop, settings: Settings
) -> dict[str, Any]:
    if system.kind == "snapshelf":
        return _snapshelf_row(system, drawn, shop, settings)
    if system.kind == "student":
        return table_row(system, shop.run(system), drawn.material)
    if system.base not in known:
        raise LabError(f"it works on the features of {system.base}, which is none of the recipes")
    work = {"pairs": pairs_row, "tree": tree_row}[system.kind]
    return work(system, shop.run(known[system.base]), shop)


def _snapshelf_row(
    system: System, drawn: Drawn, shop: Workshop, settings: Settings
) -> dict[str, Any]:
    """Taught and judged by the commands that a shop uses, `train` and `evaluate`."""
    assert system.snapshelf is not None  # noqa: S101 - read_system has looked
    tune, spec = system.snapshelf.tune, shop.spec(system.snapshelf.backbone)
    start = shop.start_of(spec, partial(load_backbone, spec))
    if start == "random":
        spec = str(unfilled(parse_spec(spec)))
    folder = drawn.table.parent / "models" / system.key
    shutil.rmtree(folder, ignore_errors=True)
    recipe = Recipe.of(tune, seed=shop.seed, epochs=None if tune == "head" else shop.epochs)
    taught = teach(
        open_catalog(drawn.table, source="sample"), None, spec, folder, settings,
        label="category", exclude=(), parts=(7, 2, 1), recipe=recipe,
        progress=shop.progress, warn=shop.warn,
    )  # fmt: skip
    facts = {**_facts(spec, start, tune), "seconds": taught["seconds"]}
    seen = _seen(open_embedder(folder), drawn.material, shop)
    row = table_row(system, Outcome(*seen, facts), drawn.material)
    # of photos that were judged by a head that had not seen them
    row["accuracy"]["val"] = taught["metrics"]["val"].get("top1")
    numbers = _assessed(folder, drawn, shop, settings)
    row["retrieval"].append(_routed(numbers["retrieval"]["routed"]))
    return row | {
        "as_published": len(row["retrieval"]) - 1,
        "sheet": _sheet(numbers["examples"]),
        "extra": [{"name": "Pictures below", "value": "its two best and its two worst answers"}],
    }


def _facts(spec: str, start: Start, tune: Tune) -> dict[str, Any]:
    backbone = load_backbone(spec)
    begun = "pretrained weights" if start == "weights" else "random weights"
    validated = "learns from the validation photos too, each judged by a head that has not seen it"
    return {
        "starts_from": "the bundled backbone" if spec == BUNDLED_MODEL else begun,
        "learns": "a head" if tune == "head" else "a head and the backbone",
        "differs": [validated] if tune == "head" else [],
        "parameters": {
            "all": count(backbone.network), "learned": None, "with_1000_classes": None,
        },
        "size": backbone.preprocess.size,
        "history": [],
        "epochs": None,
    }  # fmt: skip


def _seen(
    embedder: Embedder, material: Material, shop: Workshop
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Its embeddings, and its probabilities for the material's labels."""
    with shop.open_cache(embedder.backbone.fingerprint) as cache:
        values = extract([one.read for one in material.photos], embedder.backbone, cache).values
    encoded = embedder.head(values)
    probabilities = np.zeros((len(values), len(material.labels)), np.float32)
    for name, known in zip(embedder.labels, encoded.probabilities.T, strict=True):
        probabilities[:, material.labels.index(name)] = known
    return {"embedding": encoded.vectors}, probabilities


def _assessed(folder: Path, drawn: Drawn, shop: Workshop, settings: Settings) -> dict[str, Any]:
    """By the search service with its routed filter: what shoppers get."""
    train, test = (
        open_catalog(folder / "split" / f"{part}.csv", source=part, image_root=drawn.table.parent)
        for part in ("train", "test")
    )
    return assess(
        str(folder), train, test, settings, strangers=None, baseline=None, relevant_by="category",
        exclude=(), robustness=0, progress=shop.progress, warn=shop.warn,
    ).numbers  # fmt: skip


def _routed(scores: Mapping[str, float]) -> dict[str, Any]:
    return {
        "features": "embedding", "similarity": "routed", "scope": ROUTED,
        "p_at_5": scores["p_at_5"], "p_at_9": scores["p_at_9"],
        "found_at_9": scores["recall_at_9"], "kept": None, "p_kept": None,
    }  # fmt: skip


def _sheet(examples: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """The best, the worst, the second of each."""
    pairs = zip_longest(examples["best"][:2], examples["worst"][:2])
    return [
        {
            "query": one["query"]["sha256"], "label": one["query"]["category"], "title": "",
            "predicted": one["predicted"],
            "hits": [
                {"sha": hit["sha256"], "label": hit["category"], "title": hit["title"] or "",
                 "score": hit["score"], "right": hit["right"]}
                for hit in one["hits"]
            ],
        }
        for pair in pairs for one in pair if one
    ]  # fmt: skip


def _digest(system: System, known: Mapping[str, System], shop: Workshop) -> str:
    """Of all that a row depends on."""
    base = known.get(system.base)
    words = json.dumps([
        asdict(system), base and asdict(base), shop.init, list(shop.networks), shop.epochs,
        shop.seed, shop.material.digest,
    ], default=str)  # fmt: skip
    return sha256(words.encode()).hexdigest()[:16]
