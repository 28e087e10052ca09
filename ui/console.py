"""What a person sees in the terminal: progress on stderr, tables of results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.bar import Bar
from rich.console import Console, Group
from rich.markup import escape
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
from rich.table import Column, Table

from vision.progress import Progress as Steps

if TYPE_CHECKING:
    from catalog.probe import Probe
    from catalog.store import Hit
    from ingest.reindex import Reindexed
    from ingest.report import Report
    from ingest.verify import Verification
    from search.result import SearchResult

LINE_EVERY_S = 10.0


@contextmanager
def steps(console: Console) -> Iterator[Steps]:
    """A progress callback with one bar for each `what`.

    Where nobody watches (a log file, a container) a line is written now and then instead.
    """
    if not console.is_terminal:
        yield _lines(console)
        return
    bars: dict[str, TaskID] = {}
    with _bars(console) as progress:

        def show(what: str, done: int, total: int, detail: str = "") -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total)
            name = f"{what} [dim]{detail}[/dim]" if detail else what
            progress.update(bars[what], completed=done, total=total, description=name)

        yield show


@contextmanager
def ingest_bar(console: Console, total: int | None) -> "Iterator[Callable[[Report], None]]":
    """A progress callback that shows rows done and what became of them."""
    if not console.is_terminal:
        line = _lines(console)
        yield lambda report: line("ingest", report.done + report.elsewhere, total or report.rows)
        return
    with _bars(console, TextColumn("{task.fields[outcomes]}")) as progress:
        task = progress.add_task("ingest", total=total, outcomes="")

        def show(report: "Report") -> None:
            progress.update(
                task, completed=report.done + report.elsewhere, outcomes=_outcomes(report)
            )

        yield show


def report_table(report: "Report") -> Table:
    """What became of the rows, and a histogram of why some, or some facts, were not taken."""
    from ingest.report import OUTCOMES

    table = Table(
        title=f"{report.rows} rows in {report.seconds:.1f} s",
        title_justify="left",
        caption_justify="left",
    )
    table.add_column("outcome")
    table.add_column("rows", justify="right")
    table.add_column("")
    for outcome in OUTCOMES:
        if report.outcomes[outcome]:
            table.add_row(outcome, str(report.outcomes[outcome]))
    for heading, counts in (("", report.reasons), ("warning: ", report.warnings)):
        for name, count in counts.most_common():
            bar = Bar(max(counts.values()), 0, count, width=20)
            table.add_row(f"  [dim]{heading}{name}[/dim]", f"[dim]{count}[/dim]", bar)
    if report.pruned:
        table.add_row("pruned", str(report.pruned.products if report.pruned.points else 0))
    table.caption = (
        f"{report.embedded} images embedded, {report.cached} from the cache, "
        f"{report.images_per_second:.1f} images/s"
    )
    return table


def verification_table(found: "Verification") -> Table:
    """How many points are not as the ledger says, the first few of them, and what mends it."""
    from ingest.verify import FINDINGS

    table = Table(
        title=f"{found.points} points in the collection, {found.known} in the ledger",
        title_justify="left",
    )
    for name in ("finding", "points", "what it means", "for example"):
        table.add_column(name, justify="right" if name == "points" else "left")
    for finding, meaning in FINDINGS.items():
        shown = ", ".join(
            escape(one.product_id if one.line is None else f"{one.product_id} (line {one.line})")
            for one in found.examples.get(finding, ())
        )
        table.add_row(finding, str(found.findings[finding]), meaning, shown)
    return table


def probe_table(found: "Probe") -> Table | str:
    """What breaks the contract, how many of the sampled points show it, and what to do."""
    looked = f"{found.facts.collection}, {found.sampled} points looked at"
    if not found.findings:
        return f"{looked}: it keeps the contract."
    table = Table(title=f"{looked}: {len(found.findings)} findings", title_justify="left")
    for name in ("check", "finding", "points", "what to do"):
        table.add_column(name, justify="right" if name == "points" else "left")
    for one in found.findings:
        count = str(len(one.points)) if one.points else ""
        table.add_row(one.check, escape(one.what), count, escape(one.mend))
    return table


def reindex_table(result: "Reindexed") -> Group:
    """What was carried over, and what is served now."""
    rebuilt, before, after = result.rebuilt, result.before[:12], result.after[:12]
    done = f"{after} is served, {before} is kept for `snapshelf rollback`."
    if not result.swapped:
        done = f"{before} is served as before."
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    rows = {
        "points of the index": rebuilt.total, "embedded": rebuilt.embedded,
        "from known features": rebuilt.cached, "removed": rebuilt.removed, **rebuilt.failed,
    }  # fmt: skip
    for name, count in rows.items():
        table.add_row(name, str(count))
    return Group(table, done)


def result_table(result: "SearchResult") -> Group:
    """Hits, most similar first; below a line those that only keep a seat; then what was asked."""
    title = result.route.reason
    if result.nothing_like_this:
        title = f"Nothing quite like this here; what comes nearest. {title}"
    if result.words == "title":
        title = f"{title} The words must be in the title: this model reads none."
    table = Table(title=escape(title), title_justify="left", caption_justify="left")
    for name, justify in (
        ("#", "right"), ("score", "right"), ("match", "left"), ("product", "left"),
        ("title", "left"), ("category", "left"), ("price", "right"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    if result.measured:
        table.add_column("measured", justify="right")
    kept_from = len(result.hits) - result.route.kept
    for place, hit in enumerate(result.hits, start=1):
        cells = [*_cells(hit, result.match(hit) or "–")]
        if result.measured:
            cells.append(f"{result.measured[hit.id]:.3f}")
        table.add_row(str(place), *cells, end_section=place == kept_from)
    guesses = ", ".join(f"{one.name} {one.probability:.0%}" for one in result.route.guesses)
    more = " There are more: --offset." if result.more else ""
    caption = f"Predicted: {guesses or 'nothing'}. {result.timings_ms['total']:.0f} ms.{more}"
    table.caption = escape(caption)
    return Group(table, *map(escape, _beside(result)))


def _beside(result: "SearchResult") -> Iterator[str]:
    """What was asked for beside the hits, a line each."""
    for hit in result.hits:
        if hit.id in result.why:
            why = result.why[hit.id]
            shared = ", ".join(f"{key} {value}" for key, value in why.agrees.items())
            told = f"{why.found}; {why.meaning}; it shares {shared or 'nothing that is known'}"
            yield f"{hit.product.product_id}: {told}."
    for key, counts in result.facets.items():
        told = ", ".join(f"{name} {number:g}" for name, number in counts.items())
        yield f"{key}: {told}"
    for region in result.regions:
        sides = (region.box.left, region.box.top, region.box.right, region.box.bottom)
        guess = f" ({region.guesses[0].name})" if region.guesses else ""
        yield f"--crop {','.join(f'{side:.2f}' for side in sides)}{guess}"
    for relation, hits in result.related.items():
        yield f"{relation}: {', '.join(hit.product.product_id for hit in hits)}"


def evaluation_table(numbers: dict[str, Any]) -> Group:
    """The lab's essential numbers: ways of filtering, models, and what there is to say of them."""
    data = numbers["data"]
    models = {row["name"]: row for row in numbers["models"]}
    return Group(
        f"{data['queries']} queries against {data['gallery']} pictures, relevant by "
        f"{data['relevant_by']}, by filter:",
        _scores(numbers["retrieval"], tuple(numbers["retrieval"]["none"])),
        "Without filter, by model:",
        _scores(
            models, ("top1", "top3", "p_at_1", "p_at_9", "recall_at_1", "recall_at_10", "map_at_r")
        ),
        *_said(numbers),
    )


def _scores(columns: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Table:
    """A row for each name, a column of scores for each heading."""
    table = Table("", *(Column(heading, justify="right") for heading in columns))
    for name in names:
        values = (scores[name] for scores in columns.values())
        table.add_row(name, *("–" if one is None else f"{one:.3f}" for one in values))
    return table


def _said(numbers: dict[str, Any]) -> Iterator[str]:
    category, routing = numbers["category"], numbers["routing"]
    if category:
        yield (
            f"Category: top-1 {category['top1']:.3f}, top-3 {category['top3']:.3f}, macro F1 "
            f"{category['macro_f1']:.3f}, calibration error {category['ece']:.3f}."
        )
    yield (
        f"Routing: the right category is in the set for {routing['coverage']:.1%} (target "
        f"{routing['target']:.0%}), {routing['mean_set']:.2f} categories a set; "
        f"{routing['fallback_rate']:.1%} searched everything."
    )
    if refusal := numbers["refusal"]:
        yield f"Refused: {refusal['queries']:.1%} of the queries{_strangers(refusal)}."
    if numbers["robustness"]:
        clean, *others = numbers["robustness"]
        # a background can only be changed where one is found, which may be in a single photo
        worst = min(
            (row for row in others if row["photos"] == clean["photos"]),
            key=lambda row: row["p_at_9"],
        )
        yield (
            f"Robustness: p_at_9 is {clean['p_at_9']:.3f} on {clean['photos']} clean photos, at "
            f"worst {worst['p_at_9']:.3f} ({worst['name']})."
        )
    yield f"Photo to results: {numbers['latency_ms']['total_p50']:.0f} ms (p50)."


def _strangers(refusal: dict[str, Any]) -> str:
    if refusal["strangers"] is None:
        return ""
    return f", {refusal['strangers']:.1%} of {refusal['strangers_photos']} photos of other things"


def _cells(hit: "Hit", match: str) -> tuple[str, ...]:
    product = hit.product
    price = "" if product.price is None else f"{product.price:.2f} {product.currency or ''}".strip()
    title = (product.title or "")[:60]
    category = product.category or ""
    facts = (product.product_id, title, category, price)
    return f"{hit.score:.3f}", match, *map(escape, facts)


def _outcomes(report: "Report") -> str:
    from ingest.report import OUTCOMES

    found = [f"{report.outcomes[name]} {name}" for name in OUTCOMES if report.outcomes[name]]
    return ", ".join(found)


def _lines(console: Console) -> Steps:
    """A line at the end of each step, and every LINE_EVERY_S seconds on the way."""
    due: dict[str, float] = {}
    last: dict[str, tuple[int, int]] = {}

    def show(what: str, done: int, total: int, detail: str = "") -> None:
        now, moved = monotonic(), last.get(what) != (done, total)
        last[what] = done, total
        if (moved and done == total) or now >= due.setdefault(what, now + LINE_EVERY_S):
            due[what] = now + LINE_EVERY_S
            more = f" ({detail})" if detail else ""
            console.print(f"{what}: {done} of {total}{more}", highlight=False)

    return show


def _bars(console: Console, *more: TextColumn) -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TimeRemainingColumn(), *more, console=console,
    )  # fmt: skip
