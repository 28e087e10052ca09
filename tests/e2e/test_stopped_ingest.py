"""An ingest that is told to stop, as a process of its own between a slow host and the store."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from made import TINY, picture
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import ui
from ui.cli import main

ROWS = 200
HOUSE = Path(ui.__file__ or "").parent.parent


class Host:
    """Sends 40 pictures, then none until `go` is set."""

    def __init__(self, server: HTTPServer) -> None:
        self.name = f"localhost:{server.port}"
        self.go = threading.Event()
        self.asked = 0
        self._free = threading.Semaphore(40)
        server.expect_request(re.compile("/.*")).respond_with_handler(self._send)

    def _send(self, request: Request) -> Response:
        self.asked += 1
        if not self._free.acquire(blocking=False):
            self.go.wait(20)
        return Response(picture(int(request.path[1:])))


@pytest.fixture
def host() -> Iterator[Host]:
    with HTTPServer(threaded=True) as server:
        made = Host(server)
        yield made
        made.go.set()


@pytest.fixture
def catalog(home: Path, tmp_path: Path, host: Host) -> Path:
    with (tmp_path / "catalog.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "image"])
        rows.writerows([number, f"http://{host.name}/{number}"] for number in range(ROWS))
    return tmp_path / "catalog.csv"


def arguments(catalog: Path, host: Host) -> list[str]:
    return ["ingest", str(catalog), "--model", TINY, "--allow-host", host.name, "--json"]


@contextmanager
def worker(catalog: Path, host: Host) -> Iterator[subprocess.Popen[str]]:
    """Running, and waiting for its host."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", *arguments(catalog, host)],
        env=os.environ | {"PYTHONPATH": str(HOUSE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while host.asked <= 40 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        assert process.poll() is None
        yield process
    finally:
        process.kill()
        process.communicate()


def rerun(
    catalog: Path, host: Host, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, int]]:
    capsys.readouterr()
    code = main(arguments(catalog, host))
    return code, json.loads(capsys.readouterr().out)["outcomes"]


def test_a_second_worker_is_told_who_holds_the_store_and_a_stopped_one_loses_nothing(
    catalog: Path, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    with worker(catalog, host) as process:
        assert main(arguments(catalog, host)) == 1
        told = capsys.readouterr().err
        assert f"held by process {process.pid}" in told
        assert "--store http://" in told
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        host.go.set()
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "the same command goes on from here" in err
    report = json.loads(out)
    done = report["outcomes"]["new"]
    assert 0 < done == report["rows"] == sum(report["outcomes"].values()) < ROWS
    code, outcomes = rerun(catalog, host, capsys)
    assert (code, outcomes["unchanged"], outcomes["new"]) == (0, done, ROWS - done)


def test_a_second_signal_ends_it_at_once_and_the_next_run_goes_on(
    catalog: Path, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    with worker(catalog, host) as process:
        process.send_signal(signal.SIGTERM)
        time.sleep(3)
        assert process.poll() is None  # it waits for what is under way
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        process.communicate(timeout=30)
        waited = time.monotonic() - began
        host.go.set()
    assert process.returncode == -signal.SIGTERM
    assert waited < 15  # the host would hold it for 20
    code, outcomes = rerun(catalog, host, capsys)
    assert code == 0
    assert outcomes["unchanged"] > 0
    assert outcomes["unchanged"] + outcomes["new"] == ROWS
