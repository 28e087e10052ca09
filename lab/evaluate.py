"""The lab: what a model and the routing are worth on a catalog's own photos."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Point, Store, open_store
from lab.errors import LabError
from lab.metrics import Ranking, category_scores, retrieval_scores
from search.request import Route, SearchRequest
from search.service import SearchService
from vision.cache import FeatureCache
from vision.embedder import Embedder
from vision.extract import Read, extract
from vision.head import Encoded

K = 9
# Enough queries for a median and a 95th percentile, few enough to stay in seconds.
TIMED_QUERIES = 100
_WRITE_BATCH = 256


@dataclass(frozen=True)
class Sample:
    """One picture of the gallery or one query photo."""

    product: Product
    read: Read


@dataclass(frozen=True)
class _Side:
    """The readable samples of one side, encoded; rows of all fields belong together."""

    samples: list[Sample]
    hashes: list[str]
    encoded: Encoded
    excluded: int
    unreadable: int


def evaluate(
    embedder: Embedder,
    gallery: Sequence[Sample],
    queries: Sequence[Sample],
    cache: FeatureCache,
    *,
    relevant_by: str = "category",
    exclude_labels: Sequence[str] = (),
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> dict[str, Any]:
    """The report as plain data, with the names of `docs/evaluate.md`.

    The gallery is written into the embedded engine in a temporary folder and searched by the
    same service that serves shoppers. Samples with an excluded label are left out of both
    sides: what they show is unknown, so relevance is undefined. A query never finds its own
    bytes. Raises LabError when no query has anything to find.
    """
    # One point per id, as in an index: the first row wins.
    unique = list({one.product.point_id: one for one in reversed(gallery)}.values())[::-1]
    encode = partial(_encode, embedder, cache, set(exclude_labels), progress)
    shelf, asked = encode("gallery", unique), encode("queries", queries)
    judge = _Judge(shelf, asked, relevant_by)
    if not judge.scored:
        raise LabError(
            f"none of {len(queries)} queries has anything to find among {len(gallery)} products "
            f"by {relevant_by}; check that both name it alike (--map, --relevant-by)"
        )
    with (
        tempfile.TemporaryDirectory(prefix="snapshelf-lab-") as folder,
        open_store(folder) as store,
    ):
        _fill(store, embedder, shelf)
        service = SearchService(embedder, store)
        policies = _policies(service, embedder, asked, judge, progress)
        latency = _latency(service, asked)
        recall = _ann_recall(store, shelf, asked)
    return {
        "data": {
            "gallery": len(shelf.samples),
            "queries": len(judge.scored),
            "classes": len({one.product.category for one in shelf.samples} - {None}),
            "queries_without_relevant": len(asked.samples) - len(judge.scored),
            "duplicates": len(gallery) - len(unique),
            "excluded": shelf.excluded + asked.excluded,
            "unreadable": shelf.unreadable + asked.unreadable,
            "relevant_by": relevant_by,
        },
        **policies,
        "ann": {"recall_at_10": recall},
        "latency_ms": latency,
        "model": {"fingerprint": embedder.fingerprint, "backbone": embedder.spec},
    }


class _Judge:
    """Which gallery pictures are right for which query."""

    def __init__(self, shelf: _Side, asked: _Side, relevant_by: str) -> None:
        self._ids: dict[str, set[str]] = {}
        self._same_bytes: dict[str, set[str]] = {}
        category_of: dict[str, str | None] = {}
        for sample, digest in zip(shelf.samples, shelf.hashes, strict=True):
            product = sample.product
            key = getattr(product, relevant_by)
            if key is not None:
                self._ids.setdefault(key, set()).add(product.point_id)
            self._same_bytes.setdefault(digest, set()).add(product.point_id)
            category_of[product.product_id] = product.category
        # A photo that names only its product has that product's category.
        self.categories = [
            one.product.category or category_of.get(one.product.product_id) for one in asked.samples
        ]
        keys = (
            self.categories
            if relevant_by == "category"
            else [one.product.product_id for one in asked.samples]
        )
        self.own = [sorted(self._same_bytes.get(digest, ())) for digest in asked.hashes]
        self.relevant = [
            self._ids.get(key, set()).difference(own) if key is not None else set()
            for key, own in zip(keys, self.own, strict=True)
        ]
        self.scored = [index for index, ids in enumerate(self.relevant) if ids]


def _encode(
    embedder: Embedder,
    cache: FeatureCache,
    excluded: set[str],
    progress: Callable[[str, int, int], None],
    name: str,
    samples: Sequence[Sample],
) -> _Side:
    """The side called `name`. Raises LabError when no picture of it can be read."""
    wanted = [one for one in samples if one.product.category not in excluded]
    found = extract(
        [one.read for one in wanted],
        embedder.backbone,
        cache,
        lambda done: progress(name, done, len(wanted)),
    )
    if not found.kept:
        cause = found.unreadable[0][1] if found.unreadable else "there is none"
        raise LabError(
            f"none of the {len(wanted)} pictures of the {name} can be used: {cause}; check the "
            "file, and --image-root where its paths are relative to another folder"
        )
    kept = [wanted[index] for index in found.kept]
    encoded = embedder.head(found.values)
    left_out = len(samples) - len(wanted)
    return _Side(kept, found.hashes, encoded, left_out, len(found.unreadable))


def _fill(store: Store, embedder: Embedder, shelf: _Side) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.ensure(
        CollectionInfo(
            embedder.fingerprint, embedder.dim, embedder.spec, embedder.labels_hash, created_at=now
        )
    )
    points = []
    for index, (sample, digest) in enumerate(zip(shelf.samples, shelf.hashes, strict=True)):
        said = embedder.predicted(shelf.encoded, index)
        stamp = Stamp(digest, embedder.fingerprint, "lab", now, *said)
        payload = sample.product.to_payload(stamp)
        points.append(Point(sample.product.point_id, shelf.encoded.vectors[index], payload))
    for start in range(0, len(points), _WRITE_BATCH):
        store.upsert(points[start : start + _WRITE_BATCH])


def _policies(
    service: SearchService,
    embedder: Embedder,
    asked: _Side,
    judge: _Judge,
    progress: Callable[[str, int, int], None],
) -> dict[str, Any]:
    """Category scores, and the same rankings without, with a hard and with the routed filter."""
    rankings: dict[str, list[Ranking]] = {"none": [], "hard": [], "routed": []}
    everywhere = Route("none", (), "")
    routes: list[Route] = []
    said: list[Mapping[str, float]] = []
    for done, index in enumerate(judge.scored, start=1):
        vector, own = asked.encoded.vectors[index], judge.own[index]
        chances = asked.encoded.probabilities[index]
        guesses = service.guesses(vector, chances, own)
        said.append({guess.name: guess.probability for guess in guesses})
        _, routed = service.find(vector, chances, SearchRequest(b"", k=K), own)
        hard = Route("chosen", tuple(guess.name for guess in guesses[:1]), "")
        # Far enough for the whole top R of map_at_r.
        depth = max(len(judge.relevant[index]), 10)
        for name, route in (("none", everywhere), ("hard", hard), ("routed", routed)):
            ranked = [hit.id for hit in service.look(vector, depth, route, own)]
            rankings[name].append(Ranking(ranked, judge.relevant[index]))
        routes.append(routed)
        progress("searches", done, len(judge.scored))
    truth = [judge.categories[index] for index in judge.scored]
    return {
        "category": _category(said, truth, embedder.labels),
        "retrieval": {name: retrieval_scores(list_) for name, list_ in rankings.items()},
        "routing": _routing(routes, truth),
    }


def _category(
    said: Sequence[Mapping[str, float]], truth: Sequence[str | None], labels: Sequence[str]
) -> dict[str, object] | None:
    """Scores of the predicted categories; None where no query or no product has one."""
    known = [(row, label) for row, label in zip(said, truth, strict=True) if label is not None]
    if not known:
        return None
    names = list(labels) or sorted({name for row, _ in known for name in row})
    if not names:
        return None
    table = np.array([[row.get(name, 0.0) for name in names] for row, _ in known])
    return category_scores(table, [label for _, label in known], names)


def _routing(routes: Sequence[Route], truth: Sequence[str | None]) -> dict[str, float]:
    filtered = [route for route in routes if route.categories]
    covered = [
        not route.categories or label in route.categories
        for route, label in zip(routes, truth, strict=True)
        if label is not None
    ]
    return {
        # queries whose right category was searched, an unfiltered search counting as yes
        "coverage": float(np.mean(covered)) if covered else 1.0,
        "mean_categories": float(np.mean([len(route.categories) for route in filtered] or [0])),
        "fallback_rate": 1 - len(filtered) / len(routes),
    }


def _latency(service: SearchService, asked: _Side) -> dict[str, float]:
    """From the photo's bytes to hits, one at a time, as a shopper's query runs."""
    step = max(len(asked.samples) // TIMED_QUERIES, 1)
    photos = [one.read() for one in asked.samples[::step]]
    service.search(SearchRequest(photos[0], k=K))  # the first run allocates; it is not typical
    timings = [service.search(SearchRequest(photo, k=K)).timings_ms for photo in photos]

    def at(name: str, percentile: int) -> float:
        return float(np.percentile([timing[name] for timing in timings], percentile))

    return {
        "encode_p50": at("encode", 50),
        "search_p50": at("search", 50),
        "total_p50": at("total", 50),
        "total_p95": at("total", 95),
    }


def _ann_recall(store: Store, shelf: _Side, asked: _Side) -> float:
    """Share of the exact top 10 that the engine's unfiltered search finds."""
    ids = np.array([one.product.point_id for one in shelf.samples])
    found = 0.0
    for vector in asked.encoded.vectors:
        nearest = set(ids[np.argsort(-(shelf.encoded.vectors @ vector), kind="stable")[:10]])
        found += len(nearest & {hit.id for hit in store.query(vector, 10)}) / len(nearest)
    return found / len(asked.samples)
