"""Catalog files as they really come: every row read rightly, or told with its line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.columns import find_columns
from ingest.errors import BadCatalog
from ingest.money import parse_price
from ingest.readers import BadRow, Catalog, Record, open_catalog

CsvFile = Callable[..., Path]


def records(catalog: Catalog) -> list[Record]:
    rows = list(catalog)
    assert all(isinstance(row, Record) for row in rows), rows
    return [row for row in rows if isinstance(row, Record)]


def told(catalog: Catalog) -> list[tuple[int, str]]:
    """Line and reason of bad rows, line and id of the others."""
    return [
        (row.line, row.reason if isinstance(row, BadRow) else row.product.product_id)
        for row in catalog
    ]


def test_a_plain_catalog_becomes_products(csv_file: CsvFile) -> None:
    path = csv_file(
        "id,title,category,category_path,image,brand,price,currency,color,availability,link,"
        "description,material\n"
        '007,Hat,Hats,Wear > Hats,a.jpg|b.jpg,Acme,12.50,EUR,"Red, Blue",in stock,'
        "https://shop.example/7,Warm,Wool\n"
    )
    (record,) = records(open_catalog(path))
    product = record.product
    assert product.product_id == "007"
    assert (product.title, product.brand, product.description) == ("Hat", "Acme", "Warm")
    assert (product.category, product.category_path) == ("Hats", ("Wear", "Wear > Hats"))
    assert (product.price, product.currency) == (12.5, "EUR")
    assert (product.colors, product.available) == (("Red", "Blue"), True)
    assert product.url == "https://shop.example/7"
    assert product.attributes == {"material": "Wool"}
    assert record.images == ("a.jpg", "b.jpg")
    assert (product.image_slot, product.image_url, record.line) == (0, None, 2)
    assert record.row["color"] == "Red, Blue"


def test_the_name_is_the_folder_and_the_file_and_never_a_path(csv_file: CsvFile) -> None:
    path = csv_file("id,image\n1,a.jpg\n")
    assert open_catalog(path).name == f"{path.parent.name}/catalog.csv"
    assert open_catalog(path, source="mine").name == "mine"
    assert open_catalog(path).root == path.parent


@pytest.mark.parametrize(
    ("header", "field", "value"),
    [
        ("sku,image_link,productDisplayName", "title", "x"),
        ("Handle,Image URL,NAME", "title", "x"),
        ("g:id,g:image_link,g:product_type", "category", "x"),
        ("product_id,filename,articleType", "category", "x"),
        ("ID,Photo,baseColour", "colors", ("x",)),
        ("id,picture,Brand", "brand", "x"),
    ],
)
def test_columns_are_known_by_their_usual_names(
    csv_file: CsvFile, header: str, field: str, value: object
) -> None:
    (record,) = records(open_catalog(csv_file(f"{header}\n1,a.jpg,x\n")))
    assert (record.product.product_id, record.images) == ("1", ("a.jpg",))
    assert getattr(record.product, field) == value
    assert record.product.attributes == {}


def test_a_mapping_wins_and_what_it_leaves_becomes_an_attribute(csv_file: CsvFile) -> None:
    path = csv_file("id,title,long,image\n1,short,very long,a.jpg\n")
    (record,) = records(open_catalog(path, mapping={"title": "long"}))
    assert record.product.title == "very long"
    assert record.product.attributes == {"title": "short"}


def test_a_mapping_that_names_nothing_says_what_there_is(csv_file: CsvFile) -> None:
    path = csv_file("id,name,image\n1,a,a.jpg\n")
    with pytest.raises(BadCatalog, match="columns are: id, name, image"):
        open_catalog(path, mapping={"title": "label"})
    with pytest.raises(BadCatalog, match="map one of: id, title"):
        open_catalog(path, mapping={"titel": "name"})


def test_a_catalog_without_images_is_refused_with_its_columns(csv_file: CsvFile) -> None:
    with pytest.raises(BadCatalog, match=r"image.*id, name"):
        open_catalog(csv_file("id,name\n1,a\n"))


def test_a_list_of_photos_is_a_catalog_too(csv_file: CsvFile) -> None:
    path = csv_file("image,split,product_id\nphotos/1.jpg,train,7\nphotos/2.jpg,val,7\n")
    first, second = records(open_catalog(path))
    assert (first.product.product_id, second.product.product_id) == ("7", "7")
    assert second.product.attributes == {"split": "val"}
    bare = records(open_catalog(csv_file("image,split\nphotos/1.jpg,train\n")))
    assert bare[0].product.product_id == "photos/1.jpg"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_read_off_the_header(csv_file: CsvFile, delimiter: str) -> None:
    text = "id,title,image\n1,Hat,a.jpg\n".replace(",", delimiter)
    (record,) = records(open_catalog(csv_file(text)))
    assert (record.product.title, record.images) == ("Hat", ("a.jpg",))


def test_a_byte_order_mark_is_no_part_of_the_first_column(csv_file: CsvFile) -> None:
    (record,) = records(open_catalog(csv_file(b"\xef\xbb\xbfid,image\r\n1,a.jpg\r\n")))
    assert dict(record.row) == {"id": "1", "image": "a.jpg"}


def test_a_legacy_line_is_read_as_cp1252_and_leaves_the_others_alone(csv_file: CsvFile) -> None:
    raw = "id,title,image\n1,Crème,a.jpg\n".encode() + "2,Größe 5 €,b.jpg\n".encode("cp1252")
    first, second = records(open_catalog(csv_file(raw)))
    assert (first.product.title, first.warnings) == ("Crème", ())
    assert (second.product.title, second.warnings) == ("Größe 5 €", ("read_as_cp1252",))


def test_utf_16_is_refused_with_advice(csv_file: CsvFile) -> None:
    with pytest.raises(BadCatalog, match="UTF-8"):
        open_catalog(csv_file("id,image\n1,a.jpg\n".encode("utf-16")))


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_has_no_header(csv_file: CsvFile, content: str) -> None:
    with pytest.raises(BadCatalog, match="no header"):
        open_catalog(csv_file(content))


def test_rows_of_the_wrong_width_are_told_and_shift_no_column(csv_file: CsvFile) -> None:
    path = csv_file(
        "id,title,image\n1,Salt, pepper,a.jpg\n2,Hat,b.jpg\n3,Short\n\n4,Trailing, b.jpg,\n"
    )
    catalog = open_catalog(path)
    assert told(catalog) == [
        (2, "extra_columns"), (3, "2"), (4, "missing_columns"), (6, "extra_columns"),
    ]  # fmt: skip
    extra = next(iter(catalog))
    assert isinstance(extra, BadRow)
    assert dict(extra.row) == {"id": "1", "title": "Salt", "image": " pepper"}
    assert "'a.jpg'" in extra.message


def test_the_line_is_where_the_row_starts(csv_file: CsvFile) -> None:
    path = csv_file('id,title,image\n1,"two\nlines",a.jpg\n\n,No id,b.jpg\n3,No image,\n')
    assert told(open_catalog(path)) == [(2, "1"), (5, "no_id"), (6, "no_image")]


def test_a_row_may_name_fifty_images_and_no_more(csv_file: CsvFile) -> None:
    fifty = "|".join(f"{number}.jpg" for number in range(50))
    path = csv_file(f"id,image\n1,{fifty}\n2,{fifty}|50.jpg\n3,c.jpg\n")
    first, second, third = open_catalog(path)
    assert isinstance(first, Record)
    assert len(first.images) == 50
    assert isinstance(second, BadRow)
    assert (second.line, second.reason) == (3, "too_many_images")
    assert "names 51 images" in second.message
    assert isinstance(third, Record)


def test_a_quote_that_never_closes_costs_one_row_and_not_the_file(csv_file: CsvFile) -> None:
    path = csv_file('id,title,image\n1,Hat,a.jpg\n2,"Broken,b.jpg\n3,Cap,c.jpg\n4,Tie,d.jpg\n')
    assert told(open_catalog(path)) == [(2, "1"), (3, "bad_row"), (4, "3"), (5, "4")]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(csv_file: CsvFile) -> None:
    path = csv_file(
        'id,title,image\n1,"19 in,a.jpg\n2,Hat,b.jpg\n3,Cap,c.jpg\n4,"21 in,d.jpg\n5,Tie,e.jpg\n'
    )
    lines = told(open_catalog(path))
    assert [row for row in lines if row[1].isdecimal()] == [(3, "2"), (4, "3"), (6, "5")]
    assert [line for line, reason in lines if not reason.isdecimal()] == [2, 5]


def test_a_quoted_field_may_hold_the_delimiter_and_doubled_quotes(csv_file: CsvFile) -> None:
    path = csv_file('id,title,image\n1,"Salt, ""fine""",a.jpg\n')
    assert records(open_catalog(path))[0].product.title == 'Salt, "fine"'


def test_a_nul_byte_and_an_oversized_field_cost_their_row_only(csv_file: CsvFile) -> None:
    big = "x" * 1_000_001
    fits = "y" * 900_000
    path = csv_file(f"id,title,image\n1,a\0b,a.jpg\n2,{big},b.jpg\n3,{fits},c.jpg\n4,Hat,d.jpg\n")
    assert told(open_catalog(path)) == [(2, "bad_row"), (3, "bad_row"), (4, "3"), (5, "4")]


def test_a_line_without_end_is_not_read_into_memory(csv_file: CsvFile) -> None:
    path = csv_file("id,title,image\n1," + "x" * 9_000_000 + ",a.jpg\n2,Hat,b.jpg\n")
    assert told(open_catalog(path)) == [(2, "bad_row"), (3, "2")]


def test_repeated_and_nameless_columns_keep_their_values(csv_file: CsvFile) -> None:
    (record,) = records(open_catalog(csv_file("id,image,tag,tag,,\n1,a.jpg,x,y,,z\n")))
    assert record.product.attributes == {"tag": "x", "tag_2": "y", "column_6": "z"}


def test_the_limit_and_the_count_agree_with_what_is_read(csv_file: CsvFile) -> None:
    path = csv_file('id,title,image\n1,"a\nb",a.jpg\n\n2,x\n3,c,c.jpg\n')
    whole, some = open_catalog(path), open_catalog(path, limit=2)
    assert (whole.count_rows(), len(list(whole))) == (3, 3)
    assert (some.count_rows(), len(list(some))) == (2, 2)
    assert list(whole) == list(whole)


@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0")),
            min_size=3,
            max_size=3,
        ),
        max_size=5,
    )
)
def test_what_a_csv_writer_writes_comes_back_field_for_field(
    rows: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    import csv

    path = tmp_path_factory.mktemp("csv") / "catalog.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([["id", "title", "image"], *rows])
    assert [list(row.row.values()) for row in open_catalog(path)] == rows


@pytest.mark.parametrize("source", [" ", "\t\n", "a\0b", "caf\udce9"])
def test_a_source_that_is_no_name_is_refused_before_a_row_is_read(
    csv_file: CsvFile, source: str
) -> None:
    path = csv_file("id,image\n1,a.jpg\n")
    with pytest.raises(BadCatalog, match="source name"):
        open_catalog(path, source=source)
    with pytest.raises(BadCatalog, match="source name"):
        open_catalog(path.parent, source=source)


def test_unknown_kinds_of_file_and_missing_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.xlsx").write_bytes(b"PK\x03\x04")
    with pytest.raises(BadCatalog, match="xlsx"):
        open_catalog(tmp_path / "catalog.xlsx")
    with pytest.raises(BadCatalog, match="no catalog"):
        open_catalog(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12.99", (12.99, None)),
        ("0", (0.0, None)),
        (".99", (0.99, None)),
        ("12,99 €", (12.99, "EUR")),
        ("$1,299.00", (1299.0, "USD")),
        ("15.00 USD", (15.0, "USD")),
        ("15.000 USD", (15.0, "USD")),
        ("usd 15", (15.0, "USD")),
        ("$15.00 CAD", (15.0, "CAD")),
        ("€ 1.299", (1299.0, "EUR")),
        ("1.299,00 €", (1299.0, "EUR")),
        ("1\u202f299,00 €", (1299.0, "EUR")),
        ("1'299.50 CHF", (1299.5, "CHF")),
        ("1 299,00 kr", (1299.0, None)),
        ("Rs. 1,29,999.00", (129999.0, "INR")),
        ("¥1,299", (1299.0, "JPY")),
        ("$1–$2", None),
        ("$1-$2", None),
        ("-3", None),
        ("free", None),
        ("NaN", None),
        ("inf", None),
        ("1e999", None),
        ("9" * 400, None),
        ("1" + "0" * 15, (1e15, None)),
        ("1" + "0" * 30, None),
        ("1" + " " * 100_000 + "x,", None),
        ("12.99 / kg", None),
        ("1.2.3", None),
    ],
)
def test_a_price_is_read_for_what_it_means_or_not_at_all(
    text: str, price: tuple[float, str | None] | None
) -> None:
    assert parse_price(text) == price


def test_an_unreadable_fact_is_left_out_and_warned_of(csv_file: CsvFile) -> None:
    path = csv_file("id,image,price,availability\n1,a.jpg,ask us,perhaps\n2,b.jpg,,0\n")
    first, second = records(open_catalog(path))
    assert first.warnings == ("unreadable_price", "unreadable_availability")
    assert (first.product.price, first.product.available) == (None, None)
    assert (second.warnings, second.product.available) == ((), False)


def test_a_number_of_any_length_is_an_availability(csv_file: CsvFile) -> None:
    path = csv_file(f"id,image,stock\n1,a.jpg,{'9' * 5000}\n2,b.jpg,000\n")
    first, second = records(open_catalog(path, mapping={"available": "stock"}))
    assert (first.product.available, second.product.available) == (True, False)


def test_an_image_folder_is_a_catalog_of_its_subfolders(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    for name in (
        "Shoes/b.JPG", "Shoes/a.webp", "Fruit/Apple/x.png", "loose.gif", "Shoes/notes.txt",
        "Shoes/.hidden.jpg", "Shoes/Thumbs.db", "Shoes/._a.webp", ".cache/c.jpg",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    catalog = open_catalog(root)
    assert (catalog.name, catalog.root, catalog.count_rows()) == ("photos", root.resolve(), 4)
    found = {r.product.product_id: r.product for r in records(catalog)}
    assert list(found) == ["loose.gif", "Fruit/Apple/x.png", "Shoes/a.webp", "Shoes/b.JPG"]
    assert (found["Shoes/b.JPG"].category, found["Shoes/b.JPG"].category_path) == ("Shoes", ())
    assert found["Fruit/Apple/x.png"].category == "Apple"
    assert found["Fruit/Apple/x.png"].category_path == ("Fruit", "Fruit > Apple")
    assert found["loose.gif"].category is None
    assert records(catalog)[0].images == ("loose.gif",)


def test_links_out_of_an_image_folder_are_told_and_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "secret.jpg").write_bytes(b"x")
    root = tmp_path / "photos"
    root.mkdir()
    (root / "good.jpg").write_bytes(b"x")
    (root / "inner.jpg").symlink_to(root / "good.jpg")
    (root / "file.jpg").symlink_to(secret / "secret.jpg")
    (root / "folder").symlink_to(secret)
    (root / "circle").symlink_to(root)
    assert told(open_catalog(root)) == [
        (1, "outside_root"), (2, "outside_root"), (3, "good.jpg"), (4, "inner.jpg"),
    ]  # fmt: skip


def test_a_file_name_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    root.mkdir()
    try:
        (root / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (row,) = list(open_catalog(root))
    assert isinstance(row, BadRow)
    assert row.reason == "bad_name"
    assert row.row["image"].encode()


def test_ids_that_differ_only_in_unicode_form_are_one_id(csv_file: CsvFile) -> None:
    first, second = records(open_catalog(csv_file("id,image\ncafe\u0301,a.jpg\ncafé,b.jpg\n")))
    assert first.product.point_id == second.product.point_id


def test_columns_of_what_is_no_catalog_are_told_in_short() -> None:
    names = ("\x89PNG\x1a", "x" * 5000, *(f"c{number}" for number in range(100)))
    for mapping in ({}, {"title": "name"}):
        with pytest.raises(BadCatalog) as told:
            find_columns(names, mapping)
        assert len(str(told.value)) < 400
        assert str(told.value).isprintable()
        assert "and 72 more" in str(told.value)
    with pytest.raises(BadCatalog, match=r"columns are: id, name · .* \(--map image=COLUMN\)"):
        find_columns(("id", "name"), {})
