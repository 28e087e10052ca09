"""What the category filter costs and hides, at one target and over many."""

from collections.abc import Sequence

import numpy as np

from catalog.store import Store
from lab.answers import ASKED
from lab.judge import Judge
from lab.metrics import Ranking, retrieval_scores
from lab.sides import Side
from search.result import Route
from search.routing import Routing
from search.service import SearchService
from vision.calibrate import COVERAGES
from vision.embedder import Embedder
from vision.progress import Progress


def route_scores(routes: Sequence[Route], truth: Sequence[str | None]) -> dict[str, float]:
    """Scores of N > 0 routes; queries without a known category count for neither share.

    - coverage: queries whose right category is in the category set, whatever was searched.
    - searched: queries whose right category was searched through, not only given a seat; an
      unfiltered search counts as yes.
    - mean_set: categories in the set; mean_categories: in the filter, where there was one.
    - fallback_rate: queries searched without a filter.
    """
    known = [(route, true) for route, true in zip(routes, truth, strict=True) if true is not None]
    filtered = [len(route.categories) for route in routes if route.categories]
    return {
        "coverage": _share([true in route.category_set for route, true in known]),
        "searched": _share([true in (route.categories or [true]) for route, true in known]),
        "mean_set": float(np.mean([len(route.category_set) for route in routes])),
        "mean_categories": float(np.mean(filtered or [0])),
        "fallback_rate": 1 - len(filtered) / len(routes),
    }


def routing_curve(
    embedder: Embedder, store: Store, asked: Side, judge: Judge, progress: Progress
) -> list[dict[str, float]]:
    """The same scores for each of the COVERAGES, with what a search then finds.

    The target is that of the set and of the filter alike.
    """
    curve = []
    for done, target in enumerate(COVERAGES, start=1):
        service = SearchService(embedder, store, Routing(coverage=target, focus=target))
        routes, rankings = [], []
        for index in judge.scored:
            shelf = service.shelf(asked.sought(index, judge.own[index]), ASKED)
            hits, route, _ = service.finder.find(shelf, ASKED)
            routes.append(route)
            rankings.append(Ranking([hit.id for hit in hits], judge.relevant[index]))
        scores = route_scores(routes, judge.truth())
        found = retrieval_scores(rankings, ("recall_at_9", "p_at_9"))
        curve.append({"target": target, **scores, **found})
        progress("routing curve", done, len(COVERAGES))
    return curve


def _share(flags: Sequence[bool]) -> float:
    return float(np.mean(flags)) if flags else 1.0
