"""Catalog files that a manager sends: behind the door, on the disk, and larger than any photo."""

import secrets
import shutil
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from catalog.folder import free_bytes
from ingest.names import safe_name
from ui.page.gate import Gate

MAX_BYTES = 2 << 30
# Left on the disk for the index.
SPARE_BYTES = 512 << 20
# Sent and not yet brought in: those sent first are forgotten.
_MOST = 8
_KEPT_S = 86_400


@dataclass(frozen=True)
class Upload:
    """One file that has arrived whole."""

    name: str
    """As the sender calls it, made safe."""
    path: Path


class Uploads:
    """Below `folder`, by tokens that only their senders know. Safe for several threads."""

    def __init__(self, folder: Path, gate: Gate, max_bytes: int = MAX_BYTES) -> None:
        self.folder = folder / ".arriving"
        self.max_bytes = max_bytes
        self._gate = gate
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        """`manage/catalogs?name=…`: the file itself is the body."""
        return [Route("/manage/catalogs", self._take, methods=["POST"])]

    def find(self, token: object) -> Upload | None:
        """What a browser says it has sent."""
        with self._lock:
            return self._kept.get(token) if isinstance(token, str) else None

    def drop(self, token: str) -> None:
        """Whatever is left of it on the disk."""
        with self._lock:
            self._kept.pop(token, None)
        if token:
            shutil.rmtree(self.folder / token, ignore_errors=True)

    async def _take(self, request: Request) -> Response:
        if self._gate.entry(request) != "open":
            return PlainTextResponse("not for you\n", 403)
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.max_bytes:
            return self._too_large()
        token = secrets.token_urlsafe(16)
        name = safe_name(request.query_params.get("name", ""))
        place = self.folder / token
        try:
            await run_in_threadpool(self._begin, place)
            whole = await self._write(request, place / name)
        except (OSError, ClientDisconnect):
            self.drop(token)
            return PlainTextResponse("the file could not be kept\n", 507)
        if not whole:
            self.drop(token)
            return self._too_large()
        self._keep(token, Upload(name, place / name))
        return JSONResponse({"token": token})

    async def _write(self, request: Request, path: Path) -> bool:
        """False for more than is allowed. Raises OSError: no room."""
        size = 0
        room = free_bytes(self.folder) - SPARE_BYTES
        with path.open("xb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > self.max_bytes:
                    return False
                if size > room:
                    raise OSError("the disk is almost full")
                await run_in_threadpool(file.write, chunk)
        return True

    def _begin(self, place: Path) -> None:
        """What nobody brought in goes after a day, also of an earlier server."""
        for old in self.folder.glob("*"):
            if time.time() - old.stat().st_mtime > _KEPT_S:
                self.drop(old.name)
        place.mkdir(parents=True)

    def _keep(self, token: str, upload: Upload) -> None:
        with self._lock:
            self._kept[token] = upload
            old = next(iter(self._kept)) if len(self._kept) > _MOST else ""
        if old:
            self.drop(old)

    def _too_large(self) -> Response:
        return PlainTextResponse(f"over {self.max_bytes:,} bytes\n", 413)
