"""The compose file: valid by the compose schema, and as closed as docs/deploy.md says."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
OUR_SERVICES = ("ingest", "page")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load(COMPOSE.read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(compose["services"])


def defaults(text: str) -> str:
    """What compose makes of a value when no variable is set."""
    return VARIABLE.sub(lambda found: found.group(2) or "", text)


def check(path: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "check_jsonschema"]
    return subprocess.run(
        [*command, "--builtin-schema", "vendor.compose-spec", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_file_is_valid_by_the_compose_schema() -> None:
    done = check(COMPOSE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_check_can_fail(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("pids_limit:", "pids_limits:"))
    assert check(broken).returncode != 0


def test_it_runs_the_server_the_worker_and_the_page(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"qdrant", "ingest", "page"}
    assert services["ingest"]["profiles"] == ["ingest"]
    assert services["ingest"]["restart"] == "no"
    assert defaults(services["ingest"]["command"][1]) == "/catalog/catalog.csv"
    for name in OUR_SERVICES:
        assert services[name]["depends_on"]["qdrant"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", ["qdrant", "ingest", "page"])
def test_every_service_runs_with_nothing_it_does_not_need(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    service = services[name]
    uid, _, gid = service["user"].partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service.get("privileged") is not True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["tmpfs"]
    assert service["pids_limit"] > 0
    assert re.fullmatch(r"\d+[mg]", defaults(service["mem_limit"]))
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])
    for volume in service["volumes"]:
        assert "docker.sock" not in str(volume)


def test_services_that_stay_have_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if service["restart"] == "no":
            assert service["healthcheck"] == {"disable": True}, name
        else:
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    assert defaults(services["qdrant"]["image"]) == "qdrant/qdrant:v1.20.0-unprivileged"
    for service in services.values():
        tag = defaults(service["image"]).rpartition(":")[2]
        assert tag[:1] in "v0123456789"
        assert tag != "latest"


def test_our_image_carries_our_version(services: dict[str, dict[str, Any]]) -> None:
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert version is not None
    for name in OUR_SERVICES:
        assert defaults(services[name]["image"]) == f"snapshelf:{version[1]}"


def test_only_the_page_is_reachable_and_only_from_this_machine(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    published = {name: service.get("ports", []) for name, service in services.items()}
    assert published["qdrant"] == published["ingest"] == []
    assert [defaults(port) for port in published["page"]] == ["127.0.0.1:7860:7860"]
    assert services["qdrant"]["networks"] == ["shelf"]
    assert compose["networks"]["shelf"] == {"internal": True}
    assert all("network_mode" not in service for service in services.values())


def test_the_page_may_only_read(services: dict[str, dict[str, Any]]) -> None:
    assert services["page"]["secrets"] == ["qdrant_read_only_api_key"]
    assert services["ingest"]["secrets"] == ["qdrant_api_key"]
    assert "data:/data:ro" in services["page"]["volumes"]
    catalog = services["ingest"]["volumes"][-1]
    assert (catalog["target"], catalog["read_only"]) == ("/catalog", True)


def test_no_secret_is_written_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            assert "KEY" not in name or name.endswith("_FILE"), name
            assert "secret" not in str(value) or str(value).startswith("/run/secrets/")
    for secret in compose["secrets"].values():
        assert (ROOT / defaults(secret["file"])).read_text() == ""


def test_the_server_reports_to_nobody(services: dict[str, dict[str, Any]]) -> None:
    assert services["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"
    assert services["qdrant"]["environment"]["QDRANT__SERVICE__ENABLE_CORS"] == "false"


def test_named_volumes_hold_what_must_survive(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    assert set(compose["volumes"]) == {"qdrant-storage", "qdrant-snapshots", "data", "models"}
    assert "qdrant-storage:/qdrant/storage" in services["qdrant"]["volumes"]
    assert {"data:/data", "models:/models"} <= set(map(str, services["ingest"]["volumes"]))


def test_every_variable_is_explained_in_the_example() -> None:
    explained = (ROOT / "deploy" / ".env.example").read_text()
    names = {found.group(1) for found in VARIABLE.finditer(COMPOSE.read_text())}
    missing = {name for name in names if not re.search(rf"^#?{name}=", explained, re.M)}
    assert missing <= {"SNAPSHELF_IMAGE"}  # only who builds elsewhere needs it


def test_the_example_says_what_the_file_falls_back_to() -> None:
    text, example = COMPOSE.read_text(), (ROOT / "deploy" / ".env.example").read_text()
    given = dict(re.findall(r"^(\w+)=(.*)$", example, re.M))
    for name, default in ((m.group(1), m.group(2) or "") for m in VARIABLE.finditer(text)):
        if name in given:
            assert given[name] == default, name


class Ready(BaseHTTPRequestHandler):
    """Answers what its server was told to."""

    def do_GET(self) -> None:
        ready = self.path in ("/readyz", "/healthz")
        self.send_response(self.server.status if ready else 404)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the test says what went wrong."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Ready)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (401, False)])
def test_the_health_check_of_the_server_works_without_curl(
    services: dict[str, dict[str, Any]], server: HTTPServer, status: int, healthy: bool
) -> None:
    bash = shutil.which("bash")
    assert bash is not None
    server.status = status  # type: ignore[attr-defined]
    script = services["qdrant"]["healthcheck"]["test"][3].replace("$$", "$")
    script = script.replace("6333", str(server.server_port))
    done = subprocess.run([bash, "-c", script], timeout=10, check=False, capture_output=True)
    assert (done.returncode == 0) is healthy


def test_the_health_check_of_the_server_fails_when_nobody_listens(
    services: dict[str, dict[str, Any]], server: HTTPServer
) -> None:
    port = server.server_port
    server.shutdown()
    server.server_close()
    script = services["qdrant"]["healthcheck"]["test"][3].replace("$$", "$")
    done = subprocess.run(
        ["bash", "-c", script.replace("6333", str(port))],
        timeout=10,
        check=False,
        capture_output=True,
    )
    assert done.returncode != 0


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_of_the_page_says_what_it_sees(
    server: HTTPServer, status: int, code: int
) -> None:
    server.status = status  # type: ignore[attr-defined]
    script = ROOT / "deploy" / "healthcheck.py"
    url = f"http://127.0.0.1:{server.server_port}/healthz"
    assert subprocess.run([sys.executable, str(script), url], check=False).returncode == code
    gone = f"http://127.0.0.1:{server.server_port}/elsewhere"
    assert subprocess.run([sys.executable, str(script), gone], check=False).returncode == 1


@pytest.mark.parametrize(("key", "seen"), [("s3cret", "[s3cret]"), ("", "[]")])
def test_keys_reach_the_server_from_their_files(
    services: dict[str, dict[str, Any]], tmp_path: Path, key: str, seen: str
) -> None:
    for name in ("qdrant_api_key", "qdrant_read_only_api_key"):
        (tmp_path / name).write_text(key)
    start = tmp_path / "entrypoint.sh"
    start.write_text(
        '#!/bin/sh\necho "[${QDRANT__SERVICE__API_KEY-}][${QDRANT__SERVICE__READ_ONLY_API_KEY-}]"'
    )
    start.chmod(0o755)
    script = services["qdrant"]["entrypoint"][2].replace("$$", "$")
    script = script.replace("/run/secrets", str(tmp_path))
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == seen * 2


@pytest.mark.parametrize(("key", "seen"), [("s3cret", "s3cret"), ("", ""), (None, "")])
def test_keys_reach_snapshelf_from_their_file(tmp_path: Path, key: str | None, seen: str) -> None:
    program = tmp_path / "snapshelf"
    program.write_text('#!/bin/sh\necho "$*:${QDRANT_API_KEY-}"')
    program.chmod(0o755)
    if key is not None:
        (tmp_path / "key").write_text(key)
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "entrypoint.sh"), "serve", "--host", "0.0.0.0"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "QDRANT_API_KEY_FILE": str(tmp_path / "key")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"serve --host 0.0.0.0:{seen}"
