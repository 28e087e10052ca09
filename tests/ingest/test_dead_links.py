"""Links are asked for over a real socket, and only those that cannot be had are told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from ingest.fetch import Fetcher
from ingest.links import dead_links
from ingest.readers import open_catalog

Write = Callable[[str], Path]


def test_a_dead_link_is_told_with_its_reason_and_a_living_one_is_not(
    csv_file: Write, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/good.jpg").respond_with_data(b"any bytes")
    httpserver.expect_request("/gone.jpg").respond_with_data("gone", status=410)
    path = csv_file(
        "id,image\n"
        f"good,{httpserver.url_for('/good.jpg')}\n"
        f"gone,{httpserver.url_for('/gone.jpg')}?key=secret\n"
        "file,nowhere.jpg\n"
        ",no-id.jpg\n"
        "private,http://127.0.0.2:9/x.jpg\n"
    )
    told: list[int] = []
    host = f"{httpserver.host}:{httpserver.port}"
    with Fetcher(path.parent, allow_hosts=[host]) as fetcher:
        found = list(dead_links(open_catalog(path, source="shop"), fetcher, told.append))
    assert [one.product_id for one in found] == ["gone", "file", "private"]
    assert [one.detail.split(" ")[0] for one in found][1] == "not_found"
    assert {(one.kind, one.source) for one in found} == {("dead_link", "shop")}
    assert "secret" not in "".join(one.detail for one in found)
    assert told == [1, 2, 3, 4, 5]


def test_a_long_catalog_is_read_no_faster_than_its_links_are_tried(csv_file: Write) -> None:
    path = csv_file("id,image\n" + "".join(f"{n},x{n}.jpg\n" for n in range(200)))
    ahead: list[int] = []
    with Fetcher(path.parent) as fetcher:
        for found, _ in enumerate(dead_links(open_catalog(path), fetcher, ahead.append), 1):
            assert max(ahead, default=0) <= found + 40
    assert found == 200


@pytest.mark.parametrize("rows", ["", ",x.jpg\n"])
def test_a_catalog_without_readable_rows_has_no_dead_links(csv_file: Write, rows: str) -> None:
    path = csv_file("id,image\n" + rows)
    with Fetcher(path.parent) as fetcher:
        assert list(dead_links(open_catalog(path), fetcher)) == []
