"""How alike is alike: a cosine in words that a shopper understands."""

from typing import Literal

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
