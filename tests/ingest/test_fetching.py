"""Images from disks and hosts that are not trusted, over real sockets."""

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ingest.addresses import AllowedHosts, checked_addresses, refusal
from ingest.errors import BadHost, FetchError
from ingest.fetch import Fetcher
from ingest.hosts import ASK_EVERY_S, FAILURES, PATIENCE_S, Hosts
from ingest.retry import RETRY_AFTER_CEILING_S, default_retrying
from ingest.web import Web, WebLimits

# one for all examples: a client of its own for each would be slow
_FUZZED = Web()
BODY = b"\xff\xd8 some bytes"


class Waits(threading.Event):
    """Takes the place of sleep and clock: waits at once, and writes down what was asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        """Between the attempts for one image."""
        self.now = 0.0

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.now += seconds

    def wait(self, timeout: float | None = None) -> bool:
        """For a turn at the host."""
        self.now += timeout or 0.0
        return self.is_set()

    def clock(self) -> float:
        return self.now


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def fetcher(httpserver: HTTPServer, tmp_path: Path, waits: Waits) -> Iterator[Fetcher]:
    """May reach the test's own server, on its port only."""
    with fetcher_for(f"localhost:{httpserver.port}", tmp_path, waits) as made:
        yield made


def fetcher_for(host: str, root: Path, waits: Waits, **limits: float) -> Fetcher:
    retrying = default_retrying(threading.Event()).copy(sleep=waits)
    web = Web([host], WebLimits(**limits), hurry=waits, now=waits.clock)  # type: ignore[arg-type]
    return Fetcher(root, web=web, retrying=retrying)


def failure(fetcher: Fetcher, ref: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(ref)
    assert caught.value.message
    return caught.value


def url(server: HTTPServer, path: str = "/a.jpg") -> str:
    return f"http://localhost:{server.port}{path}"


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server below HTTP: `answer` gets each connection after its request. Yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                try:
                    answer(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_an_image_is_fetched_whatever_its_header_says(
    httpserver: HTTPServer, fetcher: Fetcher
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(BODY, content_type="text/plain")
    assert fetcher.fetch(url(httpserver)) == BODY


def test_the_name_is_sent_as_host_and_nothing_compressed_is_asked_for(
    httpserver: HTTPServer, fetcher: Fetcher
) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(BODY, headers={"Set-Cookie": "track=1"})

    httpserver.expect_request("/a.jpg").respond_with_handler(answer)
    fetcher.fetch(url(httpserver))
    fetcher.fetch(url(httpserver))
    assert {r.headers["Host"] for r in seen} == {f"localhost:{httpserver.port}"}
    assert {r.headers["Accept-Encoding"] for r in seen} == {"identity"}
    assert not any("Cookie" in r.headers for r in seen)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 415])
def test_an_answer_that_will_not_change_is_asked_for_once(
    httpserver: HTTPServer, fetcher: Fetcher, waits: Waits, status: int
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data("no", status=status)
    error = failure(fetcher, url(httpserver))
    assert (error.reason, error.attempts) == (f"http_{status}", 1)
    assert len(httpserver.log) == 1
    assert waits.seconds == []


def test_a_server_that_fails_twice_and_then_answers_is_asked_three_times(
    httpserver: HTTPServer, fetcher: Fetcher, waits: Waits
) -> None:
    for _ in range(2):
        httpserver.expect_ordered_request("/a.jpg").respond_with_data("no", status=500)
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(BODY)
    assert fetcher.fetch(url(httpserver)) == BODY
    assert len(httpserver.log) == 3
    assert len(waits.seconds) == 2


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_busy_server_is_given_up_after_four_attempts(
    httpserver: HTTPServer, fetcher: Fetcher, waits: Waits, status: int
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data("no", status=status)
    error = failure(fetcher, url(httpserver))
    assert (error.reason, error.attempts) == (f"http_{status}", 4)
    assert len(httpserver.log) == 4
    assert all(0 <= wait <= 20 for wait in waits.seconds)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("7", (7, 7)),
        ("1000000000", (RETRY_AFTER_CEILING_S, RETRY_AFTER_CEILING_S)),
        ("1e9", (0, 20)),
        ("soon", (0, 20)),
        ("-5", (0, 20)),
        ("Mon, 01 Jan 2024 00:00:00 +9999999999999", (0, 20)),
        ("Mon, 01 Jan 2024 00:00:00 GMT", (0, 0)),
    ],
)
def test_the_wait_that_a_server_asks_for_is_kept_up_to_a_ceiling(
    httpserver: HTTPServer,
    fetcher: Fetcher,
    waits: Waits,
    asked: str,
    waited: tuple[float, float],
) -> None:
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(
        "no", status=429, headers={"Retry-After": asked}
    )
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(BODY)
    assert fetcher.fetch(url(httpserver)) == BODY
    assert waited[0] <= waits.seconds[0] <= waited[1]


def test_the_wait_may_be_given_as_a_date(
    httpserver: HTTPServer, fetcher: Fetcher, waits: Waits
) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(
        "no", status=503, headers={"Retry-After": at}
    )
    httpserver.expect_ordered_request("/a.jpg").respond_with_data(BODY)
    assert fetcher.fetch(url(httpserver)) == BODY
    assert 20 < waits.seconds[0] <= 30


def test_a_run_that_hurries_waits_for_no_one(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(
        "no", status=429, headers={"Retry-After": "50"}
    )
    with Fetcher(tmp_path, allow_hosts=[f"localhost:{httpserver.port}"]) as fetcher:
        threading.Timer(0.3, fetcher.hurry).start()
        began = time.monotonic()
        error = failure(fetcher, url(httpserver))
        assert time.monotonic() - began < 10
        assert error.reason == "http_429"
        assert failure(fetcher, url(httpserver)).attempts == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_body_that_breaks_off_is_asked_for_again_and_then_rejected(
    tmp_path: Path, waits: Waits, reset: bool
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with (
        raw_server(answer) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, waits) as fetcher,
    ):
        error = failure(fetcher, f"http://127.0.0.1:{port}/a.jpg")
    assert (error.reason, error.attempts) == ("connection_failed", 4)


def test_the_environments_proxies_are_not_asked(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    httpserver.expect_request("/a.jpg").respond_with_data(BODY)
    with raw_server(lambda connection: asked.append(b"asked")) as canary:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary}")
        with fetcher_for(f"localhost:{httpserver.port}", tmp_path, waits) as fetcher:
            assert fetcher.fetch(url(httpserver)) == BODY
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get("http://shop.example/a.jpg")
        # the canary does see who heeds them
        assert asked == [b"asked"]


def test_a_host_that_is_not_there_is_a_failed_connection(tmp_path: Path, waits: Waits) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with fetcher_for(f"127.0.0.1:{port}", tmp_path, waits) as fetcher:
        error = failure(fetcher, f"http://127.0.0.1:{port}/a.jpg")
    assert (error.reason, error.attempts) == ("connection_failed", 4)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b""])
def test_a_host_that_sends_byte_by_byte_is_left_at_the_total_deadline(
    tmp_path: Path, waits: Waits, head: bytes
) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(head or b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    with (
        raw_server(drip) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, Waits(), wait_s=5.0, total_s=0.5) as fetcher,
    ):
        web = fetcher._web
        began = time.monotonic()
        with pytest.raises(FetchError) as caught:
            web.get(f"http://127.0.0.1:{port}/a.jpg")
        assert time.monotonic() - began < 3
    assert (caught.value.reason, caught.value.transient) == ("timeout", True)


def test_a_silent_host_is_left_after_the_longest_wait(tmp_path: Path, waits: Waits) -> None:
    with (
        raw_server(lambda connection: time.sleep(1)) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, waits, wait_s=0.2) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher._web.get(f"http://127.0.0.1:{port}/a.jpg")
    assert caught.value.reason == "timeout"


def test_an_oversized_body_is_refused_by_its_header_and_by_its_bytes(
    tmp_path: Path, waits: Waits
) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 500_000_000:
            sent += connection.send(b"x" * 65536)

    with (
        raw_server(endless) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, waits, max_bytes=200_000) as fetcher,
    ):
        assert failure(fetcher, f"http://127.0.0.1:{port}/a.jpg").reason == "too_large"
    assert sent < 50_000_000

    def announced(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")

    with (
        raw_server(announced) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, waits) as fetcher,
    ):
        assert failure(fetcher, f"http://127.0.0.1:{port}/a.jpg").reason == "too_large"


def test_an_empty_answer_and_a_compressed_one_are_no_images(
    httpserver: HTTPServer, fetcher: Fetcher
) -> None:
    httpserver.expect_request("/empty.jpg").respond_with_data(b"")
    httpserver.expect_request("/packed.jpg").respond_with_data(
        b"bomb", headers={"Content-Encoding": "gzip"}
    )
    assert failure(fetcher, url(httpserver, "/empty.jpg")).reason == "empty_body"
    assert failure(fetcher, url(httpserver, "/packed.jpg")).reason == "encoded_body"


def redirect(server: HTTPServer, path: str, to: str) -> None:
    server.expect_request(path).respond_with_data("", status=302, headers={"Location": to})


def test_redirects_are_followed_relative_and_absolute(
    httpserver: HTTPServer, fetcher: Fetcher
) -> None:
    redirect(httpserver, "/a.jpg", "b.jpg")
    redirect(httpserver, "/b.jpg", url(httpserver, "/c.jpg"))
    httpserver.expect_request("/c.jpg").respond_with_data(BODY)
    assert fetcher.fetch(url(httpserver)) == BODY


def test_a_redirect_in_a_circle_ends(httpserver: HTTPServer, fetcher: Fetcher) -> None:
    redirect(httpserver, "/a.jpg", "/a.jpg")
    assert failure(fetcher, url(httpserver)).reason == "too_many_redirects"
    assert len(httpserver.log) == 6


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://127.0.0.1:{canary}/", "refused_url"),
        ("http://127.0.0.1/", "refused_address"),
        ("http://[::1]/", "refused_address"),
        ("http://169.254.169.254/latest/meta-data/", "refused_address"),
        ("http://10.0.0.1/", "refused_address"),
        ("http://100.64.0.1/", "refused_address"),
        ("http://[fd00::1]/", "refused_address"),
        ("http://[64:ff9b::7f00:1]/", "refused_address"),
        ("http://[2002:7f00:1::]/", "refused_address"),
        ("http://[::ffff:127.0.0.1]/", "refused_address"),
        ("http://localhost:{canary}/", "refused_url"),
        ("http://user@127.0.0.1/", "refused_url"),
        ("file:///etc/passwd", "refused_url"),
        ("ftp://127.0.0.1/a.jpg", "refused_url"),
        ("gopher://127.0.0.1:{canary}/_", "refused_url"),
    ],
)
def test_a_redirect_inwards_is_refused_and_nobody_is_asked(
    httpserver: HTTPServer, fetcher: Fetcher, waits: Waits, target: str, reason: str
) -> None:
    asked: list[bytes] = []
    with raw_server(lambda connection: asked.append(b"asked")) as canary:
        redirect(httpserver, "/a.jpg", target.format(canary=canary))
        error = failure(fetcher, url(httpserver))
    assert (error.reason, error.attempts) == (reason, 1)
    assert asked == []


@pytest.mark.parametrize("location", ["http://xn--/", "http://shop.example:x/"])
def test_a_redirect_to_what_is_no_url_is_told(tmp_path: Path, waits: Waits, location: str) -> None:
    def answer(connection: socket.socket) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(head.encode())

    with (
        raw_server(answer) as port,
        fetcher_for(f"127.0.0.1:{port}", tmp_path, waits) as fetcher,
    ):
        error = failure(fetcher, f"http://127.0.0.1:{port}/a.jpg")
    assert (error.reason, error.attempts) == ("bad_url", 1)


def test_a_private_address_on_a_usual_port_is_never_dialled(
    tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule of addresses alone, with the rule of ports out of the way."""
    asked: list[bytes] = []
    with raw_server(lambda connection: asked.append(b"asked")) as canary:
        monkeypatch.setitem(__import__("ingest.addresses").addresses.DEFAULT_PORTS, "http", canary)
        with fetcher_for("example.invalid", tmp_path, waits) as fetcher:
            for host in (
                "127.0.0.1",
                "localhost",
                "2130706433",
                "0x7f.1",
                "127.1",
                "[::ffff:127.0.0.1]",
            ):
                assert failure(fetcher, f"http://{host}:{canary}/").reason == "refused_address"
        assert asked == []
        with fetcher_for(f"127.0.0.1:{canary}", tmp_path, waits) as fetcher:
            # the canary does see who may ask
            assert failure(fetcher, f"http://127.0.0.1:{canary}/").reason == "connection_failed"
        assert asked != []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:0:808:808::80ff:fffe",
    ],
)  # fmt: skip
def test_an_address_that_is_or_hides_a_private_one_is_refused(address: str) -> None:
    assert refusal(address) is not None


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_taken(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize(
    "host",
    ["0x7f.1", "0x7f000001", "2130706433", "127.1", "017700000001", "localhost", "localhost.",
     "::ffff:127.0.0.1", "[::1]", "0"],
)  # fmt: skip
def test_every_spelling_of_this_machine_is_refused_when_resolved(host: str) -> None:
    with pytest.raises(FetchError) as caught:
        checked_addresses(host, 80, AllowedHosts.parse([]))
    assert caught.value.reason == "refused_address"


def test_a_name_with_one_private_answer_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answers(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(FetchError, match=r"10\.0\.0\.7"):
        checked_addresses("cdn.example", 443, AllowedHosts.parse([]))


def test_what_is_dialled_is_what_was_checked_although_the_name_changes_its_answer(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: a second look-up would get another answer; there is no second one."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: object, **options: object) -> object:
        if host == "cdn.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "192.0.2.1"
        return real(host, port, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    httpserver.expect_request("/a.jpg").respond_with_data(BODY)
    with fetcher_for(f"cdn.example:{httpserver.port}", tmp_path, waits) as fetcher:
        assert fetcher.fetch(f"http://cdn.example:{httpserver.port}/a.jpg") == BODY
    assert asked == ["cdn.example"]


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        ("http://shop.example:22/a.jpg", "refused_url"),
        ("http://user:secret@shop.example/a.jpg", "refused_url"),
        ("http://shop.example@127.0.0.1/", "refused_url"),
        ("file:///etc/passwd", "refused_url"),
        ("ftp://shop.example/a.jpg", "refused_url"),
        ("http:///a.jpg", "refused_url"),
        ("http://shop.example:x/a.jpg", "bad_url"),
        ("http://xn--/a.jpg", "bad_url"),
        ("http://no-such-host.invalid/a.jpg", "unknown_host"),
        ("http://127.0.0.1./a.jpg", "refused_address"),
        # what only looks like another name
        ("http://①②⑦.⓪.⓪.①/a.jpg", "bad_url"),
        ("http://ｌｏｃａｌｈｏｓｔ/a.jpg", "bad_url"),
        ("http://127。0。0。1/a.jpg", "refused_address"),
        ("http://lоcalhost/a.jpg", "unknown_host"),  # a Cyrillic o
    ],
)
def test_a_url_that_must_not_be_fetched_is_told(fetcher: Fetcher, ref: str, reason: str) -> None:
    error = failure(fetcher, ref)
    assert error.reason == reason
    assert "secret" not in error.message


@given(text=st.text(max_size=40), scheme=st.sampled_from(["http://", "https://", "", "//"]))
def test_no_text_whatsoever_gets_past_as_another_kind_of_error(text: str, scheme: str) -> None:
    web = _FUZZED
    with suppress(FetchError):
        web._checked(scheme + text)
    with suppress(FetchError):
        web._redirected(httpx.URL("https://shop.example/a/b.jpg"), scheme + text)


def test_allowed_hosts_are_named_with_or_without_a_port() -> None:
    allowed = AllowedHosts.parse(["Images.Intra.", "10.0.0.5:8080", "[fd00::1]:81", "fd00::2"])
    assert allowed.allows("images.intra", 443)
    assert not allowed.allows("images.intra", 8080)
    assert allowed.allows("10.0.0.5", 8080)
    assert not allowed.allows("10.0.0.5", 80)
    assert allowed.allows("fd00::1", 81)
    assert allowed.allows("[fd00::2]", 80)


@pytest.mark.parametrize(
    "entry",
    [
        "a:b", "a:", ":80", "", " ", "a:99999", "a:-1", "a:8 0", "http://images.intra",
        "http://images.intra:8080", "images.intra/a", "10.0.0.0/8", "*.intra", "me@intra", "1:2:3",
        "[fd00::1", "[fd00::1]:x", "a b",
    ],
)  # fmt: skip
def test_an_allowed_host_that_is_none_is_refused_at_once(tmp_path: Path, entry: str) -> None:
    with pytest.raises(BadHost, match="HOST:PORT") as caught:
        Fetcher(tmp_path, allow_hosts=["good.example", entry])
    assert repr(entry) in str(caught.value)


def test_the_query_of_a_url_may_be_a_key_and_stays_out_of_messages(
    httpserver: HTTPServer, fetcher: Fetcher
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data("no", status=403)
    error = failure(fetcher, url(httpserver, "/a.jpg?signature=hush"))
    assert "hush" not in error.message


def test_one_host_gets_only_so_many_connections_at_a_time(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits
) -> None:
    lock, now, most = threading.Lock(), 0, 0

    def answer(request: Request) -> Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.1)
        with lock:
            now -= 1
        return Response(BODY)

    with HTTPServer(threaded=True) as server:
        server.expect_request("/a.jpg").respond_with_handler(answer)
        with fetcher_for(f"localhost:{server.port}", tmp_path, waits, per_host=2) as fetcher:
            threads = [
                threading.Thread(target=fetcher.fetch, args=(url(server),)) for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert most == 2


def test_only_so_many_hosts_are_remembered() -> None:
    hosts = Hosts(2, None, threading.Event())
    for number in range(1000):
        with hosts.turn(f"host{number}"):
            pass
    assert len(hosts._hosts) == 256


def test_a_host_gets_only_so_many_requests_a_second(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(BODY)
    with fetcher_for(f"localhost:{httpserver.port}", tmp_path, waits, per_second=4) as fetcher:
        for _ in range(9):
            fetcher.fetch(url(httpserver))
    assert waits.now == pytest.approx(8 / 4)


def test_a_host_that_asks_for_patience_gets_no_other_request_and_other_hosts_do(
    httpserver: HTTPServer, waits: Waits
) -> None:
    httpserver.expect_request("/busy.jpg").respond_with_data(
        "no", status=429, headers={"Retry-After": "30"}
    )
    httpserver.expect_request("/a.jpg").respond_with_data(BODY)
    hosts = [f"localhost:{httpserver.port}", f"127.0.0.1:{httpserver.port}"]
    with closing(Web(hosts, hurry=waits, now=waits.clock)) as web:
        assert broken(web, f"http://{hosts[0]}/busy.jpg", 1) == ["http_429"]
        assert web.get(f"http://{hosts[1]}/a.jpg") == BODY
        assert waits.now == 0
        assert web.get(f"http://{hosts[0]}/a.jpg") == BODY
    assert waits.now == pytest.approx(30)


def broken(web: Web, address: str, times: int) -> list[str]:
    """Reasons of `times` single attempts."""
    reasons = []
    for _ in range(times):
        with pytest.raises(FetchError) as caught:
            web.get(address)
        reasons.append(caught.value.reason)
    return reasons


def test_a_host_that_is_down_is_waited_for_and_then_costs_its_rows_nothing(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits
) -> None:
    up = False
    address = url(httpserver)
    httpserver.expect_request("/a.jpg").respond_with_handler(
        lambda _: Response(BODY) if up else Response("no", status=503)
    )
    with fetcher_for(f"localhost:{httpserver.port}", tmp_path, waits) as fetcher:
        web = fetcher._web
        assert set(broken(web, address, FAILURES)) == {"http_503"}
        assert waits.now == 0
        # a restart: who comes now asks in turn, every now and then
        assert set(broken(web, address, 10)) == {"http_503"}
        assert waits.now == pytest.approx(10 * ASK_EVERY_S, abs=ASK_EVERY_S)
        waits.now += PATIENCE_S
        assert broken(web, address, 1) == ["http_503"]
        asked = len(httpserver.log)
        assert set(broken(web, address, 50)) == {"host_down"}
        assert len(httpserver.log) == asked
        up = True
        waits.now += ASK_EVERY_S
        assert [web.get(address) for _ in range(5)] == [BODY] * 5


def test_a_run_that_hurries_does_not_wait_for_a_host_that_is_down(
    httpserver: HTTPServer, tmp_path: Path, waits: Waits
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data("no", status=503)
    with fetcher_for(f"localhost:{httpserver.port}", tmp_path, waits) as fetcher:
        broken(fetcher._web, url(httpserver), FAILURES + 1)
        fetcher.hurry()
        assert failure(fetcher, url(httpserver)).reason == "host_down"


def test_files_are_read_from_the_catalogs_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(BODY)
    fetcher = Fetcher(tmp_path)
    assert fetcher.fetch("a.jpg") == BODY
    assert fetcher.fetch(str(tmp_path / "a.jpg")) == BODY
    found = (tmp_path / "a.jpg").stat()
    assert fetcher.stat("a.jpg") == f"{found.st_size}:{found.st_mtime_ns}"
    assert fetcher.stat("https://shop.example/a.jpg") is None


def test_whatever_is_no_file_of_the_catalog_is_refused_without_hanging(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "secret.jpg").write_bytes(BODY)
    (root / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "circle.jpg").symlink_to(root / "circle.jpg")
    (root / "device.jpg").symlink_to("/dev/zero")
    os.mkfifo(root / "fifo.jpg")
    (root / "empty.jpg").write_bytes(b"")
    (root / "large.jpg").write_bytes(b"x" * 15_000_001)
    (root / "full.jpg").write_bytes(b"x" * 15_000_000)
    fetcher = Fetcher(root)
    expected = {
        "../secret.jpg": "outside_root",
        "folder/../../secret.jpg": "outside_root",
        "/etc/passwd": "outside_root",
        "link.jpg": "outside_root",
        "device.jpg": "outside_root",
        "circle.jpg": "not_a_file",
        "fifo.jpg": "not_a_file",
        "folder": "not_a_file",
        "": "not_a_file",
        "missing.jpg": "not_found",
        "full.jpg/a.jpg": "not_found",
        "n" * 5000: "not_found",
        "nul\0.jpg": "not_found",
        "empty.jpg": "empty_body",
        "large.jpg": "too_large",
    }
    assert {ref: failure(fetcher, ref).reason for ref in expected} == expected
    assert len(fetcher.fetch("full.jpg")) == 15_000_000


def test_a_device_inside_the_folder_is_not_read() -> None:
    assert failure(Fetcher(Path("/dev")), "zero").reason == "not_a_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(BODY)
    (tmp_path / "a.jpg").chmod(0)
    assert failure(Fetcher(tmp_path), "a.jpg").reason == "unreadable_file"
