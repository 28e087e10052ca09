"""The doctor's page: complete, self-contained, and deaf to what a catalog says."""

import re
from pathlib import Path

import pytest
from made import picture
from made_hostile import HOSTILE, Elements

from catalog.thumbs import Thumbs
from ingest.findings import KINDS, Finding, Kind
from ingest.glance import Glance, Shelf
from lab.doctor_page import SHEETS, SHOWN, Strongest, write_doctor_page

SHA, OTHER = "ab" * 32, "cd" * 32


def finding(kind: Kind, product_id: str = "p", score: float = 0.5) -> Finding:
    return Finding(kind, "shop", product_id, "why", score, SHA, "q", OTHER)


def glance_of(*shelves: Shelf, unseen: int = 0) -> Glance:
    products = sum(shelf.products for shelf in shelves)
    return Glance(products, products, products, unseen, shelves)


@pytest.fixture
def thumbs(tmp_path: Path) -> Thumbs:
    made = Thumbs(tmp_path / "thumbs")
    made.put(SHA, picture(1, size=(256, 200)))
    made.put(OTHER, b"torn")
    return made


def page(glance: Glance, found: Strongest, thumbs: Thumbs, tmp_path: Path) -> str:
    write_doctor_page(glance, found, thumbs, tmp_path / "new" / "doctor.html")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["doctor.html"]
    return (tmp_path / "new" / "doctor.html").read_text()


def test_each_kind_of_finding_has_a_section_and_a_place_in_the_list_at_the_top(
    thumbs: Thumbs, tmp_path: Path
) -> None:
    found = Strongest()
    for kind in KINDS:
        found.add(finding(kind))
    html = page(glance_of(Shelf("Bag", 2, (SHA,))), found, thumbs, tmp_path)
    assert re.findall(r'<section id="(\w+)"', html) == [*KINDS, "sizes", "sheets"]
    for kind in KINDS:
        assert html.count(f'href="#{kind}"') == 2
    assert f"{len(KINDS)} things to look at." in html


def test_a_catalog_without_findings_says_so_and_still_shows_its_shelves(
    thumbs: Thumbs, tmp_path: Path
) -> None:
    html = page(glance_of(Shelf("Bag", 1234, (SHA,)), unseen=3), Strongest(), thumbs, tmp_path)
    assert "Nothing found that needs a hand." in html
    assert re.findall(r'<section id="(\w+)"', html) == ["sizes", "sheets"]
    assert "1,234 products" in html
    assert "3 pictures have no thumbnail" in html


def test_an_empty_index_has_a_page(thumbs: Thumbs, tmp_path: Path) -> None:
    assert "Nothing found" in page(glance_of(), Strongest(), thumbs, tmp_path)


def test_only_the_strongest_are_shown_and_all_are_counted(thumbs: Thumbs, tmp_path: Path) -> None:
    found = Strongest()
    for number in range(SHOWN + 6):
        found.add(finding("tiny", f"id-{number:02}", score=number / 100))
    html = page(glance_of(Shelf("Bag", 40, ())), found, thumbs, tmp_path)
    shown = re.findall(r"<bdi>(id-\d+)</bdi>", html)
    assert shown == [f"id-{number:02}" for number in reversed(range(6, SHOWN + 6))]
    assert f"The {SHOWN} strongest of {SHOWN + 6}" in html


def test_of_equally_strong_findings_the_earlier_are_shown_first() -> None:
    found = Strongest(room=2)
    for name in ("a", "b", "c"):
        found.add(finding("blank", name))
    assert [one.product_id for one in found.of("blank")] == ["a", "b"]


def test_text_of_the_catalog_is_text_and_the_page_asks_nobody(
    thumbs: Thumbs, tmp_path: Path
) -> None:
    found = Strongest()
    for kind in KINDS:
        found.add(Finding(kind, HOSTILE, HOSTILE, HOSTILE, 1.0, SHA, HOSTILE, OTHER))
    html = page(glance_of(Shelf(HOSTILE, 3, (SHA,))), found, thumbs, tmp_path)
    elements = Elements(html).found
    assert "script" not in {tag for tag, _ in elements}
    assert not [name for _, attributes in elements for name in attributes if name[:2] == "on"]
    for name in ("src", "href"):
        links = [attributes[name] or "" for _, attributes in elements if name in attributes]
        assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in links)
    assert "49" not in re.sub(r"base64,[^\"]+|<style>.*</style>", "", html, flags=re.DOTALL)
    assert "url(" not in html


def test_a_missing_or_torn_thumbnail_leaves_a_gap_and_not_an_error(
    thumbs: Thumbs, tmp_path: Path
) -> None:
    found = Strongest()
    found.add(finding("near_duplicate"))
    html = page(glance_of(Shelf("Bag", 1, ("ef" * 32,))), found, thumbs, tmp_path)
    assert html.count("data:image/jpeg") == 1
    assert html.count("No picture") == 2


def test_of_many_categories_the_largest_have_a_sheet(thumbs: Thumbs, tmp_path: Path) -> None:
    shelves = [Shelf(f"Category {number}", 500 - number, (SHA,)) for number in range(300)]
    html = page(glance_of(*shelves), Strongest(), thumbs, tmp_path)
    assert html.count('<div class="sheet">') == SHEETS
    assert f"The {SHEETS} largest of 300 categories." in html
    assert "And 100 smaller ones." in html
