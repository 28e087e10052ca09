"""The search over whatever the alias means at the time: a change of model needs no restart."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Self

from catalog.contract import CollectionInfo
from catalog.errors import CatalogError, NoIndex
from catalog.store import Hit
from search.request import SearchRequest
from search.result import SearchResult
from search.service import Embedded, SearchService
from vision.box import Box
from vision.errors import VisionError

_LOG = logging.getLogger(__name__)

# Between two looks at the alias, seconds; and after a collection that could not be opened.
LOOK_S = 1.0
AGAIN_S = 15.0

Open = Callable[[CollectionInfo], AbstractContextManager[SearchService]]
"""The service over one collection, with the model that made it."""


class _Pair:
    """One collection and its model. Closed by whoever lets go of it last."""

    def __init__(
        self, info: CollectionInfo, revision: str, opened: AbstractContextManager[SearchService]
    ) -> None:
        self.info = info
        self.served = info.fingerprint, revision
        self.service = opened.__enter__()
        self._opened = opened
        self._users = 1

    def take(self) -> None:
        self._users += 1

    def leave(self) -> bool:
        """Whether nobody is left."""
        self._users -= 1
        return not self._users

    def close(self) -> None:
        self._opened.__exit__(None, None, None)


class Following:
    """A `SearchService` that moves with the alias. Safe for several threads.

    Every answer is wholly of one collection and its own model: those under way are finished where
    they began. The next collection is opened while the present one answers; where that fails, its
    model being absent here, say, the present one goes on answering and the log tells why.

    `describe` tells what the alias means; while that is nothing, every question raises NoIndex.
    With another `revision` the same collection is opened again.
    Raises what `opened` raises, for a collection that is there at the start.
    """

    def __init__(
        self,
        describe: Callable[[], CollectionInfo | None],
        opened: Open,
        *,
        revision: Callable[[], str] = str,
        look_s: float = LOOK_S,
        again_s: float = AGAIN_S,
    ) -> None:
        info = describe()
        self._describe = describe
        self._revision = revision
        self._open = opened
        self._waits = look_s, again_s
        self._lock = threading.Lock()
        self._pair = None if info is None else self._pair_of(info, revision())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow-alias", daemon=True)
        self._thread.start()

    def search(self, request: SearchRequest) -> SearchResult:
        with self._service() as service:
            return service.search(request)

    def product(self, product_id: str) -> Sequence[Hit]:
        with self._service() as service:
            return service.product(product_id)

    def facets(self, request: SearchRequest) -> Mapping[str, Mapping[str, float]]:
        with self._service() as service:
            return service.facets(request)

    def embed(self, image: bytes, crop: Box | None = None) -> Embedded:
        with self._service() as service:
            return service.embed(image, crop)

    def categories(self) -> dict[str, int]:
        with self._service() as service:
            return service.categories()

    def count(self) -> int:
        with self._service() as service:
            return service.count()

    def close(self) -> None:
        """After the last answer; may be called twice."""
        if not self._ended.is_set():
            self._ended.set()
            self._thread.join()
            if self._pair is not None:
                self._leave(self._pair)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _service(self) -> Iterator[SearchService]:
        with self._lock:
            pair = self._pair
            if pair is None:
                raise NoIndex("the store")
            pair.take()
        try:
            yield pair.service
        finally:
            self._leave(pair)

    def _pair_of(self, info: CollectionInfo, revision: str) -> _Pair:
        return _Pair(info, revision, self._open(info))

    def _leave(self, pair: _Pair) -> None:
        with self._lock:
            last = pair.leave()
        if last:
            pair.close()

    def _follow(self) -> None:
        look_s, again_s = self._waits
        wait_s = look_s
        while not self._ended.wait(wait_s):
            try:
                self._look()
                wait_s = look_s
            except (CatalogError, VisionError, OSError) as error:
                wait_s = again_s
                _LOG.warning("the index has moved on and cannot be opened yet: %s", error)

    def _look(self) -> None:
        revision, info, pair = self._revision(), self._describe(), self._pair
        if info is None or (pair is not None and (info.fingerprint, revision) == pair.served):
            return
        fresh = self._pair_of(info, revision)
        with self._lock:
            old, self._pair = self._pair, fresh
        _LOG.info("searching with %s from now on", info.name)
        if old is not None:
            self._leave(old)
