"""The lab: what a model and the routing are worth on a catalog's own photos."""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from catalog.contract import CollectionInfo
from catalog.product import Stamp
from catalog.store import Point, Store, batches, open_store
from ingest.columns import PATH_SEPARATOR
from lab.answers import Answers, ask
from lab.category import category_scores, level_scores
from lab.examples import examples, pictures_of
from lab.hold_out import hold_out
from lab.judge import Judge
from lab.metrics import retrieval_scores
from lab.models import Baseline, compare
from lab.refusal import refusal
from lab.robustness import robustness as robustness_rows
from lab.routes import route_scores, routing_curve
from lab.sides import Sample, Side, encode_side, one_per_id
from lab.timing import against_exact, latency
from search.routing import Routing
from search.service import SearchService
from vision.cache import FeatureCache
from vision.embedder import Embedder
from vision.extract import Read
from vision.progress import Progress, unwatched

__all__ = ["Evaluation", "Sample", "evaluate"]


@dataclass(frozen=True)
class Evaluation:
    """What was measured, and the pictures to show it with."""

    numbers: dict[str, Any]
    """Plain JSON data, with the names of `docs/evaluate.md`."""
    pictures: Mapping[str, Read]
    """Readers of every picture named in `numbers["examples"]`, by sha256."""


def evaluate(
    embedder: Embedder,
    gallery: Sequence[Sample],
    queries: Sequence[Sample] | None,
    cache: FeatureCache,
    *,
    relevant_by: str | None = None,
    exclude_labels: Sequence[str] = (),
    strangers: Sequence[Sample] | None = None,
    baseline: Baseline | None = None,
    robustness: int = 0,
    progress: Progress = unwatched,
) -> Evaluation:
    """Measures `embedder`: the gallery searched with the queries by the shoppers' own service.

    Without `queries` a photo of each product with several is held out of the gallery.
    `relevant_by` is "category" or "product_id"; None: the category, or the product where photos
    are held out. The gallery is written into the embedded engine in a temporary folder. Samples
    with an excluded label are left out of both sides: what they show is unknown, so relevance is
    undefined. `strangers` show nothing that the gallery has, to be refused. Raises LabError when no
    query has anything to find.
    """
    mode, relation = "queries", relevant_by or "category"
    if queries is None:
        mode, relation = "held_out", relevant_by or "product_id"
        gallery, queries = hold_out(gallery)
    unique = one_per_id(gallery)
    shelf, asked = (
        encode_side(name, samples, embedder, cache, set(exclude_labels), progress)
        for name, samples in (("gallery", unique), ("queries", queries))
    )
    other = (
        None
        if strangers is None
        else encode_side("strangers", strangers, embedder, cache, (), progress)
    )
    judge = Judge(shelf, asked, relation)
    data = {"mode": mode, **_data(shelf, asked, judge), "duplicates": len(gallery) - len(unique)}
    with (
        tempfile.TemporaryDirectory(prefix="snapshelf-lab-") as folder,
        open_store(folder) as store,
    ):
        _fill(store, embedder, shelf)
        searched = _searched(embedder, store, shelf, asked, judge, other, progress)
    numbers = {
        "data": data,
        **searched,
        "models": compare(embedder, shelf, asked, judge, baseline, progress),
        "robustness": robustness_rows(embedder, shelf, asked, judge, robustness, progress),
        "model": {"fingerprint": embedder.fingerprint, "backbone": embedder.spec},
    }
    return Evaluation(numbers, pictures_of(searched["examples"], (shelf, asked)))


def _data(shelf: Side, asked: Side, judge: Judge) -> dict[str, Any]:
    return {
        "gallery": len(shelf.samples),
        "queries": len(judge.scored),
        "classes": len({one.product.category for one in shelf.samples} - {None}),
        "queries_without_relevant": len(asked.samples) - len(judge.scored),
        "excluded": shelf.excluded + asked.excluded,
        "unreadable": shelf.unreadable + asked.unreadable,
        "relevant_by": judge.relevant_by,
    }


def _fill(store: Store, embedder: Embedder, shelf: Side) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.ensure(
        CollectionInfo(
            embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, created_at=now
        )
    )

    def point(index: int) -> Point:
        product, said = shelf.samples[index].product, embedder.predicted(shelf.encoded, index)
        stamp = Stamp(shelf.hashes[index], embedder.fingerprint, "lab", now, *said)
        return Point(product.point_id, shelf.encoded.vectors[index], product.to_payload(stamp))

    for some in batches(range(len(shelf.samples))):
        store.upsert([point(index) for index in some])


def _searched(
    embedder: Embedder,
    store: Store,
    shelf: Side,
    asked: Side,
    judge: Judge,
    other: Side | None,
    progress: Progress,
) -> dict[str, Any]:
    """All that takes the shoppers' own service."""
    service = SearchService(embedder, store)
    answers = ask(service, asked, judge, progress)
    return {
        "category": _category(answers, judge, embedder.labels, _paths((shelf, asked))),
        "retrieval": {name: retrieval_scores(of) for name, of in answers.rankings.items()},
        "routing": {
            "target": Routing().coverage,
            **route_scores(answers.routes, judge.truth()),
            "curve": routing_curve(embedder, store, asked, judge, progress),
        },
        "refusal": refusal(embedder, service, answers, other),
        "ann": against_exact(store, shelf, asked),
        "latency_ms": latency(service, asked),
        "examples": examples(service, asked, judge, answers),
    }


def _category(
    answers: Answers, judge: Judge, labels: Sequence[str], path_of: Mapping[str, Sequence[str]]
) -> dict[str, Any] | None:
    """Scores of the predicted categories; None where no query or no product has one."""
    pairs = zip(answers.said, judge.truth(), strict=True)
    known = [(row, label) for row, label in pairs if label is not None]
    names = list(labels) or sorted({name for row, _ in known for name in row})
    if not known or not names:
        return None
    table = np.array([[row.get(name, 0.0) for name in names] for row, _ in known])
    truth = [label for _, label in known]
    levels = level_scores(table, truth, names, path_of)
    return {
        **category_scores(table, truth, names),
        **({"levels": levels} if len(levels) > 1 else {}),
    }


def _paths(sides: Sequence[Side]) -> dict[str, tuple[str, ...]]:
    """Each category's most frequent way down the tree, for those that have one."""
    ways = Counter(
        (product.category, _way(product.category, product.category_path))
        for product in (one.product for side in sides for one in side.samples)
        if product.category and product.category_path
    )
    return {name: path for (name, path), _ in reversed(ways.most_common())}


def _way(category: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """A product's path as far as its category: no classifier of categories sees further."""
    names = [level.rpartition(PATH_SEPARATOR)[2] for level in path]
    return path[: names.index(category) + 1] if category in names else path
