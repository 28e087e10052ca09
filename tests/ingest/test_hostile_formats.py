"""Catalogs that were broken on the way, or written to break their reader."""

import csv
import gzip
import json
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from ingest.errors import BadCatalog
from ingest.formats import DIALECTS
from ingest.readers import BadRow, Record, open_catalog

CsvFile = Callable[..., Path]
MB = 1_000_000


def told(path: Path) -> list[tuple[int, str]]:
    """Line and reason of bad rows, line and id of the others; the count must agree."""
    catalog = open_catalog(path)
    rows = list(catalog)
    assert catalog.count_rows() == len(rows)
    return [
        (row.line, row.reason if isinstance(row, BadRow) else row.product.product_id)
        for row in rows
    ]


def test_every_fault_of_a_csv_costs_its_own_row_and_is_told_with_its_line(
    csv_file: CsvFile,
) -> None:
    rows = [
        (b"1,Comma, in the first row,a.jpg", "extra_columns"),
        (b"2,Fine,b.jpg", "2"),
        (b"3,Comma, later,c.jpg", "extra_columns"),
        (b"4,Short", "missing_columns"),
        (b'5,"Unbalanced,e.jpg', "bad_row"),
        (b"6,N\0UL,f.jpg", "bad_row"),
        ("7,Größe,g.jpg".encode("cp1252"), "7"),
        (b"8," + b"x" * (10 * MB) + b",h.jpg", "bad_row"),
        (b'9,"Salt, pepper",i.jpg', "9"),
    ]
    ends = [b"\r\n", b"\n"] * 5
    text = b"".join(row + end for (row, _), end in zip(rows, ends, strict=False))
    path = csv_file(b"\xef\xbb\xbfid,title,image\r\n" + text)
    assert told(path) == [(line, told) for line, (_, told) in enumerate(rows, start=2)]
    titles = {row.product_id: row.product.title for row in open_catalog(path)
              if isinstance(row, Record)}  # fmt: skip
    assert titles == {"2": "Fine", "7": "Größe", "9": "Salt, pepper"}


HOSTILE_LINES = {
    "a call": "{'asin': __import__('pathlib').Path('pwned').touch(), 'imUrl': 'x.jpg'}",
    "a comprehension": "{'asin': [open('pwned', 'w') for _ in '1'][0], 'imUrl': 'x.jpg'}",
    "lists without end": "{'asin': " + "[" * 100_000 + "]" * 100_000 + "}",
    "JSON lists without end": '{"asin": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "signs without end": "{'asin': " + "-" * 500_000 + "1}",
    "sums without end": "{'asin': 1" + "+1" * 400_000 + "}",
    "attributes without end": "{'asin': a" + ".a" * 400_000 + "}",
    "a literal of 2 MB": "{'asin': '1', 'imUrl': '" + "x" * 2 * MB + "'}",
    "a line of 5 MB": '{"asin": "1", "imUrl": "' + "x" * 5 * MB + '"}',
    "a number of 5,000 digits": "{'asin': " + "9" * 5000 + ", 'imUrl': 'x.jpg'}",
    "no object": "[1, 2, 3]",
    "a set": "{'asin', 'imUrl'}",
    "bytes": "{'asin': b'1', 'imUrl': 'x.jpg'}",
    "half a character": '{"asin": "\\udc80", "imUrl": "x.jpg"}',
    "half a character in Python": "{'asin': '\\udc80', 'imUrl': 'x.jpg'}",
    "a NUL": "{'asin': '1\0', 'imUrl': 'x.jpg'}",
}


@pytest.mark.parametrize("line", HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_a_hostile_line_is_neither_run_nor_fatal_and_the_next_one_is_read(
    csv_file: CsvFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    good = "{'asin': 'A%d', 'imUrl': 'a.jpg', 'related': {}}"
    path = csv_file(f"{good % 1}\n{line}\n{good % 3}\n", "meta.json")
    (first, bad, last) = open_catalog(path)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason in ("bad_row", "no_id")) == (2, True)
    assert "0x" not in bad.message
    json.dumps(dict(bad.row)).encode()
    assert (first.line, last.line) == (1, 3)
    assert isinstance(last, Record)
    assert not (tmp_path / "pwned").exists()


_NAMES = st.sampled_from([
    "id", "asin", "parent_asin", "image", "image_link", "additional_image_link", "imUrl",
    "imageURL", "images", "categories", "category", "product_type", "google_product_category",
    "related", "also_buy", "details", "description", "title", "price", "Handle", "Image Src",
    "Image Position", "Type", "Published", "Option1 name", "Parent", "Images", "Attribute 1 name",
    "availability", "productDisplayName", "articleType", "x",
])  # fmt: skip
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(
    records=st.lists(st.dictionaries(_NAMES, _VALUES, max_size=12), min_size=1, max_size=4),
    name=st.sampled_from(sorted(DIALECTS)),
)
def test_whatever_a_record_holds_where_it_is_read_or_told(
    records: list[dict[str, object]], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    first = {"id": "1", "image": "a.jpg", "Handle": "h", "Images": "b.jpg", "image_link": "c.jpg"}
    path.write_text("".join(json.dumps(record) + "\n" for record in [first, *records]))
    mapping = {"id": "id"} if name == "shopify" else {}
    with suppress(BadCatalog):
        for row in open_catalog(path, format=name, mapping=mapping):
            json.dumps(dict(row.row)).encode()


def test_numbers_that_are_none_leave_the_price_out(csv_file: CsvFile) -> None:
    path = csv_file(
        '{"id": "1", "image": "a.jpg", "price": NaN}\n'
        '{"id": "2", "image": "a.jpg", "price": 1e999}\n'
        '{"id": "3", "image": "a.jpg", "price": -Infinity}\n'
        '{"id": "4", "image": "a.jpg", "price": -3}\n'
        "{'id': '5', 'image': 'a.jpg', 'price': 1e999}\n"
        '{"id": "6", "image": "a.jpg", "price": 1299.50}\n',
        "own.jsonl",
    )
    rows = [row for row in open_catalog(path) if isinstance(row, Record)]
    assert [row.product.price for row in rows] == [None] * 5 + [1299.5]
    # what JSON cannot write is no value, what is no price is warned of
    assert [row.warnings for row in rows] == [
        (), ("unreadable_price",), (), ("unreadable_price",), ("unreadable_price",), (),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]>', "declares"),
        ('<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "declares"),
    ],
)
def test_a_feed_that_declares_entities_is_refused(csv_file: CsvFile, head: str, why: str) -> None:
    item = "<item><id>1</id><title>&a;</title><image_link>a.jpg</image_link></item>"
    path = csv_file(f'<?xml version="1.0"?>{head}<rss><channel>{item}</channel></rss>', "feed")
    with pytest.raises(BadCatalog, match=why):
        open_catalog(path)


ITEM = "<item><g:id>{0}</g:id><g:image_link>{0}.jpg</g:image_link></item>\n"


def feed(items: str) -> str:
    return f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>\n{items}</channel></rss>'


@pytest.mark.parametrize(
    "broken",
    [
        "<item><g:id>x & y</g:id></item>",
        "<item><g:id>x</g:title></item>",
        "<item><g:id>&nbsp;</g:id></item>",
        "<a " + "x" * 5 * MB,
        "<item>" + "<a>" * 60,
    ],
    ids=["ampersand", "wrong end", "unknown entity", "a tag without end", "nested"],
)
def test_a_broken_feed_is_told_with_its_line_and_never_looks_complete(
    csv_file: CsvFile, broken: str
) -> None:
    good = "".join(ITEM.format(number) for number in range(2000))
    path = csv_file(feed(f"{good}{broken}\n{good}"), "feed.xml")
    catalog = open_catalog(path)
    with pytest.raises(BadCatalog, match=r"feed.xml line 200[0-9]"):
        list(catalog)
    with pytest.raises(BadCatalog, match="no XML"):
        catalog.count_rows()


def test_an_item_without_end_costs_its_row_and_no_memory(csv_file: CsvFile) -> None:
    huge = f"<item><g:id>big</g:id><g:title>{'x' * 9 * MB}</g:title></item>\n"
    path = csv_file(feed(ITEM.format(1) + huge + ITEM.format(3)), "feed.xml")
    assert told(path) == [(2, "1"), (3, "bad_row"), (4, "3")]


def test_a_bomb_in_gzip_is_read_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"id,title,image\n1,")
        for _ in range(100):
            file.write(b"x" * MB)
        file.write(b",a.jpg\n2,Hat,b.jpg\n")
    assert path.stat().st_size < MB
    tracemalloc.start()
    try:
        assert told(path) == [(2, "bad_row"), (3, "2")]
        assert tracemalloc.get_traced_memory()[1] < 40 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("table.xlsx", b"PK\x03\x04" + b"\0" * 99, "spreadsheet"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 99, "cannot be read"),
        ("array.json", b'[{"id": "1", "image": "a.jpg"},\n{"id": "2"}]', "jq -c"),
        ("torn.csv.gz", gzip.compress(b"id,image\n1,a.jpg\n" * 50)[:20], "cannot be read"),
        ("torn.parquet", b"PAR1" + b"\0" * 99 + b"PAR1", "Parquet"),
        ("page.html", b"<html><body>Please sign in</body></html>", "no <item>"),
    ],
)
def test_what_is_no_catalog_is_refused_with_advice(
    csv_file: CsvFile, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(BadCatalog, match=why):
        open_catalog(csv_file(content, name))


def _write(kind: str, path: Path, count: int) -> None:
    rows = [
        {"id": str(n), "title": f"Thing {n} " + "x" * 200, "image": f"{n}.jpg"}
        for n in range(count)
    ]
    if kind == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=2000)
    elif kind == "feed":
        path.write_text(feed("".join(ITEM.format(n) for n in range(count))))
    else:
        # all rows of one product: as many variants
        handle = "hat" if kind == "shopify" else None
        names = ["Handle", "Title", "Image Src"] if handle else list(rows[0])
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            writer.writerows(
                [handle or row["id"], row["title"], "a.jpg" if handle else row["image"]]
                for row in rows
            )


@pytest.mark.parametrize("kind", ["csv", "jsonl", "feed", "parquet", "shopify"])
def test_memory_does_not_depend_on_the_number_of_rows(tmp_path: Path, kind: str) -> None:
    peaks = []
    for count in (1000, 6000):
        path = tmp_path / f"{count}.{kind}"
        _write(kind, path, count)
        catalog = open_catalog(path)
        # once, so that neither imports nor caches are counted
        next(iter(catalog.rows()))
        tracemalloc.start()
        try:
            assert sum(1 for _ in catalog.rows()) == (1 if kind == "shopify" else count)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.15 * peaks[0] + 200_000
