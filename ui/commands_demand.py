"""The command that tells what shoppers look for and the shop does not sell."""

from pathlib import Path
from typing import Annotated

import typer

from ui.options import Collection, Json, Model, Store
from ui.shell import errors, progress_bar, settings_here, show, target_of


def demand(
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the CSV and the page. Default: <SNAPSHELF_HOME>/demand."),
    ] = None,
    alike: Annotated[
        float | None,
        typer.Option(
            help="Cosine from which two photos look for one thing. Default: the model's own "
            "measure of very similar, else 0.8.",
            min=-1,
            max=1,
        ),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete the log, the page and the CSV, and end.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Group the searches that found nothing alike: what the shop could add to its range.

    `snapshelf serve --demand-log` keeps them: small pictures, at most 2,000 and 30 days old.
    """
    from ui.demand import forget_demand, tell_demand

    settings = settings_here()
    folder = out or settings.demand_log_file.parent
    if forget:
        count = forget_demand(settings, folder)
        show({"forgotten": count} if as_json else f"{count:,} searches forgotten")
        return
    if not settings.demand_log_file.exists():
        raise FileNotFoundError(
            f"no search was ever noted · {settings.demand_log_file} · "
            "start `snapshelf serve --demand-log`, or set SNAPSHELF_DEMAND_LOG=1 for it"
        )
    with progress_bar() as progress:
        told = tell_demand(
            target_of(settings, store, collection), model, folder, alike=alike, progress=progress
        )
    show(told.to_json() if as_json else told.table())
    errors.print(f"Look at them: {told.page}", soft_wrap=True)
    if not told.measured:
        errors.print(
            "The model has not measured what a weak match is, so only searches without any "
            "result are noted; `snapshelf train` makes one that has.",
            soft_wrap=True,
        )
