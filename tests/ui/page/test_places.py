"""What may be chosen below an allowed folder, and what not."""

from collections.abc import Callable
from pathlib import Path

from ui.page.places import Place, chosen, places


def listed(folder: Path) -> list[tuple[str, bool]]:
    return [(place.name, place.folder) for place in places([folder])]


def test_catalog_files_and_folders_of_pictures_are_listed_by_name(
    tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    catalog(tmp_path / "lamps")
    (tmp_path / "feed.xml.gz").write_bytes(b"")
    (tmp_path / "notes.md").write_bytes(b"")
    (tmp_path / "photos" / "Hats").mkdir(parents=True)
    (tmp_path / "photos" / "Hats" / "a.JPG").write_bytes(b"")
    assert listed(tmp_path) == [("feed.xml.gz", False), ("lamps/list.csv", False)]
    (tmp_path / "feed.xml.gz").unlink()
    assert listed(tmp_path) == [("lamps/list.csv", False), ("photos", True)]


def test_the_folders_of_a_catalogs_own_pictures_are_not_offered(
    tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    catalog(tmp_path / "shop")
    (tmp_path / "shop" / "images" / "deep").mkdir(parents=True)
    (tmp_path / "shop" / "images" / "deep" / "a.jpg").write_bytes(b"")
    assert listed(tmp_path) == [("shop/list.csv", False)]


def test_what_is_hidden_too_deep_or_leads_out_is_not_offered(
    tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    secret = catalog(tmp_path / "secret")
    allowed = tmp_path / "allowed"
    catalog(allowed / ".hidden")
    catalog(allowed / "a" / "b" / "c" / "d")
    (allowed / "link.csv").symlink_to(secret)
    (allowed / "linked").symlink_to(secret.parent)
    (allowed / "pipe.csv.d").mkdir()
    assert listed(allowed) == []


def test_a_choice_is_one_of_those_that_were_listed(
    tmp_path: Path, catalog: Callable[..., Path]
) -> None:
    path = catalog(tmp_path / "allowed" / "lamps")
    outside = catalog(tmp_path / "outside")
    folders = [tmp_path / "allowed"]
    only = places(folders)[0]
    assert chosen(only.token, folders) == only
    assert only.path == path
    for invented in (None, 1, "", "x", str(path), Place(outside, "x", False).token, ["a"]):
        assert chosen(invented, folders) is None


def test_a_list_ends_somewhere(tmp_path: Path) -> None:
    for n in range(300):
        (tmp_path / f"{n}.csv").write_bytes(b"")
    assert len(places([tmp_path])) == 200
