"""The image: pinned, small rights, nothing fetched past the package installer."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """One instruction each, continuation lines joined, comments left out."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


@pytest.fixture(scope="module")
def last_stage(lines: list[str]) -> list[str]:
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")]
    return lines[starts[-1] :]


def test_the_base_is_pinned_and_can_be_pinned_by_digest(lines: list[str]) -> None:
    assert "ARG PYTHON_IMAGE=python:3.12-slim" in lines
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases == ["${PYTHON_IMAGE}"] * 2


def test_nothing_is_added_from_an_address(lines: list[str]) -> None:
    assert not [line for line in lines if line.startswith("ADD ")]
    assert not [line for line in lines if re.search(r"curl|wget|https?://|git clone", line)]


def test_the_container_runs_as_a_fixed_user_without_rights(last_stage: list[str]) -> None:
    users = [line.split()[1] for line in last_stage if line.startswith("USER ")]
    assert users == ["10001:10001"]
    after = last_stage[last_stage.index("USER 10001:10001") :]
    assert not [line for line in after if line.startswith(("RUN ", "COPY "))]


def test_build_tools_stay_in_the_build_stage(last_stage: list[str]) -> None:
    assert not [line for line in last_stage if re.search(r"\b(pip|uv|apt-get|gcc)\b", line)]
    assert "COPY --from=build /opt/snapshelf /opt/snapshelf" in last_stage


def test_torch_comes_in_the_variant_that_was_asked_for(lines: list[str]) -> None:
    assert "ARG TORCH=cpu" in lines
    assert any('uv pip install --torch-backend="${TORCH}"' in line for line in lines)


def test_the_tools_for_assistants_are_in_the_image(lines: list[str]) -> None:
    assert any("-r pyproject.toml --extra mcp" in line for line in lines)


def test_the_container_can_be_watched_and_stopped(last_stage: list[str]) -> None:
    assert "STOPSIGNAL SIGTERM" in last_stage
    assert any(line.startswith("HEALTHCHECK ") for line in last_stage)
    assert (ROOT / "deploy" / "entrypoint.sh").read_text().splitlines()[-1] == 'exec snapshelf "$@"'


def test_all_that_is_copied_is_let_through(lines: list[str]) -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for line in lines:
        if not line.startswith("COPY ") or "--from=" in line:
            continue
        *sources, _ = [word for word in line.split()[1:] if not word.startswith("--")]
        assert set(sources) <= let_through, line


def test_every_room_of_the_package_is_in_the_image(lines: list[str]) -> None:
    project = (ROOT / "pyproject.toml").read_text()
    rooms = set(re.findall(r'"(\w+)"', project.split("packages.find]")[1].split("]")[0]))
    copied = {line.split()[1] for line in lines if re.fullmatch(r"COPY (\w+) \1", line)}
    assert rooms == copied


def test_nothing_reports_home(last_stage: list[str]) -> None:
    settings = " ".join(line for line in last_stage if line.startswith("ENV "))
    assert "GRADIO_ANALYTICS_ENABLED=False" in settings
    assert "HF_HUB_DISABLE_TELEMETRY=1" in settings
