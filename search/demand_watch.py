"""A search service whose unmet searches are noted, without a shopper waiting for it."""

import logging
import threading
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING, Any, Self

from search.demand import BadDemandLog, DemandLog, Kind, Unmet, unmet
from search.request import SearchRequest
from search.result import SearchResult
from vision.decoder import Decoder
from vision.errors import UnreadableImage
from vision.image import thumbnail

if TYPE_CHECKING:
    from search.follow import Following
    from search.service import SearchService

_LOG = logging.getLogger(__name__)

PICTURE_SIDE = 128
MAX_WORDS = 100
# Photos in memory that wait to be noted; what comes while so many wait is not noted.
_WAITING = 8
# Old entries go in time, also where nobody searches in vain any more.
_TRIM_S = 3600.0

_Note = tuple[Kind, SearchRequest, SearchResult]


class Noticing:
    """`service`, with a note of each search that it could not answer. Safe for several threads.

    A thread of its own writes the notes; where that fails, or is too slow, notes are missing and
    the log says so, and no search is touched. The log stays the caller's to close.
    """

    def __init__(self, service: "SearchService | Following", log: DemandLog) -> None:
        self._service = service
        self._log = log
        self._decoder = Decoder(1)
        self._notes: Queue[_Note | None] = Queue(_WAITING)
        self._thread = threading.Thread(target=self._write, name="demand-log", daemon=True)
        self._thread.start()

    def search(self, request: SearchRequest) -> SearchResult:
        result = self._service.search(request)
        kind = unmet(request, result)
        if kind is not None:
            try:
                self._notes.put_nowait((kind, request, result))
            except Full:
                _LOG.warning("an unmet search was not noted: too many at once")
        return result

    def categories(self) -> dict[str, int]:
        return self._service.categories()

    def count(self) -> int:
        return self._service.count()

    def __getattr__(self, name: str) -> Any:
        """All that is no search of its own goes straight through."""
        return getattr(self._service, name)

    def close(self) -> None:
        """After the notes that wait are written; may be called twice."""
        if self._thread.is_alive():
            self._notes.put(None)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        while True:
            try:
                note = self._notes.get(timeout=_TRIM_S)
                if note is None:
                    return
                self._log.put(self._entry(*note))
            except Empty:
                self._trim()
            except (BadDemandLog, UnreadableImage) as error:
                _LOG.warning("an unmet search was not noted: %s", error)

    def _trim(self) -> None:
        try:
            self._log.trim()
        except BadDemandLog as error:
            _LOG.warning("old entries could not be removed: %s", error)

    def _entry(self, kind: Kind, request: SearchRequest, result: SearchResult) -> Unmet:
        return Unmet(
            day=self._log.today().isoformat(),
            kind=kind,
            score=max((hit.score for hit in result.hits), default=None),
            guess=next((guess.name for guess in result.route.guesses), None),
            words=" ".join(request.text.split())[:MAX_WORDS],
            photo=self._picture(request) if request.image else b"",
        )

    def _picture(self, request: SearchRequest) -> bytes:
        """Only of the part that was searched by."""
        # of a crop at full scale: what is left after cutting may be small
        side = None if request.crop else PICTURE_SIDE // 2
        image = self._decoder.decode(request.image, min_side=side)
        if request.crop is not None:
            image = request.crop.cut(image)
        image.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
        return thumbnail(image)
