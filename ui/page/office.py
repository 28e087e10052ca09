"""All that the manager's tabs stand on: the index, the door, the job, and the files they show."""

import hashlib
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ui.build import Target
from ui.page.gate import Gate
from ui.page.jobs import Jobs
from ui.page.uploads import Uploads
from ui.run_watch import LOG_ONLY, RunWatch

# Reports hold pictures and styles of their own and ask no other place for anything.
_ALONE = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "sandbox allow-scripts allow-popups"
)


class Files:
    """Files that the manager may open in the browser, by a name that is no path. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: dict[str, Path] = {}

    def link(self, path: Path) -> str:
        """The address of a file, relative to the page's."""
        name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
        with self._lock:
            self._paths[name] = path
        return f"manage/files/{name}/{path.name}"

    def path(self, name: str) -> Path | None:
        with self._lock:
            return self._paths.get(name)


@dataclass(frozen=True)
class Office:
    """For one index. `close` it when the page has ended."""

    target: Target
    gate: Gate
    jobs: Jobs = field(default_factory=Jobs)
    files: Files = field(default_factory=Files)
    catalogs: tuple[Path, ...] = ()
    """Folders of this machine whose catalogs may be chosen on the page."""
    demand_log: bool = False
    """Whether searches that found nothing alike are kept."""
    watch: RunWatch = LOG_ONLY
    """Who is told of catalogs that are brought in."""

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self.kept, self.gate)

    @property
    def kept(self) -> Path:
        """Where catalogs that were sent stay."""
        return self.target.settings.home / "catalogs"

    def routes(self) -> list[BaseRoute]:
        return [
            *self.gate.routes(),
            *self.uploads.routes(),
            Route("/manage/files/{name}/{shown}", self._file),
        ]

    def close(self) -> None:
        self.jobs.close()

    async def _file(self, request: Request) -> Response:
        if self.gate.entry(request) != "open":
            return PlainTextResponse("not for you\n", 403)
        path = self.files.path(request.path_params["name"])
        if path is None or not path.is_file():
            return PlainTextResponse("no such file\n", 404)
        page = path.suffix == ".html"
        return FileResponse(
            path,
            filename=path.name,
            content_disposition_type="inline" if page else "attachment",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
                "Content-Security-Policy": _ALONE,
            },
        )
