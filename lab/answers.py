"""What the search service answers to each query, without, with a hard and with a routed filter."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.exact import depth
from lab.judge import Judge
from lab.metrics import Ranking
from lab.sides import Side
from search.finder import inside_of
from search.request import SearchRequest
from search.result import Route
from search.service import SearchService
from vision.progress import Progress

# Results of one search: 3 × 3, as in the student systems and on the page.
K = 9
ASKED = SearchRequest(k=K, one_per_product=False)
"""Pictures are scored, so each view is an answer of its own."""
_EVERYWHERE = Route("none", (), "")


@dataclass(frozen=True)
class Answers:
    """One entry per scored query, in the judge's order."""

    said: list[Mapping[str, float]] = field(default_factory=list)
    """Probability of each category, most probable first."""
    routes: list[Route] = field(default_factory=list)
    """Where the product's own rule looked."""
    refused: list[bool] = field(default_factory=list)
    """Whether the shopper is told that there is nothing like this."""
    rankings: dict[str, list[Ranking]] = field(
        default_factory=lambda: {"none": [], "hard": [], "routed": []}
    )
    """By policy: no filter, the best guess as the filter, and what a shopper sees (K hits, kept
    seats among them), followed by the rest of where it looked."""


def ask(service: SearchService, asked: Side, judge: Judge, progress: Progress) -> Answers:
    """All searches of the retrieval scores."""
    answers = Answers()
    for done, index in enumerate(judge.scored, start=1):
        shelf = service.shelf(asked.sought(index, judge.own[index]), ASKED)
        right = judge.relevant[index]
        guesses = service.finder.guesses(shelf)
        hits, routed, _ = service.finder.find(shelf, ASKED)
        hard = Route("chosen", tuple(guess.name for guess in guesses[:1]), "")
        for name, first, route in (
            ("none", [], _EVERYWHERE), ("hard", [], hard), ("routed", hits, routed),
        ):  # fmt: skip
            rest = shelf.nearest(depth(right), inside_of(route))
            ranked = dict.fromkeys(hit.id for hit in (*first, *rest))
            answers.rankings[name].append(Ranking(ranked, right))
        answers.said.append({guess.name: guess.probability for guess in guesses})
        answers.routes.append(routed)
        answers.refused.append(service.refuses(float(asked.encoded.novelty[index]), hits))
        progress("searches", done, len(judge.scored))
    return answers
