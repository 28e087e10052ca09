"""`snapshelf ingest --dry-run`, and formats other than CSV from the command line."""

import json
import os
from pathlib import Path

import pytest
from made import TINY, picture
from pytest_httpserver import HTTPServer

from ui.cli import main

ROWS = (
    "sku,name,picture,price,fabric\n"
    "1,[red]Hat\x1b[2J,a.jpg|b.jpg,9.50 EUR,Wool\n"
    "2,Cap,,3,\n"
    "1,Again,c.jpg,3,\n"
    "3,Tie,d.jpg,ask us,Silk\n"
)


@pytest.fixture
def catalog(home: Path, tmp_path: Path) -> Path:
    path = tmp_path / "catalog.csv"
    path.write_text(ROWS)
    return path


def test_a_dry_run_shows_the_format_the_columns_and_every_row_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    catalog: Path,
    home: Path,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    before = sorted(os.walk(catalog.parent))
    assert main(["ingest", str(catalog), "--dry-run"]) == 3
    out = capsys.readouterr().out
    assert "format own (CSV)" in out
    assert "id ← sku, title ← name, image ← picture, price ← price" in out
    assert "kept as they are: fabric" in out
    assert "[red]Hat [2J" in out
    assert "\x1b" not in out
    assert "9.50 EUR" in out
    assert "a.jpg and 1 more" in out
    assert "unreadable_price" in out
    assert "line 3: row '2' names no image" in out
    assert "line 4: the id '1' was on line 2 already" in out
    assert "2 rows can be taken, 2 cannot" in out
    assert sorted(os.walk(catalog.parent)) == before
    assert not home.exists()


def test_a_dry_run_as_json_holds_all_that_would_be_kept(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    assert main(["ingest", str(catalog), "--dry-run", "--json", "--map", "title=fabric"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert (shown["format"], shown["fields"]["title"]) == ("own (CSV)", "fabric")
    assert [row.get("reason") for row in shown["rows"]] == [None, "no_image", "duplicate", None]
    first = shown["rows"][0]
    assert (first["line"], first["id"], first["title"], first["images"]) == (
        2, "1", "Wool", ["a.jpg", "b.jpg"],
    )  # fmt: skip
    assert first["attributes"] == {"name": "[red]Hat\x1b[2J"}
    assert shown["rows"][1]["row"]["name"] == "Cap"


def test_a_dry_run_reads_twenty_rows_or_as_many_as_it_is_told(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    catalog.write_text("id,image\n" + "".join(f"{n},{n}.jpg\n" for n in range(50)))
    for options, count in (([], 20), (["--limit", "3"], 3)):
        assert main(["ingest", str(catalog), "--dry-run", "--json", *options]) == 0
        assert len(json.loads(capsys.readouterr().out)["rows"]) == count


def test_an_unknown_format_is_told_with_those_there_are(
    capsys: pytest.CaptureFixture[str], catalog: Path
) -> None:
    assert main(["ingest", str(catalog), "--dry-run", "--format", "magento"]) == 1
    assert "own, google, shopify" in capsys.readouterr().err


def test_a_feed_on_a_server_is_ingested_with_its_images_and_its_rejects_can_be_again(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, httpserver: HTTPServer
) -> None:
    host = f"localhost:{httpserver.port}"
    item = "<item><g:id>{0}</g:id><title>No {0}</title><g:image_link>{0}.jpg</g:image_link></item>"
    items = "".join(item.format(number) for number in range(4))
    httpserver.expect_request("/shop/feed.xml").respond_with_data(f"<rss>{items}</rss>")
    for number in range(3):
        httpserver.expect_request(f"/shop/{number}.jpg").respond_with_data(picture(number))
    httpserver.expect_oneshot_request("/shop/3.jpg").respond_with_data("no", status=404)
    source = f"http://{host}/shop/feed.xml"
    argv = ["--model", TINY, "--allow-host", host, "--json"]
    assert main(["ingest", source, *argv]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["outcomes"]["new"] == 3
    assert report["reasons"] == {"http_404": 1}
    # supplied since; the file of rejects is a catalog, under the name of the one it came from
    (rejects,) = (home / "rejects").iterdir()
    httpserver.expect_request("/shop/3.jpg").respond_with_data(picture(3))
    name = ["--source", "localhost/shop/feed.xml", "--rejects", str(tmp_path / "left.csv")]
    assert main(["ingest", str(rejects), *argv, *name]) == 0
    assert json.loads(capsys.readouterr().out)["outcomes"]["new"] == 1
