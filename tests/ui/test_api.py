"""The services' interface on the page's own server: what it answers, and what it refuses."""

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from made import picture
from made_bombs import EPS, fits, tiff
from made_bombs import png as bomb

from catalog.errors import NoIndex, StoreUnavailable
from catalog.store import attribute
from catalog.thumbs import Thumbs
from search.request import SearchRequest
from ui.api import Api
from ui.api_guard import Rates
from ui.api_policy import Policy
from ui.api_question import Question
from ui.page.server import build_page, serve
from ui.watch import Watch, Watched
from vision.box import Box

if TYPE_CHECKING:
    from tests.ui.conftest import FakeService

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
SHA = "ab" * 32
SECRET = "the key to the storeroom"
KEYS = ("first-key-0123456789", "second-key-0123456789")

Open = Callable[..., AbstractContextManager[httpx.Client]]


@contextmanager
def opened(service: "FakeService", folder: Path, policy: Policy) -> Iterator[httpx.Client]:
    thumbs = Thumbs(folder)
    watch = Watch()
    watched = Watched(service, watch)
    page = build_page(watched, thumbs=thumbs)
    url = serve(page, Api(watched, thumbs, policy, watch), port=None, prevent_thread_lock=True)
    try:
        with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
            yield client
    finally:
        page.close(verbose=False)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, new_service: "type[FakeService]"
) -> Iterator[tuple[httpx.Client, "FakeService"]]:
    service, folder = new_service(), tmp_path_factory.mktemp("thumbs")
    Thumbs(folder).put(SHA, b"a picture")
    with opened(service, folder, Policy(per_minute=0, body_s=1)) as client:
        yield client, service


@pytest.fixture
def asked(running: tuple[httpx.Client, "FakeService"]) -> list[SearchRequest]:
    running[1].forget()
    return running[1].asked


@pytest.fixture
def client(running: tuple[httpx.Client, "FakeService"], asked: object) -> httpx.Client:
    return running[0]


@pytest.fixture
def another(service: "FakeService", tmp_path: Path) -> Open:
    """A server of a test's own, with limits of its own."""
    return lambda **limits: opened(service, tmp_path, Policy(**limits))


def told(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of a refusal, which gives nothing away."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for inside in (SECRET, "Traceback", "RuntimeError", ".py", "/tmp"):
        assert inside not in answer.text
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    return problem


def send(client: httpx.Client, data: bytes, **fields: Any) -> httpx.Response:
    return client.post("/v1/search", files={"image": ("a photo", data)}, data=fields)


def raw(client: httpx.Client, data: bytes) -> bytes:
    """What the server says to these bytes before it closes the line."""
    address = (client.base_url.host, client.base_url.port or 0)
    with socket.create_connection(address, timeout=10) as line:
        line.sendall(data)
        said = b""
        # it closes over what it has not read, which a client may see as a reset
        with suppress(ConnectionResetError):
            while part := line.recv(65_536):
                said += part
        return said


def test_a_photo_in_a_form_is_answered_with_pictures(
    client: httpx.Client, asked: list[SearchRequest], photo_bytes: bytes
) -> None:
    answer = send(client, photo_bytes, k=3).json()
    assert asked == [SearchRequest(photo_bytes, k=3)]
    assert [hit["product_id"] for hit in answer["hits"]] == ["p0", "p1", "p2"]
    assert answer["route"]["reason"] == "Looking in Shoes: together 95% sure."
    assert client.get(answer["hits"][0]["picture"]).content == b"a picture"


def test_every_field_arrives_alike_from_json_and_from_a_form(
    client: httpx.Client, asked: list[SearchRequest], photo_bytes: bytes
) -> None:
    fields = {
        "k": 5, "offset": 10, "category": "Shoes", "text": "red shoe", "text_weight": 0.25,
        "liked": ["a", "b"], "disliked": ["c"], "brand": ["Acme", "Böhm & Söhne"],
        "color": ["red"], "exclude_brand": ["Bad"], "exclude_color": ["blue"],
        "price_min": 1.5, "price_max": 99, "available": True, "title": "summer",
        "variant": "cheaper", "order": "-price", "least": 0.1, "diversity": 0.5,
        "one_per_product": False, "measure": "l2", "facets": True, "why": True, "crops": True,
    }  # fmt: skip
    box = {"crop": [0.1, 0.2, 0.6, 0.9], "attributes": {"sole, inner": ["cork"]}}
    image = {"image": base64.b64encode(photo_bytes).decode()}
    client.post("/v1/search", json={**fields, **box, **image}).raise_for_status()
    form = {**fields, "crop": "0.1,0.2,0.6,0.9", "attributes": '{"sole, inner": ["cork"]}'}
    send(client, photo_bytes, **form).raise_for_status()
    assert asked[0] == asked[1]
    request = asked[0]
    assert (request.crop, request.image) == (Box(0.1, 0.2, 0.6, 0.9), photo_bytes)
    assert request.where.any_of == {
        "brand": ("Acme", "Böhm & Söhne"), "colors": ("red",), attribute("sole, inner"): ("cork",)
    }  # fmt: skip
    assert request.where.none_of == {"brand": ("Bad",), "colors": ("blue",)}
    assert (request.where.price_min, request.where.price_max) == (1.5, 99)
    assert (request.where.available, request.where.title) == (True, "summer")
    same = set(fields) & set(vars(request)) - {"liked", "disliked"}
    assert {name: getattr(request, name) for name in same} == {name: fields[name] for name in same}
    assert (request.liked, request.disliked) == (("a", "b"), ("c",))


def test_no_field_of_a_request_is_out_of_reach(client: httpx.Client) -> None:
    body = client.get("/v1/openapi.json").json()["paths"]["/v1/search"]["post"]["requestBody"]
    offered = set(body["content"]["application/json"]["schema"]["properties"])
    filters = {"brand", "color", "attributes", "exclude_brand", "exclude_color", "title",
               "price_min", "price_max", "available"}  # fmt: skip
    assert offered - filters == set(SearchRequest.__dataclass_fields__) - {"where"}


def test_more_like_a_product_is_asked_by_its_id(
    client: httpx.Client, asked: list[SearchRequest]
) -> None:
    answer = client.get("/v1/products/p0/similar", params={"k": 2, "brand": ["a", "b"]})
    assert len(answer.json()["hits"]) == 2
    assert asked[0].like == "p0"
    assert asked[0].where.any_of == {"brand": ("a", "b")}
    told(client.get("/v1/products/shoes%2F7%3Fx/similar"), 404, "unknown_product")
    assert asked[1].like == "shoes/7?x"
    told(client.get("/v1/products/two%0Alines/similar"), 404, "unknown_product")


def test_a_vector_comes_with_the_model_it_belongs_to(
    client: httpx.Client, photo_bytes: bytes
) -> None:
    answer = client.post("/v1/embed", files={"image": photo_bytes}).json()
    assert answer["vector"] == pytest.approx([0.6, 0.8])
    assert answer["fingerprint"] == "f" * 64
    assert answer["vector_name"] == "image"
    assert answer["categories"] == [{"name": "Shoes", "probability": 0.9}]
    told(client.post("/v1/embed", json={}), 422, "invalid_question")


def test_facets_and_categories_are_counted(client: httpx.Client, photo_bytes: bytes) -> None:
    facets = client.post("/v1/facets", files={"image": photo_bytes}).json()["facets"]
    assert facets == {"brand": {"Acme": 3}, "price": {"min": 1.5, "max": 20}}
    answer = client.get("/v1/categories").json()
    assert answer["categories"][1] == {"name": "Hats & Caps", "images": 20}
    assert answer["images"] == 60


def test_a_category_that_is_not_there_is_said_to_be(
    client: httpx.Client, asked: list[SearchRequest], photo_bytes: bytes
) -> None:
    problem = told(send(client, photo_bytes, category="Shoe"), 422, "unknown_category")
    assert "'Shoe'" in problem["detail"]
    assert not asked
    send(client, photo_bytes, category="any").raise_for_status()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"k": 0}, "k"),
        ({"k": 1e99}, "k"),
        ({"price_min": "cheap"}, "price_min"),
        ({"price_max": "inf"}, "price_max"),
        ({"price_max": "1e16"}, "price_max"),
        ({"crop": "0,0,1"}, "crop"),
        ({"crop": "0,0,0,0"}, "crop"),
        ({"crop": "nan,0,1,1"}, "crop"),
        ({"attributes": "{"}, "attributes"),
        ({"attributes": "[" * 10_000}, "attributes"),
        ({"attributes": '{"a\\"b": ["c"]}'}, "attribute"),
        ({"attributes": '["a"]'}, "attributes"),
        ({"variant": "nicer"}, "variant"),
        ({"path": "/etc/passwd"}, "path"),
        ({"where": "x"}, "where"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(
    client: httpx.Client, asked: list[SearchRequest], photo_bytes: bytes, fields: Any, named: str
) -> None:
    problem = told(send(client, photo_bytes, **fields), 422, "invalid_question")
    assert named in problem["detail"]
    assert not asked


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "invalid_question"),  # an empty file is as good as none
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_an_image"),
        (EPS, "not_an_image"),
        (fits(), "not_an_image"),
        (tiff(60_000), "not_an_image"),
        (b"%PDF-1.7", "not_an_image"),
        (bomb(20_000, 20_000), "too_many_pixels"),
        (bomb(8_000, 8_000), "too_many_pixels"),
        (bomb(4, 4), "too_small"),
        (picture(1)[:700], "truncated"),
    ],
)
def test_a_bad_photo_is_refused_by_its_reason(client: httpx.Client, data: bytes, code: str) -> None:
    told(send(client, data), 422, code)


@pytest.mark.parametrize(
    "image",
    [
        {"path": "/etc/passwd"},
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
        {"url": "http://127.0.0.1:1/"},
        "file:///etc/passwd",
        "/etc/passwd",
        "../../../etc/passwd",
        ["/etc/passwd"],
        7,
    ],
)
def test_a_photo_given_by_its_place_is_not_read(
    client: httpx.Client, asked: list[SearchRequest], image: Any
) -> None:
    for path in ("/v1/search", "/v1/facets", "/v1/embed"):
        answer = client.post(path, json={"image": image})
        assert answer.status_code == 422, answer.text
        assert b"root:" not in answer.content
    assert not any(request.image for request in asked)


def test_a_file_name_leads_nowhere(client: httpx.Client, photo_bytes: bytes) -> None:
    for name in ("../../../../tmp/x.png", "/etc/passwd", "a\0b", "x" * 5000):
        answer = client.post("/v1/search", files={"image": (name, photo_bytes)})
        assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b'"\xff"'),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"k": ' + b"9" * 10_000 + b"}"),
        ("application/json", b""),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=a", b"--b\r\n"),
        ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="\xff'),
        ("application/x-www-form-urlencoded", b"k=%ff&%00=%00&image=%2Fetc"),
        ("image/png", b"x"),
        ("", b"x"),
    ],
)
def test_a_body_that_is_none_is_refused(client: httpx.Client, kind: str, body: bytes) -> None:
    answer = client.post("/v1/search", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 415, 422), answer.text
    told(answer, answer.status_code, answer.json()["code"])


def test_too_much_is_refused_before_it_is_read(client: httpx.Client) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n"
    said = raw(client, head)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"too_large" in said


def test_too_much_is_refused_where_its_length_was_not_told(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield bytes(1_000_000)

    # the line is closed while the client still sends; whether it reads the answer is chance
    with suppress(httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
        told(client.post("/v1/search", content=endless()), 413, "too_large")
    text = client.get("/metrics").text
    assert 'snapshelf_requests_total{method="POST",path="/v1/search",status="413"}' in text


def test_a_body_that_trickles_in_is_cut_off(client: httpx.Client) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nslow"
    said = raw(client, head)
    assert said.startswith(b"HTTP/1.1 408 ")


# Decoding these 200 KB by the charset would stop the server for seconds.
_PUNYCODE = b"a" * 100_000 + b"-" + b"a" * 100_000


@pytest.mark.parametrize(
    "charset", ["punycode", '"PunyCode"', " punycode ;", "utf-8; charset=punycode", "utf-7", '";x"']
)
def test_a_form_in_a_foreign_charset_is_refused_unread(client: httpx.Client, charset: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n%s\r\n--x--\r\n'
    for kind in ("multipart/form-data; boundary=x", "Application/X-WWW-Form-Urlencoded"):
        headers = {"Content-Type": f"{kind}; Charset ={charset}"}
        answer = client.post("/v1/search", content=part % _PUNYCODE, headers=headers)
        told(answer, 415, "unknown_charset")


@pytest.mark.parametrize("charset", ["utf-8", '"UTF-8"', "us-ascii", "ISO-8859-1", "latin-1"])
def test_a_form_in_an_ordinary_charset_is_answered(client: httpx.Client, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = client.post("/v1/search", content=b"text=shoe", headers={"Content-Type": kind})
    assert answer.status_code == 200


def test_what_a_part_says_of_its_charset_is_not_followed(
    client: httpx.Client, asked: list[SearchRequest]
) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n%s\r\nshoe-1a\r\n--x--\r\n'
    said = b"Content-Type: text/plain; charset=punycode\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/v1/search", content=part % said, headers=headers).status_code == 200
    assert asked[-1].text == "shoe-1a"


def test_a_head_without_end_is_refused(client: httpx.Client) -> None:
    said = raw(client, b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000)
    assert said.startswith(b"HTTP/1.1 4")
    assert client.get("/healthz").status_code == 200


def test_faults_and_a_missing_index_keep_their_insides(
    client: httpx.Client, running: tuple[httpx.Client, "FakeService"], photo_bytes: bytes
) -> None:
    service = running[1]
    for failure, status, code in (
        (RuntimeError(SECRET), 500, "fault"),
        (StoreUnavailable(f"http://{SECRET}:6333"), 503, "index_unavailable"),
        (NoIndex(f"/srv/{SECRET}"), 503, "no_index"),
    ):
        service.failure = failure
        told(send(client, photo_bytes), status, code)
        told(client.post("/v1/embed", files={"image": photo_bytes}), status, code)
        told(client.get("/v1/categories"), status, code)
    assert client.get("/healthz").text == "ok\n"


def test_a_fault_is_in_the_log_under_the_number_that_the_client_has(
    client: httpx.Client,
    running: tuple[httpx.Client, "FakeService"],
    photo_bytes: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    running[1].failure = RuntimeError(SECRET)
    case = told(send(client, photo_bytes), 500, "fault")["instance"]
    assert case in caplog.text
    assert SECRET in caplog.text


def test_a_fault_outside_the_search_is_a_problem_and_in_the_log_too(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(Question, "request", fails)
    answer = client.post("/v1/search", json={"text": "shoe"})
    case = told(answer, 500, "fault")["instance"]
    assert case == answer.headers["x-request-id"]
    end = time.monotonic() + 20  # it is logged once the answer has gone
    while SECRET not in caplog.text and time.monotonic() < end:
        time.sleep(0.01)
    assert caplog.text.count(f"request {case} ended in a fault") == 1


def test_other_paths_and_methods_are_problems_too(client: httpx.Client) -> None:
    told(client.get("/v1/nothing"), 404, "unknown_path")
    told(client.get("/v1/search"), 405, "unknown_method")
    told(client.delete("/v1/categories"), 405, "unknown_method")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_balancer_that_probes_by_head_hears_what_get_says(
    client: httpx.Client, running: tuple[httpx.Client, "FakeService"], path: str
) -> None:
    for failure in (None, NoIndex("/srv")):
        running[1].failure = failure
        probed = client.head(path)
        assert probed.status_code == client.get(path).status_code
        assert probed.content == b""
    head = f"HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(client, head.encode()).endswith(b"\r\n\r\n")


def test_every_refusal_is_described_to_programs_and_to_people(client: httpx.Client) -> None:
    table = GUIDE.read_text(encoding="utf-8").partition("## What is refused")[2]
    listed = set(re.findall(r"^\| (\d{3}) \|", table, re.M)) | {"500"}  # in the words above it
    assert str(client.delete("/v1/search").status_code) in listed
    for path in client.get("/v1/openapi.json").json()["paths"].values():
        for method in path.values():
            if "429" in method["responses"]:
                assert set(method["responses"]) == listed | {"200"}


def test_what_is_no_http_is_answered_as_the_guide_says(client: httpx.Client) -> None:
    said = raw(client, b"GARBAGE\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: text/plain" in said
    guide = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert "is answered by the server underneath: 400 in plain text" in guide


def test_one_of_several_keys_is_needed(another: Open, photo_bytes: bytes) -> None:
    with another(keys=KEYS) as client:
        for headers in ({}, {"X-API-Key": KEYS[0][:-1]}, {"Authorization": f"Basic {KEYS[0]}"}):
            answer = client.get("/v1/categories", headers=headers)
            told(answer, 401, "no_key")
            assert answer.headers["www-authenticate"] == "Bearer"
        for path in ("/v1/search", "/v1/facets", "/v1/embed", "/metrics", "/v1/nothing"):
            told(client.post(path, files={"image": photo_bytes}), 401, "no_key")
        told(client.get("/v1/products/p0/similar"), 401, "no_key")
        for key in KEYS:
            assert client.get("/v1/categories", headers={"X-API-Key": key}).status_code == 200
            bearer = {"Authorization": f"Bearer {key}"}
            assert client.get("/metrics", headers=bearer).status_code == 200
        for path in ("/", "/healthz", "/readyz", "/v1/docs", "/v1/openapi.json"):
            assert client.get(path).status_code == 200


def test_a_client_that_asks_too_often_is_told_when_to_come_again(another: Open) -> None:
    with another(per_minute=3) as client:
        codes = [client.get("/v1/categories").status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        answer = client.get("/v1/categories")
        told(answer, 429, "busy")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        assert client.get("/healthz").status_code == 200


def test_a_client_whose_bodies_trickle_in_keeps_out_nobody_else(another: Open) -> None:
    head = "POST {} HTTP/1.1\r\nHost: x\r\nX-API-Key: {}\r\nContent-Length: 50\r\n\r\n{{"

    def ask(client: httpx.Client, key: str) -> int:
        answer = client.post("/v1/search", json={"text": "shoe"}, headers={"X-API-Key": key})
        return answer.status_code

    with another(keys=KEYS, bodies=8, per_minute=0) as client, ExitStack() as lines:
        address = (client.base_url.host, client.base_url.port or 0)
        for path in ("/v1/search", "/healthz") * 4:
            line = lines.enter_context(socket.create_connection(address, timeout=10))
            line.sendall(head.format(path, KEYS[0]).encode())
        while ask(client, KEYS[0]) != 429:
            pass
        assert ask(client, KEYS[1]) == 200
    assert Policy(bodies=8).bodies_each == 2
    assert Policy(bodies=1).bodies_each == 1


def test_a_rate_is_refilled_and_each_client_has_its_own() -> None:
    now = [0.0]
    rates = Rates(2, clock=lambda: now[0])
    assert [rates.take("a") for _ in range(3)] == [0, 0, 30]
    assert rates.take("b") == 0
    now[0] = 30.0
    assert [rates.take("a"), rates.take("a")] == [0, 30]


class Slow:
    """Searches that take until they are let go."""

    def __init__(self, service: "FakeService") -> None:
        self._service = service
        self.go = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def search(self, request: SearchRequest) -> Any:
        self.go.wait(20)
        return self._service.search(request)


def test_a_full_queue_says_429_and_all_who_waited_are_answered(
    service: "FakeService", tmp_path: Path, photo_bytes: bytes
) -> None:
    slow: Any = Slow(service)
    with (
        opened(slow, tmp_path, Policy(slots=2, waiting=3)) as client,
        ThreadPoolExecutor(12) as pool,
    ):
        answers = [pool.submit(send, client, photo_bytes) for _ in range(12)]
        refused = 0
        while refused < 7:
            refused = sum(one.done() for one in answers)
        assert client.get("/readyz").status_code == 200
        slow.go.set()
        statuses = sorted(one.result().status_code for one in answers)
    assert statuses == [200] * 5 + [429] * 7
    busy = next(one.result() for one in answers if one.result().status_code == 429)
    assert int(busy.headers["retry-after"]) >= 1
    told(busy, 429, "busy")


def test_an_answer_that_takes_too_long_is_given_up(
    service: "FakeService", tmp_path: Path, photo_bytes: bytes
) -> None:
    slow: Any = Slow(service)
    with opened(slow, tmp_path, Policy(slots=1, waiting=1, deadline_s=0.3)) as client:
        told(send(client, photo_bytes), 503, "too_late")
        slow.go.set()
        # its slot is free again as soon as the thread is
        assert send(client, photo_bytes).status_code == 200


def test_an_index_that_cannot_be_counted_is_not_ready(
    client: httpx.Client, running: tuple[httpx.Client, "FakeService"]
) -> None:
    assert client.get("/readyz").json() == {"images": 60}
    running[1].failure = NoIndex("/srv")
    told(client.get("/readyz"), 503, "no_index")


def test_metrics_count_requests_by_what_became_of_them(another: Open, photo_bytes: bytes) -> None:
    with another() as client:
        send(client, photo_bytes)
        client.get("/v1/products/a-secret-id/similar")
        client.get("/v1/a-secret-path")
        text = client.get("/metrics").text
    assert 'snapshelf_requests_total{method="POST",path="/v1/search",status="200"} 1.0' in text
    assert 'status="404"} 1.0' in text
    assert 'snapshelf_search_seconds_count{step="total"} 1.0' in text
    assert "snapshelf_images 60.0" in text
    assert "secret" not in text


def test_answers_are_neither_kept_nor_guessed_at(client: httpx.Client) -> None:
    for path in ("/v1/categories", "/v1/nothing", "/v1/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_the_description_asks_other_places_for_nothing(client: httpx.Client) -> None:
    answer = client.get("/v1/docs")
    assert "/v1/products/{product_id}/similar" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    for outside in ("http://", "https://", "<script", "//cdn"):
        assert outside not in answer.text
