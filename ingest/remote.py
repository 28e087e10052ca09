"""A catalog behind a URL, kept on the disk while it is read."""

import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ingest.errors import BadCatalog, FetchError
from ingest.retry import default_retrying
from ingest.web import Web, WebLimits

# A million products with long descriptions are about 2 GB. On the disk, not in memory: rows are
# counted before they are read, and both must see one and the same file.
MAX_BYTES = 4_000_000_000
# For one attempt, seconds: 4 GB at 10 Mbit/s. A silent host is given up long before.
TOTAL_S = 3600.0


@dataclass(frozen=True)
class Download:
    """The file at `path` is deleted with the last reference to this object."""

    url: str
    path: Path


def is_remote(path: Path | str) -> bool:
    return isinstance(path, str) and "://" in path


def remote_name(url: str) -> str:
    """Host and path: without the query, which may be a key."""
    parts = _split(url)
    return f"{parts.hostname}{unquote(parts.path)}"


def download(url: str, allow_hosts: Collection[str], max_bytes: int = MAX_BYTES) -> Download:
    """Under the rules of images: public hosts, and `allow_hosts`. Raises BadCatalog, BadHost."""
    web = Web(allow_hosts, WebLimits(max_bytes=max_bytes, total_s=TOTAL_S))
    folder = Path(tempfile.mkdtemp(prefix="snapshelf-"))
    fetched = Download(url, folder / _file_name(url))
    weakref.finalize(fetched, shutil.rmtree, folder, True)

    def once() -> None:
        with fetched.path.open("wb") as file:
            web.save(url, file)

    try:
        default_retrying(threading.Event())(once)
    except (FetchError, OSError) as error:
        raise BadCatalog(f"the catalog cannot be fetched: {error}") from error
    finally:
        web.close()
    return fetched


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise BadCatalog(f"not a URL ({error}) · {url.partition('?')[0]} · correct it") from error


def _file_name(url: str) -> str:
    last = unquote(_split(url).path).rpartition("/")[2]
    return re.sub(r"[^\w.-]", "_", last).strip(".")[:100] or "catalog"
