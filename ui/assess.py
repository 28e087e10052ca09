"""`snapshelf evaluate`: catalogs and models to the lab's measurement."""

from collections.abc import Sequence
from contextlib import ExitStack

import typer

from ingest.readers import Catalog
from lab.evaluate import Evaluation, evaluate
from lab.gate import Bound, Kind, bound
from lab.models import Baseline
from ui.build import Warn, features_of, samples_of
from ui.options import check_labels
from ui.settings import Settings
from vision.embedder import open_embedder
from vision.progress import Progress


def assess(
    model: str,
    gallery: Catalog,
    queries: Catalog | None,
    settings: Settings,
    *,
    strangers: Catalog | None,
    baseline: str | None,
    relevant_by: str | None,
    exclude: Sequence[str],
    robustness: int,
    progress: Progress,
    warn: Warn,
    allow_hosts: Sequence[str] = (),
    strict: bool = False,
) -> Evaluation:
    """Both models are opened before a picture is read.

    `strict`: a person has typed `exclude`, so a label that no row has is refused.
    """
    with ExitStack() as opened:
        embedder = open_embedder(model)
        cache = opened.enter_context(features_of(embedder, settings))
        other = None
        if baseline is not None:
            previous = open_embedder(baseline)
            other = Baseline(previous, opened.enter_context(features_of(previous, settings)))
        shelf = samples_of(gallery, warn, allow_hosts)
        asked = samples_of(queries, warn, allow_hosts) if queries else None
        if strict:
            check_labels(exclude, (one.product.category for one in (*shelf, *(asked or ()))))
        return evaluate(
            embedder,
            shelf,
            asked,
            cache,
            relevant_by=relevant_by,
            exclude_labels=exclude,
            strangers=samples_of(strangers, warn, allow_hosts) if strangers else None,
            baseline=other,
            robustness=robustness,
            progress=progress,
        )


def bounds_of(
    minimums: Sequence[str],
    maximums: Sequence[str],
    options: tuple[str, str] = ("--min", "--max"),
) -> list[Bound]:
    """What the two options ask for."""
    given: list[tuple[str, str, Kind]] = [
        *((options[0], text, "minimum") for text in minimums),
        *((options[1], text, "maximum") for text in maximums),
    ]
    return [_bound(*one) for one in given]


def _bound(option: str, text: str, kind: Kind) -> Bound:
    try:
        return bound(text, kind)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from error
