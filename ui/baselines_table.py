"""The comparison of systems in the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table


def baselines_table(numbers: Mapping[str, Any]) -> Table:
    """A line for each system; what it started from stands beside its name."""
    photos = numbers["data"]["photos"]
    table = Table(
        title=f"{numbers['catalog']}: {len(numbers['data']['classes'])} categories, "
        f"{photos['train']} photos to learn from, {photos['val']} to choose, {photos['test']} to "
        "judge by",
        caption="Category accuracy of training and test photos; P@9: right ones of nine, searched "
        "as published, and at the best of all settings. Published: accuracy, on other data.",
        title_justify="left", caption_justify="left",
    )  # fmt: skip
    for name in ("row", "system", "starts from"):
        table.add_column(name)
    for name in ("train", "test", "P@9", "best", "published"):
        table.add_column(name, justify="right")
    for row in numbers["rows"]:
        if row.get("skipped"):
            table.add_row(row["row"], row["name"], escape(row["skipped"]))
        else:
            table.add_row(*_cells(row))
    return table


def _cells(row: Mapping[str, Any]) -> list[str]:
    accuracy, grid = row["accuracy"] or {}, row["retrieval"]
    place, published = row["as_published"], row["published"]
    return [
        row["row"], row["name"], row["starts_from"],
        *(_percent(accuracy.get(part)) for part in ("train", "test")),
        _percent(None if place is None else grid[place]["p_at_9"]),
        _percent(max((one["p_at_9"] for one in grid), default=None)),
        "" if not published else _range(published["low"], published["high"]),
    ]  # fmt: skip


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _range(low: float, high: float) -> str:
    return f".{low * 100:.0f}" if low == high else f".{low * 100:02.0f} to .{high * 100:02.0f}"
