"""What the search tab does when somebody uses it: questions in, markup out."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from catalog.errors import CatalogError, NoIndex
from catalog.store import Hit
from catalog.thumbs import Thumbs
from search.errors import UnknownProduct
from search.request import SearchRequest
from search.result import Region, SearchResult
from ui.page import view
from ui.page.draw import draw
from ui.page.language import Language
from ui.page.narrow import narrow
from ui.page.panel import SIMILAR, panel
from ui.page.photos import PhotoGone, Photos
from ui.page.question import PAGE, Question, alike, category_of
from ui.page.view import Notice
from vision.errors import UnreadableImage

_LOG = logging.getLogger(__name__)
_WORD = re.compile(r"[^\W\d_]{3}")


class Searching(Protocol):
    """What the page needs of `search.service.SearchService`."""

    def search(self, request: SearchRequest) -> SearchResult: ...

    def product(self, product_id: str) -> Sequence[Hit]: ...

    def categories(self) -> dict[str, int]: ...

    def count(self) -> int: ...


@dataclass(frozen=True)
class Reply:
    """What the search tab shows next."""

    answer: str
    narrow: str = ""


@dataclass(frozen=True)
class Desk:
    """Answers for one index. Raises nothing for a bad photo or index: the reply says it."""

    service: Searching
    thumbs: Thumbs
    photos: Photos
    examples: Sequence[Path]
    title: str

    def head(self, say: Language) -> str:
        """The page's name, and how much there is to search."""
        try:
            images, categories = self.service.count(), len(self.service.categories())
        except CatalogError as error:
            broken(error, say)
            images, categories = 0, 0
        return draw("head", say, title=self.title, images=images, categories=categories)

    def ask(self, say: Language) -> str:
        """The frame for a photo, and the field for words."""
        names = [example_name(path) for path in self.examples]
        return draw("ask", say, examples=names)

    def answer(self, number: object, question: Question, say: Language) -> Reply:
        """The shelf for a question; for none, the welcome. `number` is the browser's own."""
        about = self.about(number, question)
        try:
            known = self.service.categories()
            question = question.within(known)
            about = self.about(number, question)
            if not question.has_subject:
                return Reply(self._welcome(question, known, say, about))
            found = self._found(question, known)
        except (PhotoGone, UnreadableImage, UnknownProduct, CatalogError, ValueError) as error:
            return Reply(draw("notice", say, notice=self._notice(error, say), **about))
        result, regions = found
        category = category_of(question.category, known)
        shown = view.answer(result, question, category, known, self._has_picture, say)
        return Reply(
            draw(
                "answer", say, answer=shown, options=view.options(known, say), page=PAGE,
                steering=self._steering(question, say), alike=alike, **about,
            ),
            draw("narrow", say, narrow=narrow(result, question, regions, say), **about),
        )  # fmt: skip

    def about(self, number: object, question: Question) -> dict[str, Any]:
        """What an answer tells the browser about itself."""
        return {"number": number if isinstance(number, int) else 0, "question": question}

    def photo(self, path: object) -> str:
        """The token of a photo that was uploaded. Raises PhotoGone."""
        return self.photos.uploaded(path)

    def example(self, place: object) -> str | None:
        """The token of the example that was clicked; None for a place that does not exist."""
        inside = isinstance(place, int) and 0 <= place < len(self.examples)
        return self.photos.keep(self.examples[place]) if isinstance(place, int) and inside else None

    def product(self, product_id: str, say: Language, number: object = 0) -> str:
        """The panel of one product. `number` is the browser's own."""
        number = number if isinstance(number, int) else 0
        try:
            views = self.service.product(product_id)
            around = self.service.search(SearchRequest(like=product_id, k=SIMILAR))
        except (UnknownProduct, CatalogError) as error:
            return draw("panel_gone", say, notice=self._notice(error, say), number=number)
        shown = panel(views, around, self._has_picture, say)
        return draw("panel", say, panel=shown, alike=alike, number=number)

    def _found(
        self, question: Question, known: Mapping[str, int]
    ) -> tuple[SearchResult, Sequence[Region]]:
        """The result, and the parts of the photo that are worth a search of their own."""
        token = question.photo
        if token is None:
            return self.service.search(question.request(b"", known)), ()
        data = self.photos.read(token)
        regions = self.photos.regions(token)
        first = regions is None and question.crop is None
        result = self.service.search(question.request(data, known, crops=first))
        if first:
            self.photos.note(token, result.regions)
        return result, result.regions if first else regions or ()

    def _welcome(
        self, question: Question, known: Mapping[str, int], say: Language, about: dict[str, Any]
    ) -> str:
        if not known and not self.service.count():
            notice = Notice(say("notice.empty_title"), say("notice.empty"))
            return draw("notice", say, notice=notice, **about)
        narrowed = view.tags(question, say)
        return draw("welcome", say, categories=known, tags=narrowed, **about)

    def _steering(self, question: Question, say: Language) -> list[tuple[str, view.Card]]:
        """The products that pull (`liked`) and push (`disliked`), and the one to be like."""
        given = [
            *(("like", one) for one in filter(None, [question.like])),
            *(("liked", one) for one in question.liked),
            *(("disliked", one) for one in question.disliked),
        ]
        found = []
        for role, product_id in given:
            hit = self.service.product(product_id)[0]
            found.append((role, view.card(hit, None, self._has_picture, say)))
        return found

    def _notice(self, error: Exception, say: Language) -> Notice:
        if isinstance(error, UnreadableImage):
            return view.unreadable(error, say)
        if isinstance(error, PhotoGone):
            return Notice(say("notice.gone_title"), say("notice.gone"), drop=True)
        if isinstance(error, UnknownProduct):
            return Notice(say("notice.no_product_title"), say("notice.no_product"))
        if isinstance(error, CatalogError):
            return broken(error, say)
        return Notice(say("notice.cannot_title"), say("notice.cannot"), str(error))

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


def broken(error: CatalogError, say: Language) -> Notice:
    """For the shopper a plain word; the cause, which names hosts and folders, to the log."""
    what = "empty" if isinstance(error, NoIndex) else "closed"
    if what == "closed":  # an empty shelf is no fault
        _LOG.error("the index cannot be searched: %s", error)
    return Notice(say(f"notice.{what}_title"), say(f"notice.{what}"), passing=what == "closed")
