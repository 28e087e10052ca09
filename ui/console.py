"""What a person sees in the terminal: progress on stderr, tables of results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from catalog.store import Hit
from ingest.report import OUTCOMES, Report
from search.request import SearchResult

Steps = Callable[[str, int, int], None]
LINE_EVERY_S = 10.0


@contextmanager
def steps(console: Console) -> Iterator[Steps]:
    """A progress callback `(what, done, total)` with one bar for each `what`.

    Where nobody watches (a log file, a container) a line is written now and then instead.
    """
    if not console.is_terminal:
        yield _lines(console)
        return
    bars: dict[str, TaskID] = {}
    with _bars(console) as progress:

        def show(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            progress.update(bars[what], completed=done, total=total)

        yield show


@contextmanager
def ingest_bar(console: Console, total: int | None) -> Iterator[Callable[[Report], None]]:
    """A progress callback that shows rows done and what became of them."""
    if not console.is_terminal:
        line = _lines(console)
        yield lambda report: line("ingest", report.done, total or report.rows)
        return
    with _bars(console, TextColumn("{task.fields[outcomes]}")) as progress:
        task = progress.add_task("ingest", total=total, outcomes="")

        def show(report: Report) -> None:
            progress.update(task, completed=report.done, outcomes=_outcomes(report))

        yield show


def report_table(report: Report) -> Table:
    """What became of the rows, and why some were not taken."""
    table = Table(
        title=f"{report.rows} rows in {report.seconds:.1f} s",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("outcome")
    table.add_column("rows", justify="right")
    for outcome in OUTCOMES:
        if report.outcomes[outcome]:
            table.add_row(outcome, str(report.outcomes[outcome]))
    for reason, count in report.reasons.most_common():
        table.add_row(f"  [dim]{reason}[/dim]", f"[dim]{count}[/dim]")
    table.caption = (
        f"{report.embedded} images embedded, {report.cached} from the cache, "
        f"{report.images_per_second:.1f} images/s"
    )
    return table


def result_table(result: SearchResult) -> Table:
    """Hits, most similar first."""
    table = Table(title=result.route.reason, title_justify="left", caption_justify="left")
    for name, justify in (
        ("#", "right"), ("score", "right"), ("product", "left"), ("title", "left"),
        ("category", "left"), ("price", "right"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for place, hit in enumerate(result.hits, start=1):
        table.add_row(str(place), *_cells(hit))
    guesses = ", ".join(f"{one.name} {one.probability:.0%}" for one in result.route.guesses)
    table.caption = f"Predicted: {guesses or 'nothing'}. {result.timings_ms['total']:.0f} ms"
    return table


def evaluation_table(report: dict[str, Any]) -> Table:
    """The lab's numbers: one column for each way of filtering."""
    data, category = report["data"], report["category"]
    table = Table(
        title=f"{data['queries']} queries against {data['gallery']} products, relevant by "
        f"{data['relevant_by']}",
        title_justify="left",
        caption_justify="left",
    )
    policies = report["retrieval"]
    table.add_column("filter")
    for policy in policies:
        table.add_column(policy, justify="right")
    for name in policies["none"]:
        table.add_row(name, *(f"{scores[name]:.3f}" for scores in policies.values()))
    if category:
        table.caption = (
            f"category: top-1 {category['top1']:.3f}, top-3 {category['top3']:.3f}, "
            f"macro F1 {category['macro_f1']:.3f}, calibration error {category['ece']:.3f}; "
            f"photo to results {report['latency_ms']['total_p50']:.0f} ms (p50)"
        )
    return table


def _cells(hit: Hit) -> tuple[str, str, str, str, str]:
    product = hit.product
    price = "" if product.price is None else f"{product.price:.2f} {product.currency or ''}".strip()
    title = (product.title or "")[:60]
    return f"{hit.score:.3f}", product.product_id, title, product.category or "", price


def _outcomes(report: Report) -> str:
    found = [f"{report.outcomes[name]} {name}" for name in OUTCOMES if report.outcomes[name]]
    return ", ".join(found)


def _lines(console: Console) -> Steps:
    """A line at the end of each step, and every LINE_EVERY_S seconds on the way."""
    due: dict[str, float] = {}

    def show(what: str, done: int, total: int) -> None:
        now = monotonic()
        if done == total or now >= due.setdefault(what, now + LINE_EVERY_S):
            due[what] = now + LINE_EVERY_S
            console.print(f"{what}: {done} of {total}", highlight=False)

    return show


def _bars(console: Console, *more: TextColumn) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TimeRemainingColumn(), *more, console=console,
    )  # fmt: skip
