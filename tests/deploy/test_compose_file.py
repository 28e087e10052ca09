"""The compose file: valid by the compose schema, and as closed as docs/deploy.md says."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from ui.api_policy import keys_of
from ui.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
COMPOSED = (COMPOSE, ROOT / "deploy" / "compose.cluster.yml")
EXAMPLE = ROOT / "deploy" / ".env.example"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
OUR_SERVICES = ("ingest", "watch", "page")


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


def test_without_a_profile_it_is_the_server_and_the_page(
    services: dict[str, dict[str, Any]],
) -> None:
    profiles = {name: service.get("profiles", []) for name, service in services.items()}
    assert profiles == {
        "qdrant": [], "page": [], "ingest": ["ingest"], "watch": ["watch"], "proxy": ["tls"],
        "prometheus": ["metrics"], "grafana": ["metrics"], "disk": ["metrics"],
    }  # fmt: skip
    for name in OUR_SERVICES:
        assert services[name]["depends_on"]["qdrant"] == {"condition": "service_healthy"}


def test_one_worker_ends_and_the_other_follows_the_catalog(
    services: dict[str, dict[str, Any]],
) -> None:
    once, watching = services["ingest"], services["watch"]
    assert [defaults(word) for word in once["command"]] == ["ingest", "/catalog/catalog.csv"]
    assert watching["command"][:3] == [*once["command"], "--watch"]
    assert (once["restart"], watching["restart"]) == ("no", "unless-stopped")
    differs = {"command", "profiles", "restart", "healthcheck"}
    assert {key for key in once if once[key] != watching[key]} == differs


@pytest.mark.parametrize("name", yaml.safe_load(COMPOSE.read_text())["services"])
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


def test_images_are_pinned_and_can_be_pinned_by_digest(
    services: dict[str, dict[str, Any]],
) -> None:
    builds = [defaults(s["build"]["args"]["CADDY_IMAGE"]) for s in (services["proxy"],)]
    for image in [*builds, *(service["image"] for service in services.values())]:
        name, _, tag = defaults(image).rpartition(":")
        assert name
        assert re.match(r"v?\d+\.\d+\.\d+", tag), image
    for service in services.values():
        assert VARIABLE.fullmatch(service["image"]), "a variable may carry a digest"


def test_qdrant_is_of_the_clients_own_minor_version(services: dict[str, dict[str, Any]]) -> None:
    image = defaults(services["qdrant"]["image"])
    assert image == "qdrant/qdrant:v1.20.0-unprivileged"
    assert metadata.version("qdrant-client").startswith("1.20.")


def test_our_image_carries_our_version(services: dict[str, dict[str, Any]]) -> None:
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert version is not None
    for name in OUR_SERVICES:
        assert defaults(services[name]["image"]) == f"snapshelf:{version[1]}"
    assert defaults(services["proxy"]["image"]) == f"snapshelf-proxy:{version[1]}"


def test_only_the_proxy_is_reachable_from_elsewhere(services: dict[str, dict[str, Any]]) -> None:
    published = {
        name: [defaults(port) for port in service["ports"]]
        for name, service in services.items()
        if "ports" in service
    }
    outside = published.pop("proxy")
    assert outside == ["80:8080", "443:8443"]
    assert published == {
        "page": ["127.0.0.1:7860:7860"],
        "prometheus": ["127.0.0.1:9090:9090"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert all("network_mode" not in service for service in services.values())


def test_only_who_must_can_call_out(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    networks = compose["networks"]
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    assert networks["shelf"] == {"internal": True}
    assert networks["desk"]["driver_opts"][masquerade] == "false"
    assert networks["outside"]["driver_opts"][masquerade] == "${SNAPSHELF_OUTBOUND:-true}"
    joined = {name: service["networks"] for name, service in services.items()}
    out = {name for name, on in joined.items() if "outside" in on}
    assert out == {"ingest", "watch", "page", "proxy"}
    with_qdrant = {name for name, on in joined.items() if "shelf" in on}
    assert with_qdrant == {"qdrant", "ingest", "watch", "page", "prometheus", "disk"}
    for name in OUR_SERVICES:
        assert services[name]["environment"]["HF_HUB_OFFLINE"] == "${HF_HUB_OFFLINE:-0}"


def test_the_key_that_may_write_is_the_workers_alone(services: dict[str, dict[str, Any]]) -> None:
    held = {name: service.get("secrets", []) for name, service in services.items()}
    assert {name for name, keys in held.items() if "qdrant_api_key" in keys} == {
        "qdrant", "ingest", "watch",
    }  # fmt: skip
    assert held["page"] == ["qdrant_read_only_api_key", "api_keys", "metrics_key"]
    assert held["prometheus"] == ["metrics_key", "qdrant_read_only_api_key"]
    assert held["proxy"] == held["grafana"] == held["disk"] == []


def test_what_a_service_only_reads_it_cannot_change(services: dict[str, dict[str, Any]]) -> None:
    assert "data:/data:ro" in services["page"]["volumes"]
    catalog = services["ingest"]["volumes"][-1]
    assert (catalog["target"], catalog["read_only"]) == ("/catalog", True)
    assert all(volume.endswith(":ro") for volume in services["disk"]["volumes"])
    for service in services.values():
        files = [str(one) for one in service["volumes"] if str(one).startswith("./")]
        assert all(one.endswith(":ro") for one in files)


def test_every_mounted_file_is_there(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        for volume in service["volumes"]:
            if str(volume).startswith("./deploy"):
                assert (ROOT / volume.split(":")[0]).exists(), volume


def test_nobody_can_log_in_to_grafana(services: dict[str, dict[str, Any]]) -> None:
    given = services["grafana"]["environment"]
    assert given["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert given["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert given["GF_AUTH_BASIC_ENABLED"] == "false"
    assert given["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"


def test_no_secret_is_written_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
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
    mounted = {
        str(volume).split(":")[0]
        for service in services.values()
        for volume in service["volumes"]
        if not str(volume).startswith(("./", "{"))
    }
    assert mounted == set(compose["volumes"])
    assert "qdrant-storage:/qdrant/storage" in services["qdrant"]["volumes"]
    assert {"data:/data", "models:/models"} <= set(map(str, services["ingest"]["volumes"]))


def test_every_variable_is_explained_in_the_example() -> None:
    explained = EXAMPLE.read_text()
    names = {name for file in COMPOSED for name in re.findall(r"\$\{(\w+)", file.read_text())}
    missing = {name for name in names if not re.search(rf"^#?{name}=", explained, re.M)}
    assert not missing


def test_nothing_is_explained_that_reaches_nobody() -> None:
    used = "".join(file.read_text() for file in COMPOSED)
    explained = re.findall(r"^#?(\w+)=", EXAMPLE.read_text(), re.M)
    assert [name for name in explained if f"${{{name}" not in used] == []


def test_the_example_says_what_the_files_fall_back_to() -> None:
    given = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE.read_text(), re.M))
    found = [one for file in COMPOSED for one in VARIABLE.finditer(file.read_text())]
    for name, default in ((one.group(1), one.group(2) or "") for one in found):
        if name in given:
            assert given[name] == default, name


def test_limits_and_the_log_reach_the_program_with_its_own_defaults(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {f"SNAPSHELF_API_{name}" for name in ("RATE", "SLOTS", "WAITING", "DEADLINE_S")}
    for service in OUR_SERVICES:
        given = services[service]["environment"]
        wanted = {"SNAPSHELF_LOG_FORMAT", *(limits if service == "page" else ())}
        assert wanted <= set(given), service
        for name in wanted:
            assert VARIABLE.fullmatch(given[name]), name
            monkeypatch.setenv(name, defaults(given[name]))
    own = {name.removeprefix("SNAPSHELF_").lower() for name in wanted}
    fields = Settings.model_fields
    assert Settings().model_dump(include=own) == {name: fields[name].default for name in own}


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


def run_qdrant(folder: Path, **environment: str) -> str:
    """What start.sh hands to the server, whose place a script takes."""
    start = folder / "entrypoint.sh"
    start.write_text(
        '#!/bin/sh\necho "[${QDRANT__SERVICE__API_KEY-}]'
        '[${QDRANT__SERVICE__READ_ONLY_API_KEY-}] $*"'
    )
    start.chmod(0o755)
    script = (ROOT / "deploy" / "qdrant" / "start.sh").read_text()
    assert "secrets=/run/secrets\n" in script
    script = script.replace("secrets=/run/secrets", f"secrets={folder}")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("key", "seen"), [("s3cret", "[s3cret]"), ("", "[]"), (None, "[]")])
def test_keys_reach_the_server_from_their_files(tmp_path: Path, key: str | None, seen: str) -> None:
    for name in ("qdrant_api_key", "qdrant_read_only_api_key"):
        if key is not None:
            (tmp_path / name).write_text(key)
    assert run_qdrant(tmp_path) == seen * 2


@pytest.mark.parametrize(
    ("peer", "given"),
    [
        ("qdrant-0", "--uri http://qdrant-0:6335"),
        ("qdrant-1", "--uri http://qdrant-1:6335 --bootstrap http://qdrant-0:6335"),
    ],
)
def test_the_peers_of_a_cluster_join_the_first(tmp_path: Path, peer: str, given: str) -> None:
    said = run_qdrant(tmp_path, QDRANT__CLUSTER__ENABLED="true", PEER=peer, FIRST_PEER="qdrant-0")
    assert said == f"[][] {given}"


def run_snapshelf(folder: Path, **environment: str) -> str:
    """What entrypoint.sh hands to the program, whose place a script takes."""
    program = folder / "snapshelf"
    program.write_text('#!/bin/sh\necho "$*:${QDRANT_API_KEY-}:${SNAPSHELF_API_KEYS-}"')
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "entrypoint.sh"), "serve", "--host", "0.0.0.0"],
        env={"PATH": f"{folder}:/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("key", "seen"), [("s3cret", "s3cret"), ("", ""), (None, "")])
def test_keys_reach_snapshelf_from_their_file(tmp_path: Path, key: str | None, seen: str) -> None:
    if key is not None:
        (tmp_path / "key").write_text(key)
    said = run_snapshelf(tmp_path, QDRANT_API_KEY_FILE=str(tmp_path / "key"))
    assert said == f"serve --host 0.0.0.0:{seen}:"


def test_the_page_takes_the_keys_of_services_and_of_prometheus(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("a-long-first-key-,a-long-second-key")
    (tmp_path / "metrics").write_text("a-long-third-key-")
    (tmp_path / "none").write_text("")
    files = " ".join(str(tmp_path / name) for name in ("none", "services", "missing", "metrics"))
    _, _, keys = run_snapshelf(tmp_path, SNAPSHELF_API_KEYS_FILE=files).split(":")
    assert keys_of(keys) == ("a-long-first-key-", "a-long-second-key", "a-long-third-key-")
