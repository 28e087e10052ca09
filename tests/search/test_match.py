"""A cosine in words."""

import pytest

from search.match import match
from vision.calibration import MatchScores

SCORES = MatchScores(same_product=0.9, very_similar=0.7, same_style=0.5)


@pytest.mark.parametrize(
    ("cosine", "label"),
    [
        (1.0, "same product"),
        (0.9, "same product"),
        (0.899, "very similar"),
        (0.7, "very similar"),
        (0.699, "same style"),
        (0.5, "same style"),
        (0.499, "weak"),
        (-1.0, "weak"),
    ],
)
def test_a_score_has_the_strongest_label_that_it_reaches(cosine: float, label: str) -> None:
    assert match(cosine, SCORES) == label


def test_where_nobody_measured_there_is_no_label() -> None:
    assert match(1.0, None) is None
