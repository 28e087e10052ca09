"""A shop of many products behind `snapshelf serve`, as a process of its own."""

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import httpx
import numpy as np

from bench.latency import DRAWN, asked_photos, made_points
from catalog.store import BATCH, open_store
from catalog.thumbs import Thumbs
from ingest.drawn.catalog import draw_catalog
from ui.build import info_of
from vision.embedder import open_embedder
from vision.spec import BUNDLED_MODEL


@dataclass(frozen=True)
class Served:
    url: str
    pid: int
    photos: Sequence[bytes]
    """To search with."""


def parser(name: str, about: str) -> argparse.ArgumentParser:
    """With the options of the shop."""
    made = argparse.ArgumentParser(
        prog=name, description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--products", type=int, default=10_000)
    made.add_argument("--catalog", action="append", default=[], help="Ingest these instead.")
    made.add_argument("--photos", type=Path, help="Search with the pictures of this folder.")
    return made


@contextmanager
def shop(options: argparse.Namespace) -> Iterator[Served]:
    """Products around 300 drawn ones, or those of catalogs, served with the bundled model."""
    with tempfile.TemporaryDirectory() as folder:
        home, drawn = Path(folder) / "home", draw_catalog(Path(folder) / "drawn", products=DRAWN)
        for catalog in options.catalog:
            argv, environment = command(home, "ingest", catalog)
            subprocess.run(argv, env=environment, check=False, stdout=sys.stderr)
        if not options.catalog:
            _fill(home, drawn, options.products)
        photos = asked_photos(options.photos, drawn.parent)
        with serving(home) as (url, pid):
            size = httpx.get(f"{url}/readyz", trust_env=False).json()["images"]
            print(f"{size:,} pictures in the index, {BUNDLED_MODEL}, {os.cpu_count()} processors\n")
            yield Served(url, pid, photos)


def table(times: Mapping[str, Sequence[float]]) -> str:
    """Seconds from a click to its answer."""
    lines = ["| from click to answer | times | p50 s | p95 s | worst s |", "|---|---|---|---|---|"]
    for name, some in times.items():
        p50, p95 = np.percentile(some, [50, 95])
        lines.append(f"| {name} | {len(some)} | {p50:.2f} | {p95:.2f} | {max(some):.2f} |")
    return "\n".join(lines)


def memory_mb(pid: int, kind: str = "VmRSS") -> float:
    """Resident, of the server and its decoders; "RssAnon": their own, without mapped files."""
    pids = {pid}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat[1]) in pids:
            pids.add(int(path.parent.name))
    kb = 0
    for one in pids:
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        kb += int(match.group(1)) if (match := re.search(rf"{kind}:\s+(\d+)", status)) else 0
    return kb / 1024


def _fill(home: Path, drawn: Path, products: int) -> None:
    embedder = open_embedder(BUNDLED_MODEL)
    points = made_points(embedder, drawn, products, Thumbs(home / "thumbs"))
    with open_store(home / "store") as store:
        store.ensure(info_of(embedder))
        while some := list(islice(points, BATCH)):
            store.upsert(some)


def command(home: Path, *argv: str) -> tuple[list[str], dict[str, str]]:
    environment = {**os.environ, "SNAPSHELF_HOME": str(home), "SNAPSHELF_API_RATE": "0"}
    return [sys.executable, "-m", "ui.cli", *argv], environment


@contextmanager
def serving(home: Path, name: str = "serve", **more: str) -> Iterator[tuple[str, int]]:
    """The page's address and the server's process; it has five minutes to come up.

    `more` are settings of the environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv, environment = command(home, name, "--port", str(port))
    process = subprocess.Popen(argv, env=environment | more, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            try:
                if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)
