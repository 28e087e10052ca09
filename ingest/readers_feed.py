"""Product feeds in XML (RSS 2.0, Atom), item by item, in constant memory."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import Locator

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from ingest.errors import BadCatalog
from ingest.opening import MAX_LINE_BYTES, open_bytes
from ingest.records import Raw

ITEMS = ("item", "entry")
_PIECE_BYTES = 1 << 16
_SAMPLES = 100
# Feeds need five.
_MAX_DEPTH = 50


class Feed:
    """The children of each item by their name, without prefix.

    A prefixed child (`g:id`) goes before a plain one of the same name (Atom's own `id`). Raises
    BadCatalog: no item, or XML that is broken or declares entities.
    """

    kind = "XML"

    def __init__(self, path: Path) -> None:
        self._path = path
        if next(self.samples(), None) is None:
            raise BadCatalog(
                f"the feed has no <item> and no <entry> · {path.name} · "
                "give an RSS 2.0 or Atom product feed"
            )

    def samples(self) -> Iterator[Mapping[str, Any]]:
        return (raw.values for raw in islice(self.rows(), _SAMPLES))

    def rows(self) -> Iterator[Raw]:
        parser = make_parser()
        handler = _Items(parser)
        parser.setContentHandler(handler)
        with open_bytes(self._path) as file:
            try:
                while piece := file.read(_PIECE_BYTES):
                    handler.waiting += len(piece)
                    parser.feed(piece)
                    if handler.waiting > MAX_LINE_BYTES:
                        raise self._bad(handler.line, "a tag without end")
                    yield from handler.taken()
                parser.close()
                yield from handler.taken()
            except SAXParseException as error:
                raise self._bad(error.getLineNumber() or 0, error.getMessage()) from error
            except DefusedXmlException as error:
                what = "it declares a document type or entities"
                raise self._bad(handler.line, what) from error

    def _bad(self, line: int, what: str) -> BadCatalog:
        # what follows cannot be read, and a feed read in part must not look like a whole one
        return BadCatalog(f"the feed is no XML: {what} · {self._path.name} line {line} · mend it")


class _Items(ContentHandler):
    """Keeps one item at a time; finished ones wait to be taken."""

    def __init__(self, at: Locator) -> None:
        super().__init__()
        self._at = at
        self.waiting = 0
        """Bytes since the parser last understood something."""
        self._ready: list[Raw] = []
        self._depth = 0
        self._path: list[str] = []
        """From the item to the element that is read; empty outside of items."""
        self._texts: dict[str, list[str]] = {}
        self._text: list[str] = []
        self._line = self._size = 0

    @property
    def line(self) -> int:
        return self._at.getLineNumber() or 0

    def taken(self) -> list[Raw]:
        ready, self._ready = self._ready, []
        return ready

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - the library's name
        self.waiting = 0
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SAXParseException("its elements nest too deeply", None, self._at)
        if not self._path:
            if name.rpartition(":")[2].lower() not in ITEMS:
                return
            self._line, self._size, self._texts = self.line, 0, {}
        # Atom's <link href="…"/>
        self._text = [attrs["href"]] if "href" in attrs else []
        self._size += len(name)
        self._path.append(name)

    def characters(self, content: str) -> None:
        self.waiting = 0
        self._size += len(content)
        if self._path and self._size <= MAX_LINE_BYTES:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - the library's name
        self.waiting = 0
        self._depth -= 1
        if not self._path:
            return
        text = "".join(self._text).strip()
        self._text = []
        if text and self._path[1:] and self._size <= MAX_LINE_BYTES:
            self._texts.setdefault(".".join(self._path[1:]), []).append(text)
        self._path.pop()
        if not self._path:
            self._ready.append(self._raw())

    def _raw(self) -> Raw:
        values = {key: texts if len(texts) > 1 else texts[0] for key, texts in self._texts.items()}
        # plain names first, so that prefixed ones take their place
        ordered = sorted(values.items(), key=lambda pair: ":" in pair[0])
        row = {".".join(p.rpartition(":")[2] for p in key.split(".")): v for key, v in ordered}
        if self._size <= MAX_LINE_BYTES:
            return Raw(self._line, row)
        message = f"the item is longer than {MAX_LINE_BYTES:,} characters · line {self._line}"
        return Raw(self._line, row, ("bad_row", f"{message} · shorten it"))
