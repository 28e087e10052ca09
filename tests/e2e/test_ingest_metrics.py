"""`snapshelf ingest --metrics`: what is shown is what the report says."""

import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from made import TINY, picture, write_shop
from prometheus_client.parser import text_string_to_metric_families
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import ui
from ui.cli import main

HOUSE = Path(ui.__file__ or "").parent.parent
Counts = dict[str, dict[str, float]]


def counts(text: str) -> Counts:
    """Sample name → label value → value, of all that is ours and has one label."""
    found: Counts = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("snapshelf_") and len(sample.labels) == 1:
                found.setdefault(sample.name, {})[next(iter(sample.labels.values()))] = sample.value
    return found


def happened(outcomes: dict[str, float]) -> dict[str, float]:
    """Without those at 0."""
    return {name: count for name, count in outcomes.items() if count}


@pytest.fixture
def flaky(httpserver: HTTPServer) -> HTTPServer:
    """Answers each picture's first question with 503, and those named `gone` always with 404."""
    asked: Counter[str] = Counter()

    def send(request: Request) -> Response:
        asked[request.path] += 1
        if "gone" in request.path:
            return Response(status=404)
        if asked[request.path] == 1:
            return Response(status=503)
        return Response(picture(int(request.path.rpartition("/")[2])))

    httpserver.expect_request(re.compile("/.*")).respond_with_handler(send)
    return httpserver


def test_the_counters_of_a_run_are_the_numbers_of_its_report(
    flaky: HTTPServer, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = f"localhost:{flaky.port}"
    with (tmp_path / "catalog.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "image"])
        table.writerows([f"P{n}", f"http://{host}/{n}"] for n in range(12))
        table.writerow(["P3", f"http://{host}/3"])  # a duplicate
        table.writerow(["", f"http://{host}/5"])  # no id
        table.writerows([f"G{n}", f"http://{host}/gone{n}?sig=secret"] for n in range(3))
    code = main(
        ["ingest", "catalog.csv", "--model", TINY, "--allow-host", host, "--json",
         "--metrics", "run.prom"]
    )  # fmt: skip
    assert code == 3
    report = json.loads(capsys.readouterr().out)
    text = (tmp_path / "run.prom").read_text()
    shown = counts(text)
    assert shown["snapshelf_ingest_rows_total"] == report["outcomes"]
    present = happened(report["outcomes"])
    assert present == {"new": 12, "duplicate": 1, "rejected": 4}
    assert sum(shown["snapshelf_ingest_rows_total"].values()) == report["rows"]
    assert shown["snapshelf_ingest_rejected_total"] == report["reasons"]
    assert report["reasons"]["http_404"] == 3
    assert shown["snapshelf_ingest_fetched_total"] == report["fetched"] == {"ok": 12, "failed": 3}
    assert shown["snapshelf_ingest_retries_total"] == report["retries"] == {"http_503": 12}
    spent = shown["snapshelf_ingest_stage_seconds_sum"]
    assert {stage: round(seconds, 3) for stage, seconds in spent.items()} == report["stages"]
    assert shown["snapshelf_engine_seconds_count"]["upsert"] >= 1
    assert "snapshelf_ingest_queue_depth{" not in text, "nothing waits any more"
    for private in ("secret", host, "P3", "gone"):
        assert private not in text
    assert [path.name for path in tmp_path.glob("run.prom*")] == ["run.prom"]


@pytest.mark.parametrize(
    ("place", "code", "said"),
    [
        ("nowhere", 2, "no place for metrics"),
        ("localhost:", 2, "no place for metrics"),
        ("70000", 2, "no place for metrics"),
        ("not/there/run.prom", 1, "cannot be written"),
        ("192.0.2.1:9100", 1, "192.0.2.1:9100"),
    ],
)
def test_a_place_that_cannot_be_had_is_told_before_any_work(
    place: str, code: int, said: str, home: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write_shop(tmp_path, 2)
    assert main(["ingest", "catalog.csv", "--model", TINY, "--metrics", place]) == code
    assert said in " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert not (home / "store").exists()


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def scraped(port: int, wanted: Callable[[Counts], bool]) -> Counts:
    """The first answer that is as wanted."""
    until, shown = time.monotonic() + 90, {}
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                shown = counts(answer.read().decode())
        except URLError:
            shown = {}
        if wanted(shown):
            return shown
        time.sleep(0.1)
    raise AssertionError(f"never as wanted: {shown}")


@pytest.mark.slow
def test_while_it_watches_a_source_the_counters_of_all_runs_stay_at_the_port(
    home: Path, tmp_path: Path
) -> None:
    held = threading.Event()

    def send(request: Request) -> Response:
        held.wait(60)
        return Response(picture(7))

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(send)
        write_shop(tmp_path, 6)
        catalog, port = tmp_path / "catalog.csv", free_port()
        with catalog.open("a") as file:
            file.write(f"slow,Slow,A,http://localhost:{server.port}/slow\n")
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", "ingest", "catalog.csv", "--model", TINY, "--watch",
             "--allow-host", f"localhost:{server.port}"],
            env={**os.environ, "PYTHONPATH": str(HOUSE), "SNAPSHELF_METRICS": str(port)},
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            depth, rows = "snapshelf_ingest_queue_depth", "snapshelf_ingest_rows_total"
            waiting = scraped(port, lambda shown: happened(shown.get(rows, {})) == {"new": 6})
            assert waiting[depth] == {"fetch": 1, "embed": 0, "write": 0}
            held.set()
            scraped(
                port,
                lambda shown: happened(shown.get(rows, {})) == {"new": 7} and depth not in shown,
            )
            with catalog.open("a") as file:
                file.write("more,More,A,1.jpg\nnone,None,A,none.jpg\n")
            wanted = {"new": 8, "unchanged": 7, "rejected": 1}
            scraped(port, lambda shown: happened(shown.get(rows, {})) == wanted)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
            process.stderr.close()  # type: ignore[union-attr]
