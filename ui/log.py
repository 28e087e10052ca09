"""What the log says: lines for people, or one JSON object each; and whose work a line is about."""

import io
import json
import logging
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import IO, Any, cast

from rich.console import Console

_LOG = logging.getLogger(__name__)
# Other libraries are heard when they warn: some tell addresses with their secrets before that.
_ROOMS = ("catalog", "vision", "ingest", "search", "lab", "ui")
# Terminal words to levels.
_LEVELS = {"error: ": logging.ERROR, "warning: ": logging.WARNING}
# No line is to be wrapped.
_WIDTH = 1_000_000

_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default=MappingProxyType({}))


def fresh_id() -> str:
    return uuid.uuid4().hex[:16]


def id_of(kind: str) -> str | None:
    """The `run` or the `request` that is worked on here."""
    return _ids.get().get(kind)


@contextmanager
def named(**ids: str) -> Iterator[None]:
    """Every line that is logged inside carries these, `run` or `request`."""
    before = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(before)


def facts(**values: Any) -> dict[str, Any]:
    """For `extra`: fields of a line of their own."""
    return {"facts": values}


class JsonLines(logging.Formatter):
    """One object a line: time, level, event, logger, the ids, and the line's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            **_ids.get(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_as_json(console: Console) -> None:
    """From now on everything on stderr is a JSON object a line, also what `console` prints."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for room in _ROOMS:
        logging.getLogger(room).setLevel(logging.INFO)
    sys.excepthook = _last_words
    console.file = cast(IO[str], _Lines())
    console.width = _WIDTH


def serve_as_json() -> None:
    """uvicorn brings handlers of its own, which would write text; without them it uses ours."""
    from uvicorn.config import LOGGING_CONFIG

    LOGGING_CONFIG["loggers"] = {}


def _last_words(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _LOG.critical("the program has ended in a fault", exc_info=(kind, error, trace))


class _Lines(io.TextIOBase):
    """A file whose lines go to the log."""

    def write(self, text: str) -> int:
        for line in filter(None, map(str.strip, text.splitlines())):
            level = next((kind for kind in _LEVELS if line.startswith(kind)), "")
            _LOG.log(_LEVELS.get(level, logging.INFO), "%s", line.removeprefix(level))
        return len(text)
