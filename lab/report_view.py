"""The numbers in the order and the shape in which the report's tables show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab.report_words import METRICS, POLICIES

Numbers = Mapping[str, Any]
# A heat table with more columns than this cannot be read, nor printed.
MOST_LABELS = 30


def metrics(columns: Mapping[str, Numbers]) -> list[dict[str, Any]]:
    """One row for each measure of METRICS that a column has: name, meaning, values, best.

    `values` has None where a column lacks the measure; `best` are the places of the highest.
    """
    rows = []
    for key, (name, meaning) in METRICS.items():
        values = [column.get(key) for column in columns.values()]
        if any(value is not None for value in values):
            rows.append({"name": name, "meaning": meaning, "values": values,
                         "best": best_places(values)})  # fmt: skip
    return rows


def best_places(values: Sequence[float | None]) -> list[int]:
    """The places of the highest share, as it is printed; none where all are alike."""
    printed = {n: f"{value:.3f}" for n, value in enumerate(values) if value is not None}
    highest = max(printed.values(), default="")
    best = [n for n, value in printed.items() if value == highest]
    return best if len(best) < len(printed) else []


def policies(retrieval: Numbers) -> dict[str, Numbers]:
    return {title: retrieval[name] for name, title in POLICIES.items()}


def models(rows: Sequence[Numbers]) -> dict[str, Numbers]:
    return {row["name"]: row for row in rows}


def categories(per_class: Sequence[Numbers]) -> list[dict[str, Any]]:
    """Worst F1 first; each row carries its place in the two other orders, by name and by size."""
    rows: list[dict[str, Any]] = [
        dict(row) for row in sorted(per_class, key=lambda row: (row["f1"], -row["support"]))
    ]
    for place, row in enumerate(sorted(rows, key=lambda row: row["name"].casefold())):
        row["by_name"] = place
    for place, row in enumerate(sorted(rows, key=lambda row: -row["support"])):
        row["by_size"] = place
    return rows


def heat(confusion: Numbers) -> dict[str, Any]:
    """`labels` and `rows` (label, cells with count and share of the row); the MOST_LABELS worst.

    `left_out`: categories not shown, those with the fewest mistakes.
    """
    names, counts = confusion["labels"], confusion["counts"]
    columns = list(zip(*counts, strict=True))
    mistakes = [sum(counts[n]) + sum(columns[n]) - 2 * counts[n][n] for n in range(len(names))]
    worst = sorted(range(len(names)), key=lambda n: -mistakes[n])[:MOST_LABELS]
    shown = sorted(worst)
    return {
        "labels": [names[n] for n in shown],
        "rows": [
            (names[true], [
                {"n": counts[true][said], "share": counts[true][said] / max(sum(counts[true]), 1),
                 "right": true == said}
                for said in shown
            ])
            for true in shown
        ],
        "left_out": len(names) - len(shown),
    }  # fmt: skip


def picture_hashes(examples: Mapping[str, Sequence[Numbers]]) -> list[str]:
    """Every picture the examples name, once, in their order."""
    return list(dict.fromkeys(
        one["sha256"]
        for shown in examples.values()
        for example in shown
        for one in (example["query"], *example["hits"])
    ))  # fmt: skip
