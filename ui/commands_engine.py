"""The command for the engine: optimize."""

from functools import partial
from typing import Annotated

import typer

from ui.options import Collection, Json, Store
from ui.shell import errors, progress_bar, settings_here, show, target_of


def optimize(
    store: Store = None,
    collection: Collection = "products",
    force: Annotated[
        bool, typer.Option("--force", help="Build a graph of a small index, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a large index fast: link its products in a graph. Searches go on meanwhile.

    For the embedded engine, off-peak and after large ingests: it takes both processors for
    minutes, at a million products for an hour or so, and nothing can be ingested until it is done.
    Stopped or killed, nothing has changed; start it again. A server builds graphs by itself: it is
    told what suits the size, and waited for. See docs/engine.md.
    """
    target = target_of(settings_here(), store, collection)
    with progress_bar() as progress, target.open() as opened:
        result = opened.optimize(force=force, watch=partial(progress, "graph"))
    if as_json:
        show(result.to_json())
    elif result.built:
        errors.print(f"{result.linked:,} of {result.points:,} pictures are linked.")
    elif result.linked >= result.points:
        errors.print(f"Nothing to do: all {result.points:,} pictures are linked already.")
    else:
        errors.print(
            f"Nothing to do: {result.points:,} pictures are scanned as fast as a graph would be "
            "walked, and a scan misses none (--force builds one all the same).",
            soft_wrap=True,
        )
