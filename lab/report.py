"""The lab's report as one HTML file: no script, no font, no picture from elsewhere."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1d2327;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;text-align:right;
border-bottom:1px solid #d9dee3}th:first-child,td:first-child{text-align:left}
.bar{display:inline-block;height:.7rem;background:#2f6f5e;border-radius:2px}
@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15191c}
th,td{border-color:#343b41}.bar{background:#6cc3a8}}
"""
_BAR_PIXELS = 160


def write_report(numbers: Mapping[str, Any], path: Path) -> None:
    """Writes what `evaluate` measured; creates the folder when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report_html(numbers), encoding="utf-8")


def report_html(numbers: Mapping[str, Any]) -> str:
    """The page; every text from a catalog is escaped."""
    data, model = numbers["data"], numbers["model"]
    policies = numbers["retrieval"]
    names = list(policies["none"])
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>Snapshelf evaluation</title><style>{_STYLE}</style>",
        "<h1>What this model is worth on this catalog</h1>",
        f"<p>{data['queries']} queries against {data['gallery']} pictures of {data['classes']} "
        f"categories; a hit is right by the same {escape(data['relevant_by'])}. "
        f"{data['queries_without_relevant']} queries with nothing to find, {data['excluded']} "
        f"excluded and {data['unreadable']} unreadable pictures were left out.</p>",
        f"<p>Model {escape(model['fingerprint'][:8])}, backbone "
        f"<code>{escape(model['backbone'])}</code></p>",
        "<h2>Similar products, by category filter</h2>",
        _table(
            ["filter", *names],
            [[policy, *(_number(scores[name]) for name in names)]
             for policy, scores in policies.items()],
        ),
        "<h2>Routing</h2>",
        _pairs(numbers["routing"]),
    ]  # fmt: skip
    if numbers["category"]:
        parts += _category(numbers["category"])
    parts += ["<h2>Engine and time (ms)</h2>", _pairs(numbers["ann"] | numbers["latency_ms"])]
    return "\n".join(parts)


def _category(category: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            row["name"],
            *(_number(row[name]) for name in ("precision", "recall", "f1")),
            str(row["support"]),
        ]
        for row in sorted(category["per_class"], key=lambda row: -row["support"])
    ]
    overall = {name: category[name] for name in ("top1", "top3", "macro_f1", "ece")}
    return [
        "<h2>Predicted categories</h2>",
        _pairs(overall),
        _table(["category", "precision", "recall", "f1", "photos"], rows, bar=3),
    ]


def _pairs(values: Mapping[str, float]) -> str:
    return _table(["measure", "value"], [[name, _number(one)] for name, one in values.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], bar: int | None = None) -> str:
    """`bar`: the column whose values in [0, 1] are also drawn."""

    def cell(place: int, text: str) -> str:
        drawn = ""
        if place == bar:
            drawn = f"<span class='bar' style='width:{float(text) * _BAR_PIXELS:.0f}px'></span> "
        return f"<td>{drawn}{escape(text)}</td>"

    header = "<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"
    lines = ["<tr>" + "".join(cell(*item) for item in enumerate(row)) + "</tr>" for row in rows]
    return "<table>" + "\n".join([header, *lines]) + "</table>"


def _number(value: float) -> str:
    return f"{value:.3f}"
