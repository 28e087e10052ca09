"""A shopper's photo: found by its token alone, and by nobody who only guesses."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from search.result import Region
from ui.page import photos
from ui.page.photos import PhotoGone, Photos
from vision.box import Box
from vision.errors import UnreadableImage


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    return folder


def test_an_uploaded_photo_is_found_by_its_token(uploads: Path, photo_bytes: bytes) -> None:
    path = uploads / "a" / "photo.png"
    path.parent.mkdir()
    path.write_bytes(photo_bytes)
    kept = Photos(uploads)
    token = kept.uploaded(str(path))
    assert len(token) >= 20
    assert kept.read(token) == photo_bytes
    assert kept.uploaded(str(path)) != token


def test_no_other_file_of_this_machine_is_a_photo(uploads: Path, photo_bytes: bytes) -> None:
    secret = uploads.parent / "secret.png"
    secret.write_bytes(photo_bytes)
    (uploads / "link.png").symlink_to(secret)
    (uploads / "folder").mkdir()
    kept = Photos(uploads)
    for path in (
        str(secret), f"{uploads}/../secret.png", str(uploads / "link.png"), "/etc/passwd",
        str(uploads), str(uploads / "folder"), str(uploads / "gone.png"), "", "a\0b", None, 7, [],
        {"path": str(secret)}, f"{uploads}-beside/x.png",
    ):  # fmt: skip
        with pytest.raises(PhotoGone):
            kept.uploaded(path)


@pytest.mark.parametrize("token", ["", "x", "../secret.png", "0" * 22])
def test_a_guessed_token_is_nobodys(uploads: Path, token: str) -> None:
    kept = Photos(uploads)
    for look in (kept.read, kept.shown, kept.regions):
        with pytest.raises(PhotoGone):
            look(token)


def test_a_photo_that_was_swept_away_is_gone(uploads: Path, photo: Path) -> None:
    kept = Photos(uploads)
    token = kept.keep(photo)
    photo.unlink()
    with pytest.raises(PhotoGone):
        kept.read(token)


def test_the_photo_used_least_recently_is_forgotten_first(
    uploads: Path, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "_MOST", 3)
    kept = Photos(uploads)
    first, second, _third = (kept.keep(photo) for _ in range(3))
    kept.read(first)
    kept.keep(photo)
    kept.read(first)
    with pytest.raises(PhotoGone):
        kept.read(second)


def test_what_is_shown_is_a_small_upright_jpeg_without_metadata(uploads: Path) -> None:
    image = Image.new("RGB", (3000, 1500), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010E] = "where I live"
    path = uploads / "photo.jpg"
    image.save(path, "JPEG", exif=exif)
    kept = Photos(uploads)
    data = kept.shown(kept.keep(path))
    shown = Image.open(BytesIO(data))
    assert shown.format == "JPEG"
    assert (shown.width < shown.height, max(shown.size)) == (True, 720)
    assert b"where I live" not in data
    assert not shown.getexif()


def test_what_is_no_picture_is_never_shown(uploads: Path) -> None:
    path = uploads / "photo.svg"
    path.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    kept = Photos(uploads)
    with pytest.raises(UnreadableImage):
        kept.shown(kept.keep(path))


def test_parts_that_were_suggested_are_remembered(uploads: Path, photo: Path) -> None:
    kept = Photos(uploads)
    token = kept.keep(photo)
    assert kept.regions(token) is None
    kept.note(token, [Region(Box(0, 0, 1, 1), ())])
    assert kept.regions(token) == (Region(Box(0, 0, 1, 1), ()),)
