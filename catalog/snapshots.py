"""Snapshots of one collection of a Qdrant server, streamed to and from a file.

By the standard library: the client's own methods hold a snapshot in memory, and give a request
half a minute.
"""

import hashlib
import http.client
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from catalog import faults
from catalog.errors import StoreUnavailable
from catalog.folder import free_bytes
from catalog.graph import Watch, unwatched

_BLOCK = 1 << 20
# a server that makes or unpacks a snapshot of a million products says nothing meanwhile
_PATIENCE_S = 3600.0


@dataclass(frozen=True)
class Snapshot:
    """As the server tells it; `sha256` is None where it does not."""

    name: str
    size: int
    sha256: str | None


class Snapshots:
    """Of the collection `name` behind `url`. Raises StoreUnavailable, NoIndex."""

    def __init__(self, url: str, api_key: str | None, name: str) -> None:
        self._url = urlsplit(url)
        self._key = api_key
        self._where = f"{self._url.scheme}://{self._url.netloc.rpartition('@')[2]}"
        self._path = f"{self._url.path.rstrip('/')}/collections/{quote(name, safe='')}/snapshots"

    def create(self) -> Snapshot:
        """On the server's own disk."""
        said = self._asked("POST", "?wait=true")
        return Snapshot(str(said["name"]), int(said["size"]), said.get("checksum"))

    def remove(self, snapshot: Snapshot) -> None:
        self._asked("DELETE", f"/{quote(snapshot.name, safe='')}?wait=true")

    def download(self, snapshot: Snapshot, to: Path, watch: Watch = unwatched) -> None:
        """A file that is as long as it was announced, and has the server's checksum.

        `watch` is told megabytes.
        """
        free = free_bytes(to.parent)
        if free < snapshot.size:
            raise StoreUnavailable(
                f"the disk is almost full · {to.parent} has {free >> 20} MB free, the snapshot "
                f"takes {snapshot.size >> 20} MB · free some space and run again"
            )
        digest, done = hashlib.sha256(), 0

        def keep(answer: http.client.HTTPResponse) -> None:
            nonlocal done
            with to.open("wb") as file:
                while block := answer.read(_BLOCK):
                    digest.update(block)
                    file.write(block)
                    done += len(block)
                    watch(done >> 20, max(snapshot.size, done) >> 20)

        self._ask("GET", f"/{quote(snapshot.name, safe='')}", keep)
        if done != snapshot.size or snapshot.sha256 not in (None, digest.hexdigest()):
            raise StoreUnavailable(
                f"the snapshot did not arrive whole · {self._where}: {done} of {snapshot.size} "
                f"bytes, sha256 {digest.hexdigest()[:12]}, announced "
                f"{(snapshot.sha256 or 'none')[:12]} · run the same command again"
            )

    def upload(self, file: Path, sha256: str, watch: Watch = unwatched) -> None:
        """The collection is what the snapshot holds, once the server has unpacked it.

        `watch` is told megabytes, and one more for what the server does with them.
        """
        mark = secrets.token_hex(16)
        head = (
            f'--{mark}\r\nContent-Disposition: form-data; name="snapshot"; filename="snapshot"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{mark}--\r\n".encode()
        size = file.stat().st_size

        def body() -> Iterator[bytes]:
            yield head
            with file.open("rb") as reader:
                while block := reader.read(_BLOCK):
                    yield block
                    watch(reader.tell() >> 20, (size >> 20) + 1)
            yield tail

        headers = {
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Content-Length": str(len(head) + size + len(tail)),
        }
        question = f"/upload?wait=true&priority=snapshot&checksum={sha256}"
        self._ask("POST", question, http.client.HTTPResponse.read, headers, body())
        watch((size >> 20) + 1, (size >> 20) + 1)

    def _asked(self, method: str, question: str) -> Any:
        answer = self._ask(method, question, http.client.HTTPResponse.read)
        try:
            return json.loads(answer)["result"]
        except (ValueError, KeyError, TypeError) as error:
            raise faults.no_answer(self._where, ValueError(str(error))) from error

    def _ask(
        self,
        method: str,
        question: str,
        take: Callable[[http.client.HTTPResponse], Any],
        headers: Mapping[str, str] | None = None,
        body: Iterator[bytes] | None = None,
    ) -> Any:
        keys = {"api-key": self._key} if self._key else {}
        with closing(self._connection()) as connection:
            try:
                with suppress(BrokenPipeError, ConnectionResetError):  # it has said why before
                    every = {**(headers or {}), **keys}
                    connection.request(method, self._path + question, body, every)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise faults.no_answer(self._where, _cause(error)) from error
            try:
                if answer.status < 300:
                    return take(answer)
                said = _sentence(answer.read())
            except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
                raise faults.no_answer(self._where, _cause(error)) from error
        raise faults.refusal(self._where, answer.status, said, answer.headers.get("Retry-After"))

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, port or 6333, timeout=_PATIENCE_S)
        return http.client.HTTPConnection(host, port or 6333, timeout=_PATIENCE_S)


def _cause(error: Exception) -> Exception:
    """What is no HTTP at all is told as an answer that makes no sense."""
    strange = isinstance(error, http.client.BadStatusLine) and not isinstance(error, OSError)
    return ValueError(str(error)) if strange else error


def _sentence(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["status"]["error"])
    except (ValueError, KeyError, TypeError):
        return ""
