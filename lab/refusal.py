"""Does it say "nothing like this here" when it should, and only then?"""

from typing import Any

import numpy as np

from lab.answers import ASKED, Answers
from lab.sides import Side
from search.service import SearchService
from vision.embedder import Embedder


def refusal(
    embedder: Embedder, service: SearchService, answers: Answers, strangers: Side | None
) -> dict[str, Any] | None:
    """Shares refused of the scored queries, and of photos that show nothing sold here.

    None for a model that cannot refuse, because it never measured what is strange to it.
    """
    if embedder.calibration is None or embedder.calibration.strange is None:
        return None
    refused = [] if strangers is None else _refused(service, strangers)
    return {
        "queries": float(np.mean(answers.refused)),
        "strangers": float(np.mean(refused)) if refused else None,
        "strangers_photos": len(refused),
    }


def _refused(service: SearchService, side: Side) -> list[bool]:
    refused = []
    for index, novelty in enumerate(side.encoded.novelty):
        hits, *_ = service.finder.find(service.shelf(side.sought(index), ASKED), ASKED)
        refused.append(service.refuses(float(novelty), hits))
    return refused
