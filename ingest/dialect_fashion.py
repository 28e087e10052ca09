"""The fashion catalog of Kaggle: `styles.csv`, with `images/<id>.jpg` beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ingest.columns import PATH_SEPARATOR
from ingest.dialect import Dialect, flat, signature
from ingest.records import Raw

_LAST = "productDisplayName"
_LEVELS = ("masterCategory", "subCategory", "articleType")


def _names_joined(rows: Iterator[Raw]) -> Iterator[Raw]:
    """A product's name is the last column, and its commas are not quoted."""
    for raw in rows:
        flat_values = flat(raw.values)
        cut = raw.problem is None or raw.problem[0] in ("extra_columns", "missing_columns")
        names = list(flat_values)
        place = names.index(_LAST) if _LAST in names else len(names)
        # one variant of the header ends in two nameless columns; any other is no part of a name
        if cut and place < len(names) and all(map(_is_nameless, names[place + 1 :])):
            parts = [*(flat_values[name] for name in names[place:]), *raw.beyond]
            values = {name: flat_values[name] for name in names[:place]}
            values[_LAST] = ",".join(parts).rstrip(",")
            yield replace(raw, values=values, problem=None, beyond=())
        else:
            yield raw


def _is_nameless(name: str) -> bool:
    return name.startswith("column_")


def _tidy(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    row = {name: "" if value == "NA" else value for name, value in flat(values).items()}
    row.setdefault("image", f"images/{row['id']}.jpg" if row.get("id") else "")
    row["category_path"] = PATH_SEPARATOR.join(row.get(level, "") for level in _LEVELS)
    return row


FASHION = Dialect(
    "fashion",
    (signature("id masterCategory articleType productDisplayName"),),
    {"title": (_LAST,), "category": ("articleType",), "colors": ("baseColour",)},
    _tidy,
    _names_joined,
)
