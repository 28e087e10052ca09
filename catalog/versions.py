"""Which versions go together: of the embedded engine and its files, of a server and its client.

An engine is told as "NAME VERSION", e.g. "qdrant-edge 0.9.0"; only its minor version counts.
"""

import re
from importlib.metadata import version

from catalog.errors import IndexMismatch

EDGE = "qdrant-edge"
SERVER = "qdrant"
# a server without ACORN and metadata of collections does not do
OLDEST_SERVER = (1, 16)
_VERSION = re.compile(r"(?:([\w-]+) )?v?(\d+)\.(\d+)\b.*")


def edge_engine() -> str:
    """The embedded engine of this program."""
    return f"{EDGE} {version('qdrant-edge-py')}"


def minor(engine: str) -> tuple[int, int]:
    """The numbers that count. Raises ValueError for what is no version."""
    found = _VERSION.fullmatch(engine)
    if found is None:
        raise ValueError(f"this is not an engine's version · {engine!r} · e.g. qdrant-edge 0.9.0")
    return int(found[2]), int(found[3])


def is_current(found: str) -> bool:
    """Whether the embedded engine's files are of this program's minor version.

    "" for files of the editions that did not write it down: all of them were of 0.9.
    """
    return minor(found or f"{EDGE} 0.9") == minor(edge_engine())


def check_not_newer(found: str, what: str) -> None:
    """Raise IndexMismatch for the embedded engine's files of a newer minor version."""
    ours = edge_engine()
    if found and minor(found) > minor(ours):
        raise IndexMismatch(
            f"{what} was written by a newer engine",
            expected=f"{ours} or older",
            found=found,
            mend="nothing was changed; use the edition of snapshelf that wrote it, or a newer one "
            "(pip install --upgrade snapshelf)",
        )


def check_files(found: str, what: str) -> None:
    """Raise IndexMismatch unless this program's embedded engine may open the files.

    It writes as soon as it opens them, so that afterwards there would be no way back.
    """
    check_not_newer(found, what)
    if not is_current(found):
        raise IndexMismatch(
            f"{what} was written by an older engine",
            expected=edge_engine(),
            found=found,
            mend="rewrite it, which keeps every vector: snapshelf upgrade",
        )


def check_kind(found: str, ours: str) -> None:
    """Raise IndexMismatch where a backup of the one engine is to be given to the other."""
    there, here = found.partition(" ")[0], ours.partition(" ")[0]
    if there != here:
        raise IndexMismatch(
            "the backup is of the other engine",
            expected=here,
            found=there,
            mend="nothing was changed; restore it with --store FOLDER"
            if there == EDGE
            else "nothing was changed; restore it with --store http://HOST:6333",
        )


def check_snapshot(found: str, ours: str) -> None:
    """Raise IndexMismatch unless a server `ours` may take a snapshot of the server `found`.

    Qdrant promises that a version reads what the minor version before it has stored, no more.
    """
    check_kind(found, ours)
    there, here = minor(found), minor(ours)
    if there[0] != here[0] or not 0 <= here[1] - there[1] <= 1:
        nearest = f"{there[0]}.{there[1]}"
        raise IndexMismatch(
            "the backup's snapshot is not for this server",
            expected=f"a snapshot of {ours}, or of one minor version before",
            found=found,
            mend=f"nothing was changed; start a Qdrant server {nearest}, restore there, then "
            "update it one minor version at a time (docs/upgrade.md)",
        )


def server_advice(server: str, client: str) -> str:
    """What to tell whoever mixes a server and a client of far versions; "" when all is well.

    Raises IndexMismatch for a server that lacks what searches need.
    """
    there, here = minor(server), minor(client)
    if there < OLDEST_SERVER:
        raise IndexMismatch(
            "the Qdrant server is too old",
            expected=f"{SERVER} {OLDEST_SERVER[0]}.{OLDEST_SERVER[1]} or later",
            found=server,
            mend="nothing was changed; update it, one minor version at a time (docs/upgrade.md)",
        )
    if there[0] != here[0] or abs(there[1] - here[1]) > 1:
        older = "the server, one minor version at a time" if there < here else "snapshelf"
        return (
            f"the Qdrant server and its client are more than one minor version apart · server "
            f"{server}, client {client} · update {older} (docs/upgrade.md)"
        )
    return ""
