"""A catalog behind a URL, over a real socket."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ingest.errors import BadCatalog
from ingest.readers import Catalog, Record, open_catalog
from ingest.remote import download

CATALOG = (
    "id,title,image\n1,Hat,images/a.jpg\n2,Cap,/pictures/b.jpg\n3,Tie,https://cdn.example/c.jpg\n"
    "4,Sly,../../etc/passwd\n5,Slyer,mailto:x|//other.example/d.jpg\n"
)


def remote(server: HTTPServer, path: str = "/shop/catalog.csv", **options: Any) -> Catalog:
    host = f"localhost:{server.port}"
    return open_catalog(f"http://{host}{path}", allow_hosts=[host], **options)


def test_a_remote_catalog_is_read_and_its_images_are_beside_it_on_the_web(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/shop/catalog.csv").respond_with_data(CATALOG)
    catalog = remote(httpserver)
    base = f"http://localhost:{httpserver.port}"
    assert {row.product_id: row.images for row in catalog if isinstance(row, Record)} == {
        "1": (f"{base}/shop/images/a.jpg",),
        "2": (f"{base}/pictures/b.jpg",),
        "3": ("https://cdn.example/c.jpg",),
        "4": (f"{base}/etc/passwd",),
        "5": (f"{base}/shop/mailto:x", "http://other.example/d.jpg"),
    }
    assert catalog.name == "localhost/shop/catalog.csv"
    # fetched once, however often it is read
    assert (catalog.count_rows(), len(list(catalog)), len(httpserver.log)) == (5, 5, 1)


def test_the_name_of_a_remote_catalog_holds_no_key_of_its_url(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x/feed.csv.gz").respond_with_data(gzip.compress(CATALOG.encode()))
    catalog = remote(httpserver, "/x/feed.csv.gz?signature=secret")
    assert catalog.name == "localhost/x/feed.csv.gz"
    assert catalog.path.name == "feed.csv.gz"
    assert len(list(catalog)) == 5


def test_the_file_of_a_remote_catalog_goes_with_the_catalog(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/shop/catalog.csv").respond_with_data(CATALOG)
    catalog = remote(httpserver)
    folder = catalog.path.parent
    assert [path.name for path in folder.iterdir()] == ["catalog.csv"]
    del catalog
    assert not folder.exists()


def test_a_private_host_is_refused_and_a_missing_catalog_told(httpserver: HTTPServer) -> None:
    with pytest.raises(BadCatalog, match="public addresses"):
        open_catalog("http://127.0.0.1/catalog.csv")
    with pytest.raises(BadCatalog, match="not a URL"):
        open_catalog("http://[half/catalog.csv")
    with pytest.raises(BadCatalog, match="only http and https"):
        open_catalog("file:///etc/passwd")
    httpserver.expect_request("/shop/catalog.csv").respond_with_data("no", status=404)
    with pytest.raises(BadCatalog, match="404"):
        remote(httpserver)


def test_a_flaky_host_is_asked_again_and_what_it_sent_before_is_dropped(
    httpserver: HTTPServer,
) -> None:
    def torn(request: Request) -> Response:
        # announces more than it sends
        return Response(iter([CATALOG[:40]]), headers={"Content-Length": "9999"})

    httpserver.expect_ordered_request("/shop/catalog.csv").respond_with_handler(torn)
    httpserver.expect_ordered_request("/shop/catalog.csv").respond_with_data(CATALOG)
    assert len(list(remote(httpserver))) == 5


def test_a_remote_catalog_has_a_size_limit(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/big.csv").respond_with_data("id,image\n" + "1,a.jpg\n" * 1000)
    host = f"localhost:{httpserver.port}"
    with pytest.raises(BadCatalog, match="over 1,000 bytes"):
        download(f"http://{host}/big.csv", [host], max_bytes=1000)


def test_an_image_root_brings_the_images_back_to_this_disk(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/shop/catalog.csv").respond_with_data(CATALOG)
    catalog = remote(httpserver, image_root=tmp_path)
    first = next(iter(catalog))
    assert isinstance(first, Record)
    assert (first.images, catalog.root) == (("images/a.jpg",), tmp_path)
