"""How much a model's answers suffer when the photo does."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.disturb import disturbed
from lab.exact import ExactSearch
from lab.judge import Judge
from lab.metrics import Ranking, retrieval_scores
from lab.models import classifier_scores
from lab.sides import Side
from vision.embedder import Embedder
from vision.progress import Progress


@dataclass
class _Row:
    """One disturbance: what came out, photo by photo."""

    rankings: list[Ranking] = field(default_factory=list)
    probabilities: list[np.ndarray] = field(default_factory=list)
    truth: list[str | None] = field(default_factory=list)
    cosines: list[float] = field(default_factory=list)


def robustness(
    embedder: Embedder, shelf: Side, asked: Side, judge: Judge, photos: int, progress: Progress
) -> list[dict[str, Any]]:
    """Scores under each disturbance of at most `photos` queries, evenly drawn; [] for 0.

    Unfiltered exact search and the classifier alone, so that only the model is judged. Another
    background comes from the photo before, and is scored on the photos that have a plain one.
    """
    drawn = evenly(judge.scored, photos)
    search = ExactSearch(shelf, shelf.encoded.vectors)
    rows: dict[str, _Row] = {}
    # two decoded photos at a time, however many there are
    other = embedder.decode(asked.samples[drawn[-1]].read()) if drawn else None
    for done, index in enumerate(drawn, start=1):
        image = embedder.decode(asked.samples[index].read())
        pictures = disturbed(image, other or image)
        encoded = embedder.encode(list(pictures.values()))
        rankings = search.rankings(encoded.vectors, judge, [index] * len(pictures))
        for place, name in enumerate(pictures):
            row = rows.setdefault(name, _Row())
            row.rankings.append(rankings[place])
            row.probabilities.append(encoded.probabilities[place])
            row.truth.append(judge.categories[index])
            row.cosines.append(min(1.0, float(encoded.vectors[place] @ encoded.vectors[0])))
        other = image
        progress("robustness", done, len(drawn))
    return [
        {
            "name": name,
            "photos": len(row.rankings),
            "top1": classifier_scores(np.stack(row.probabilities), row.truth, embedder.labels)[
                "top1"
            ],
            **retrieval_scores(row.rankings, ("p_at_9", "recall_at_1")),
            "cosine": float(np.mean(row.cosines)),
        }
        for name, row in rows.items()
    ]


def evenly(items: list[int], most: int) -> list[int]:
    """At most `most` of `items`, spread over all of them, in their order."""
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]
