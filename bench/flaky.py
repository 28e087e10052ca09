"""A host of pictures on the loopback, as slow and unreliable as asked."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Longer than the fetcher waits in these measurements.
HANG_S = 4.0


@dataclass
class Faults:
    """Shares of the requests, in [0, 1]; `latency_s` is before every answer."""

    fail: float = 0.0
    """A 503, an answer that breaks off, or a connection that is closed: in equal parts."""
    hang: float = 0.0
    latency_s: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def draw(self) -> str:
        number = self.chance.random()
        kind = "fine"
        if number < self.fail:
            kind = self.chance.choice(("503", "torn", "closed"))
        elif number < self.fail + self.hang:
            kind = "hung"
        self.counts[kind] += 1
        return kind


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what we are here for."""


@contextmanager
def serving(picture: Callable[[str], bytes], faults: Faults) -> Iterator[str]:
    """The host's name and port; `picture` maps a path to a file's bytes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind = faults.draw()
            time.sleep(HANG_S if kind == "hung" else faults.latency_s)
            if kind in ("hung", "closed"):
                self.close_connection = True
                return
            if kind == "503":
                self.send_error(503)
                return
            data = picture(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if kind == "torn" else data)
            self.close_connection = kind == "torn"

        def log_message(self, *arguments: object) -> None:
            """Nobody reads it."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
