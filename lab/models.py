"""One model beside others: the same pictures, unfiltered exact search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.category import top_scores
from lab.exact import ExactSearch
from lab.judge import Judge
from lab.metrics import interval, precision_at, retrieval_scores
from lab.sides import Side, encode_again, encoded
from vision.cache import FeatureCache
from vision.embedder import Embedder
from vision.head import Encoded, bare_head
from vision.progress import Progress

_SCORES = ("p_at_1", "p_at_9", "recall_at_1", "recall_at_10", "map_at_r")


@dataclass(frozen=True)
class Baseline:
    """Another model to hold this one against, with the feature cache of its own backbone."""

    embedder: Embedder
    cache: FeatureCache


def compare(
    embedder: Embedder,
    shelf: Side,
    asked: Side,
    judge: Judge,
    baseline: Baseline | None,
    progress: Progress,
) -> list[dict[str, Any]]:
    """A row of scores for the raw backbone, this model and the baseline.

    Category scores are those of the classifier alone, without the neighbours' vote; None where
    there is no classifier.
    """
    raw = Embedder(embedder.backbone, bare_head(shelf.features.shape[1]))
    gallery, queries = (encoded(raw, one.features) for one in (shelf, asked))
    rows = [
        _row("raw backbone", raw, gallery, queries, shelf, judge),
        _row("this model", embedder, shelf.encoded, asked.encoded, shelf, judge),
    ]
    if baseline is not None:
        other = baseline.embedder
        gallery, queries = (
            encode_again(one, other, baseline.cache, progress) for one in (shelf, asked)
        )
        rows.append(_row("previous model", other, gallery, queries, shelf, judge))
    return rows


def classifier_scores(
    probabilities: np.ndarray, truth: Sequence[str | None], labels: Sequence[str]
) -> dict[str, float | None]:
    """top1 and top3 of the rows whose truth is known; None without such rows or without labels."""
    known = [index for index, label in enumerate(truth) if label is not None]
    if not known or not labels:
        return {"top1": None, "top3": None}
    names = [str(truth[index]) for index in known]
    return {**top_scores(probabilities[known], names, labels)}


def _row(
    name: str, embedder: Embedder, gallery: Encoded, queries: Encoded, shelf: Side, judge: Judge
) -> dict[str, Any]:
    search = ExactSearch(shelf, gallery.vectors)
    rankings = search.rankings(queries.vectors[judge.scored], judge, judge.scored)
    low, high = interval([precision_at(9, one) for one in rankings])
    return {
        "name": name,
        "fingerprint": embedder.fingerprint,
        "backbone": embedder.spec,
        **classifier_scores(queries.probabilities[judge.scored], judge.truth(), embedder.labels),
        **retrieval_scores(rankings, _SCORES),
        "p_at_9_low": low,
        "p_at_9_high": high,
    }
