"""The page's server, asked directly: what it gives, and above all what it does not."""

import json
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from catalog.thumbs import Thumbs
from ui.api import Api
from ui.api_policy import Policy
from ui.page.photo_folder import PhotoFolder
from ui.page.server import Page, build_page, serve
from ui.page.threshold import Threshold

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

SHA = "ab" * 32
BODY_S = 5.0
SECRET = b"the key to the storeroom"


@dataclass(frozen=True)
class Site:
    """One running page and all that stands behind it."""

    page: Page
    client: httpx.Client
    service: "FakeService"
    folder: Path
    """Holds `thumbs`, `examples`, and whatever a test puts beside them."""


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, new_service: "type[FakeService]", photo_bytes: bytes
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    example = folder / "examples" / "red_shoe.png"
    example.parent.mkdir()
    example.write_bytes(photo_bytes)
    service = new_service()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        patch.setattr("ui.page.server.Threshold", partial(Threshold, body_s=BODY_S))
        thumbs = Thumbs(folder / "thumbs")
        page = build_page(service, thumbs=thumbs, examples=[example], title="Shop")
        url = serve(page, Api(service, thumbs, Policy()), port=None, prevent_thread_lock=True)
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            yield Site(page, client, service, folder)
        page.close(verbose=False)


@pytest.fixture
def site(running: Site) -> Site:
    running.service.forget()
    return running


def ask(site: Site, name: str, event: Any) -> dict[str, Any]:
    """What a browser does for one event; returns the server's last word."""
    numbers = {fn.name: number for number, fn in site.page.fns.items()}
    body = {
        "data": [],
        "fn_index": numbers[name],
        "session_hash": "test",
        "event_data": event,
        "trigger_id": 1,
    }
    site.client.post("gradio_api/queue/join", json=body).raise_for_status()
    with site.client.stream("GET", "gradio_api/queue/data?session_hash=test") as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data:")) if line else {}
            if message.get("msg") == "process_completed":
                return dict(message)
    raise AssertionError("the stream ended before the answer")


def upload(site: Site, data: bytes) -> str:
    answer = site.client.post("gradio_api/upload", files={"files": ("photo.jpg", data)})
    answer.raise_for_status()
    return str(answer.json()[0])


def test_an_uploaded_photo_is_answered(site: Site, photo_bytes: bytes) -> None:
    done = ask(site, "_photo", {"path": upload(site, photo_bytes), "number": 3})
    assert done["success"]
    assert "12 look-alikes in Shoes" in json.dumps(done)
    assert 'data-number=\\"3\\"' in json.dumps(done)
    assert site.service.asked[-1].image == photo_bytes


def test_a_file_that_was_not_uploaded_is_not_read(site: Site) -> None:
    for name in ("secret.png", "secret.jpg", "secret.svg"):
        secret = site.folder / name
        secret.write_bytes(SECRET)
        for told in (str(secret), {"path": str(secret)}, [str(secret)]):
            done = ask(site, "_photo", {"path": told})
            assert SECRET.decode() not in json.dumps(done)
    assert not site.service.asked


def test_a_picture_given_by_address_is_not_fetched(site: Site) -> None:
    address = f"{site.client.base_url}healthz"
    for told in (address, {"path": None, "url": address}):
        ask(site, "_photo", {"path": told})
    assert not site.service.asked


def test_a_shoppers_photo_is_shown_to_whoever_knows_its_token(
    site: Site, photo_bytes: bytes
) -> None:
    done = json.dumps(ask(site, "_photo", {"path": upload(site, photo_bytes)}))
    token = re.search(r"photo&#34;: &#34;([\w-]+)&#34;", done)
    assert token
    answer = site.client.get(f"photos/{token.group(1)}.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert "private" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["x", "0" * 22, "..%2F..%2Fsecret", "%00"])
def test_no_other_name_is_a_photo(site: Site, name: str) -> None:
    assert site.client.get(f"photos/{name}.jpg").status_code == 404


def test_no_handler_can_be_called_past_the_queue(site: Site) -> None:
    handlers = [fn for fn in site.page.fns.values() if fn.fn is not None]
    assert handlers
    for fn in handlers:
        for way in ("run", "api"):
            answer = site.client.post(f"gradio_api/{way}/{fn.api_name}", json={"data": []})
            assert answer.status_code == 404, fn.api_name


def test_no_handler_is_offered_as_an_api(site: Site) -> None:
    assert site.client.get("gradio_api/info").json()["named_endpoints"] == {}


def test_files_of_the_server_cannot_be_fetched(site: Site) -> None:
    Thumbs(site.folder / "thumbs").put(SHA, SECRET)
    secret = site.folder / "store.bin"
    secret.write_bytes(SECRET)
    here = Path(__file__).resolve()
    for path in (secret, here, here.parents[2] / "pyproject.toml", Path("/etc/hostname")):
        for name in (str(path), f"{site.folder}/examples/../{path.name}"):
            answer = site.client.get(f"gradio_api/file={name}")
            assert answer.status_code in (403, 404), name
            assert SECRET not in answer.content


def test_thumbnails_come_by_their_hash_and_may_be_kept(site: Site, photo_bytes: bytes) -> None:
    Thumbs(site.folder / "thumbs").put(SHA, photo_bytes)
    answer = site.client.get(f"thumbs/{SHA}.jpg")
    assert answer.content == photo_bytes
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    ["00" * 32, "..%2F..%2Fsecret", "AB" * 32, "ab" * 31, "%00", "x" * 64],
)
def test_no_other_name_is_a_thumbnail(site: Site, name: str) -> None:
    assert site.client.get(f"thumbs/{name}.jpg").status_code == 404


def test_examples_come_by_their_place(site: Site, photo_bytes: bytes) -> None:
    assert site.client.get("examples/0").content == photo_bytes
    for name in ("1", "99", "-1", "x", "0%2F..%2Fphoto.png"):
        assert site.client.get(f"examples/{name}").status_code == 404


def test_one_click_on_an_example_searches_it(site: Site, photo_bytes: bytes) -> None:
    done = ask(site, "_photo", {"example": 0, "question": {"text": "red"}})
    assert done["success"]
    assert site.service.asked[-1].image == photo_bytes
    assert site.service.asked[-1].text == "red"


@pytest.mark.parametrize("event", [None, {}, {"example": 7}, {"example": "../x"}, {"example": [0]}])
def test_an_invented_example_searches_nothing(site: Site, event: Any) -> None:
    ask(site, "_photo", event)
    assert not site.service.asked


@pytest.mark.parametrize("k", [0, -3, 201, 1e9, "nine", None, [9]])
def test_a_number_of_results_that_cannot_be_is_not_asked_for(site: Site, k: Any) -> None:
    done = ask(site, "_ask", {"question": {"like": "p0", "k": k}})
    assert done["success"]
    assert site.service.asked[-1].k == 12


@pytest.mark.parametrize("event", [None, {}, {"question": 7}, {"link": 7}, {"question": {"k": {}}}])
def test_what_is_no_question_is_welcomed(site: Site, event: Any) -> None:
    assert "Show us something" in json.dumps(ask(site, "_ask", event))
    assert not site.service.asked


def test_a_link_asks_what_it_says(site: Site) -> None:
    ask(site, "_ask", {"link": "like=p0&brand=A&brand=B&max=9"})
    asked = site.service.asked[-1]
    assert (asked.like, asked.where.any_of, asked.where.price_max) == (
        "p0", {"brand": ("A", "B")}, 9,
    )  # fmt: skip


@pytest.mark.parametrize("product", [None, 7, "", "nobody", {"a": 1}, "x" * 10_000])
def test_a_product_that_is_not_there_is_told_so(site: Site, product: Any) -> None:
    assert "no longer here" in json.dumps(ask(site, "_open", {"product": product}))


def test_a_fault_reaches_nobody_but_the_log(site: Site) -> None:
    site.service.failure = RuntimeError(SECRET.decode())
    done = ask(site, "_ask", {"question": {"like": "p0"}})
    assert not done["success"]
    told = json.dumps(done)
    for inside in (SECRET.decode(), "Traceback", "RuntimeError", "desk.py"):
        assert inside not in told


def test_the_page_speaks_the_language_that_is_asked_for(site: Site) -> None:
    for headers, word in (
        ({"Accept-Language": "vi"}, "Cho chúng tôi xem"),
        ({"Accept-Language": "vi", "Cookie": "snapshelf-language=en"}, "Show us"),
        ({"Cookie": "snapshelf-language=vi"}, "Cho chúng tôi xem"),
    ):
        with httpx.Client(base_url=site.client.base_url, headers=headers, timeout=20) as client:
            done = ask(replace(site, client=client), "_ask", {})
        assert word in json.dumps(done, ensure_ascii=False)


def test_an_upload_over_ten_megabytes_is_refused(site: Site) -> None:
    answer = site.client.post("gradio_api/upload", files={"files": ("big.jpg", b"\0" * 10_500_000)})
    assert answer.status_code == 413


def test_an_upload_of_ten_megabytes_is_taken(site: Site) -> None:
    assert upload(site, b"\0" * (10 << 20))


def test_several_files_are_no_way_around_the_limit_and_none_is_kept(site: Site) -> None:
    folder = site.page.folder.path
    before = set(folder.rglob("*"))
    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n%s\r\n'
    parts = [form % (b"\0" * 6_000_000)] * 2 + [b"--x--\r\n"]
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for content in (b"".join(parts), iter(parts)):  # its length told, and not
        answer = site.client.post("gradio_api/upload", content=content, headers=headers)
        assert answer.status_code == 413
    assert set(folder.rglob("*")) == before


def test_the_oldest_photos_go_when_too_many_have_come(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = PhotoFolder(site.page.folder.path, most=5_000_000)
    monkeypatch.setattr(site.page, "folder", folder)
    sent = [Path(upload(site, bytes([number]) * 1_000_000)) for number in range(9)]
    until = time.monotonic() + 20
    while str(sent[3]) in site.page.upload_file_set:  # a sweep follows the answer
        assert time.monotonic() < until
    assert [path.exists() for path in sent] == [False] * 4 + [True] * 5
    assert site.page.upload_file_set >= {str(path) for path in sent[4:]}
    assert not site.page.upload_file_set & {str(path) for path in sent[:4]}


def test_photos_lie_in_a_folder_of_their_own_unless_told(
    new_service: "type[FakeService]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "told"))
    thumbs = Thumbs(tmp_path / "thumbs")
    told = build_page(new_service(), thumbs=thumbs).folder.path
    monkeypatch.delenv("GRADIO_TEMP_DIR")
    own = build_page(new_service(), thumbs=thumbs).folder.path
    assert (told.name, own.parent) == ("told", tmp_path)
    assert own.name.startswith("snapshelf-uploads-")


def begun(site: Site, lines: ExitStack, path: str) -> socket.socket:
    """A request whose body does not go on."""
    url = site.client.base_url
    line = lines.enter_context(socket.create_connection((url.host, url.port or 0), timeout=20))
    head = f"POST /{path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nContent-Length: 900000\r\n"
    form = 'Content-Disposition: form-data; name="files"; filename="a.jpg"'
    kind = "Content-Type: multipart/form-data; boundary=x"
    line.sendall(f"{head}{kind}\r\n\r\n--x\r\n{form}\r\n\r\n{'a' * 70_000}".encode())
    return line


@pytest.mark.parametrize("path", ["gradio_api/upload", "gradio_api/queue/join"])
def test_a_body_that_trickles_in_is_cut_off_and_nothing_is_kept(site: Site, path: str) -> None:
    before = set(site.page.folder.path.rglob("*"))
    with ExitStack() as lines:
        said = begun(site, lines, path).recv(65_536)
    assert said.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 400 ")), said
    assert b"Traceback" not in said
    assert set(site.page.folder.path.rglob("*")) == before


def test_an_address_sends_a_few_photos_at_once(site: Site, photo_bytes: bytes) -> None:
    with ExitStack() as lines:
        for _ in range(32):
            begun(site, lines, "gradio_api/upload")
        until = time.monotonic() + BODY_S / 2
        while (answer := site.client.post("gradio_api/upload")).status_code != 429:
            assert time.monotonic() < until
        assert answer.headers["retry-after"] == "1"
        assert site.client.get("healthz").status_code == 200
    until = time.monotonic() + 20
    while not site.client.post(
        "gradio_api/upload", files={"files": ("photo.jpg", photo_bytes)}
    ).is_success:
        assert time.monotonic() < until


@pytest.mark.parametrize("path", ["gradio_api/queue/join", "gradio_api/reset", "gradio_api/cancel"])
def test_a_body_over_a_megabyte_is_refused(site: Site, path: str) -> None:
    parts = [b'{"session_hash": "', b"a" * 1_000_000, b'"}']
    for content in (b"".join(parts), iter(parts)):  # its length told, and not
        headers = {"Content-Type": "application/json"}
        assert site.client.post(path, content=content, headers=headers).status_code == 413
    assert site.client.get("healthz").status_code == 200


@pytest.mark.parametrize("path", ["gradio_api/upload", "manage/enter", "gradio_api/anything"])
def test_a_form_in_a_foreign_charset_is_refused_unread(site: Site, path: str) -> None:
    for charset in ("punycode", '"PunyCode"', "utf-8; charset=punycode"):
        for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            headers = {"Content-Type": f"{kind}; charset={charset}"}
            answer = site.client.post(path, content=b"--x--\r\n", headers=headers)
            assert answer.status_code == 415
            assert answer.json()["code"] == "unknown_charset"


def test_the_page_has_no_side_doors(site: Site) -> None:
    for path in ("monitoring", "monitoring/summary", "gradio_api/runs"):
        assert site.client.get(path).status_code in (401, 403, 404), path
    config = site.client.get("config").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []


_SIDE_DOORS = (
    "process_recording", "component_server", "component_server/", "deep_link?session_hash=x",
    "vibe-edit", "vibe-code/", "vibe-starter-queries", "undo-vibe-edit", "stream/x",
    "stream/x/close", "stream/x/1/2/playlist.m3u8", "proxy=http://127.0.0.1/",
    "%70rocess_recording",
)  # fmt: skip


@pytest.mark.parametrize("path", _SIDE_DOORS)
def test_what_the_toolkit_offers_beyond_the_pages_need_is_not_there(site: Site, path: str) -> None:
    kept = set(site.page.folder.path.rglob("*"))
    for answer in (
        site.client.get(f"gradio_api/{path}"),
        site.client.post(f"gradio_api/{path}", files={"file": ("a.wav", b"\0" * 1000)}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_path")
    assert set(site.page.folder.path.rglob("*")) == kept


def test_another_site_cannot_use_a_visitors_page(site: Site) -> None:
    answer = site.client.get("config", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers.get("access-control-allow-origin") != "*"
    assert "elsewhere" not in answer.headers.get("access-control-allow-origin", "")


def test_the_page_answers_whoever_watches_it(site: Site) -> None:
    assert site.client.get("healthz").text == "ok\n"
    assert site.client.get("/").status_code == 200


def test_the_markup_asks_other_hosts_for_nothing(site: Site) -> None:
    styles = site.client.get("theme.css").text + site.client.get("gradio_api/theme.css").text
    assert "url(http" not in styles
    assert "@import" not in styles
    assert "@font-face" not in styles


def test_the_browser_is_told_to_ask_this_server_only(site: Site) -> None:
    policy = site.client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy
    own = site.client.get("/v1/docs").headers["content-security-policy"]
    assert "default-src 'none'" in own  # it needs less, and says so itself


def test_without_an_office_there_is_nothing_to_manage(site: Site) -> None:
    assert site.client.post("manage/enter", data={"password": "x"}).status_code in (404, 405)
    handlers = {fn.name for fn in site.page.fns.values() if fn.fn}
    assert handlers == {"arrive", "head_again", "_ask", "_photo", "_open"}
