"""What is said on the page that compares systems. Plain text, not HTML."""

from collections.abc import Mapping
from datetime import datetime
from math import sqrt
from typing import Any

Numbers = Mapping[str, Any]

_FEATURES = {
    "softmax": "class probabilities",
    "fc": "fully connected layer",
    "pool": "pooling layer",
    "pair": "pair of photos",
}
_SIMILARITIES = {"l2": "Euclidean distance"}


def summary(numbers: Numbers) -> list[str]:
    """The page's first lines, most important first."""
    ran = [row for row in numbers["rows"] if not row.get("skipped")]
    photos = numbers["data"]["photos"]
    said = [
        f"{len(ran)} systems, older and newer, on the same photos of one catalog: "
        f"{photos['train']:,} to learn from, which are also what is searched, and "
        f"{photos['test']:,} to be tested on.",
        _most_right(ran),
        "Published numbers come from other data. They say how well a system did there, not what "
        "it should reach here.",
        _certainty(photos["test"]),
        _not_run(len(numbers["rows"]) - len(ran)),
    ]
    return [sentence for sentence in said if sentence]


def when(made_at: str) -> str:
    made = datetime.fromisoformat(made_at)
    return f"{made.day} {made:%B %Y, %H:%M} {made.tzname() or ''}".rstrip()


def published(row: Numbers) -> str:
    """The published range; empty where none was published."""
    one = row.get("published")
    if not one or one["low"] is None:
        return ""
    if one["high"] is None or one["high"] == one["low"]:
        return f"{one['low']:.1%}"
    return f"{100 * one['low']:.1f}–{one['high']:.1%}"


def millions(count: int | None) -> str:
    """Of parameters: "57.1 M", and few ones in full."""
    if count is None:
        return "–"
    return f"{count / 1e6:.1f} M" if count >= 100_000 else f"{count:,}"


def seconds(row: Numbers) -> float:
    """All its steps together."""
    return sum(value or 0 for value in (row.get("seconds") or {}).values())


def features(name: str) -> str:
    return _FEATURES.get(name, name)


def similarity(name: str) -> str:
    return _SIMILARITIES.get(name, name)


def setting(one: Numbers) -> str:
    """How nine products are found: "class probabilities, cosine, predicted category"."""
    return f"{features(one['features'])}, {similarity(one['similarity'])}, {one['scope']}"


def _most_right(rows: list[Numbers]) -> str:
    """The best test accuracy, beside that of a guess."""
    able = [row for row in rows if row.get("accuracy") and row["accuracy"]["test"] is not None]
    if not able:
        return ""
    best = max(able, key=lambda row: row["accuracy"]["test"])
    said = f"Most often right: {best['name']}, {best['accuracy']['test']:.1%} of the test photos"
    return f"{said}; guessing gets {best['chance']:.1%}." if best.get("chance") else f"{said}."


def _certainty(photos: int) -> str:
    """The 95 % interval of a share near one half: the widest there is."""
    points = 98 / sqrt(max(photos, 1))  # 100 · 1.96 · √(¼)
    if points < 1:
        return ""
    return (
        f"With {photos:,} test photos, an accuracy near 50% is known to ±{points:.0f} points: "
        "smaller differences between two systems may be chance."
    )


def _not_run(count: int) -> str:
    if not count:
        return ""
    return f"{count} {'system' if count == 1 else 'systems'} could not run; the table says why."
