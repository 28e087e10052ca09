"""Shoppers' photos while they are searched: on this machine, by a name that only they know."""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from search.result import Region
from vision.image import decode

# Names that are remembered; the photo used least recently is forgotten first.
_MOST = 10_000
# Twice the width at which the page shows a photo, for screens with small pixels.
_SHOWN_SIDE = 720


class PhotoGone(Exception):
    """No photo has this name (any more), or it was swept away."""


@dataclass
class _Kept:
    path: Path
    regions: Sequence[Region] | None = None


class Photos:
    """Photos by token. Safe for several threads.

    The files are the toolkit's own uploads, which it sweeps every day; here is only which token
    means which. `uploads` is the folder that an uploaded file must lie in.
    """

    def __init__(self, uploads: Path) -> None:
        self._uploads = uploads.resolve()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def uploaded(self, path: object) -> str:
        """A token for the file that a browser says it has uploaded. Raises PhotoGone."""
        full = Path(path).resolve() if isinstance(path, str) and "\0" not in path else None
        # what a browser says: it must not make us read any other file of this machine
        if full is None or not full.is_relative_to(self._uploads) or not full.is_file():
            raise PhotoGone
        return self.keep(full)

    def keep(self, path: Path) -> str:
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[token] = _Kept(path)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return token

    def read(self, token: str) -> bytes:
        """The file's bytes. Raises PhotoGone."""
        try:
            return self._of(token).path.read_bytes()
        except OSError as error:
            raise PhotoGone from error

    def shown(self, token: str) -> bytes:
        """A JPEG of it, upright and without metadata. Raises PhotoGone, UnreadableImage."""
        return _jpeg(decode(self.read(token), min_side=_SHOWN_SIDE // 2))

    def regions(self, token: str) -> Sequence[Region] | None:
        """What was suggested within it; None: nobody asked yet. Raises PhotoGone."""
        return self._of(token).regions

    def note(self, token: str, regions: Sequence[Region]) -> None:
        """Raises PhotoGone."""
        self._of(token).regions = tuple(regions)

    def _of(self, token: str) -> _Kept:
        with self._lock:
            if token not in self._kept:
                raise PhotoGone
            self._kept.move_to_end(token)
            return self._kept[token]


def _jpeg(image: Image.Image) -> bytes:
    image.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    image.info.clear()
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
