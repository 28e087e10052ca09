"""Images on the disk, from the catalog's own folder and nowhere else."""

import errno
import os
import stat
from pathlib import Path

from ingest.errors import FetchError

MAX_BYTES = 15_000_000
# Opening a FIFO must not wait for its writer.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_REASONS = {
    errno.ENOENT: ("not_found", "there is no such file", "correct the path or supply the file"),
    errno.ENOTDIR: ("not_found", "there is no such file", "correct the path or supply the file"),
    errno.ENAMETOOLONG: ("not_found", "no file has a name this long", "correct the path"),
    errno.ELOOP: ("not_a_file", "the link leads in a circle", "correct the link"),
    errno.EACCES: ("unreadable_file", "the file may not be read", "change its permissions"),
}


class Folder:
    """The files below `root`; a reference that leaves it, by whatever way, is refused."""

    def __init__(self, root: Path, max_bytes: int = MAX_BYTES) -> None:
        self._root = root.resolve()
        self._at = str(self._root)
        self._max_bytes = max_bytes

    def read(self, ref: str) -> bytes:
        """Raises FetchError."""
        path = self._inside(ref)
        # first by name: opening some devices already does something
        self._check_regular(self._stat(path, ref), ref)
        try:
            descriptor = os.open(path, _FLAGS)
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                self._check_regular(found, ref)
                # its own size, for room for the largest would be asked for with each
                data = file.read(min(found.st_size, self._max_bytes) + 1)
        except OSError as error:
            raise _fetch_error(error, ref) from error
        if len(data) > self._max_bytes:
            raise FetchError(
                "too_large", f"over {self._max_bytes:,} bytes · {ref} · supply a smaller copy"
            )
        if not data:
            raise FetchError("empty_body", f"the file is empty (0 bytes) · {ref} · supply it again")
        return data

    def signature(self, ref: str) -> str:
        """Changes whenever the file is written: "size:mtime_ns". Raises FetchError.

        Looks where `ref` leads without asking whether that is inside: this is done for every
        row of every run, and only `read` hands anything on.
        """
        try:
            found = os.stat(os.path.join(self._at, ref))  # noqa: PTH116, PTH118 - ten times as fast
        except (OSError, ValueError):
            # whether a file outside exists must not be told
            found = self._stat(self._inside(ref), ref)
        return f"{found.st_size}:{found.st_mtime_ns}"

    def _inside(self, ref: str) -> str:
        if "\0" in ref:
            raise FetchError("not_found", "a path cannot hold a NUL · correct the path")
        try:
            path = os.path.realpath(os.path.join(self._at, ref))  # noqa: PTH118 - twice as fast
        except (OSError, ValueError) as error:
            raise FetchError("not_a_file", f"the path leads nowhere ({error}) · {ref}") from error
        if os.path.commonpath([self._at, path]) != self._at:
            raise FetchError(
                "outside_root",
                f"the path leads out of the catalog's folder · {ref} · "
                "copy the image there, or name another image root",
            )
        return path

    def _stat(self, path: str, ref: str) -> os.stat_result:
        try:
            return os.stat(path)  # noqa: PTH116
        except OSError as error:
            raise _fetch_error(error, ref) from error

    def _check_regular(self, found: os.stat_result, ref: str) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise FetchError("not_a_file", f"not an ordinary file · {ref} · name an image file")


def _fetch_error(error: OSError, ref: str) -> FetchError:
    unknown = ("unreadable_file", f"the file cannot be read ({error.strerror})", "check the disk")
    reason, what, mend = _REASONS.get(error.errno or 0, unknown)
    return FetchError(reason, f"{what} · {ref[:200]} · {mend}")
