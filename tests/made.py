"""Data that tests make on the spot."""

import csv
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# 0.5 M random weights at 64 px: the real loading code, milliseconds a picture.
TINY = "timm:test_resnet?pretrained=false&size=64"


def picture(seed: int, *, size: tuple[int, int] = (96, 80), format_: str = "JPEG") -> bytes:
    """A file of coloured blocks that differs clearly from that of another seed."""
    blocks = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), np.uint8)
    image = Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)
    buffer = BytesIO()
    image.save(buffer, format_)
    return buffer.getvalue()


def write_catalog(folder: Path, rows: Iterable[tuple[str, str, bytes]]) -> Path:
    """`catalog.csv` of (id, category, picture); its pictures are `<number>.jpg`."""
    with (folder / "catalog.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "title", "category", "image"])
        for number, (name, category, photo) in enumerate(rows):
            (folder / f"{number}.jpg").write_bytes(photo)
            table.writerow([name, f"Thing {number}", category, f"{number}.jpg"])
    return folder / "catalog.csv"


def write_shop(folder: Path, count: int) -> Path:
    """The folder, with a catalog of `count` photos of three categories."""
    write_catalog(folder, ((f"P{n}", "ABC"[n % 3], picture(n)) for n in range(count)))
    return folder


def ingested(folder: Path, rows: Iterable[tuple[str, str, bytes]]) -> Path:
    """A catalog as by `write_catalog`, ingested."""
    from ui.cli import main

    folder.mkdir()
    catalog = write_catalog(folder, rows)
    assert main(["ingest", str(catalog), "--model", TINY, "--json"]) == 0
    return catalog


def turned_away(store: Path) -> str:
    """What another process is told that counts the points of an embedded store; "" when it may."""
    script = "import sys; from catalog.store import open_store; open_store(sys.argv[1]).count()"
    told = subprocess.run(
        [sys.executable, "-c", script, str(store)], stderr=subprocess.PIPE, text=True
    )
    return told.stderr


def may_mount() -> bool:
    """Whether a disk of its own can be had for a test, without rights on this machine."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def await_port(port: int, process: "subprocess.Popen[Any]") -> None:
    """Until somebody listens there, or the process has ended; two minutes at most."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
