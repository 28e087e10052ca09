"""The folder of shoppers' photos: how long they stay there, and how many."""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ui.shell import BadSettings

_DAY_S, _HOUR_S = 86_400, 3_600
# A photo and its folder take blocks of a disk, however small the photo.
_LEAST = 16 << 10
# The toolkit names a photo's folder by what is in it. Whatever else lies there is not ours.
_OURS = re.compile(r"[0-9a-f]{64}")
_MOST = 1 << 30


class PhotoFolder:
    """The toolkit's upload folder, swept: a photo goes after a day, and the oldest go first when
    all together take more than `most` bytes (without: a GiB, or half of a smaller disk).

    The toolkit's own sweep counts no bytes, and forgets what a killed process has left. Raises
    BadSettings.
    """

    def __init__(self, path: Path, most: int | None = None) -> None:
        try:
            # other people of this machine have no business with shoppers' photos
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise BadSettings(
                f"GRADIO_TEMP_DIR: no photos can lie in a file · {path} · name a folder; it is "
                "made if there is none"
            ) from error
        self.path = path
        self._most = min(_MOST, shutil.disk_usage(path).total // 2) if most is None else most
        self._arrived = 0
        self._swept_at = time.monotonic()
        self._lock = threading.Lock()

    def arrived(self, size: int) -> bool:
        """Notes an upload of `size` bytes; whether it is time to sweep."""
        self._arrived += max(size, _LEAST)
        late = time.monotonic() - self._swept_at > _HOUR_S
        return late or self._arrived > self._most // 10

    def sweep(self) -> Sequence[Path]:
        """Removes what has to go, and tells what that was. Safe for several threads."""
        with self._lock:
            self._arrived, self._swept_at = 0, time.monotonic()
            self._remove_empty()
            kept, gone, until = 0, [], time.time() - _DAY_S
            for changed, size, path in sorted(self._photos(), reverse=True):
                kept += max(size, _LEAST)
                if changed < until or kept > self._most:
                    path.unlink(missing_ok=True)
                    gone.append(path)
            return gone

    def _folders(self) -> Iterator[os.DirEntry[str]]:
        for folder in os.scandir(self.path):
            if _OURS.fullmatch(folder.name) and folder.is_dir(follow_symlinks=False):
                yield folder

    def _photos(self) -> Iterator[tuple[float, int, Path]]:
        """When it changed, its bytes, and where it is."""
        for folder in self._folders():
            for file in os.scandir(folder):
                with suppress(FileNotFoundError):  # the toolkit sweeps, too
                    told = file.stat(follow_symlinks=False)
                    yield told.st_mtime, told.st_size, Path(file.path)

    def _remove_empty(self) -> None:
        """Folders that nothing has come to or gone from for an hour: a photo may be on its way."""
        for folder in self._folders():
            if folder.stat(follow_symlinks=False).st_mtime < time.time() - _HOUR_S:
                with suppress(OSError):  # there is a photo
                    Path(folder.path).rmdir()
