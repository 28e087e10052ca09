"""Connections to checked addresses only, whose every wait ends at a deadline."""

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from ingest.addresses import AllowedHosts, checked_addresses


class _Until(threading.local):
    at: float | None = None

    def within(self, timeout: float | None, expired: type[Exception]) -> float | None:
        """The shorter of `timeout` and what is left, seconds. Raises `expired`."""
        if self.at is None:
            return timeout
        left = self.at - time.monotonic()
        if left <= 0:
            raise expired("the total deadline has passed")
        return left if timeout is None else min(timeout, left)


class Dialler(httpcore.NetworkBackend):
    """Resolves, checks, connects: one look-up, every answer checked, one of them dialled."""

    def __init__(self, allowed: AllowedHosts) -> None:
        self.until = _Until()
        self._allowed = allowed
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = checked_addresses(host, port, self._allowed)
        for address in others:
            try:
                return self._connect(address, port, timeout, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(last, port, timeout, socket_options)

    def _connect(
        self, address: str, port: int, timeout: float | None, options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        within = self.until.within(timeout, httpcore.ConnectTimeout)
        stream = self._sockets.connect_tcp(address, port, within, socket_options=options)
        return _Stream(stream, self.until)


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline of the thread that waits."""

    def __init__(self, inner: httpcore.NetworkStream, until: _Until) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._until.within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._until.within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        within = self._until.within(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, within), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
