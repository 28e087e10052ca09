"""Where the images of several catalogs are: a product's source and its reference to bytes."""

import threading
from collections.abc import Callable, Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ingest.errors import FetchError
from ingest.fetch import Fetcher


class Sources:
    """One fetcher a source, made when it is first needed. Safe for several threads.

    `root` tells the folder that a source's paths are relative to, None when nobody knows it.
    `allow_hosts` as in `Fetcher`.
    """

    def __init__(
        self, root: Callable[[str], Path | None], *, allow_hosts: Collection[str] = ()
    ) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._fetchers: dict[str, Fetcher | None] = {}
        self._web = Fetcher(Path(), allow_hosts=allow_hosts)
        self._opened = ExitStack()
        self._opened.enter_context(self._web)

    def fetch(self, source: str, ref: str) -> bytes:
        """Raises FetchError."""
        fetcher = self._web if "://" in ref else self._of(source)
        if fetcher is None:
            raise FetchError(
                "unknown_root",
                f"it is not known here which folder the images of {source!r} are in · {ref} · "
                f"name it: --root {source}=FOLDER",
            )
        return fetcher.fetch(ref)

    def hurry(self) -> None:
        """From now on nothing is tried again."""
        self._web.hurry()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _of(self, source: str) -> Fetcher | None:
        with self._lock:
            if source not in self._fetchers:
                root = self._root(source)
                made = None if root is None else self._opened.enter_context(Fetcher(root))
                self._fetchers[source] = made
            return self._fetchers[source]
