"""`snapshelf serve` as users start it: its REST, its documentation, and what it must not give."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from made import TINY, picture

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KEY = "a-key-of-at-least-16"
SECRET = b"the key to the storeroom"


@dataclass(frozen=True)
class Shop:
    """A running server and the folder it was started in."""

    url: str
    folder: Path
    said: Path
    """What it prints."""

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, headers=headers)


def snapshelf(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "ui.cli", *words, "--store", str(folder / "store")]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "SNAPSHELF" not in name}
    own = {"SNAPSHELF_HOME": str(folder / "home"), "GRADIO_TEMP_DIR": str(folder / "uploads")}
    return kept | own | {"OMP_NUM_THREADS": "1"} | more


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog of eight products, indexed by the command line."""
    folder = tmp_path_factory.mktemp("shop")
    rows = ["product_id,title,category,brand,price,image"]
    for number in range(8):
        (folder / f"{number}.jpg").write_bytes(picture(number))
        rows.append(f"P{number},Red shoe {number},Shoes,Acme,{number}.5,{number}.jpg")
    (folder / "catalog.csv").write_text("\n".join(rows))
    (folder / "photo.jpg").write_bytes(picture(3))
    command = snapshelf(folder, "ingest", str(folder / "catalog.csv"), "--model", TINY)
    subprocess.run(command, env=environment(folder), cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def started(folder: Path, *words: str, ready: int = 200, **variables: str) -> Iterator[Shop]:
    """`snapshelf serve` on a folder's index, until the block ends."""
    port, said = free_port(), folder / "said"
    command = snapshelf(folder, "serve", "--port", str(port), *words)
    own = environment(folder, **variables)
    with said.open("wb") as log:
        server = subprocess.Popen(command, env=own, cwd=folder, stdout=log, stderr=log)
    shop = Shop(f"http://127.0.0.1:{port}", folder, said)
    try:
        wait_for(shop, server, ready)
        yield shop
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    with started(folder) as shop:
        yield shop


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """The same index for another server: the embedded store has one owner."""
    for name in ("store", "home"):
        shutil.copytree(folder / name, tmp_path / name)
    return tmp_path


def wait_for(shop: Shop, server: "subprocess.Popen[bytes]", ready: int = 200) -> None:
    for _ in range(600):
        assert server.poll() is None, shop.said.read_text()
        try:
            if httpx.get(f"{shop.url}/readyz", trust_env=False).status_code == ready:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(shop.said.read_text())


def test_a_server_without_an_index_starts_and_is_not_ready_until_there_is_one(
    tmp_path: Path, folder: Path
) -> None:
    with started(tmp_path, ready=503) as shop, shop.client() as client:
        for path in ("readyz", "v1/categories"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "no_index")
        assert client.get("healthz").text == "ok\n"
        assert client.get("/").status_code == 200
        assert not (tmp_path / "store").exists()
        command = snapshelf(tmp_path, "ingest", str(folder / "catalog.csv"), "--model", TINY)
        own = environment(tmp_path)
        subprocess.run(command, env=own, cwd=tmp_path, check=True, capture_output=True)
        for _ in range(300):
            if (answer := client.get("readyz")).status_code == 200:
                break
            time.sleep(0.1)
        assert answer.json() == {"images": 8}


def curl_lines() -> list[str]:
    page = (ROOT / "docs" / "api.md").read_text()
    return [line for line in page.splitlines() if line.startswith("curl ")]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")
@pytest.mark.parametrize("line", curl_lines())
def test_every_documented_request_is_answered(shop: Shop, line: str) -> None:
    variables = {"SNAPSHELF": shop.url, "PRODUCT": "P3"}
    done = subprocess.run(
        ["bash", "-c", line], env=os.environ | variables, cwd=shop.folder, capture_output=True
    )
    assert done.returncode == 0, (line, done.stderr)
    answer = json.loads(done.stdout)
    assert answer.keys() & {"hits", "facets", "vector", "categories"}


def test_documented_paths_and_settings_are_the_real_ones(shop: Shop) -> None:
    from ui.settings import Settings

    page = (ROOT / "docs" / "api.md").read_text()
    with shop.client() as client:
        paths = client.get("/v1/openapi.json").json()["paths"]
    told = set(re.findall(r"`(?:GET|POST) (/[^`]+)`", page))
    assert told == {path.replace("product_id", "id") for path in paths}
    for name in re.findall(r"SNAPSHELF_(API_\w+)", page):
        assert name.lower() in Settings.model_fields


def test_a_photo_finds_its_own_product_and_its_picture(shop: Shop) -> None:
    with shop.client() as client:
        answer = client.post("/v1/search", files={"image": picture(3)}).json()
        best = answer["hits"][0]
        assert best["product_id"] == "P3"
        assert best["score"] > 0.999
        assert client.get(best["picture"]).headers["content-type"] == "image/jpeg"
        assert client.get("/").status_code == 200


def test_no_way_in_reads_a_file_of_the_server(shop: Shop) -> None:
    canary = shop.folder / "canary.jpg"
    canary.write_bytes(SECRET)
    place = {"path": str(canary), "meta": {"_type": "gradio.FileData"}}
    with shop.client() as client:
        for path in ("/v1/search", "/v1/embed", "/v1/facets"):
            for image in (place, str(canary), f"file://{canary}", [place]):
                answer = client.post(path, json={"image": image})
                assert answer.status_code == 422, answer.text
                assert SECRET not in answer.content
            assert client.post(path, data={"image": str(canary)}).status_code == 422
        for name in ("_ask", "_photo", "_open"):
            for way in ("run", "api"):
                answer = client.post(f"/gradio_api/{way}/{name}", json={"data": [place, 9]})
                assert answer.status_code == 404
            called = client.post(f"/gradio_api/call/{name}", json={"data": [place, 9]})
            if called.status_code == 200:  # through the queue, like the page
                event = called.json()["event_id"]
                said = client.get(f"/gradio_api/call/{name}/{event}").text
                assert SECRET.decode() not in said
        for name in (canary, f"../{canary.name}", "/etc/passwd"):
            assert client.get(f"/gradio_api/file={name}").status_code in (403, 404)
    config = shop.client().get("/config").json()
    for handler in [one["id"] for one in config["dependencies"] if one["backend_fn"]]:
        for told in ({"path": str(canary)}, {"path": place}, {"upload": str(canary)}):
            assert SECRET.decode() not in joined(shop, handler, told)
    assert canary.read_bytes() == SECRET
    # nor was it copied to where it could be fetched from later
    files = [path for path in shop.folder.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET in path.read_bytes()] == [canary]


def joined(shop: Shop, handler: int, given: dict[str, object]) -> str:
    """All that the page's queue says to one event of a session, until its answer."""
    event = {
        "data": [], "event_data": given, "fn_index": handler, "session_hash": f"s{handler}",
        "trigger_id": 1,
    }  # fmt: skip
    told = ""
    with shop.client() as client:
        client.post("/gradio_api/queue/join", json=event).raise_for_status()
        address = f"/gradio_api/queue/data?session_hash=s{handler}"
        with client.stream("GET", address) as stream:
            for line in stream.iter_lines():
                told += line
                if "process_completed" in line:
                    return told
    raise AssertionError(told)


def test_the_start_says_that_rest_is_open_to_all(shop: Shop) -> None:
    said = shop.said.read_text()
    assert f"REST is at {shop.url}/v1" in said
    assert "open to all (SNAPSHELF_API_KEYS)" in said


def test_keys_of_the_environment_close_it_and_are_never_printed(copy: Path) -> None:
    with started(copy, SNAPSHELF_API_KEYS=f"another-key-012345, {KEY}") as shop:
        with shop.client() as client:
            assert client.get("/v1/categories").status_code == 401
        with shop.client(Authorization=f"Bearer {KEY}") as client:
            assert client.get("/v1/categories").json()["images"] == 8
    said = shop.said.read_text()
    assert "needs one of 2 API keys" in said
    assert KEY not in said


def test_a_key_that_is_too_short_is_refused_unprinted(tmp_path: Path) -> None:
    command = snapshelf(tmp_path, "serve", "--port", str(free_port()))
    keys = environment(tmp_path, SNAPSHELF_API_KEYS="hunter2")
    done = subprocess.run(command, env=keys, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "SNAPSHELF_API_KEYS" in done.stderr
    assert "fewer than 16 characters" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_tools_for_assistants_come_with_one_flag(copy: Path) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    call = {"name": "similar", "arguments": {"product_id": "P3", "k": 2}}
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    with (
        started(copy, "--mcp", "--demand-log") as shop,
        shop.client(Accept="application/json, text/event-stream") as client,
    ):
        answer = client.post("/mcp", json=question).json()["result"]
        assert len(answer["structuredContent"]["products"]) == 2
        facets = client.post("/v1/facets", files={"image": picture(3)}).json()["facets"]
        assert facets["brand"] == {"Acme": 8}
