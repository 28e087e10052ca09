"""Catalogs that are looked at, and where they are once they are brought in."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.errors import BadCatalog
from ingest.known import Known, LastRun
from ingest.names import safe_name
from ui.page.drafts import Drafts
from ui.page.office import Office
from ui.page.uploads import Upload

TABLE = "id,image\nA,https://shop.example/a.jpg\n"


@pytest.fixture
def drafts(office: Office) -> Drafts:
    return Drafts(office.kept, office.uploads)


def arrived(office: Office, name: str, data: bytes, token: str = "t0") -> Upload:
    """As the route leaves it."""
    place = office.uploads.folder / token
    place.mkdir(parents=True)
    (place / name).write_bytes(data)
    return Upload(name, place / name)


def packed(catalog: Path, archive: Path) -> bytes:
    with zipfile.ZipFile(archive, "w") as made:
        for path in sorted(catalog.parent.iterdir()):
            made.write(path, f"inside/{path.name}")
    return archive.read_bytes()


def test_a_file_is_kept_only_once_it_is_brought_in(office: Office, drafts: Drafts) -> None:
    draft = drafts.of_upload(arrived(office, "shop.csv", TABLE.encode()), "t0")
    assert drafts.find(draft.token) == draft
    assert draft.open().name == "catalogs/shop.csv"
    assert not (office.kept / "shop.csv").exists()
    settled = draft.settled()
    assert settled.path == office.kept / "shop.csv"
    assert settled.path.read_text() == TABLE
    # as the command line would call it
    assert settled.open().name == "catalogs/shop.csv"


def test_the_same_name_is_a_newer_edition_and_takes_its_place(
    office: Office, drafts: Drafts
) -> None:
    first = drafts.of_upload(arrived(office, "shop.csv", b"id,image\nOLD,a.jpg\n"), "t0").settled()
    newer = drafts.of_upload(arrived(office, "shop.csv", TABLE.encode(), "t1"), "t1")
    assert newer.settled().path == first.path
    assert first.path.read_text() == TABLE
    assert newer.open is not None
    assert sorted(path.name for path in office.kept.iterdir()) == [".arriving", "shop.csv"]


def test_a_zip_becomes_a_folder_with_one_source_whatever_its_table_is_called(
    office: Office, drafts: Drafts, tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    names = []
    for n, name in enumerate(("spring.csv", "summer.csv")):
        data = packed(catalog(tmp_path / name, name=name), tmp_path / "made.zip")
        draft = drafts.of_upload(arrived(office, "shop.zip", data, f"t{n}"), f"t{n}")
        settled = draft.settled()
        names.append(settled.open().name)
        assert settled.path == office.kept / "shop" / "inside" / name
        assert (settled.path.parent / "0.jpg").exists()
    assert names == ["catalogs/shop"] * 2
    assert [path.name for path in (office.kept / "shop" / "inside").glob("*.csv")] == ["summer.csv"]


@pytest.mark.parametrize("name", ["unpacked", "unpacked.zip", ".unpacked"])
def test_a_zip_may_be_called_like_the_folder_that_it_is_unpacked_into(
    name: str, office: Office, drafts: Drafts, tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    data = packed(catalog(tmp_path / "shop.csv"), tmp_path / "made.zip")
    draft = drafts.of_upload(arrived(office, safe_name(name), data), "t0")
    assert draft.settled().path.parent == office.kept / "unpacked" / "inside"


def test_a_refused_zip_leaves_the_kept_edition_alone(office: Office, drafts: Drafts) -> None:
    kept = drafts.of_upload(arrived(office, "shop.csv", TABLE.encode()), "t0").settled().path
    with pytest.raises(BadCatalog):
        drafts.of_upload(arrived(office, "shop.csv", b"PK\x03\x04nonsense", "t1"), "t1")
    assert kept.read_text() == TABLE


def test_what_is_left_leaves_the_disk_too(office: Office, drafts: Drafts) -> None:
    draft = drafts.of_upload(arrived(office, "shop.csv", TABLE.encode()), "t0")
    drafts.drop(draft)
    assert drafts.find(draft.token) is None
    assert list(office.uploads.folder.iterdir()) == []
    for invented in (None, 3, "", "x", ["x"], {}):
        assert drafts.find(invented) is None


def test_a_known_catalog_is_read_as_it_was_the_last_time(
    drafts: Drafts, tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    path = catalog(tmp_path / "shop")
    fields = {"id": "id", "image": "image", "category": "kind", "brand": "gone since"}
    run = LastRun("2026-01-01T00:00:00+00:00", "own (CSV)", fields)
    draft = drafts.of_known(Known("its name", path, path.parent, 3, 3, 0, run))
    opened = draft.open()
    assert opened.name == "its name"
    assert opened.fields["category"] == "kind"
    assert "brand" not in opened.fields


def test_a_known_catalog_that_is_gone_says_what_to_do(drafts: Drafts, tmp_path: Path) -> None:
    for path in (None, tmp_path / "gone.csv"):
        with pytest.raises(BadCatalog, match="bring it in anew"):
            drafts.of_known(Known("shop", path, None, 0, 0, 0, None))


def test_columns_can_be_chosen_for_a_file_whose_own_names_say_nothing(
    office: Office, drafts: Drafts
) -> None:
    data = b"nr,what,where\nA,Lamp,https://shop.example/a.jpg\n"
    draft = drafts.of_upload(arrived(office, "odd.csv", data), "t0")
    with pytest.raises(BadCatalog, match="no column"):
        draft.open()
    assert draft.columns() == ("nr", "what", "where")
    mapped = drafts.mapped(draft, {"id": "nr", "image": "where", "title": "what"})
    assert mapped.open().fields == {"id": "nr", "image": "where", "title": "what"}
    assert drafts.find(draft.token) == mapped
