"""`snapshelf demand`: the log of unmet searches to groups, a CSV and a page; and who keeps it."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from catalog.store import batches
from lab.demand_page import write_demand_page
from search.demand import DemandLog, Unmet
from search.demand_groups import Want, wants
from search.demand_watch import Noticing
from search.follow import Following
from ui.build import Target, model_of
from ui.settings import Settings
from vision.embedder import Embedder, open_embedder
from vision.errors import UnreadableImage
from vision.folders import check_folder
from vision.progress import Progress

# For a model that has not measured what is alike; see docs/demand.md.
ALIKE = 0.8
PAGE, TABLE = "demand.html", "demand.csv"
_BATCH = 32
_SHOWN = 20
_COLUMNS = (
    "times", "days", "first_day", "last_day", "guess", "words", "kinds", "nearest",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Demand:
    """What was looked for in vain."""

    searches: int
    wants: list[Want]
    measured: bool
    """Whether the model knows a weak match when it makes one; else only empty answers count."""
    csv: Path
    page: Path

    def to_json(self) -> dict[str, Any]:
        return {
            "searches": self.searches,
            "wants": [want.to_json() for want in self.wants],
            "measured": self.measured,
            "csv": str(self.csv),
            "page": str(self.page),
        }

    def table(self) -> Table:
        table = Table("times", "days", "last", "perhaps", "words", "nearest")
        for want in self.wants[:_SHOWN]:
            nearest = "" if want.nearest is None else f"{want.nearest:.2f}"
            table.add_row(
                f"{want.times:,}", f"{len(want.days):,}", want.days[-1],
                escape(want.guess or ""), escape(want.words), nearest,
            )  # fmt: skip
        return table


def tell_demand(
    target: Target, model: str | None, out: Path, *, alike: float | None, progress: Progress
) -> Demand:
    """Group what the log holds by the index's model. Raises BadDemandLog, VisionError,
    NotADirectoryError.
    """
    check_folder(out)
    settings = target.settings
    with DemandLog(settings.demand_log_file) as log:
        log.trim()
        entries = log.entries()
    with target.open() as store:  # only asked which model is its own: `serve` may hold it
        embedder = open_embedder(model_of(model, target, store))
    photos, vectors = _seen(embedder, [one for one in entries if one.photo], progress)
    matches = embedder.calibration.matches if embedder.calibration else None
    least = alike or (matches.very_similar if matches else ALIKE)
    found = wants(photos, vectors, [one for one in entries if not one.photo], least)
    demand = Demand(len(entries), found, matches is not None, out / TABLE, out / PAGE)
    write_demand_page(found, demand.page)
    _write_table(found, demand.csv)
    return demand


def forget_demand(settings: Settings, out: Path) -> int:
    """The log, and the page and the CSV made of it; how many searches were forgotten."""
    for name in (PAGE, TABLE):
        (out / name).unlink(missing_ok=True)
    if not settings.demand_log_file.exists():
        return 0
    with DemandLog(settings.demand_log_file) as log:
        return log.forget()


@contextmanager
def noticing(
    service: Following, settings: Settings, *, keep: bool
) -> Iterator[Following | Noticing]:
    """The service; with `keep`, its unmet searches are noted in the data folder."""
    if not keep:
        yield service
        return
    with DemandLog(settings.demand_log_file) as log, Noticing(service, log) as watched:
        log.trim()
        yield watched


def _seen(
    embedder: Embedder, entries: Sequence[Unmet], progress: Progress
) -> tuple[list[Unmet], np.ndarray]:
    """Those whose picture can be read, and their (N, D) vectors."""
    readable, vectors = [], [np.empty((0, embedder.dim), np.float32)]
    for some in batches(entries, _BATCH):
        images = []
        for one in some:
            try:
                images.append(embedder.decode(one.photo))
            except UnreadableImage:  # a damaged file: the others are still worth telling
                continue
            readable.append(one)
        if images:
            vectors.append(embedder.encode(images).vectors)
        progress("look", len(readable), len(entries))
    return readable, np.concatenate(vectors)


def _write_table(found: Sequence[Want], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, _COLUMNS)
        lines.writeheader()
        for want in found:
            told = want.to_json()
            kinds: Counter[str] = Counter(told["kinds"])
            told["kinds"] = "|".join(f"{kind}:{count}" for kind, count in kinds.most_common())
            lines.writerow({name: _cell(value) for name, value in told.items()})


def _cell(value: object) -> object:
    """As a spreadsheet shows it, not as one that calculates."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
