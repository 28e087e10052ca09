"""The numbers of a comparison in the shape in which the page's tables show them."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Any

from lab.report_view import best_places

Numbers = Mapping[str, Any]
# More categories than these make a chart that cannot be read; their samples would be megabytes.
MOST_CLASSES = 40
# Queries of a row and photos of a category that are shown: some 15 systems stay under 5 MB.
MOST_QUERIES, MOST_SAMPLES = 4, 4
# What is better when it is larger. Not the train accuracy: a high one may be learned by heart.
_COMPARED = ("val", "test", "macro_f1", "as_published", "best_of_grid")


def systems(rows: Sequence[Numbers]) -> list[dict[str, Any]]:
    """One line of the table for each row: its place, measures, and the ones that none beats.

    `as_published` and `best_of_grid` are settings of the row's retrieval, or None.
    """
    lines = [_line(place, row) for place, row in enumerate(rows, 1)]
    for name in _COMPARED:
        for place in best_places([line["measures"][name] for line in lines]):
            lines[place]["best"].add(name)
    return lines


def _line(place: int, row: Numbers) -> dict[str, Any]:
    settings = _settings(row)
    return {
        "row": row,
        "id": f"system-{place}",
        "settings": settings,
        "measures": _measures(row, settings),
        "best": set(),
    }


def _settings(row: Numbers) -> dict[str, Numbers | None]:
    tried, chosen = row.get("retrieval") or [], row.get("as_published")
    known = [one for one in tried if one["p_at_9"] is not None]
    return {
        "as_published": None if chosen is None else tried[chosen],
        "best_of_grid": max(known, key=lambda one: one["p_at_9"], default=None),
    }


def _measures(row: Numbers, settings: Mapping[str, Numbers | None]) -> dict[str, float | None]:
    accuracy = row.get("accuracy") or {}
    return {
        **{part: accuracy.get(part) for part in ("train", "val", "test")},
        "macro_f1": row.get("macro_f1"),
        **{name: one["p_at_9"] if one else None for name, one in settings.items()},
    }


def dots(rows: Sequence[Numbers], photos: int) -> list[dict[str, Any]]:
    """The rows of the chart of test accuracies, of `photos` photos: those that have one.

    A published number that is no accuracy has no place on its axis.
    """
    return [
        {"name": f"{row['row']} · {row['name']}", "test": test, "chance": row.get("chance"),
         "interval": interval(test, photos), **_published_accuracy(row.get("published"))}
        for row in rows
        if row.get("accuracy") and (test := row["accuracy"]["test"]) is not None
    ]  # fmt: skip


def interval(share: float, of: int) -> tuple[float, float]:
    """The 95 % interval of a share that was counted `of` times (Wilson's)."""
    z = 1.96
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * sqrt(share * (1 - share) / of + z**2 / (4 * of**2)) / (1 + z**2 / of)
    return middle - half, middle + half


def _published_accuracy(one: Numbers | None) -> dict[str, float | None]:
    if not one or one["low"] is None or "accuracy" not in one["measure"]:
        return {"low": None, "high": None}
    return {"low": one["low"], "high": one["low"] if one["high"] is None else one["high"]}


def grid(row: Numbers) -> dict[str, Any]:
    """`scopes`, and `lines` of (features, similarity, a cell or None for each scope).

    A cell is the setting with `best` (P@9) and `published`; `kept`: whether any has a threshold.
    """
    tried = row["retrieval"]
    best = set(best_places([one["p_at_9"] for one in tried]))
    cells = {
        (one["features"], one["similarity"], one["scope"]): {
            **one, "best": place in best, "published": place == row["as_published"]}
        for place, one in enumerate(tried)
    }  # fmt: skip
    scopes = _unique(one["scope"] for one in tried)
    pairs = _unique((one["features"], one["similarity"]) for one in tried)
    return {
        "scopes": scopes,
        "lines": [(*pair, [cells.get((*pair, scope)) for scope in scopes]) for pair in pairs],
        "kept": any(one["kept"] is not None for one in tried),
    }


def has(history: Sequence[Numbers], measure: str) -> bool:
    """Whether there is a curve of `measure` ("accuracy" or "loss") to draw."""
    keys = (measure, f"val_{measure}")
    return any(row.get(key) is not None for row in history for key in keys)


def largest(classes: Sequence[Numbers]) -> list[Numbers]:
    """The MOST_CLASSES with most photos, the largest first."""
    return sorted(classes, key=_photos, reverse=True)[:MOST_CLASSES]


def _photos(one: Numbers) -> int:
    return one["train"] + one["val"] + one["test"]


def picture_hashes(numbers: Numbers) -> list[str]:
    """Every picture that the page shows, once, in its order."""
    samples = (sha for one in numbers["data"]["samples"][:MOST_CLASSES]
               for sha in one["photos"][:MOST_SAMPLES])  # fmt: skip
    shown = (
        sha
        for row in numbers["rows"]
        for one in (row.get("sheet") or [])[:MOST_QUERIES]
        for sha in (one["query"], *(hit["sha"] for hit in one["hits"]))
    )
    return _unique((*samples, *shown))


def _unique(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(values))
