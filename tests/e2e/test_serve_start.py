"""How `snapshelf serve` begins, what keeps it from beginning, and how it ends."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from made import ingested, picture

from ui.cli import main

pytestmark = pytest.mark.slow


Refused = Callable[..., tuple[int, str]]


@pytest.fixture
def refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Runs a command: the exit code, and what is said as one line of single spaces."""

    def run(*words: str, **variables: str) -> tuple[int, str]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = main(words)
        assert code != 0
        return code, " ".join(capsys.readouterr().err.replace("│", " ").split())

    return run


@pytest.mark.parametrize("port", ["0", "-1", "65536"])
def test_a_port_that_cannot_be_is_refused(refused: Refused, port: str) -> None:
    code, said = refused("serve", f"--port={port}")
    assert code == 2
    assert "Invalid value for '--port'" in said
    assert "The page is at" not in said


def test_a_port_that_is_taken_is_told(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, said = refused("serve", f"--port={port}")
    assert f"cannot listen on 127.0.0.1:{port} (Address already in use)" in said
    assert "try another --port" in said
    assert "The page is at" not in said


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.77"])
def test_an_address_that_cannot_be_had_is_told(refused: Refused, host: str) -> None:
    _, said = refused("serve", f"--host={host}")
    assert f"cannot listen on {host}:7860" in said
    assert "try another --host" in said
    assert "GRADIO" not in said


@pytest.mark.parametrize("keys", ["", " \n", ",,, "])
def test_keys_that_are_none_open_nothing(refused: Refused, keys: str) -> None:
    code, said = refused("serve", SNAPSHELF_API_KEYS=keys)
    assert code == 2
    assert "SNAPSHELF_API_KEYS" in said
    assert "it holds no key" in said


def test_a_folder_of_catalogs_that_is_not_there_is_told(refused: Refused) -> None:
    code, said = refused("serve", SNAPSHELF_CATALOGS="/no/where")
    assert code == 2
    assert "SNAPSHELF_CATALOGS names no folder: /no/where" in said


def test_a_data_folder_that_is_a_file_is_told(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = refused("verify", SNAPSHELF_HOME="file")
    assert code == 2
    assert "SNAPSHELF_HOME" in said
    assert "file is a file; name a folder" in said


def test_without_a_word_the_data_folder_is_where_it_always_is(refused: Refused) -> None:
    _, said = refused("verify", SNAPSHELF_HOME="")
    assert ".snapshelf/store" in said


def test_an_env_file_that_is_no_utf8_is_told(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SNAPSHELF_API_RATE=5", encoding="utf-16")
    code, said = refused("verify")
    assert code == 2
    assert "save it as UTF-8" in said


def test_a_key_for_qdrant_is_never_printed(refused: Refused) -> None:
    closed = {"QDRANT_URL": "http://127.0.0.1:9"}
    _, said = refused("verify", QDRANT_API_KEY="a-secret-key\n", **closed)
    assert "does not answer" in said
    assert "a-secret-key" not in said
    for key in ("ключ-secret", "a-secret\nkey"):
        code, said = refused("verify", QDRANT_API_KEY=key, **closed)
        assert code == 2
        assert "QDRANT_API_KEY" in said
        assert "secret" not in said


def test_it_ends_when_asked_and_answers_those_who_wait(home: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    ingested(tmp_path / "shop", [(f"P{n}", "Hat", picture(n)) for n in range(4)])
    command = [sys.executable, "-m", "ui.cli", "serve", f"--port={port}"]
    got: list[int] = []
    with (
        subprocess.Popen(command, stderr=subprocess.PIPE) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client,
    ):
        wait_until_ready(client, server)

        def ask() -> None:
            got.append(client.post("v1/search", files={"image": picture(1)}).status_code)

        waiting = [threading.Thread(target=ask) for _ in range(8)]
        for each in waiting:
            each.start()
        time.sleep(0.2)  # they have been sent, and few are answered
        server.terminate()
        for each in waiting:
            each.join()
        _, said = server.communicate(timeout=60)
    assert got == [200] * 8
    assert server.returncode == 0, said
    assert b"Traceback" not in said


def wait_until_ready(client: httpx.Client, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None
        with suppress(httpx.TransportError):
            if client.get("readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("it was not ready within a minute")
