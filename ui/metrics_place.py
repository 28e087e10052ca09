"""Where an ingest shows its counters: a port of its own, or a file."""

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile

_LOG = logging.getLogger(__name__)
_PORT = re.compile(r"(?:(?P<host>[^/]+):)?(?P<port>\d{1,5})")
_LOOPBACK = "127.0.0.1"
# Between two writings of the file, seconds.
WRITE_S = 15.0


@contextmanager
def shown(registry: CollectorRegistry, place: str, write_s: float = WRITE_S) -> Iterator[None]:
    """While inside: at [HOST:]PORT, by default of this machine only, or in FILE.prom.

    The file is replaced now and then and at the end, as the node exporter's textfile collector
    wants it. Raises ValueError for another place, OSError for one that cannot be had.
    """
    found = _PORT.fullmatch(place)
    if place.endswith(".prom"):
        with _in_file(registry, Path(place), write_s):
            yield
    elif found and int(found["port"]) < 1 << 16:
        with _at_port(registry, (found["host"] or _LOOPBACK).strip("[]"), int(found["port"])):
            yield
    else:
        raise ValueError(
            f"this is no place for metrics · {place!r} · "
            "give PORT, HOST:PORT, or a file that ends in .prom"
        )


@contextmanager
def _at_port(registry: CollectorRegistry, host: str, port: int) -> Iterator[None]:
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise OSError(
            f"no metrics can be shown there ({error}) · {host}:{port} · name another port"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _in_file(registry: CollectorRegistry, path: Path, write_s: float) -> Iterator[None]:
    # before the work, so that whoever named a wrong folder need not wait for the end to hear of it
    _write(registry, path)
    ended = threading.Event()

    def now_and_then() -> None:
        while not ended.wait(write_s):
            try:
                _write(registry, path)
            except OSError as error:
                _LOG.warning("the metrics could not be written: %s", error)

    thread = threading.Thread(target=now_and_then, name="metrics-file", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _write(registry, path)


def _write(registry: CollectorRegistry, path: Path) -> None:
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise OSError(
            f"the metrics cannot be written ({error.strerror}) · {path} · "
            "name a file in a folder that is there"
        ) from error
