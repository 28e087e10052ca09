"""The commands that keep an index safe: backup, restore, upgrade."""

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.options import Collection, Json, Store
from ui.shell import (
    REJECTED,
    errors,
    progress_bar,
    settings_here,
    show,
    target_of,
    warn,
    warn_of_versions,
)

if TYPE_CHECKING:
    from ui.backup import BackedUp

# On the command line, and in the data folder.
_CACHES = {"features": "features", "thumbnails": "thumbs"}
_WAIT_MINUTES = 10.0


def _caches(text: str | None) -> list[str]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    if wrong := [name for name in names if name not in _CACHES]:
        raise typer.BadParameter(f"--without {wrong[0]!r} is none of {', '.join(_CACHES)}")
    return [_CACHES[name] for name in names]


def backup(
    folder: Annotated[
        Path, typer.Argument(help="Where backups lie, each in a folder of its time. Another disk.")
    ],
    store: Store = None,
    collection: Collection = "products",
    keep: Annotated[
        int | None,
        typer.Option(help="Afterwards remove all but the newest so many of this index.", min=1),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            metavar="features,thumbnails", help="Leave caches out. What that costs: docs/backup.md."
        ),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(metavar="MINUTES", help="For an ingest to end, at most.", min=0),
    ] = _WAIT_MINUTES,
    as_json: Json = False,
) -> None:
    """Copy the index, its ledgers, models and catalogs to FOLDER. Searches go on meanwhile.

    For cron: a backup that is cut off leaves none, and each is checked as it is written. What has
    not changed is shared with the backup before (hard links). Nothing is ingested into an embedded
    index while it is copied. No setting, key or password is in a backup.
    """
    from ui.backup import back_up

    target = target_of(settings_here(), store, collection)
    warn_of_versions(target)
    with progress_bar() as progress:
        made = back_up(
            target, folder, keep=keep, without=_caches(without), wait_s=60 * wait,
            progress=progress, warn=warn,
        )  # fmt: skip
    show(made.to_json()) if as_json else _tell(made)


def _tell(made: "BackedUp") -> None:
    points = "an index" if made.points is None else f"{made.points:,} pictures"
    told = [
        f"{points}, {made.files:,} files, {made.bytes / 1e6:,.0f} MB in {made.seconds:.0f} s"
        + (f"; {made.linked:,} are those of the backup before" if made.linked else "")
    ]
    if made.left_out:
        told.append(f"Not in it: {', '.join(made.left_out)} (docs/backup.md)")
    if made.removed:
        told.append(f"Removed: {', '.join(made.removed)}")
    told.append(f"To restore it: snapshelf restore {shlex.quote(made.backup)}")
    for line in told:
        errors.print(line, markup=False, highlight=False, soft_wrap=True)


def restore(
    backup: Annotated[Path, typer.Argument(help="A folder that `snapshelf backup` wrote.")],
    store: Store = None,
    collection: Annotated[
        str | None, typer.Option(help="The alias to restore to. Default: the backup's.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Even if something is there; it is replaced.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a backup back, into this data folder and store, and verify it.

    The whole backup is checked before anything is touched. Cut off, the same command finishes it.
    When `verify` finds something afterwards, the exit code is 3.
    """
    from ui.console import verification_table
    from ui.restore import restore as bring_back

    with progress_bar() as progress:
        done = bring_back(
            backup, settings_here(), store, collection, force=force, progress=progress
        )
    if as_json:
        show(done.to_json())
    elif done.verified is None:
        errors.print("Restored. A page has the index open: end it, then run snapshelf verify.")
    else:
        show(verification_table(done.verified))
        verdict = "verified: nothing is amiss" if done.clean else "snapshelf verify finds faults"
        errors.print(f"{done.collection} is restored; {verdict}.", highlight=False)
    if done.clean is False:
        raise typer.Exit(REJECTED)


def upgrade(
    store: Store = None,
    collection: Collection = "products",
    backup: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to back it up first.")
    ] = None,
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="There is a backup already, made before today.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rewrite an embedded index that an older engine wrote, after an update of snapshelf.

    Every point is read and written again; no picture is looked at. Cut off, nothing has changed.
    A Qdrant server looks after its own files. Which versions go together: docs/upgrade.md.
    """
    from ui.backup import back_up

    if (backup is None) != no_backup:
        raise typer.BadParameter("name a folder to back up to (--backup FOLDER), or --no-backup")
    target = target_of(settings_here(), store, collection)
    with progress_bar() as progress, target.open() as opened:
        if backup is not None:
            back_up(target, backup, progress=progress, warn=warn)
        result = opened.upgrade(partial(progress, "rewrite"))
    if as_json:
        show(result.to_json())
        return
    same = result.before == result.after
    told = "nothing to do" if same else f"rewritten from {result.before}; run snapshelf verify"
    errors.print(f"{result.points:,} pictures are of {result.after}: {told}.", highlight=False)
