"""Hosts that cannot prove who they are, and redirects that would drop the proof.

The certificates in `certificates/` are signed by an authority that only these tests trust; all
but the expired one hold until 2120. Their key is public, and of no use elsewhere.
"""

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from ingest.errors import FetchError
from ingest.web import Web

CERTIFICATES = Path(__file__).parent / "certificates"
BODY = b"\xff\xd8 some bytes"


@contextmanager
def secure_server(certificate: str) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/a.jpg").respond_with_data(BODY)
        yield server


def web_for(*ports: int, trusting: bool = True) -> Web:
    context = ssl.create_default_context()
    if trusting:
        context.load_verify_locations(CERTIFICATES / "ca.pem")
    return Web([f"localhost:{port}" for port in ports], verify=context)


def test_a_host_with_a_valid_certificate_is_fetched_from() -> None:
    with secure_server("valid.pem") as server, closing(web_for(server.port)) as web:
        assert web.get(f"https://localhost:{server.port}/a.jpg") == BODY


@pytest.mark.parametrize(
    ("certificate", "why"), [("expired.pem", "expired"), ("stranger.pem", "localhost")]
)
def test_a_host_with_a_bad_certificate_is_refused_for_good(certificate: str, why: str) -> None:
    with (
        secure_server(certificate) as server,
        closing(web_for(server.port)) as web,
        pytest.raises(FetchError, match=why) as caught,
    ):
        web.get(f"https://localhost:{server.port}/a.jpg")
    assert (caught.value.reason, caught.value.transient) == ("bad_certificate", False)


def test_nobody_is_trusted_beside_the_usual_authorities() -> None:
    with (
        secure_server("valid.pem") as server,
        closing(web_for(server.port, trusting=False)) as web,
        pytest.raises(FetchError) as caught,
    ):
        web.get(f"https://localhost:{server.port}/a.jpg")
    assert caught.value.reason == "bad_certificate"


def test_a_redirect_from_https_to_http_is_refused_and_the_other_host_not_asked(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(BODY)
    plain = f"http://localhost:{httpserver.port}/a.jpg"
    with (
        secure_server("valid.pem") as server,
        closing(web_for(server.port, httpserver.port)) as web,
    ):
        server.expect_request("/moved.jpg").respond_with_data(
            "", status=302, headers={"Location": plain}
        )
        with pytest.raises(FetchError, match="https to http") as caught:
            web.get(f"https://localhost:{server.port}/moved.jpg")
        assert caught.value.reason == "refused_url"
        assert httpserver.log == []
        assert web.get(plain) == BODY
