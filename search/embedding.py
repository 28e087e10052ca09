"""A photo as the index sees it, for whoever asks the engine without the search."""

from dataclasses import dataclass

import numpy as np

from search.request import CategoryGuess


@dataclass(frozen=True)
class Embedding:
    """One photo's place among the vectors of one model."""

    vector: np.ndarray
    """(D,) float32 of unit norm."""
    guesses: tuple[CategoryGuess, ...]
    """Most probable first, at most 5."""
    fingerprint: str
    """Of the model: that of the collection's points."""
