"""A sample of every format, with the oddities that its exports are known for."""

import gzip
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from ingest.errors import BadCatalog
from ingest.readers import BadRow, Catalog, Record, open_catalog
from ingest.rejects import Rejects

SAMPLES = Path(__file__).parent / "samples"
FORMATS = {
    "own.csv": "own (CSV)",
    "own.jsonl": "own (JSON lines)",
    "google.tsv": "google (CSV)",
    "google-rss.xml": "google (XML)",
    "google-atom.xml": "google (XML)",
    "shopify-old.csv": "shopify (CSV)",
    "shopify-current.csv": "shopify (CSV)",
    "woocommerce.csv": "woocommerce (CSV)",
    "amazon-2014.json": "amazon-2014 (JSON lines)",
    "amazon-2018.json": "amazon-2018 (JSON lines)",
    "amazon-2023.jsonl": "amazon-2023 (JSON lines)",
    "styles.csv": "fashion (CSV)",
}


class Sample:
    """One sample, read: its good rows by id, its bad ones by line."""

    def __init__(self, catalog: Catalog) -> None:
        rows = list(catalog)
        self.catalog = catalog
        self.good = {row.product_id: row for row in rows if isinstance(row, Record)}
        self.bad = {row.line: row for row in rows if isinstance(row, BadRow)}
        assert len(rows) == catalog.count_rows()

    @property
    def reasons(self) -> dict[int, str]:
        return {line: row.reason for line, row in self.bad.items()}

    def facts(self, product_id: str, *names: str) -> tuple[Any, ...]:
        return tuple(getattr(self.good[product_id].product, name) for name in names)


def sample(name: str, **options: Any) -> Sample:
    return Sample(open_catalog(SAMPLES / name, **options))


def pictures(sample: Sample, product_id: str) -> list[str]:
    """The last parts of a product's image references, without queries."""
    return [re.sub(r"\?.*", "", ref).split("/")[-1] for ref in sample.good[product_id].images]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_known_by_its_content_whatever_the_file_is_called(
    name: str, tmp_path: Path
) -> None:
    renamed = tmp_path / "export.data"
    shutil.copy(SAMPLES / name, renamed)
    assert open_catalog(renamed).format == FORMATS[name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_gzipped_sample_reads_as_the_plain_one(name: str, tmp_path: Path) -> None:
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress((SAMPLES / name).read_bytes()))
    plain = [(row.line, row.row) for row in open_catalog(SAMPLES / name)]
    assert [(row.line, row.row) for row in open_catalog(packed)] == plain
    assert len(plain) >= 14


@pytest.mark.parametrize("name", FORMATS)
def test_lines_ascend_and_are_those_of_the_file(name: str) -> None:
    rows = list(open_catalog(SAMPLES / name))
    lines = (SAMPLES / name).read_bytes().split(b"\n")
    numbers = [row.line for row in rows]
    assert numbers == sorted(set(numbers))
    # Atom writes the id on the line after that of its entry
    for row in rows:
        shown = b"\n".join(lines[row.line - 1 : row.line + 2]).decode(errors="replace")
        assert (row.product_id or "").split("\0")[0] in shown


@pytest.mark.parametrize("name", FORMATS)
def test_rejected_rows_of_every_format_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    catalog = open_catalog(SAMPLES / name)
    good = [row for row in catalog if isinstance(row, Record)]
    path = tmp_path / "rejects.csv"
    with Rejects(path, catalog.columns) as rejects:
        for row in good:
            rejects.add(row.row, "http_404", "gone", row.line)
    again = open_catalog(path, source=catalog.name)
    back = {row.product_id: row for row in again if isinstance(row, Record)}
    assert back.keys() == {row.product_id for row in good}
    for row in good:
        here, there = row.product, back[row.product_id].product
        assert back[row.product_id].images == row.images
        assert there.point_id == here.point_id
        for fact in (
            "title", "description", "brand", "category", "category_path", "price", "currency",
            "colors", "available", "url", "related",
        ):  # fmt: skip
            assert getattr(there, fact) == getattr(here, fact), (row.product_id, fact)


def test_our_own_csv_keeps_ids_as_text_and_its_faulty_rows_apart() -> None:
    shop = sample("own.csv")
    assert next(iter(shop.good)) == "001"
    assert shop.facts("1e5", "title", "price", "currency") == (
        'Mug "Sunrise", large', 12.99, "EUR",
    )  # fmt: skip
    assert shop.good["022"].warnings == ("read_as_cp1252",)
    assert shop.facts("022", "title") == ("Crème Brûlée Dish",)
    assert pictures(shop, "005") == ["rain-jacket.jpg", "rain-jacket-2.jpg"]
    assert shop.facts("003", "related") == ({"goes_with": ("001", "002")},)
    assert shop.good["025"].warnings == ("unreadable_price", "unreadable_availability")
    assert shop.reasons == {24: "extra_columns", 25: "no_image", 27: "missing_columns"}


def test_our_own_json_lines_keep_numbers_as_written_and_lists_as_lists() -> None:
    shop = sample("own.jsonl")
    assert shop.facts("1", "price", "category", "category_path", "available") == (
        39.9, "Shirts", ("Clothing", "Clothing > Tops", "Clothing > Tops > Shirts"), True,
    )  # fmt: skip
    assert shop.good["005"].images == ("images/rain-jacket.jpg", "https://img.example/a%7Cb.jpg")
    assert shop.facts("006", "related") == ({"goes_with": ("003", "004")},)
    attributes = shop.good["007"].product.attributes
    assert attributes["size.height_cm"] == "20.5"
    assert json.loads(attributes["sold_by"]) == [{"name": "A"}, {"name": "B"}]
    assert "note" not in attributes
    assert shop.facts("023", "title", "price") == ("Café 😀 Cup", None)
    assert shop.good["023"].product.attributes == {"discount": "1e999"}
    assert shop.reasons == {
        25: "bad_row", 26: "bad_row", 27: "bad_row", 28: "bad_id", 29: "no_id",
    }  # fmt: skip
    assert shop.bad[26].row["record"].startswith('{"id":"025"')


def test_parquet_keeps_lists_and_numbers_and_counts_rows_from_one(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "007", "title": "Hat", "price": 12.5, "images": ["a.jpg", "b.jpg"], "stock": 3},
        {"id": "008", "title": None, "price": float("nan"), "images": ["c.jpg"], "stock": None},
        {"id": "009", "title": "Cap", "price": 1.0, "images": None, "stock": 0},
    ]
    rows += [{"id": f"{n}", "images": ["x.jpg"]} for n in range(100, 2600)]
    path = tmp_path / "export"
    parquet.write_table(pa.Table.from_pylist(rows, schema=_schema()), path, row_group_size=700)
    shop = Sample(open_catalog(path))
    assert shop.catalog.format == "own (Parquet)"
    assert shop.good["007"].images == ("a.jpg", "b.jpg")
    assert shop.facts("007", "title", "price", "attributes") == ("Hat", 12.5, {"stock": "3"})
    assert shop.facts("008", "title", "price") == (None, None)
    assert shop.good["008"].warnings == ()
    assert shop.reasons == {3: "no_image"}
    assert shop.good["2599"].line == 2503


def _schema() -> pa.Schema:
    text, number = pa.string(), pa.float64()
    return pa.schema(
        [("id", text), ("title", text), ("price", number), ("images", pa.list_(text)),
         ("stock", pa.int64()), ("thumbnail", pa.binary())]
    )  # fmt: skip


def test_a_field_that_first_comes_after_the_rows_looked_at_is_still_that_field(
    tmp_path: Path,
) -> None:
    path = tmp_path / "late.jsonl"
    lines = [json.dumps({"id": str(n), "image": "a.jpg"}) for n in range(1500)]
    lines.append(json.dumps({"id": "late", "image": "b.jpg", "brand": "Acme", "extra": "kept"}))
    path.write_text("\n".join(lines))
    shop = Sample(open_catalog(path))
    assert shop.facts("late", "brand", "attributes") == ("Acme", {"extra": "kept"})


def test_google_text_has_more_images_in_commas_and_categories_as_numbers() -> None:
    shop = sample("google.tsv")
    assert pictures(shop, "SKU-001") == [
        "linen-shirt.jpg", "linen-shirt-2.jpg", "linen-shirt-3.jpg",
    ]  # fmt: skip
    assert shop.facts("SKU-002", "category", "category_path") == (None, ())
    assert shop.good["SKU-002"].product.attributes["google_product_category"] == "173"
    assert shop.facts("SKU-003", "category") == ("Shoes",)
    assert shop.facts("SKU-004", "category_path") == (
        ("Shoes", "Shoes > Boots", "Shoes > Boots > Winter"),
    )
    assert shop.facts("SKU-005", "price", "currency", "available") == (89.0, "EUR", False)
    assert shop.facts("SKU-006", "price", "available") == (1299.0, False)
    assert shop.facts("SKU-007", "title") == ('Cotton Socks 3" high',)
    assert shop.facts("SKU-008", "colors", "description") == (
        ("Green", "Gold", "White"), "Silk & light.",
    )  # fmt: skip
    assert shop.facts("SKU-010", "price", "currency") == (64.0, "EUR")
    variant = shop.good["SKU-021"].product
    assert variant.attributes["item_group_id"] == "G1"
    assert shop.reasons == {23: "no_image"}


def test_google_rss_repeats_elements_and_its_prefixed_ones_come_first() -> None:
    shop = sample("google-rss.xml")
    assert shop.good["SKU-001"].images == (
        "https://img.example/linen-shirt.jpg?size=large,q=90",
        "https://img.example/linen-shirt-2.jpg",
        "https://img.example/linen-shirt-3.jpg?crop=1,2",
    )
    assert shop.facts("SKU-001", "title", "description", "category") == (
        "Linen Shirt & Collar", "White & light, for summer.", "Shirts",
    )  # fmt: skip
    assert shop.good["SKU-001"].product.attributes == {
        "shipping.country": "DE", "shipping.price": "4.90 EUR", "custom_label_0": "new season",
    }  # fmt: skip
    assert shop.facts("SKU-005", "title", "brand") == ("Rain Jacket", "Harbour & Co")
    assert (shop.good["SKU-001"].line, shop.good["SKU-002"].line) == (7, 23)
    assert shop.reasons == {42: "no_image"}


def test_google_atom_has_its_own_ids_and_links_in_attributes() -> None:
    shop = sample("google-atom.xml")
    assert list(shop.good)[:1] == ["SKU-001"]
    assert list(shop.good)[-1] == "tag:shop.example,2026:20"
    assert shop.facts("SKU-002", "url", "description", "category") == (
        "https://shop.example/p/2", "A grey one.", "Clothing",
    )  # fmt: skip


def test_old_shopify_rows_of_a_handle_are_one_product_with_all_its_pictures() -> None:
    shop = sample("shopify-old.csv")
    assert pictures(shop, "linen-shirt") == [
        "linen-shirt.jpg", "linen-shirt-2.jpg", "linen-shirt-3.jpg", "linen-shirt-4.jpg",
        "linen-shirt-white.jpg", "linen-shirt-navy.jpg",
    ]  # fmt: skip
    assert shop.facts("linen-shirt", "title", "price", "colors", "description") == (
        "Linen Shirt", 39.9, ("White", "Navy"), "A white one & good.",
    )  # fmt: skip
    assert shop.facts("wool-beanie", "category") == ("Hats",)
    assert [shop.facts(one, "available") for one in ("canvas-sneaker", "leather-boot")] == [
        (False,), (False,),
    ]  # fmt: skip
    assert len(shop.good["rain-jacket"].images) == 3
    # a picture of the first product, far from its rows, must not become a product without title
    assert shop.reasons == {19: "no_image", 21: "stray_rows"}


def test_current_shopify_is_the_same_under_its_new_headers() -> None:
    shop = sample("shopify-current.csv")
    assert pictures(shop, "rain-jacket") == [
        "rain-jacket.jpg", "rain-jacket-back.jpg", "rain-jacket-l.jpg", "rain-jacket-red.jpg",
    ]  # fmt: skip
    assert shop.facts("rain-jacket", "price", "colors", "brand") == (
        89.0, ("Yellow", "Red"), "Harbour & Co",
    )  # fmt: skip
    assert shop.good["rain-jacket"].product.attributes["Price / International"] == "99.00"
    assert [shop.facts(one, "available") for one in ("cotton-socks", "silk-scarf", "tote-bag")] == [
        (False,), (False,), (None,),
    ]  # fmt: skip
    assert shop.reasons == {21: "no_id"}


def test_a_broken_row_of_a_shopify_product_rejects_the_product_and_not_only_the_row(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shopify.csv"
    path.write_text(
        "Handle,Title,Type,Variant Price,Image Src\n"
        "hat,Hat, with brim,Hats,9.00,a.jpg\n"  # a comma too many
        "hat,,,,b.jpg\n"
        "cap,Cap,Hats,9.00,c.jpg\n"
    )
    shop = Sample(open_catalog(path))
    assert list(shop.good) == ["cap"]
    assert shop.reasons == {2: "extra_columns"}
    # its values may have shifted, the id among them
    assert shop.bad[2].product_id is None


def test_woocommerce_variations_join_the_parent_that_they_follow() -> None:
    shop = sample("woocommerce.csv")
    assert pictures(shop, "10") == ["linen-shirt.jpg", "linen-shirt-2.jpg", "linen-shirt-white.jpg"]
    assert shop.facts("10", "title", "price", "colors", "category", "category_path") == (
        "Linen Shirt", 39.9, ("White", "Blue"), "Shirts",
        ("Clothing", "Clothing > Tops", "Clothing > Tops > Shirts"),
    )  # fmt: skip
    assert shop.facts("50", "category_path") == (("Coats, Jackets", "Coats, Jackets > Rain"),)
    assert pictures(shop, "50") == ["rain%2C-jacket.jpg"]
    assert [shop.facts(one, "available")[0] for one in ("20", "30", "40", "60", "70")] == [
        False, False, False, False, True,
    ]  # fmt: skip
    assert shop.facts("70", "description", "category") == ("Short.", "Uncategorized")
    assert "11" not in shop.good
    assert "12" not in shop.good
    assert shop.good["500"].product.attributes["Parent"] == "id:20"
    assert shop.facts("only-a-sku", "title") == ("Without number",)
    assert shop.reasons == {21: "no_image"}


def test_amazon_2014_is_python_and_is_read_without_being_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shop = sample("amazon-2014.json")
    assert shop.facts("B000000001", "price", "currency", "category") == (39.9, "USD", "Shirts")
    assert shop.facts("B000000001", "related") == (
        {
            "also_bought": ("B000000002", "B000000003"),
            "also_viewed": ("B000000004",),
            "bought_together": ("B000000002",),
            "buy_after_viewing": ("B000000005", "B000000006"),
        },
    )
    assert shop.facts("B000000002", "title") == ("Men's Wool Beanie & Scarf",)
    assert shop.facts("B000000003", "description") == ('Canvas "classic". Red.',)
    assert shop.facts("B000000004", "category_path") == (("Shoes", "Shoes > Boots"),)
    assert shop.facts("B000000005", "title", "price") == (None, None)
    assert shop.facts("B000000007", "title") == ("Chaussettes café \\ coton",)
    assert shop.good["B000000021"].warnings == ("unreadable_price",)
    assert "B000000024" in shop.good
    assert shop.reasons == {19: "no_image", 20: "no_image", 22: "bad_row", 23: "bad_row"}
    assert list(tmp_path.iterdir()) == []


def test_amazon_2018_leaks_html_and_prices_that_are_none() -> None:
    shop = sample("amazon-2018.json")
    assert pictures(shop, "B010000001") == ["1.jpg", "1b.jpg"]
    assert pictures(shop, "B010000008") == ["8._SS40_.jpg"]
    assert shop.facts("B010000001", "price", "currency", "related") == (
        39.9, "USD", {"also_buy": ("B010000002",), "also_view": ("B010000003", "B010000004")},
    )  # fmt: skip
    assert shop.good["B010000002"].warnings == ("unreadable_price",)
    assert shop.good["B010000003"].warnings == ("unreadable_price",)
    assert shop.good["B010000005"].warnings == ("unreadable_title",)
    assert shop.facts("B010000005", "title") == (None,)
    assert shop.facts("B010000006", "brand") == ("Harbour & Co",)
    assert shop.facts("B010000007", "category") == ("Socks",)
    assert shop.facts("B010000011", "description") == ("Bold words",)
    assert [row.line for row in shop.catalog if row.product_id == "B010000001"] == [1, 19]
    assert shop.reasons == {9: "no_image"}


def test_amazon_2023_takes_the_largest_size_of_each_picture() -> None:
    shop = sample("amazon-2023.jsonl")
    assert pictures(shop, "B090000001") == ["1._UL1500_.jpg", "1b._AC_.jpg"]
    assert pictures(shop, "B090000006") == ["6a.jpg", "6b.jpg"]
    assert pictures(shop, "B090000008") == ["8t.jpg"]
    assert shop.facts("B090000001", "brand", "colors") == ("Northpine Studio", ("Off White",))
    assert shop.facts("B090000003", "price", "brand") == (None, "Stepwell")
    assert shop.good["B090000003"].warnings == ()
    assert shop.good["B090000004"].warnings == ("unreadable_price",)
    assert shop.facts("B090000005", "category") == ("AMAZON FASHION",)
    assert shop.facts("B090000010", "related") == ({"bought_together": ("B090000001",)},)
    assert shop.reasons == {7: "no_image", 20: "no_id"}


def test_the_fashion_catalog_has_unquoted_commas_and_nothing_called_na() -> None:
    shop = sample("styles.csv")
    assert shop.good["15970"].images == ("images/15970.jpg",)
    assert shop.facts("15970", "title", "category", "category_path", "colors") == (
        "Northpine Men Check Navy Blue Shirt", "Shirts",
        ("Apparel", "Apparel > Topwear", "Apparel > Topwear > Shirts"), ("Navy Blue",),
    )  # fmt: skip
    assert shop.facts("30001", "title") == ("Atelier Mistral Women Top, Black, Slim Fit",)
    assert shop.facts("30002", "colors") == ((),)
    assert "usage" not in shop.good["30002"].product.attributes
    assert shop.facts("30003", "title") == (None,)
    assert shop.facts("30004", "title") == ('Harbour & Co Jeans, 32" long',)
    assert shop.reasons == {26: "missing_columns", 27: "bad_row"}
    assert "30008" in shop.good


def test_a_named_format_wins_over_the_headers_and_a_mapping_over_the_format() -> None:
    plain = sample("google.tsv", format="own")
    assert pictures(plain, "SKU-001") == ["linen-shirt.jpg"]
    assert plain.facts("SKU-002", "category") == ("173",)
    mapped = sample("google.tsv", mapping={"title": "mpn", "category": "gender"})
    assert mapped.facts("SKU-001", "title", "category") == (None, "unisex")
    assert mapped.catalog.fields["category"] == "gender"
    with pytest.raises(BadCatalog, match="formats are: own, google, shopify"):
        sample("own.csv", format="magento")


def test_every_format_streams(tmp_path: Path) -> None:
    """The first row comes without the file's end: one that breaks off there is still read."""
    for name in ("own.csv", "own.jsonl", "google-rss.xml"):
        packed = gzip.compress(_many((SAMPLES / name).read_bytes(), name))
        path = tmp_path / f"{name}.gz"
        path.write_bytes(packed[:-8])
        catalog = open_catalog(path)
        assert isinstance(next(iter(catalog)), Record)
        with pytest.raises(BadCatalog, match="breaks off"):
            list(catalog.rows())


def _many(data: bytes, name: str) -> bytes:
    """The sample, long enough that it takes many reads."""
    if name.endswith(".xml"):
        item = next(iter(re.findall(rb"<item>.*?</item>", data, re.DOTALL)))
        return data.replace(b"</channel>", item * 1000 + b"</channel>")
    rows: Iterable[bytes] = data.splitlines(keepends=True)
    first, *others = rows
    return first + others[0] * 4000 + b"".join(others)
