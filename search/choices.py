"""What a request may choose from; imports nothing, so that a command line can list it."""

from typing import Literal

Variant = Literal["cheaper", "other color"]
Measure = Literal["cosine", "l2", "linear"]
"""The student systems' measures, told beside the cosine: the Euclidean distance, and the linear
kernel, min-max normalised over the candidates. All rank alike, for vectors of unit length."""
Order = Literal["match", "price", "-price"]
"""Best match, cheapest or dearest first."""
