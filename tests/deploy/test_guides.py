"""Every image, port, key and volume is told in the guides, and every command is one of ours."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from ui.cli import app

ROOT = Path(__file__).resolve().parents[2]
COMPOSED = [ROOT / "docker-compose.yml", ROOT / "deploy" / "compose.cluster.yml"]
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes" / "base").glob("*.yaml"))
ONE_MACHINE = (ROOT / "docs" / "deploy.md").read_text()
CLUSTER = (ROOT / "docs" / "kubernetes.md").read_text()


def defaults(text: str) -> str:
    return re.sub(r"\$\{\w+(?::-([^}]*))?\}", lambda found: found[1] or "", text)


def loaded(files: list[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from (one for one in yaml.safe_load_all(defaults(file.read_text())) if one)


def mappings(node: object) -> Iterator[dict[str, Any]]:
    """All mappings, however deep."""
    if isinstance(node, dict):
        yield node
    for inner in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from mappings(inner)


def of_compose() -> set[str]:
    """Services, images, ports, volumes, networks and secrets."""
    told: set[str] = set()
    for file in loaded(COMPOSED):
        told |= set(file["services"]) | set(file.get("volumes", {})) | set(file.get("networks", {}))
        told |= set(file.get("secrets", {}))
        for service in file["services"].values():
            told |= {service["image"]} if "image" in service else set()
            told |= set(service.get("build", {}).get("args", {}).values()) & {"caddy:2.11.7-alpine"}
            for port in service.get("ports", []):
                told |= set(port.rsplit(":", 2)[-2:])
            words = [str(word) for word in service.get("command", [])]
            told |= {found[1] for word in words if (found := re.search(r":(\d{4,5})$", word))}
    return told


def of_kubernetes() -> set[str]:
    """Images, ports, claims and keys."""
    told: set[str] = set()
    for one in (inner for manifest in loaded(MANIFESTS) for inner in mappings(manifest)):
        told |= {
            str(one[key]) for key in ("containerPort", "claimName", "secretName") if key in one
        }
        told |= {one["image"]} if "image" in one else set()
        told |= {item["key"] for item in one.get("items", []) if "path" in item}
        if "volumeClaimTemplates" in one:
            told |= {claim["metadata"]["name"] for claim in one["volumeClaimTemplates"]}
    return told


@pytest.mark.parametrize("name", sorted(of_compose()))
def test_the_guide_of_one_machine_tells_of_all_that_compose_runs(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", ONE_MACHINE)


@pytest.mark.parametrize("name", sorted(of_kubernetes()))
def test_the_guide_of_the_cluster_tells_of_all_that_kubernetes_runs(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", CLUSTER)


def test_something_was_collected() -> None:
    assert {"qdrant", "7860", "9464", "metrics_key", "caddy-data"} <= of_compose()
    assert {"6335", "shelf", "storage", "snapshelf-keys", "api_keys"} <= of_kubernetes()


def filled(word: str) -> str:
    """As Kubernetes fills in the environment."""
    given = {"CATALOG": "catalog.csv", "PART": "0", "PARTS": "4"}
    return re.sub(r"\$\((\w+)\)", lambda found: given[found[1]], word)


def commands() -> Iterator[list[str]]:
    """What containers of ours run."""
    for file in loaded(COMPOSED):
        for service in file["services"].values():
            if service.get("image", "").startswith("snapshelf:"):
                yield service["command"]
    for one in (inner for manifest in loaded(MANIFESTS) for inner in mappings(manifest)):
        if one.get("image", "").startswith("snapshelf:") and "args" in one:
            yield [filled(word) for word in one["args"]]


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_that_a_container_runs_is_one_of_ours(words: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group | typer.core.TyperGroup)
    command = group.commands[words[0]]
    # parsed, and not run: a wrong option raises
    command.make_context(words[0], list(words[1:]))


def test_the_links_between_the_guides_lead_somewhere() -> None:
    for text in (ONE_MACHINE, CLUSTER):
        for page, place in re.findall(r"\]\((\w+\.md)(?:#([\w-]+))?\)", text):
            target = (ROOT / "docs" / page).read_text()
            titles = re.findall(r"^#+ (.+)$", target, re.M)
            places = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert not place or place in places, (page, place)


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here")
def test_prometheus_takes_what_the_guide_says_for_a_cluster(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(scrape_configs:.*?)```", CLUSTER, re.S)
    assert found
    # Debian's promtool is built without this discovery
    rest = re.sub(r"^ +kubernetes_sd_configs:.*\n", "", found[1], flags=re.M)
    (tmp_path / "prometheus.yml").write_text(rest)
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", "prometheus.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
