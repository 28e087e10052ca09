"""The house's plan, held against the code: who may import whom, and who may import what."""

import ast
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "catalog": set(),
    "vision": set(),
    "ingest": {"catalog", "vision"},
    "search": {"catalog", "vision"},
    "lab": {"search", "ingest", "catalog", "vision"},
    "ui": {"lab", "search", "ingest", "catalog", "vision"},
}
# A library and the only files that may know it ("room/" allows the whole room).
KNOWN_BY = {
    "qdrant_client": {"catalog/server.py", "catalog/store.py"},
    "qdrant_edge": {"catalog/edge.py", "catalog/graph.py"},
    "torch": {"vision/"},
    "openvino": {"vision/exported.py"},
    "nncf": {"vision/quantize.py"},
    "httpx": {"ingest/"},
    "gradio": {"ui/"},
    "fastapi": {"ui/"},
    "starlette": {"ui/"},
    "sklearn": {"lab/projection.py"},
    "prometheus_client": {"ui/metrics.py", "ui/metrics_ingest.py", "ui/metrics_place.py"},
    "opentelemetry": {"ui/tracing.py"},
    "mcp": {"ui/mcp_server.py"},
    "pytorch_metric_learning": {"vision/objective.py", "vision/sampling.py"},
}
# vision's training side; its serving side must not need it.
TRAINING = {
    "augment", "calibrate", "classes", "distill", "distill_teacher", "distill_train",
    "distill_views", "export", "export_text", "fold", "likeness", "loop", "network", "objective",
    "parts", "pictures", "quantize", "recipe", "sampling", "schooling", "split", "student",
    "train", "tune", "tuned",
}  # fmt: skip


# Where serving begins; none of it may load a library of networks before a model needs it.
SERVING = ("vision.embedder", "ingest.pipeline", "search.service", "ui.cli", "ui.build", "ui.api",
           "ui.page.server", "ui.demo", "ui.reindexing", "ui.demand")  # fmt: skip
NETWORKS = {"torch", "torchvision", "timm", "open_clip"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where a thing lives"
            yield node.module or ""


FILES = [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_import_follows_the_plan(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    room = name.split("/")[0]
    for imported in imports(path):
        top = imported.split(".")[0]
        if top in MAY_IMPORT and top != room:
            assert top in MAY_IMPORT[room], f"{name} may not import {imported}"
        if top in KNOWN_BY:
            allowed = any(name == one or (one[-1] == "/" and name.startswith(one))
                          for one in KNOWN_BY[top])  # fmt: skip
            assert allowed, f"{name} may not import {imported}"
        if room == "vision" and path.stem not in TRAINING:
            assert imported.removeprefix("vision.") not in TRAINING, f"{name}: {imported}"


def when_loaded(nodes: Iterable[ast.stmt]) -> Iterator[str]:
    """What a module imports while it is itself imported: not inside functions, not for types."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from when_loaded(node.orelse)
        elif not isinstance(node, ast.FunctionDef):
            yield from when_loaded(
                each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)
            )


@pytest.mark.parametrize("start", SERVING)
def test_what_serves_loads_no_library_of_networks(start: str) -> None:
    way: dict[str, str] = {start: start}
    todo = [start]
    while todo:
        name = todo.pop()
        path = ROOT / (name.replace(".", "/") + ".py")
        for imported in when_loaded(ast.parse(path.read_text()).body) if path.is_file() else ():
            assert imported.split(".")[0] not in NETWORKS, f"{way[name]} > {imported}"
            if imported.split(".")[0] in MAY_IMPORT and imported not in way:
                way[imported] = f"{way[name]} > {imported}"
                todo.append(imported)
    assert len(way) > 5, "or nothing was followed"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_is_the_one_of_this_repository(room: str) -> None:
    assert Path(str(import_module(room).__file__)).parent == ROOT / room
