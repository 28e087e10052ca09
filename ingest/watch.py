"""A source that is read again whenever it has changed.

By looking at it, not by asking the system to tell: this works on network drives too, and a source
that is still being written has to be looked at in any case.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

POLL_S = 1.0
# A source is read once it has looked the same for so long: exports are written in pieces.
QUIET_S = 2.0
# Between two looks, in times of what the last one took: a large folder takes seconds.
_PAUSES = 10
# Between two looks at whether to stop.
_GLANCE_S = 0.1


def changes(
    path: Path,
    stop: Event,
    *,
    poll_s: float = POLL_S,
    quiet_s: float = QUIET_S,
    gone: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """One when the source is first at rest, then one after each change; ends when `stop` is set.

    A change while the caller reads is followed by one more. A source that is not there is waited
    for, and `gone` is called once each time.
    """
    done: str | None = None
    there = True
    while not stop.is_set():
        began = time.monotonic()
        state = state_of(path)
        if there and state is None:
            gone()
        there = state is not None
        if state in (None, done):
            _wait(stop, max(poll_s, _PAUSES * (time.monotonic() - began)))
        elif not _wait(stop, quiet_s) and state_of(path) == state:
            done = state
            yield


def _wait(stop: Event, seconds: float) -> bool:
    """`stop.wait` for an event that a signal sets: its lock must not be held when that comes."""
    end = time.monotonic() + seconds
    while not stop.is_set() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _GLANCE_S))
    return stop.is_set()


def state_of(path: Path) -> str | None:
    """Changes whenever the file, or a file of the folder, is written, added or taken away.

    None when there is nothing.
    """
    if not path.is_dir():
        return _stat(path)
    seen = hashlib.sha256()
    for folder, folders, files in os.walk(path):
        # neither editors' leftovers nor our own data folder are part of a catalog
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            at = Path(folder, name)
            seen.update(f"{at}\0{_stat(at)}\0".encode(errors="surrogateescape"))
    return seen.hexdigest()


def _stat(path: Path) -> str | None:
    try:
        found = path.stat()
    except OSError:
        return None
    # the inode too: a file may be replaced by one of the same size, and keep an old time
    return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
