"""What all commands share with the terminal: settings, streams, signals, exit codes."""

import json
import os
import signal
import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from ui.build import Target
    from ui.settings import Settings
    from ui.tracing import Tracer
    from vision.progress import Progress

errors = Console(stderr=True)

REJECTED = 3
OUT_OF_BOUNDS = 4
INTERRUPTED = 130

_SPANS_TO = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class BadSettings(Exception):
    """Of the environment or `.env`; one argument for each that is wrong."""


def settings_here(log_format: str | None = None) -> "Settings":
    """Those of the environment this process runs in; the log is as they say, or as given.

    Raises BadSettings.
    """
    from pydantic import ValidationError

    from ui.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        found = error.errors(include_input=False)
        names = [_variable(str(one["loc"][0])) for one in found]
        told = [f"{name}: {one['msg']}" for name, one in zip(names, found, strict=True)]
        raise BadSettings(*told) from error
    except UnicodeDecodeError as error:
        raise BadSettings(f".env is not in UTF-8 ({error}); save it as UTF-8") from error
    if log_format:
        settings = settings.model_copy(update={"log_format": log_format})
    if settings.log_format == "json":
        from ui.log import log_as_json

        log_as_json(errors)
    return settings


def _variable(place: str) -> str:
    """Of a setting: its field, or the variable itself where that has a name of its own."""
    return place if place.isupper() else f"SNAPSHELF_{place}".upper()


def tracer_here() -> "Tracer | None":
    """Where OpenTelemetry's own environment variables say that spans are wanted."""
    if not any(os.environ.get(name) for name in _SPANS_TO):
        return None
    try:
        from ui.tracing import Tracer
    except ModuleNotFoundError as error:
        warn(f"no spans: an extra is missing ({error.name}) · pip install 'snapshelf[otel]'")
        return None
    return Tracer()


def target_of(settings: "Settings", store: str | None, collection: str) -> "Target":
    from ui.build import Target

    return Target(settings, settings.store_or_default(store), collection)


def progress_bar() -> "AbstractContextManager[Progress]":
    from ui.console import steps

    return steps(errors)


def stop_on_signal() -> threading.Event:
    """Set once SIGTERM or Ctrl+C came; a second one kills.

    Either costs nothing but time: what was written stays, and the next run goes on from there.
    """
    asked = threading.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def ask(number: int, frame: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)
        asked.set()  # last: a second signal must kill, whatever this does

    for each in signals:
        signal.signal(each, ask)
    return asked


def warn(text: str) -> None:
    errors.print(f"warning: {text}", markup=False, soft_wrap=True)


def warn_of_versions(target: "Target") -> None:
    """Where server and client do not go together."""
    with target.open() as store:
        if advice := store.advice():
            warn(advice)


def show(result: Any) -> None:
    """Results go to stdout: data as JSON, tables and text as they are."""
    if isinstance(result, dict):
        print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        Console().print(result)
