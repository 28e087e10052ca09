"""The catalog tab's markup: what it tells, and that hostile text stays text."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from made import picture

from catalog.store import open_store
from catalog.thumbs import Thumbs
from ui.page.catalog_view import CatalogView
from ui.page.drafts import Drafts
from ui.page.intake import Options, bring_in
from ui.page.language import Language, languages
from ui.page.office import Office
from ui.page.samples import SHOWN, sheet

Catalog = Callable[..., Path]
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>${1/0}{{x}}\''


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.pictures: list[str] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.pictures += [str(value) for name, value in attrs if name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def view(office: Office) -> CatalogView:
    return CatalogView(office)


def brought(office: Office, path: Path, mapping: dict[str, str] | None = None) -> None:
    drafts = Drafts(office.kept, office.uploads)
    draft = drafts.mapped(
        drafts.of_place(path, path.name), {"category": "kind"} if mapping is None else mapping
    )
    job = bring_in(office.target, office.jobs, drafts, draft, Options())
    while job.state == "running":
        time.sleep(0.01)
    assert job.state == "done", job.error


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A catalog with markup in every field, a picture on six products and a missing one."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    rows = [f"id,title,{quoted},category,brand,color,image,price"]
    for n in range(8):
        (folder / f"{n}.jpg").write_bytes(picture(0 if n < 6 else n, size=(160, 160)))
        rows.append(
            f'{quoted[:-1]}{n}",{quoted[:-1]}{n}",{quoted},{quoted},{quoted},red,{n}.jpg,{n}'
        )
    rows.append(f'{quoted[:-1]}x",x,x,x,x,x,{quoted},1')
    (folder / "list.csv").write_text("\n".join(rows) + "\n")
    return folder / "list.csv"


def test_an_empty_shelf_says_what_to_do_and_asks_for_no_doctor(
    view: CatalogView, say: Language
) -> None:
    stock, sources, shelf = view.inventory(say)
    assert "The shelf is empty" in stock
    assert "No catalogs are in the folder" in sources
    assert (shelf.strip(), view.examined(say), view.intake(say)) == ("", "", "")


def test_an_index_that_cannot_be_reached_is_told_and_takes_nothing_else_with_it(
    office: Office, say: Language
) -> None:
    view = CatalogView(replace(office, target=replace(office.target, store="http://127.0.0.1:9")))
    stock, sources, shelf = view.inventory(say)
    assert "The index cannot be looked at right now" in stock
    assert "http://127.0.0.1:9" in stock
    assert "No catalogs are in the folder" in sources
    assert (shelf.strip(), view.examined(say), view.sheet("Hats", 0, say)) == ("", "", "")
    assert "127.0.0.1:9" in view.contract(say)


def test_an_index_tells_its_numbers_model_contract_and_catalogs(
    office: Office, view: CatalogView, say: Language, tmp_path: Path, catalog: Catalog
) -> None:
    brought(office, catalog(tmp_path / "shop", 5))
    stock, sources, shelf = (Seen(part).text for part in view.inventory(say))
    for told in (
        "5products", "2categories", "1catalog", "timm:test_resnet", "version 1",
        "predicts no categories", "the model was never changed", "products__",
    ):  # fmt: skip
        assert told in stock
    assert "shop/list.csv" in sources
    assert "Last run" in sources
    assert "".join(shelf.split()) == "CategoriesShoes3Hats2"


def test_the_contract_is_checked_part_by_part(
    office: Office, view: CatalogView, say: Language, tmp_path: Path, catalog: Catalog
) -> None:
    assert "there is no product index" in view.contract(say)
    brought(office, catalog(tmp_path / "shop", 2))
    fine = Seen(view.contract(say)).text
    assert "2 pictures were looked at" in fine
    assert fine.count("fine") == 4
    with open_store(office.target.store) as store:
        point = next(store.scroll())
        store.set_payload({point.id: point.payload | {"price": "cheap"}})
    broken = Seen(view.contract(say)).text
    assert "1 thing breaks" in broken
    assert "price" in broken
    assert "snapshelf ingest" in broken


def test_a_preview_names_columns_pictures_and_bad_rows(
    office: Office, view: CatalogView, say: Language, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,image,price\nA,pics/a.jpg,12\nB,,1\nA,b.jpg,1\nC,c.jpg,cheap\nD\n")
    drafts = Drafts(office.kept, office.uploads)
    shown = Seen(view.draft(drafts.of_place(path, "list.csv"), say)).text
    for told in ("Read as CSV", "3 of the rows shown cannot be taken", "pics/a.jpg",
                 "no picture named", "number used before", "fewer fields than columns",
                 "unreadable price", "Bring it in"):  # fmt: skip
        assert told in shown


def test_a_file_that_is_no_catalog_says_why_and_offers_its_columns(
    office: Office, view: CatalogView, say: Language, tmp_path: Path
) -> None:
    drafts = Drafts(office.kept, office.uploads)
    odd = tmp_path / "odd.csv"
    odd.write_text("nr,where\nA,a.jpg\n")
    markup = view.draft(drafts.of_place(odd, "odd.csv"), say)
    assert "no column for the product" in Seen(markup).text
    assert "Bring it in" not in markup
    assert 'data-column="image"' in markup
    assert '<option value="where">' in markup
    odd.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    markup = view.draft(drafts.of_place(odd, "odd.csv"), say)
    assert "cannot be read" in markup
    assert "data-column" not in markup


def test_a_folder_of_pictures_can_be_looked_at_and_has_no_columns_to_choose(
    office: Office, view: CatalogView, say: Language, tmp_path: Path
) -> None:
    (tmp_path / "photos" / "Hats").mkdir(parents=True)
    (tmp_path / "photos" / "Hats" / "a.jpg").write_bytes(picture(1))
    drafts = Drafts(office.kept, office.uploads)
    markup = view.draft(drafts.of_place(tmp_path / "photos", "photos"), say)
    assert "a folder of pictures, one folder for each category" in markup
    assert "Hats/a.jpg" in markup
    assert "data-column" not in markup
    brought(office, tmp_path / "photos", {})
    assert "Hats" in view.inventory(say)[2]


@pytest.mark.parametrize("code", ["en", "vi"])
def test_hostile_text_is_text_in_every_part(
    office: Office, view: CatalogView, hostile: Path, code: str
) -> None:
    say = languages()[code]
    office.catalogs[0].joinpath("<img onerror=x>").mkdir()
    hostile.rename(office.catalogs[0] / "<img onerror=x>" / "<b>.csv")
    moved = office.catalogs[0] / "<img onerror=x>" / "<b>.csv"
    for picture_ in hostile.parent.glob("*.jpg"):
        picture_.rename(moved.parent / picture_.name)
    drafts = Drafts(office.kept, office.uploads)
    parts = [view.draft(drafts.of_place(moved, HOSTILE), say)]
    parts.append(view.no_draft(HOSTILE, say))
    brought(office, moved, {})
    job = view.doctor.start(office.jobs)
    while job.state == "running":
        time.sleep(0.01)
    assert job.state == "done", job.error
    job.warn(HOSTILE)
    parts += [*view.inventory(say), view.intake(say), view.examined(say), view.contract(say)]
    parts.append(view.sheet(HOSTILE, 0, say))
    for part in parts:
        seen = Seen(part)
        assert seen.handlers == []
        assert "script" not in seen.tags
        assert all(source.startswith("thumbs/") for source in seen.pictures)
    told = Seen("".join(parts)).text
    assert told.count("<script>window.hacked=1</script>") > 10
    assert "{{x}}" in told


def test_the_doctors_findings_have_pictures_and_advice(
    office: Office, view: CatalogView, say: Language, hostile: Path
) -> None:
    brought(office, hostile, {})
    job = view.doctor.start(office.jobs)
    while job.state == "running":
        time.sleep(0.01)
    markup = view.examined(say)
    assert "One picture on many products" in markup
    assert "one picture on 6 products" in markup
    assert "give the product a picture of its own" in markup
    sha = next(iter(open_store(office.target.store).scroll())).payload["image_sha256"]
    assert Thumbs(office.target.settings.thumbs).path(sha) is not None
    assert "thumbs/" in markup
    assert "findings.csv" in markup
    assert "doctor.html" in markup


def test_an_earlier_diagnosis_is_still_offered_by_another_server(
    office: Office, view: CatalogView, say: Language, tmp_path: Path, catalog: Catalog
) -> None:
    brought(office, catalog(tmp_path / "shop", 2))
    job = view.doctor.start(office.jobs)
    while job.state == "running":
        time.sleep(0.01)
    again = Seen(CatalogView(office).examined(say)).text
    assert "examine again to see the findings here" in again
    assert "All findings as CSV" in again


def test_a_doctor_that_is_stopped_keeps_what_was_found_before(
    office: Office, view: CatalogView, say: Language, tmp_path: Path, catalog: Catalog
) -> None:
    brought(office, catalog(tmp_path / "shop", 2))
    for stopped in (False, True):
        job = view.doctor.start(office.jobs)
        if stopped:
            job.stopping.set()
        while job.state == "running":
            time.sleep(0.01)
    assert job.state == "stopped"
    assert view.doctor.found is not None
    assert "Tiny pictures" in view.examined(say)


def test_samples_are_the_same_for_everybody_and_others_on_demand(
    office: Office, tmp_path: Path, catalog: Catalog
) -> None:
    brought(office, catalog(tmp_path / "shop", 60))
    thumbs = Thumbs(office.target.settings.thumbs)

    def drawn(round_: int) -> list[str]:
        found = sheet(office.target, thumbs, "Hats", ["Hats", "Shoes"], round_)
        assert (found.pictures, found.others) == (30, True)
        assert all(one.picture for one in found.samples)
        return [one.id for one in found.samples]

    assert drawn(0) == drawn(0) == drawn(2)
    assert len(drawn(0)) == SHOWN
    assert len({*drawn(0), *drawn(1)}) == 30
    assert drawn(0) != sorted(drawn(0))


def test_products_without_a_category_have_a_sheet_of_their_own(
    office: Office, view: CatalogView, say: Language, tmp_path: Path, catalog: Catalog
) -> None:
    brought(office, catalog(tmp_path / "shop", 3), {"title": "title"})
    assert "3 of 3 pictures (100%) are without a category." in view.inventory(say)[2]
    assert "Samples of without a category" in Seen(view.sheet("", 0, say)).text
    assert view.sheet("invented", 0, say) == ""


def test_the_log_of_searches_in_vain_is_off_until_somebody_turns_it_on(
    office: Office, view: CatalogView, say: Language
) -> None:
    told = Seen(view.wanted(say)).text
    assert "SNAPSHELF_DEMAND_LOG=1" in told
    assert "button" not in Seen(view.wanted(say)).tags


def test_every_word_of_the_tab_is_there_in_every_language() -> None:
    en, vi = languages()["en"].messages, languages()["vi"].messages
    own = {
        "stock", "contract", "source", "deliver", "draft", "format", "field", "intake", "outcome",
        "reason", "shelf", "finding", "demand", "step", "job",
    }  # fmt: skip
    keys = {key for key in en if key.partition(".")[0] in own}
    assert len(keys) > 200
    assert keys <= vi.keys()
    for key in keys:
        assert _holes(en[key]) == _holes(vi[key]), key


def _holes(message: Any) -> set[str]:
    text = message if isinstance(message, str) else message["other"]
    return set(re.findall(r"\{(\w+)\}", text))
