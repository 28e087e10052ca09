"""Minimums and maximums that a measurement must keep: the lab as a gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any, Literal

from lab.metrics import SCORES

Kind = Literal["minimum", "maximum"]

_LEAVES: dict[str, Sequence[str]] = {
    "data": (
        "gallery", "queries", "classes", "queries_without_relevant", "excluded", "unreadable",
        "duplicates",
    ),
    "category": ("top1", "top3", "macro_f1", "ece", "brier"),
    **{f"retrieval.{policy}": tuple(SCORES) for policy in ("none", "hard", "routed")},
    "routing": (
        "target", "coverage", "searched", "mean_set", "mean_categories", "fallback_rate",
    ),
    "refusal": ("queries", "strangers", "strangers_photos"),
    "ann": ("recall_at_10", "p50_ms", "exact_p50_ms"),
    "latency_ms": ("encode_p50", "search_p50", "total_p50", "total_p95"),
}  # fmt: skip
# Every number that a bound may name: a slip of the pen shows before anything is measured.
NAMES = tuple(f"{part}.{name}" for part, names in _LEAVES.items() for name in names)


@dataclass(frozen=True)
class Bound:
    """A limit that one number must keep; the limit itself is allowed."""

    name: str
    """One of NAMES."""
    limit: float
    kind: Kind

    def broken(self, numbers: Mapping[str, Any]) -> str | None:
        """What is wrong with a measurement, for people; None when nothing is."""
        value: Any = numbers
        for key in self.name.split("."):
            value = value and value[key]
        if value is None:
            return f"{self.name} was not measured, the {self.kind} is {self.limit:g}"
        kept = value >= self.limit if self.kind == "minimum" else value <= self.limit
        return None if kept else f"{self.name} is {value:.4g}, the {self.kind} is {self.limit:g}"


def bound(text: str, kind: Kind) -> Bound:
    """`name=number`. Raises ValueError for a name that is not measured, or no number."""
    name, _, number = text.partition("=")
    if name not in NAMES:
        near = get_close_matches(name, NAMES, n=5, cutoff=0.0)
        raise ValueError(f"nothing is measured under {name!r}; near it are {', '.join(near)}")
    try:
        limit = float(number)
    except ValueError:
        limit = float("nan")
    if not isfinite(limit):
        raise ValueError(f"{text!r} is not name=number, e.g. {name}=0.8")
    return Bound(name, limit, kind)


def worse(numbers: Mapping[str, Any]) -> list[str]:
    """A line when the model finds less than the previous one does, by more than chance.

    For a measurement with a baseline: the mean of the one against the 95 % interval of the other.
    """
    rows = {row["name"]: row for row in numbers["models"]}
    new, old = rows["this model"], rows["previous model"]
    if new["p_at_9"] >= old["p_at_9_low"]:
        return []
    return [
        f"p_at_9 is {new['p_at_9']:.4g}, the served model's is {old['p_at_9']:.4g} "
        f"(95 % interval from {old['p_at_9_low']:.4g})"
    ]


def broken(bounds: Sequence[Bound], numbers: Mapping[str, Any]) -> list[str]:
    """A line for each bound that a measurement does not keep."""
    return [line for one in bounds if (line := one.broken(numbers))]
