"""Which photos judge a model before it serves, when nobody brings any."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from ingest.known import Known
from ui.build import Target
from ui.known_models import KnownModel
from ui.measuring import put_aside, unseen
from ui.reindexing import Gate

# Fewer photos tell nothing: a 95 % interval of their mean is as wide as the scale.
_LEAST = 20
# Rows of a catalog that ask for their like, where there is no better judge.
_MOST_ROWS = 1000

By = Literal["put_aside", "second", "own"]
"""Photos that a model did not learn from; a second photo of each product; each product's only
photo, which is to find others of its category."""


@dataclass(frozen=True)
class Judge:
    """A gate, and what it judges by."""

    gate: Gate
    by: By


def judge_of(
    model: KnownModel, served: KnownModel, catalogs: Sequence[Known], target: Target
) -> Judge | None:
    """The fairest that there is; None without any catalog that can be read."""
    # photos that neither has learned from; else those that only flatter the one to be beaten
    for one, other in ((model, served), (served, model), (model, model)):
        aside = put_aside(one, catalogs) if unseen(one, other) else None
        if aside is not None and aside.photos >= _LEAST:
            queries = aside.open()[1]
            gate = Gate(queries, relevant_by=aside.relevant_by, exclude=aside.exclude)
            return Judge(gate, "put_aside")
    if _has_second_photos(target):
        return Judge(Gate(), "second")
    there = [one for one in catalogs if one.there]
    if not there:
        return None
    return Judge(Gate(there[0].open(limit=_MOST_ROWS), relevant_by="category"), "own")


def _has_second_photos(target: Target) -> bool:
    with target.open() as store:
        second = (one for one in store.scroll() if one.payload.get("image_slot", 0))
        return len(list(islice(second, _LEAST))) == _LEAST
