"""The command line: `snapshelf COMMAND`.

Only this module, its commands (`ui/commands_*.py`) and `ui/shell.py` read the environment, build
things, print and exit. Each command imports what it needs when it runs, so that `--help` and
`search` never load what only training or the page needs.
"""

import logging
import os
import sqlite3
import sys
from collections.abc import Sequence

import typer
from rich.markup import escape

from catalog.errors import CatalogError
from ingest.errors import IngestError
from lab.errors import LabError
from ui.commands_backup import backup, restore, upgrade
from ui.commands_baselines import baselines
from ui.commands_catalog import doctor, ingest, verify
from ui.commands_contract import contract
from ui.commands_demand import demand
from ui.commands_engine import optimize
from ui.commands_export import model
from ui.commands_model import cleanup, evaluate, reindex, rollback, train
from ui.commands_search import demo, search, serve
from ui.commands_size import size
from ui.frugal import share_processors
from ui.offline import keep_to_itself
from ui.shell import BadSettings, errors
from vision.errors import VisionError
from vision.memory import keep_memory

app = typer.Typer(
    help="Visual product search that a shop can run itself: a photo in, the catalog's "
    "most similar products out. Begin with `snapshelf demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
# What a user can mend; a full disk is an error of SQLite where it wrote.
_FAULTS = (CatalogError, IngestError, VisionError, LabError, OSError, sqlite3.OperationalError)


for command in (
    demo, ingest, verify, doctor, train, evaluate, search, serve, optimize, reindex, rollback,
    cleanup, backup, restore, upgrade, demand, baselines, size,
):  # fmt: skip
    app.command()(command)
app.add_typer(contract, name="contract")
app.add_typer(model, name="model")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code: 0 fine, 1 could not run, 2 usage, 3 some rows rejected,
    4 measured and out of bounds.
    """
    _prepare_process()
    try:
        app(args=argv, prog_name="snapshelf")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BadSettings as error:
        for line in error.args:
            errors.print(f"[red]error:[/red] {escape(line)}", soft_wrap=True)
        return 2
    except _FAULTS as error:
        errors.print(f"[red]error:[/red] {escape(str(error))}", highlight=False, soft_wrap=True)
        return 1
    return 0


def _prepare_process() -> None:
    """What must be settled before libraries load; what the user has set stays."""
    keep_memory()
    share_processors(os.environ)
    keep_to_itself(os.environ)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    logging.getLogger("httpx").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
