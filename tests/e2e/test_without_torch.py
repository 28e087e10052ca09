"""What serves computes without torch: the real commands, each in a process of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from made import TINY, write_shop

from ui.cli import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NETWORKS = {"torch", "torchvision", "timm", "open_clip"}
# Runs the command line, then tells on the last line of stderr what was loaded.
COMMAND = """
import json, sys
from ui.cli import main
code = main(sys.argv[1:])
print(json.dumps(sorted(name for name, one in sys.modules.items() if one)), file=sys.stderr)
sys.exit(code)
"""
# The same while the page is up and has answered a photo.
PAGE = """
import json, os, sys, threading, time
from pathlib import Path
port, photo = int(sys.argv.pop(1)), Path(sys.argv.pop(1))

def ask():
    import httpx
    for _ in range(600):
        try:
            with photo.open("rb") as file:
                answer = httpx.post(f"http://127.0.0.1:{port}/v1/search", trust_env=False,
                                    files={"image": file}, timeout=60)
            break
        except httpx.ConnectError:
            time.sleep(0.1)
    page = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=60)
    loaded = sorted(name for name, one in sys.modules.items() if one)
    print(json.dumps([answer.status_code, answer.json(), page.status_code, loaded]), flush=True)
    os._exit(0)

threading.Thread(target=ask, daemon=True).start()
from ui.cli import main
sys.exit(main(["serve", "--port", str(port)]))
"""


def run(folder: Path, script: str, *words: object) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "SNAPSHELF" not in name}
    own = {"SNAPSHELF_HOME": str(folder / "home"), "GRADIO_TEMP_DIR": str(folder / "uploads"),
           "PYTHONPATH": str(ROOT)}  # fmt: skip
    command = [sys.executable, "-c", script, *map(str, words)]
    done = subprocess.run(
        command, env=kept | own, cwd=folder, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done


def ran(folder: Path, *words: object) -> tuple[Any, set[str]]:
    """What a command printed, and the packages that it loaded."""
    done = run(folder, COMMAND, *words)
    loaded = json.loads(done.stderr.splitlines()[-1])
    printed = json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout
    return printed, {name.split(".")[0] for name in loaded}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty products, and an index of them by the bundled backbone."""
    return write_shop(tmp_path_factory.mktemp("shop"), 40)


def test_ingest_and_search_load_no_library_of_networks(shop: Path) -> None:
    report, loaded = ran(shop, "ingest", "catalog.csv", "--json")
    assert report["outcomes"]["new"] == 40
    assert report["images"]["embedded"] == 40
    assert "openvino" in loaded
    assert not NETWORKS & loaded
    found, loaded = ran(shop, "search", "3.jpg", "--why", "--crops", "--json")
    assert found["hits"][0]["product_id"] == "P3"
    assert found["hits"][0]["score"] > 0.999
    assert "openvino" in loaded
    assert not NETWORKS & loaded
    assert "openvino_telemetry" not in loaded


def test_the_page_starts_and_answers_without_one_too(shop: Path) -> None:
    if not (shop / "home/store").exists():
        ran(shop, "ingest", "catalog.csv", "--json")
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    status, answer, page, loaded = json.loads(run(shop, PAGE, port, "5.jpg").stdout)
    assert (status, page) == (200, 200)
    assert answer["hits"][0]["product_id"] == "P5"
    assert "gradio" in loaded
    assert "openvino" in loaded
    assert not NETWORKS & {name.split(".")[0] for name in loaded}


def test_an_index_made_in_torch_is_searched_by_the_export_and_finds_the_same(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, shop: Path
) -> None:
    def torch(*words: object) -> Any:
        """In this process, which has it."""
        capsys.readouterr()
        assert main([*map(str, words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    catalog, model, aside = shop / "catalog.csv", tmp_path / "model", tmp_path / "aside"
    summary = torch("train", catalog, "--backbone", TINY, "--out", model)
    assert summary["export"]["cosine"] > 0.9999
    (model / "export").rename(aside)
    assert torch("ingest", catalog, "--model", model)["outcomes"]["new"] == 40
    slow = [torch("search", shop / f"{n}.jpg") for n in (1, 2)]
    # as a model of an earlier edition gets its export; the copy that the index keeps, with the
    # next ingest, which embeds nothing again
    assert torch("model", "export", model, "--precision", "fp32")["cosine"] > 0.9999
    report, loaded = ran(tmp_path, "ingest", catalog, "--model", model, "--json")
    assert report["outcomes"]["unchanged"] == 40
    assert not NETWORKS & loaded
    for n, before in zip((1, 2), slow, strict=True):
        found, loaded = ran(tmp_path, "search", shop / f"{n}.jpg", "--json")
        assert not NETWORKS & loaded
        assert len(found["hits"]) == 9
        for one, other in zip(before["hits"], found["hits"], strict=True):
            assert one["product_id"] == other["product_id"]
            assert one["score"] == pytest.approx(other["score"], abs=2e-4)
    # and in int8, under a name of its own, without what quantized it
    torch("model", "export", model, "--precision", "int8")
    assert main(["model", "use", str(model), "int8"]) == 0
    capsys.readouterr()
    report, loaded = ran(
        tmp_path, "ingest", catalog, "--model", model, "--collection", "eight", "--json"
    )
    assert report["outcomes"]["new"] == 40
    assert not {"nncf", *NETWORKS} & loaded
    found, loaded = ran(tmp_path, "search", shop / "3.jpg", "--collection", "eight", "--json")
    assert found["hits"][0]["product_id"] == "P3"
    assert found["hits"][0]["score"] > 0.999
    assert not {"nncf", "openvino_telemetry", *NETWORKS} & loaded


def test_help_loads_next_to_nothing(tmp_path: Path) -> None:
    """The 0.3 s that it may take are measured by `bench/start.py`, on a quiet machine."""
    said, loaded = ran(tmp_path, "--help")
    assert "ingest" in said
    heavy = {"numpy", "pydantic", "PIL", "httpx", "openvino", "qdrant_edge", "gradio", "asyncio"}
    assert not (heavy | NETWORKS) & loaded


def test_a_search_loads_nothing_that_only_an_ingest_or_the_page_needs(shop: Path) -> None:
    if not (shop / "home/store").exists():
        ran(shop, "ingest", "catalog.csv", "--json")
    _, loaded = ran(shop, "search", "3.jpg", "--json")
    heavy = {"pandas", "pyarrow", "matplotlib", "sklearn", "scipy", "gradio", "fastapi", "httpx"}
    assert not heavy & loaded
