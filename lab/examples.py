"""The best and the worst answers, as pictures for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from catalog.product import Product
from lab.answers import ASKED, Answers, K
from lab.judge import Judge
from lab.metrics import precision_at
from lab.sides import Side
from search.service import SearchService
from vision.extract import Read

SHOWN = 6


def examples(
    service: SearchService, asked: Side, judge: Judge, answers: Answers
) -> dict[str, list[dict[str, Any]]]:
    """At most SHOWN queries each, by routed precision at 9; of equal ones the most confident."""

    def score(place: int) -> tuple[float, float]:
        right = precision_at(K, answers.rankings["routed"][place])
        return right, max(answers.said[place].values(), default=0.0)

    places = range(len(judge.scored))
    best = sorted(places, key=lambda place: [-one for one in score(place)])[:SHOWN]
    rest = sorted(set(places) - set(best), key=lambda place: (score(place)[0], -score(place)[1]))
    return {
        name: [_example(service, asked, judge, answers, place) for place in chosen]
        for name, chosen in (("best", best), ("worst", rest[:SHOWN]))
    }


def pictures_of(
    shown: Mapping[str, Sequence[Mapping[str, Any]]], sides: Iterable[Side]
) -> dict[str, Read]:
    """Readers of every picture that the examples name, by sha256."""
    wanted = {
        picture["sha256"]
        for rows in shown.values()
        for row in rows
        for picture in (row["query"], *row["hits"])
    }
    return {
        digest: sample.read
        for side in sides
        for sample, digest in zip(side.samples, side.hashes, strict=True)
        if digest in wanted
    }


def _example(
    service: SearchService, asked: Side, judge: Judge, answers: Answers, place: int
) -> dict[str, Any]:
    index = judge.scored[place]
    right = judge.relevant[index]
    shelf = service.shelf(asked.sought(index, judge.own[index]), ASKED)
    hits, route, _ = service.finder.find(shelf, ASKED)
    predicted, confidence = next(iter(answers.said[place].items()), (None, None))
    return {
        "query": _picture(
            asked.samples[index].product, judge.categories[index], asked.hashes[index]
        ),
        "predicted": predicted,
        "confidence": confidence,
        "p_at_9": sum(hit.id in right for hit in hits) / K,
        "route": route.reason,
        "hits": [
            {
                **_picture(hit.product, hit.product.category, hit.stamp.image_sha256),
                "score": hit.score,
                "right": hit.id in right,
            }
            for hit in hits
        ],
    }


def _picture(product: Product, category: str | None, sha256: str) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "title": product.title,
        "category": category,
        "sha256": sha256,
    }
