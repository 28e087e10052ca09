"""The cluster: valid by Kubernetes' own schemas, closed by its strictest standard, of one piece."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pytest_httpserver import HTTPServer
from qdrant_client import QdrantClient
from werkzeug import Request, Response

from catalog.contract import CollectionInfo
from catalog.errors import StoreUnavailable
from catalog.server import ServerStore

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
BASE = KUBERNETES / "base"
CLUSTER = ROOT / "deploy" / "compose.cluster.yml"
OVERLAYS = [file.parent for file in sorted(KUBERNETES.glob("overlays/*/kustomization.yaml"))]
# the oldest that takes all of it, and the newest whose schemas are there
VERSIONS = ("1.30.0", kubernetes_validate.latest_version())
SNAPSHOTS = ROOT / "deploy" / "qdrant" / "snapshots.py"

Manifest = dict[str, Any]


def documents(text: str) -> list[Manifest]:
    return [one for one in yaml.safe_load_all(text) if one]


def base() -> list[Manifest]:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    files = [BASE / name for name in listed if name.endswith(".yaml")]
    return [one for file in files for one in documents(file.read_text())]


def built(overlay: Path) -> list[Manifest]:
    """What kustomize makes of it."""
    if kubectl := shutil.which("kubectl"):
        command = [kubectl, "kustomize", str(overlay)]
    elif kustomize := shutil.which("kustomize"):
        command = [kustomize, "build", str(overlay)]
    else:
        pytest.skip("neither kubectl nor kustomize here")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return documents(done.stdout)


def pod_of(manifest: Manifest) -> Manifest | None:
    """The pod's specification, of whatever makes pods."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    found = spec.get("template", {}).get("spec")
    return dict(found) if found else None


def containers(pod: Manifest) -> Iterator[Manifest]:
    yield from pod.get("initContainers", [])
    yield from pod["containers"]


def found(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (one,) = [m for m in manifests if m["kind"] == kind and m["metadata"]["name"] == name]
    return one


def value(container: Manifest, name: str) -> str:
    (one,) = [env["value"] for env in container["env"] if env["name"] == name]
    return str(one)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", base(), ids=lambda m: f"{m['kind']}-{m['metadata']['name']}")
def test_every_manifest_is_valid_by_kubernetes_schemas(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_can_find_a_fault() -> None:
    page = found(base(), "Deployment", "page")
    page["spec"]["template"]["spec"]["containers"][0]["redinessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(page, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_every_overlay_builds_to_valid_manifests(overlay: Path) -> None:
    manifests = built(overlay)
    assert len(manifests) == len(base()) + 2, "and the two maps that are generated"
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == "snapshelf"


@pytest.mark.parametrize(
    "folder", [BASE, ROOT / "deploy" / "qdrant", *OVERLAYS], ids=lambda path: path.name
)
def test_all_that_a_kustomization_names_is_there(folder: Path) -> None:
    named = yaml.safe_load((folder / "kustomization.yaml").read_text())
    maps = named.get("configMapGenerator", [])
    for path in [*named.get("resources", []), *(f for m in maps for f in m.get("files", []))]:
        assert (folder / path).exists(), path
    if folder == BASE:
        others = {file.name for file in BASE.glob("*.yaml")} - {"kustomization.yaml"}
        assert others <= set(named["resources"])


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_every_patch_finds_what_it_changes(overlay: Path) -> None:
    names = {(m["kind"], m["metadata"]["name"]) for m in base()}
    for patch in yaml.safe_load((overlay / "kustomization.yaml").read_text())["patches"]:
        target = patch["target"]
        assert any(
            kind == target["kind"] and re.fullmatch(target.get("name", ".*"), name)
            for kind, name in names
        ), target


PODS = [(m["metadata"]["name"], pod) for m in base() if (pod := pod_of(m)) is not None]


@pytest.mark.parametrize(("name", "pod"), PODS, ids=[name for name, _ in PODS])
def test_every_pod_keeps_the_restricted_standard(name: str, pod: Manifest) -> None:
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    allowed = {"name", "emptyDir", "secret", "configMap", "persistentVolumeClaim"}
    assert all(set(volume) <= allowed for volume in pod["volumes"])
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    for container in containers(pod):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])


def test_the_namespace_starts_nothing_less_closed() -> None:
    labels = found(base(), "Namespace", "snapshelf")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_only_workers_snapshots_and_the_server_hold_the_key_that_may_write() -> None:
    held: dict[str, set[str]] = {name: set() for name, _ in PODS}
    for name, pod in PODS:
        for volume in pod["volumes"]:
            held[name] |= {item["key"] for item in volume.get("secret", {}).get("items", [])}
    assert held == {
        "qdrant": {"qdrant_api_key", "qdrant_read_only_api_key"},
        "ingest": {"qdrant_api_key"},
        "snapshots": {"qdrant_api_key"},
        "page": {"qdrant_read_only_api_key", "api_keys", "metrics_key"},
    }


def test_no_secret_is_written_down() -> None:
    assert "Secret" not in {manifest["kind"] for manifest in base()}
    for name, pod in PODS:
        for container in containers(pod):
            for env in container.get("env", []):
                assert "KEY" not in env["name"] or env["name"].endswith("_FILE"), name


def test_what_pages_and_workers_share_is_written_by_workers_alone() -> None:
    pods = dict(PODS)
    (page,) = pods["page"]["containers"]
    mounts = {mount["mountPath"]: mount for mount in page["volumeMounts"]}
    assert mounts["/data"]["readOnly"] is True
    assert "subPath" not in mounts["/data"], "so that thumbs and models lie where workers put them"
    (worker,) = pods["ingest"]["containers"]
    places = {
        mount["mountPath"]: mount.get("subPath", mount.get("subPathExpr"))
        for mount in worker["volumeMounts"]
        if mount["name"] == "shelf"
    }
    assert places == {
        "/data": "workers/$(PART)", "/data/thumbs": "thumbs", "/data/models": "models",
        "/data/hub": "hub",
    }  # fmt: skip
    (folders,) = pods["ingest"]["initContainers"]
    for place in places.values():
        assert f"/shelf/{place.replace('$(PART)', '$PART')}" in folders["command"][2]
    for container in (page, worker):
        assert value(container, "SNAPSHELF_HOME") == "/data"
        assert value(container, "HF_HOME") == "/data/hub"


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_there_is_a_worker_for_each_part(overlay: Path) -> None:
    job = found(built(overlay), "CronJob", "ingest")["spec"]["jobTemplate"]["spec"]
    (worker,) = job["template"]["spec"]["containers"]
    assert job["completionMode"] == "Indexed"
    assert str(job["completions"]) == str(job["parallelism"]) == value(worker, "PARTS")
    assert worker["args"][2:4] == ["--partition", "$(PART)/$(PARTS)"]


def test_the_base_has_a_worker_for_each_part() -> None:
    job = found(base(), "CronJob", "ingest")["spec"]["jobTemplate"]["spec"]
    (worker,) = job["template"]["spec"]["containers"]
    assert str(job["completions"]) == str(job["parallelism"]) == value(worker, "PARTS")


def test_every_qdrant_node_is_snapshotted() -> None:
    nodes = found(base(), "StatefulSet", "qdrant")["spec"]["replicas"]
    job = found(base(), "CronJob", "snapshots")["spec"]["jobTemplate"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert container["command"][3:] == [
        f"http://qdrant-{n}.qdrant-headless:6333" for n in range(nodes)
    ]


def selectors(node: object) -> Iterator[Manifest]:
    """Whatever chooses pods by their labels, however deep."""
    if isinstance(node, list):
        for inner in node:
            yield from selectors(inner)
    elif isinstance(node, dict):
        for key, inner in node.items():
            if key in ("podSelector", "selector", "labelSelector"):
                yield inner
            yield from selectors(inner)


def wanted_by(selector: Manifest) -> set[tuple[str, str]]:
    """Labels and their values. A Service's selector is the labels themselves."""
    rules = selector.get("matchExpressions", [])
    plain = selector.get("matchLabels", {} if rules else selector)
    return {*plain.items(), *((rule["key"], one) for rule in rules for one in rule["values"])}


def test_policies_and_services_select_pods_that_exist() -> None:
    known: set[tuple[str, str]] = set()
    for manifest in base():
        if pod_of(manifest) is not None:
            spec = manifest["spec"]
            spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
            known |= set(spec["template"]["metadata"]["labels"].items())
    asked = {one for m in base() for selector in selectors(m) for one in wanted_by(selector)}
    assert len(asked) > 5
    assert asked <= known


def test_everything_is_closed_but_what_a_policy_opens() -> None:
    policies = [m for m in base() if m["kind"] == "NetworkPolicy"]
    nothing = found(policies, "NetworkPolicy", "nothing")["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    out = [
        (m["metadata"]["name"], to["ipBlock"])
        for m in policies
        for rule in m["spec"].get("egress", [])
        for to in rule["to"]
        if "ipBlock" in to
    ]
    assert {name for name, _ in out} == {"ingest"}, "only workers reach the internet"
    assert "10.0.0.0/8" in out[0][1]["except"]
    assert "169.254.0.0/16" in out[0][1]["except"], "nor the cloud's own addresses"


# --- the cluster by compose -------------------------------------------------------------------


def test_the_overlay_is_valid_by_the_compose_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(CLUSTER)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def composed(*files: str) -> Manifest:
    """What docker compose makes of the files, with every profile."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        version = subprocess.run(
            [*command, "version", "--short"], capture_output=True, text=True, check=False
        )
        if version.returncode == 0 and version.stdout.startswith(("2", "v2", "5")):
            break
    else:
        pytest.skip("no docker compose here")
    chosen = [word for file in files for word in ("-f", file)]
    done = subprocess.run(
        [*command, *chosen, "--profile", "*", "config", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_compose_itself_takes_the_file() -> None:
    assert len(composed("docker-compose.yml")["services"]) == 8


def test_compose_makes_three_nodes_of_one() -> None:
    services = composed("docker-compose.yml", "deploy/compose.cluster.yml")["services"]
    nodes = [services[name] for name in ("qdrant", "qdrant-1", "qdrant-2")]
    storage = [mount["source"] for node in nodes for mount in node["volumes"]]
    assert len({one for one in storage if one.startswith("qdrant-")}) == 6, "each its own"
    for number, node in enumerate(nodes):
        assert node["environment"]["PEER"] == f"qdrant-{number}"
        assert node["read_only"] is True
        assert node["cap_drop"] == ["ALL"]
        assert node["healthcheck"] == nodes[0]["healthcheck"]
    assert "qdrant" in nodes[1]["networks"]["shelf"]["aliases"]


def settings_of_collections(environment: dict[str, str]) -> dict[str, str]:
    prefix = "QDRANT__STORAGE__COLLECTION__"
    return {
        key.removeprefix(prefix): re.sub(r"\$\{\w+:-(\w+)\}", r"\1", text)
        for key, text in environment.items()
        if key.startswith(prefix)
    }


def test_both_clusters_make_collections_alike() -> None:
    overlay = yaml.safe_load(CLUSTER.read_text())["services"]
    (node,) = dict(PODS)["qdrant"]["containers"]
    given = {env["name"]: env["value"] for env in node["env"] if "value" in env}
    wanted = {"SHARD_NUMBER": "6", "REPLICATION_FACTOR": "2", "WRITE_CONSISTENCY_FACTOR": "2"}
    assert settings_of_collections(given) == wanted
    for name in ("qdrant", "qdrant-1", "qdrant-2"):
        assert settings_of_collections(overlay[name]["environment"]) == wanted


def test_shards_and_copies_are_left_to_the_servers_own_settings(httpserver: HTTPServer) -> None:
    """What a server is set up with holds only where nobody says otherwise."""
    made: list[dict[str, Any]] = []

    def create(request: Request) -> Response:
        made.append(json.loads(request.data))
        return Response('{"result": true, "status": "ok", "time": 0}')

    path = re.compile("/collections/[^/]+")
    httpserver.expect_request(path, method="PUT").respond_with_handler(create)
    nothing = {"status": {"error": "Not found: Collection"}}
    httpserver.expect_request(path, method="GET").respond_with_json(nothing, 404)
    url = httpserver.url_for("")
    client = QdrantClient(url=url, check_compatibility=False)
    info = CollectionInfo("f" * 64, 8, "made", "0" * 16, "2026-01-01T00:00:00+00:00")
    # this server remembers nothing, so that it ends after the request that matters here
    with ServerStore(url, client=client) as store, pytest.raises(StoreUnavailable, match="vanish"):
        store.ensure(info)
    client.close()
    (body,) = made
    assert body["vectors"]["image"]["size"] == 8
    decided = {"shard_number", "replication_factor", "write_consistency_factor"}
    assert not decided & {key for key, given in body.items() if given is not None}


# --- snapshots --------------------------------------------------------------------------------


def run_snapshots(keep: int, *urls: str, key: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(SNAPSHOTS), str(keep), *urls],
        env={"QDRANT_API_KEY_FILE": str(key), "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def node(httpserver: HTTPServer) -> Callable[[], list[str]]:
    """A Qdrant with one collection, two snapshots of it, and room for more; what it was asked."""
    there = [
        {"name": f"old-{day}", "creation_time": f"2026-11-0{day}T05:00:00", "size": 1}
        for day in (1, 2)
    ]
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(f"{request.method} {request.full_path.rstrip('?')}")
        if request.headers.get("api-key") != "s3cret":
            return Response(status=401)
        result: object = True
        if request.path == "/collections":
            result = {"collections": [{"name": "products__0a"}]}
        elif request.method == "POST":
            result = {"name": "new", "creation_time": "2026-11-03T05:00:00", "size": 1}
            there.append(result)  # type: ignore[arg-type]
        elif request.method == "GET":
            result = there
        return Response(json.dumps({"result": result}))

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    return lambda: asked


def test_each_collection_is_snapshotted_and_the_oldest_goes(
    node: Callable[[], list[str]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret")
    done = run_snapshots(2, httpserver.url_for("").rstrip("/"), key=key)
    assert done.returncode == 0, done.stderr
    assert "new" in done.stdout
    at = "/collections/products__0a/snapshots"
    assert node() == ["GET /collections", f"POST {at}?wait=true", f"GET {at}",
                      f"DELETE {at}/old-1?wait=true"]  # fmt: skip


def test_a_node_that_is_away_does_not_keep_the_others_from_it(
    node: Callable[[], list[str]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret")
    away = "http://127.0.0.1:9"
    done = run_snapshots(2, away, httpserver.url_for("").rstrip("/"), key=key)
    assert done.returncode == 1
    assert away in done.stderr
    assert "new" in done.stdout


@pytest.mark.parametrize("said", [b"Content-Length: 99\r\n\r\n{", b"\r\nnonsense"])
def test_a_node_that_dies_in_mid_answer_does_not_keep_the_others_from_it(
    said: bytes, node: Callable[[], list[str]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("s3cret")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def die() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.0 200 OK\r\n" + said)

        Thread(target=die, daemon=True).start()
        dying = f"http://127.0.0.1:{listening.getsockname()[1]}"
        done = run_snapshots(2, dying, httpserver.url_for("").rstrip("/"), key=tmp_path / "key")
    assert done.returncode == 1
    assert f"{dying}: no snapshot" in done.stderr
    assert "new" in done.stdout


def test_a_wrong_key_is_told(
    node: Callable[[], list[str]], httpserver: HTTPServer, tmp_path: Path
) -> None:
    done = run_snapshots(2, httpserver.url_for("").rstrip("/"), key=tmp_path / "none")
    assert (done.returncode, node()) == (1, [])
    (tmp_path / "key").write_text("wrong")
    done = run_snapshots(2, httpserver.url_for("").rstrip("/"), key=tmp_path / "key")
    assert done.returncode == 1
    assert "401" in done.stderr
