"""Prometheus, its alerts, the board, and the proxy: by their own programs where those are there."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from catalog.errors import NoIndex
from catalog.thumbs import Thumbs
from ui.api import Api
from ui.api_policy import Policy

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
BOARD = DEPLOY / "grafana" / "dashboards" / "snapshelf.json"
CADDYFILE = DEPLOY / "caddy" / "Caddyfile"

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here")
needs_caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="no caddy here")


def expressions() -> list[str]:
    """All that the board and the alerts ask Prometheus."""
    board = json.loads(BOARD.read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return asked + [rule["expr"] for group in groups for rule in group["rules"]]


class NoShop:
    """An index that cannot be asked: only the names of the metrics matter here."""

    def count(self) -> int:
        raise NoIndex("nowhere")

    def categories(self) -> Mapping[str, int]:
        return {}


def exposed(folder: Path) -> set[str]:
    """The names of all series of a server, as Prometheus would store them."""
    from ui.watch import Watch, Watched

    watch, shop = Watch(), NoShop()
    shop_watched: Any = Watched(shop, watch)  # type: ignore[arg-type]
    Api(shop_watched, Thumbs(folder), Policy(), watch)
    names: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", watch.metrics.text().decode(), re.M):
        parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        names |= {name + part for part in parts}
    return names


def test_what_board_and_alerts_ask_for_is_there(tmp_path: Path) -> None:
    asked = {name for text in expressions() for name in re.findall(r"\bsnapshelf_\w+", text)}
    assert len(asked) > 10
    assert asked <= exposed(tmp_path)


def test_what_is_counted_is_on_the_board(tmp_path: Path) -> None:
    board = " ".join(expressions())
    stems = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exposed(tmp_path)}
    ours = {name for name in stems if name.startswith("snapshelf_")}
    assert len(ours) > 10
    assert {name for name in ours if name not in board} == set()


def test_alerts_and_board_name_no_job_that_is_not_scraped() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"] for job in config["scrape_configs"]}
    named = {
        job
        for text in expressions()
        for jobs_of in re.findall(r'job=~?"([^"]+)"', text)
        for job in jobs_of.split("|")
    }
    assert named <= jobs


def test_what_is_scraped_is_a_service_of_the_compose_file_on_its_port() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    for job in config["scrape_configs"]:
        for found in job.get("dns_sd_configs", []):
            (name,) = found["names"]
            assert "shelf" in services[name]["networks"], "the network that Prometheus is on"
            if name == "watch":
                assert services[name]["command"][-1] == f"0.0.0.0:{found['port']}"
        for file in [job.get("authorization", {}).get("credentials_file", "")]:
            if file:
                assert Path(file).name in services["prometheus"]["secrets"]


def test_each_alert_tells_how_soon_and_what_and_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("page", "ticket")
            assert rule["annotations"]["summary"]
            assert f"`{rule['alert']}`" in guide


def test_the_board_needs_nothing_but_the_provisioned_source() -> None:
    source = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text()
    )["datasources"][0]
    board = json.loads(BOARD.read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": source["type"], "uid": source["uid"]}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@needs_promtool
def test_prometheus_takes_its_configuration() -> None:
    for command in (["config", "--syntax-only", "prometheus.yml"], ["rules", "alerts.yml"]):
        done = subprocess.run(
            ["promtool", "check", *command],
            cwd=DEPLOY / "prometheus",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


PAGE = 'instance="page:7860", job="page"'


def firing(name: str, at: str, series: dict[str, str], alert: dict[str, str] | None) -> object:
    """One case for promtool: whether `name` fires at this time, with these labels."""
    expected = [] if alert is None else [{"exp_labels": alert}]
    return {
        "interval": "1m",
        "input_series": [{"series": key, "values": value} for key, value in series.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": name, "exp_alerts": expected}],
    }


REQUESTS = f'snapshelf_requests_total{{{PAGE}, path="/v1/search", status="%s"}}'
ROWS = 'snapshelf_ingest_rows_total{job="ingest", outcome="%s"}'
DISK = 'node_filesystem_%s_bytes{job="disk", mountpoint="/volumes/data"}'
PAGED = {"severity": "page", "instance": "page:7860", "job": "page"}
CASES = [
    firing("PageDown", "5m", {f"up{{{PAGE}}}": "1x10"}, None),
    firing("PageDown", "5m", {f"up{{{PAGE}}}": "0x10"}, {"severity": "page"}),
    firing("PageDown", "5m", {'up{job="disk"}': "1x10"}, {"severity": "page"}),
    firing("PageNotReady", "10m", {f"snapshelf_images{{{PAGE}}}": "221x15"}, None),
    firing("PageNotReady", "10m", {f"snapshelf_images{{{PAGE}}}": "0x15"}, PAGED),
    firing("PageNotReady", "10m", {f"snapshelf_images{{{PAGE}}}": "NaN " * 15}, PAGED),
    firing("PageErrors", "20m", {REQUESTS % 200: "0+97x30", REQUESTS % 500: "0+3x30"}, None),
    firing(
        "PageErrors",
        "20m",
        {REQUESTS % 200: "0+90x30", REQUESTS % 503: "0+10x30"},
        {"severity": "page"},
    ),
    firing(
        "RowsRejected", "60m", {ROWS % "new": "0+99x60", ROWS % "rejected": "0+1x60"}, None
    ),
    firing(
        "RowsRejected",
        "60m",
        {ROWS % "new": "0+9x60", ROWS % "rejected": "0+1x60"},
        {"severity": "ticket"},
    ),
    firing(
        "QdrantPeerMissing",
        "10m",
        {'up{job="qdrant", instance="a"}': "1x15", 'cluster_peers_total{job="qdrant"}': "3x15"},
        {"severity": "page"},
    ),
    firing("QdrantPeerMissing", "10m", {'up{job="qdrant", instance="a"}': "1x15"}, None),
    firing(
        "DiskFull",
        "5m",
        {DISK % "avail": "4x10", DISK % "size": "100x10"},
        {"severity": "page", "job": "disk", "mountpoint": "/volumes/data"},
    ),
    firing("DiskFull", "5m", {DISK % "avail": "40x10", DISK % "size": "100x10"}, None),
]  # fmt: skip


@needs_promtool
def test_alerts_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    groups = yaml.safe_load(ALERTS.read_text())
    for group in groups["groups"]:
        for rule in group["rules"]:
            del rule["annotations"]  # promtool would want each text repeated
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump(groups))
    cases = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": CASES}
    (tmp_path / "cases.yml").write_text(yaml.safe_dump(cases))
    done = subprocess.run(
        ["promtool", "test", "rules", "cases.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_proxy_lets_in_what_the_interface_takes() -> None:
    found = re.search(r"max_size (\d+)MB", CADDYFILE.read_text())
    assert found
    assert int(found[1]) * 1_000_000 >= Policy().body_bytes


class Page(BaseHTTPRequestHandler):
    """What stands behind the proxy: remembers who it believes to have asked for what."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["X-Forwarded-For"]))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Server", "uvicorn")
        self.send_header("Location", self.path)  # as where a slash too many is sent elsewhere
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what went wrong."""


@pytest.fixture
def page() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Page)
    server.asked = []  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def proxy(page: HTTPServer, tmp_path: Path) -> Iterator[str]:
    """The Caddyfile as it ships, but for its ports; its URL."""
    text = CADDYFILE.read_text()
    ports = {old: str(free_port()) for old in ("8080", "8443", "8081")}
    for old, new in ports.items():
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    log = (tmp_path / "caddy.log").open("w")
    process = subprocess.Popen(
        ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "SNAPSHELF_DOMAIN": "localhost",
            "SNAPSHELF_UPSTREAM": f"127.0.0.1:{page.server_port}",
        },
        stdout=log,
        stderr=subprocess.DEVNULL,
    )
    log.close()
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{ports['8081']}/healthz", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield f"https://localhost:{ports['8443']}"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def ask(url: str, **headers: str) -> tuple[int, Mapping[str, str]]:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=5, context=trusting) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


@needs_caddy
def test_the_proxy_keeps_the_metrics_inside_and_says_who_asks(proxy: str, page: HTTPServer) -> None:
    status, headers = ask(proxy + "/v1/docs", **{"X-Forwarded-For": "203.0.113.7"})
    assert status == 200
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers, "not for localhost"
    assert "Alt-Svc" not in headers, "the port inside the container is nobody else's business"
    for path in ("/metrics", "/%6Detrics", "//metrics", "/metrics/", "/./metrics", "/metrics%0A"):
        assert ask(proxy + path)[0] == 404, path
    asked = page.asked  # type: ignore[attr-defined]
    assert ("/v1/docs", "127.0.0.1") in asked, "a visitor cannot choose an address"
    assert {path for path, _ in asked} == {"/v1/docs", "/healthz"}


KEPT_FROM_LOGS = ("request>headers", "request>remote_ip", "request>client_ip")


def test_what_the_proxy_logs_goes_through_its_filter() -> None:
    text = CADDYFILE.read_text()
    for block in re.findall(r"^\s*log \{(.*?)\}", text, re.MULTILINE | re.DOTALL):
        assert block.split() == ["import", "discreet"]
    for field in KEPT_FROM_LOGS:
        assert f"{field} delete" in text
    found = re.search(r'request>uri regexp "(.*)" "\$1"', text)
    assert found
    for uri, told in {
        "/v1/search?text=hat": "/v1/search",
        "/photos/t0ken.jpg": "/photos/",
        "/shop/photos/t0ken.jpg?x=/photos/t": "/shop/photos/",
        "/thumbs/abc.jpg": "/thumbs/abc.jpg",
    }.items():
        assert re.sub(found[1], lambda match: match[1] or "", uri) == told


def logged(file: Path, status: int) -> dict[str, Any]:
    """What is written of the request that was answered so, once it is."""
    for _ in range(100):
        lines = [line for line in file.read_text().splitlines() if line.startswith("{")]
        for one in map(json.loads, lines):
            if one.get("status") == status:
                return dict(one)
        time.sleep(0.1)
    raise AssertionError(file.read_text())


@needs_caddy
def test_the_proxys_log_tells_no_key_no_words_no_address_and_no_photo(
    proxy: str, page: HTTPServer, tmp_path: Path
) -> None:
    file = tmp_path / "caddy.log"
    paths = ("/photos/s3cret.jpg", "/v1/search?text=s3cret")
    for path in paths:
        assert ask(proxy + path, **{"X-API-Key": "s3cret", "Cookie": "door=s3cret"})[0] == 200
    assert logged(file, 200)["request"]["uri"] == "/photos/"
    page.shutdown()
    page.server_close()
    for path in paths:
        assert ask(proxy + path, **{"X-API-Key": "s3cret"})[0] in (502, 503)
    told = file.read_text()
    assert '"logger":"http.log.error' in told, "faults name their request, too"
    assert "/v1/search" in told
    assert "s3cret" not in told
    for field in KEPT_FROM_LOGS:
        assert f'"{field.rpartition(">")[2]}"' not in told
