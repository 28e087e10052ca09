"""An assistant's client speaks to the server over a real socket, in the protocol's own words."""

import asyncio
import base64
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from catalog.thumbs import Thumbs
from ui.api import Api
from ui.api_policy import Policy
from ui.page.server import build_page, serve

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
from mcp import Client

from ui.mcp_server import Tools

KEY = "a-key-of-the-assistant"


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, new_service: "type[FakeService]"
) -> Iterator[tuple[str, "FakeService"]]:
    service, thumbs = new_service(), Thumbs(tmp_path_factory.mktemp("thumbs"))
    page = build_page(service, thumbs=thumbs)
    api = Api(service, thumbs, Policy())
    yield serve(page, api, tools=Tools(api), port=None, prevent_thread_lock=True), service
    page.close(verbose=False)


def talk(url: str, what: Callable[[Client], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with Client(f"{url}mcp") as client:
            return await what(client)

    return asyncio.run(run())


def call(running: tuple[str, Any], name: str, **fields: Any) -> Any:
    return talk(running[0], lambda client: client.call_tool(name, fields))


def test_the_tools_are_told(running: tuple[str, "FakeService"]) -> None:
    told = talk(running[0], lambda client: client.list_tools())
    assert {tool.name for tool in told.tools} == {"search", "similar", "categories"}
    assert all(tool.description for tool in told.tools)


def test_a_photo_is_searched(running: tuple[str, "FakeService"], photo_bytes: bytes) -> None:
    running[1].forget()
    photo = base64.b64encode(photo_bytes).decode()
    found = call(running, "search", image_base64=photo, k=2, price_max=9.5)
    assert not found.is_error
    assert [one["product_id"] for one in found.structured_content["products"]] == ["p0", "p1"]
    asked = running[1].asked[-1]
    assert (asked.image, asked.k, asked.where.price_max) == (photo_bytes, 2, 9.5)


def test_likeness_and_categories_are_asked(running: tuple[str, "FakeService"]) -> None:
    assert call(running, "similar", product_id="p0").structured_content["products"]
    assert call(running, "categories").structured_content["images"] == 60


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("search", {}, "nothing to look for"),
        ("search", {"image_base64": "/etc/passwd"}, "not base64"),
        ("search", {"image_base64": "PHN2Zz4="}, "none of JPEG"),
        ("search", {"text": "x", "category": "Nowhere"}, "no category"),
        ("similar", {"product_id": "none"}, "no product"),
    ],
)
def test_what_cannot_be_answered_is_said(
    running: tuple[str, "FakeService"], name: str, fields: dict[str, Any], said: str
) -> None:
    running[1].forget()
    answer = call(running, name, **fields)
    assert answer.is_error
    assert said in answer.content[0].text


def test_a_fault_keeps_its_inside(running: tuple[str, "FakeService"]) -> None:
    running[1].failure = RuntimeError("the innermost secret")
    answer = call(running, "search", text="shoe")
    running[1].forget()
    assert answer.is_error
    assert "secret" not in answer.content[0].text


def test_without_a_key_nothing_is_told(service: "FakeService", tmp_path: Path) -> None:
    thumbs = Thumbs(tmp_path)
    page, api = build_page(service, thumbs=thumbs), Api(service, thumbs, Policy(keys=(KEY,)))
    url = serve(page, api, tools=Tools(api), port=None, prevent_thread_lock=True)
    question = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    kinds = {"Accept": "application/json, text/event-stream"}
    try:
        assert httpx.post(f"{url}mcp", json=question, headers=kinds).status_code == 401
        known = kinds | {"Authorization": f"Bearer {KEY}"}
        assert httpx.post(f"{url}mcp", json=question, headers=known).status_code == 200
    finally:
        page.close(verbose=False)
