"""Logs as JSON: every line of a real server and a real ingest, and no secret in any of them."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from made import await_port, free_port, picture, write_shop

import ui

pytestmark = pytest.mark.slow

HOUSE = Path(ui.__file__ or "").parent.parent
KEY = "storeroom-key-0123456789"
PASSWORD = "open-sesame-1234"
WORDS = "an unspeakable wish"
FILE = "grandma at the beach.jpg"
SIGNATURE = "c2lnbmF0dXJl"
MAIL = "visitor@example.org"
BUYER = "203.0.113.77"


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if "SNAPSHELF" not in name}
    own = {"SNAPSHELF_HOME": str(folder / "home"), "GRADIO_TEMP_DIR": str(folder / "uploads")}
    return kept | own | {"PYTHONPATH": str(HOUSE), "SNAPSHELF_LOG_FORMAT": "json"} | more


def lines_of(text: str) -> list[dict[str, Any]]:
    """Each line is an object: one that is not fails here."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Twelve products and one without a picture; and what their ingest logged."""
    folder = write_shop(tmp_path_factory.mktemp("shop"), 12)
    with (folder / "catalog.csv").open("a") as file:
        file.write(f"X,Thing,A,http://127.0.0.1:9/x.jpg?sig={SIGNATURE}\n")
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "ingest", "catalog.csv", "--json"],
        env=environment(folder), cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["outcomes"]["new"] == 12
    return folder, lines_of(done.stderr)


@contextmanager
def served(folder: Path, log: Path) -> Iterator[str]:
    port = free_port()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", "serve", "--port", str(port)],
            env=environment(folder, SNAPSHELF_API_KEYS=KEY, SNAPSHELF_PASSWORD=PASSWORD),
            cwd=folder, stderr=file, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        await_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def test_an_ingest_logs_its_run_from_begin_to_end(
    shop: tuple[Path, list[dict[str, Any]]],
) -> None:
    lines = shop[1]
    assert {line["run"] for line in lines} == {lines[0]["run"]}
    assert lines[0]["event"] == "ingest begins"
    ended = next(line for line in lines if line["event"] == "ingest ended")
    assert ended["outcomes"]["new"] == 12
    assert sum(ended["reasons"].values()) == 1
    assert ended["seconds"] > 0
    assert all({"time", "level", "logger"} <= line.keys() for line in lines)
    assert SIGNATURE not in json.dumps(lines)


def test_a_server_logs_each_search_and_nothing_of_what_was_asked(
    shop: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    folder, log = shop[0], tmp_path / "log"
    photo = picture(3)
    with served(folder, log) as url, httpx.Client(base_url=url, trust_env=False) as client:
        known = {"X-API-Key": KEY, "X-Request-Id": "shop-1", "X-Forwarded-For": BUYER, "From": MAIL}
        asked = client.post(
            "/v1/search", headers=known, files={"image": (FILE, photo)}, timeout=60,
            params={"sig": SIGNATURE}, data={"k": 3},
        )  # fmt: skip
        assert asked.status_code == 200, asked.text
        assert asked.headers["x-request-id"] == "shop-1"
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert client.post("/v1/search", headers=bearer, json={"text": WORDS}).status_code == 200
        assert client.post("/v1/search", headers=bearer, json={"image": WORDS}).status_code == 422
        like = client.get(f"/v1/products/{MAIL}/similar", headers=bearer)
        assert like.status_code == 404
        wrong = {"X-API-Key": f"not-{KEY}", "X-Request-Id": "shop-2"}
        assert client.get("/metrics", headers=wrong).status_code == 401
        client.get(f"/?sig={SIGNATURE}&photo={MAIL}")
        client.post("/manage/enter", data={"password": f"{PASSWORD}?"}, headers={"Origin": url})
        client.get("/healthz")
        # not HTTP: the server below has a word to say, in its own logger
        with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as line:
            line.sendall(f"{WORDS} {MAIL}\r\n\r\n".encode())
            line.recv(1000)
    text = log.read_text()
    lines = lines_of(text)
    first = next(line for line in lines if line["event"] == "search")
    assert first["request"] == "shop-1"
    assert (first["route"], first["hits"], first["level"]) == ("none", 3, "info")
    assert first["seconds"] > 0
    assert {"decode_ms", "encode_ms", "engine_ms", "total_ms"} <= first.keys()
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["path"], line["status"]) for line in requests] == [
        ("/v1/search", 200), ("/v1/search", 200), ("/v1/search", 422),
        ("/v1/products/{product_id}/similar", 404), ("/metrics", 401),
    ]  # fmt: skip
    assert (requests[0]["request"], requests[-1]["request"]) == ("shop-1", "shop-2")
    assert len({line["request"] for line in requests}) == 5
    failed = next(line for line in lines if line["event"] == "search failed")
    assert (failed["reason"], failed["request"]) == ("UnknownProduct", requests[3]["request"])
    assert any("uvicorn" in line["logger"] for line in lines)
    assert any("wrong password" in line["event"] for line in lines)
    for secret in (KEY, PASSWORD, WORDS, FILE, SIGNATURE, MAIL, "example.org", BUYER,
                   base64.b64encode(photo)[:40].decode()):  # fmt: skip
        assert secret not in text
    assert "127.0.0.1" not in text.replace(url, ""), "an address of a visitor"
