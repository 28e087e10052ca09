"""An image reference to its bytes, from the disk or the network."""

from collections.abc import Collection
from pathlib import Path
from typing import Self

from tenacity import RetryCallState, Retrying

from ingest.errors import FetchError
from ingest.files import Folder
from ingest.report import Counts
from ingest.retry import default_retrying
from ingest.web import Web, WebLimits


class Fetcher:
    """Paths are relative to `root` and stay in it; URLs follow the rules of `addresses`.

    `allow_hosts` are hosts ("host" or "host:port") that may lie in a private network.
    Safe for several threads. Raises BadHost.
    """

    def __init__(
        self,
        root: Path,
        *,
        allow_hosts: Collection[str] = (),
        limits: WebLimits | None = None,
        web: Web | None = None,
        retrying: Retrying | None = None,
    ) -> None:
        self._folder = Folder(root)
        self._web = web or Web(allow_hosts, limits)
        self.retries = Counts()
        """Of all attempts after the first, by the reason why the one before had failed."""
        waiting = retrying or default_retrying(self._web.hurry)
        self._retrying = waiting.copy(before_sleep=self._count)

    def fetch(self, ref: str) -> bytes:
        """At least one byte, at most the limit. Raises FetchError with the number of attempts."""
        if not _is_url(ref):
            return self._folder.read(ref)
        attempts = 0

        def once() -> bytes:
            nonlocal attempts
            attempts += 1
            return self._web.get(ref)

        try:
            data = self._retrying(once)
        except FetchError as error:
            raise FetchError(error.reason, error.message, attempts) from error
        if not data:
            message = f"the answer is empty (0 bytes) · {ref.partition('?')[0]} · supply the image"
            raise FetchError("empty_body", message, attempts)
        return data

    def stat(self, ref: str) -> str | None:
        """A cheap signature of a local file, None for a URL. Raises FetchError."""
        return None if _is_url(ref) else self._folder.signature(ref)

    def _count(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, FetchError):
            self.retries.add(error.reason)

    def hurry(self) -> None:
        """From now on nothing is tried again: what is under way ends soon, for a run that stops."""
        self._web.hurry.set()

    def close(self) -> None:
        self._web.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_url(ref: str) -> bool:
    return "://" in ref
