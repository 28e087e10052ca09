"""How alike is alike: a cosine in words that a shopper understands."""

from collections.abc import Sequence
from typing import Literal

from catalog.store import Hit
from vision.calibration import MatchScores

Match = Literal["same product", "very similar", "same style", "weak"]


def match(cosine: float, scores: MatchScores | None) -> Match | None:
    """The strongest label whose least cosine is reached; None where nobody measured them."""
    if scores is None:
        return None
    if cosine >= scores.same_product:
        return "same product"
    if cosine >= scores.very_similar:
        return "very similar"
    return "same style" if cosine >= scores.same_style else "weak"


def alike(hits: Sequence[Hit], scores: MatchScores | None) -> Sequence[Hit]:
    """Those that are no weak match; all of them where none is better. Order kept."""
    return [hit for hit in hits if match(hit.score, scores) != "weak"] or hits
