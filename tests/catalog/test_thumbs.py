"""Thumbnails: kept whole, found by their hash, and nothing else can be reached."""

import threading
from pathlib import Path

import pytest

from catalog.thumbs import Thumbs

SHA = "ab" * 32


def test_a_thumbnail_is_found_under_the_hash_it_was_put_with(tmp_path: Path) -> None:
    thumbs = Thumbs(tmp_path / "thumbs")
    assert thumbs.path(SHA) is None
    assert not (tmp_path / "thumbs").exists()
    thumbs.put(SHA, b"jpeg")
    found = thumbs.path(SHA)
    assert found == tmp_path / "thumbs" / "ab" / f"{SHA}.jpg"
    assert found.read_bytes() == b"jpeg"


def test_putting_again_replaces_the_picture_and_leaves_no_other_file(tmp_path: Path) -> None:
    thumbs = Thumbs(tmp_path)
    thumbs.put(SHA, b"old")
    thumbs.put(SHA, b"new")
    assert [path.read_bytes() for path in (tmp_path / "ab").iterdir()] == [b"new"]


def test_a_reader_never_sees_a_part_of_a_picture(tmp_path: Path) -> None:
    thumbs = Thumbs(tmp_path)
    pictures = [bytes([number]) * 200_000 for number in range(4)]
    thumbs.put(SHA, pictures[0])

    def write(picture: bytes) -> None:
        for _ in range(20):
            thumbs.put(SHA, picture)

    writers = [threading.Thread(target=write, args=(picture,)) for picture in pictures]
    for writer in writers:
        writer.start()
    seen = 0
    while any(writer.is_alive() for writer in writers):
        path = thumbs.path(SHA)
        assert path is not None
        assert path.read_bytes() in pictures
        seen += 1
    assert seen > 0


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 33, f"{SHA}\n", "ab/" + "c" * 61]
)
def test_what_is_no_hash_is_refused_for_reading_and_writing(tmp_path: Path, name: str) -> None:
    thumbs = Thumbs(tmp_path)
    with pytest.raises(ValueError, match="sha256"):
        thumbs.path(name)
    with pytest.raises(ValueError, match="sha256"):
        thumbs.put(name, b"x")
    assert list(tmp_path.iterdir()) == []
