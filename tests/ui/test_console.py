"""An answer in the terminal."""

from collections.abc import Callable
from io import StringIO

from rich.console import Console

from catalog.store import Hit
from ingest.report import Report
from search.result import Route, SearchResult
from ui.console import report_table, result_table, steps
from vision.calibration import MatchScores


def printed(result: SearchResult) -> str:
    text = StringIO()
    Console(width=120, file=text).print(result_table(result))
    return text.getvalue()


def answer(hit: Callable[..., Hit], **facts: object) -> SearchResult:
    hits = tuple(hit(n) for n in range(3))  # scores .90, .89, .88
    route = Route("routed", ("Shoes",), "Looking in Shoes.", kept=1)
    return SearchResult(hits, route, {"total": 12.4}, **facts)  # type: ignore[arg-type]


def test_the_table_says_how_alike_each_hit_is(hit: Callable[..., Hit]) -> None:
    rows = printed(answer(hit, matches=MatchScores(0.9, 0.89, 0.1))).splitlines()
    for score, label in (("900", "same product"), ("890", "very similar"), ("880", "same style")):
        assert label in next(row for row in rows if f"0.{score}" in row)


def test_a_line_parts_the_kept_from_the_rest(hit: Callable[..., Hit]) -> None:
    rows = printed(answer(hit)).splitlines()
    place = next(n for n, row in enumerate(rows) if "0.890" in row)
    assert "0.880" not in rows[place + 1]
    assert "0.880" in rows[place + 2]


def test_a_strange_photo_is_said_to_be_one(hit: Callable[..., Hit]) -> None:
    assert "Nothing quite like this here" in printed(answer(hit, nothing_like_this=True))
    assert "Nothing quite" not in printed(answer(hit))


def test_the_report_ends_with_a_histogram_of_reasons() -> None:
    report = Report("run", rows=16)
    report.outcomes.update({"new": 1, "rejected": 15})
    report.reasons.update({"http_404": 10, "truncated": 5})
    report.warnings.update({"unreadable_price": 1})
    text = StringIO()
    Console(width=120, file=text).print(report_table(report))
    rows = {line.strip("┃│ ").split("  ")[0]: line for line in text.getvalue().splitlines()}
    assert rows["http_404"].count("█") == 2 * rows["truncated"].count("█") == 20
    assert "warning: unreadable_price" in text.getvalue()


def test_a_step_that_nobody_watches_ends_with_one_line() -> None:
    text = StringIO()
    with steps(Console(file=text)) as show:
        for done in (1, 2, 2, 2, 1, 2):
            show("check", done, 2, "MB")
        show("files", 3, 3)
    ended = "check: 2 of 2 (MB)\n"
    assert text.getvalue() == f"{ended}{ended}files: 3 of 3\n"
