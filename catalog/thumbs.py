"""Small pictures of the products, by the sha256 of the image they were made from."""

import re
from pathlib import Path

from catalog.folder import replace_file

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Thumbs:
    """JPEG files at `<root>/<first two digits>/<sha256>.jpg`; any number of processes may write."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, sha256: str, data: bytes) -> None:
        """Keep `data`; who reads meanwhile sees the old picture or the new one, never a part."""
        path = self._place(sha256)
        # not durable: a lost thumbnail is made again, and waiting for the disk at each is slow
        try:
            replace_file(path, data, durable=False)
        except FileNotFoundError:  # the first one of its folder
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, data, durable=False)

    def path(self, sha256: str) -> Path | None:
        """The file, or None when there is none. Raises ValueError for what is not a sha256."""
        path = self._place(sha256)
        return path if path.is_file() else None

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):  # it becomes a path: nothing but hex digits may pass
            raise ValueError(
                f"this is not a sha256 · {sha256!r} · give 64 lower-case hexadecimal digits"
            )
        return self._root / sha256[:2] / f"{sha256}.jpg"
