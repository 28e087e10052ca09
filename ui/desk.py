"""What the page does when somebody uses it: photos and choices in, markup out."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from catalog.errors import CatalogError, NoIndex
from catalog.thumbs import Thumbs
from search.request import SearchRequest
from search.result import SearchResult
from ui import markup, view
from ui.view import Notice
from vision.errors import UnreadableImage

_LOG = logging.getLogger(__name__)
_WORD = re.compile(r"[^\W\d_]{3}")

_EMPTY_INDEX = Notice(
    "The shelf is empty",
    "Nothing has been indexed yet. Once a catalog is in, search by photo here.",
)
_CLOSED = Notice(
    "The shelf cannot be searched right now",
    "This is on our side, not your photo. Please try again in a moment.",
)
_GONE = Notice("That photo is no longer here", "Please upload it again.", drop=True)


class Searching(Protocol):
    """What the page needs of `search.service.SearchService`."""

    def search(self, request: SearchRequest) -> SearchResult: ...

    def categories(self) -> dict[str, int]: ...

    def count(self) -> int: ...


@dataclass(frozen=True)
class Reply:
    """What the page shows next; `usable` says whether the photo can be searched again."""

    markup: str
    choice: str = view.AUTOMATIC
    usable: bool = True


@dataclass(frozen=True)
class Desk:
    """Answers for one index. Raises nothing for a bad photo or index: the reply says it."""

    service: Searching
    thumbs: Thumbs
    examples: Sequence[Path]
    title: str

    def size(self) -> tuple[str, list[tuple[str, str]], str]:
        """The page's head, the category menu's options and the welcome, as the index is now."""
        try:
            images, categories = self.service.count(), self.service.categories()
        except CatalogError as error:
            bad = _broken(error)
            return markup.header(self.title, None, 0), view.options({}), markup.notice(bad)
        head = markup.header(self.title, images, len(categories))
        return head, view.options(categories), markup.welcome(categories)

    def answer(self, photo: Path | None, choice: object, k: float) -> Reply:
        """The shelf for a photo on disk; without one, the welcome."""
        if photo is None:
            return Reply(self.size()[2], usable=False)
        try:
            data = photo.read_bytes()
        except OSError as error:
            # the upload folder is swept daily; a page left open overnight still names its photo
            _LOG.info("an uploaded photo is gone: %s", error)
            return Reply(markup.notice(_GONE), usable=False)
        return self._search(data, choice, k)

    def example(self, place: object) -> Path | None:
        """The example photo that was clicked; None for a place that does not exist."""
        inside = isinstance(place, int) and 0 <= place < len(self.examples)
        return self.examples[place] if isinstance(place, int) and inside else None

    def _search(self, data: bytes, choice: object, k: float) -> Reply:
        try:
            known = self.service.categories()
            category = view.category_of(choice, known)
            result = self.service.search(SearchRequest(data, k=int(k), category=category))
        except UnreadableImage as error:
            return Reply(markup.notice(view.unreadable(error)), usable=False)
        except CatalogError as error:
            return Reply(markup.notice(_broken(error)))
        shown = view.answer(result, category, known, self._has_picture)
        pressed = next((chip.choice for chip in shown.chips if chip.pressed), view.AUTOMATIC)
        return Reply(markup.answer(shown), pressed)

    def _has_picture(self, sha256: str) -> bool:
        try:
            return self.thumbs.path(sha256) is not None
        except ValueError:
            # another program wrote this point, and its picture has no name of ours
            return False


def example_name(path: Path) -> str:
    """`red_running-shoe.jpg` → `Red running shoe`; "" for a mere number such as `Q0007.jpg`."""
    name = path.stem.replace("_", " ").replace("-", " ").strip().capitalize()
    return name if _WORD.search(name) else ""


def _broken(error: CatalogError) -> Notice:
    """For the shopper a plain word; the cause, which names hosts and folders, to the log."""
    _LOG.error("the index cannot be searched: %s", error)
    return _EMPTY_INDEX if isinstance(error, NoIndex) else _CLOSED
