"""The commands for those who read the collection directly: contract, contract check."""

from typing import Annotated

import typer

from ui.options import Collection, Json, Store
from ui.shell import REJECTED, errors, settings_here, show, target_of, warn_of_versions

contract = typer.Typer(invoke_without_command=True)


@contract.callback()
def print_contract(
    context: typer.Context,
    page: Annotated[
        bool,
        typer.Option("--page", help="The whole contract as Markdown, with requests to paste."),
    ] = False,
) -> None:
    """Print the payload contract for services that read the collection directly (JSON Schema)."""
    if context.invoked_subcommand is not None:
        return
    from catalog.contract import payload_schema
    from catalog.contract_page import page as contract_page

    if page:
        typer.echo(contract_page(), nl=False)
    else:
        show(payload_schema())


@contract.command()
def check(
    store: Store = None,
    collection: Collection = "products",
    sample: Annotated[int, typer.Option(help="Points to look at, at most.", min=1)] = 256,
    as_json: Json = False,
) -> None:
    """Hold a live collection against the contract: alias, model, indexes, limits, points.

    Changes nothing. When something is found, the exit code is 3.
    """
    from catalog.probe import probe
    from ui.console import probe_table

    target = target_of(settings_here(), store, collection)
    warn_of_versions(target)
    with target.open() as opened:
        found = probe(opened, sample)
    show(found.to_json() if as_json else probe_table(found))
    if not as_json:
        for check, why in found.unproven.items():
            errors.print(f"Not checked: {check}, because {why}", markup=False, highlight=False)
    if found.findings:
        raise typer.Exit(REJECTED)
