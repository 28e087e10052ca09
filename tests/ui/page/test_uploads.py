"""Files that managers send, over real sockets."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from ui.page.gate import Gate
from ui.page.threshold import Threshold
from ui.page.uploads import Uploads

PASSWORD = "a long password"


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "catalogs", Gate(PASSWORD, "127.0.0.1"), max_bytes=1_000_000)


@pytest.fixture
def url(uploads: Uploads) -> Iterator[str]:
    app = Starlette(routes=[*uploads._gate.routes(), *uploads.routes()])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def manager(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
        assert client.post("manage/enter", data={"password": PASSWORD}).status_code == 303
        yield client


def left(uploads: Uploads) -> list[Path]:
    return [path for path in uploads.folder.rglob("*") if path.is_file()]


def test_a_file_arrives_under_a_safe_name_and_a_token(
    manager: httpx.Client, uploads: Uploads
) -> None:
    for given, kept in (("shop.csv", "shop.csv"), ("../../x.csv", "x.csv"), ("", "catalog")):
        answer = manager.post("manage/catalogs", params={"name": given}, content=b"id,image\n")
        found = uploads.find(answer.json()["token"])
        assert found is not None
        assert (found.name, found.path.read_bytes()) == (kept, b"id,image\n")
        assert found.path.resolve().is_relative_to(uploads.folder.resolve())
    for invented in (None, "", "x", 3, ["x"]):
        assert uploads.find(invented) is None


def test_nobody_sends_a_file_without_the_password(url: str, uploads: Uploads) -> None:
    for headers in ({}, {"cookie": "snapshelf-manager=invented"}):
        answer = httpx.post(
            f"{url}/manage/catalogs?name=x.csv", content=b"x", headers=headers, trust_env=False
        )
        assert answer.status_code == 403
    assert not uploads.folder.exists()


def test_another_sites_page_cannot_send_one_in_a_managers_name(
    manager: httpx.Client, uploads: Uploads
) -> None:
    answer = manager.post(
        "manage/catalogs?name=x.csv", content=b"x", headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert left(uploads) == []


def test_a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(
    manager: httpx.Client, uploads: Uploads
) -> None:
    said = manager.post("manage/catalogs?name=a.csv", content=bytes(1_000_001))
    silent = manager.post("manage/catalogs?name=a.csv", content=(bytes(100_000) for _ in range(20)))
    assert (said.status_code, silent.status_code) == (413, 413)
    assert left(uploads) == []


def test_a_full_disk_keeps_nothing(
    manager: httpx.Client, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.page.uploads.SPARE_BYTES", 1 << 62)
    assert manager.post("manage/catalogs?name=a.csv", content=b"x").status_code == 507
    assert left(uploads) == []


def test_a_broken_connection_leaves_nothing(manager: httpx.Client, uploads: Uploads) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"id,image\n"
        raise RuntimeError("the line is cut")

    with pytest.raises(RuntimeError, match="the line is cut"):
        manager.post("manage/catalogs?name=a.csv", content=breaking())
    for _ in range(100):
        if not left(uploads):
            break
        time.sleep(0.05)
    assert left(uploads) == []


def test_what_nobody_brought_in_goes_with_time_and_with_number(
    manager: httpx.Client, uploads: Uploads
) -> None:
    def sent() -> str:
        return str(manager.post("manage/catalogs?name=a.csv", content=b"x").json()["token"])

    old = sent()
    os.utime(uploads.folder / old, (time.time() - 90_000,) * 2)
    tokens = [sent() for _ in range(9)]
    assert uploads.find(old) is None
    assert not (uploads.folder / old).exists()
    assert uploads.find(tokens[0]) is None
    assert len(left(uploads)) == 8


async def _photo_arrived(size: int) -> None:
    raise AssertionError(f"{size} bytes of a photo, but none was sent")


def test_a_catalog_may_be_larger_than_whatever_else_the_page_takes(tmp_path: Path) -> None:
    gate = Gate(None, "127.0.0.1")
    uploads = Uploads(tmp_path, gate, max_bytes=20_000_000)
    routes = [*gate.routes(), *uploads.routes()]
    app = Starlette(routes=routes, middleware=[Middleware(Threshold, _photo_arrived)])
    client = TestClient(app, base_url="http://127.0.0.1")
    large = b"\0" * 15_000_000
    found = uploads.find(client.post("manage/catalogs", content=large).json()["token"])
    assert found is not None
    assert found.path.stat().st_size == len(large)
    assert client.post("manage/catalogs", content=large * 2).status_code == 413
    for content in (large, iter([large])):  # its length told, and not
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert client.post("manage/enter", content=content, headers=form).status_code == 413
