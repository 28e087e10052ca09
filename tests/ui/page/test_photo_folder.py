"""Shoppers' photos on the disk: the old ones go, and the oldest where there are too many."""

import os
import stat
import time
from pathlib import Path

import pytest

from ui.page.photo_folder import PhotoFolder
from ui.shell import BadSettings

MB = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> PhotoFolder:
    return PhotoFolder(tmp_path / "uploads", most=10 * MB)


def sent(folder: PhotoFolder, name: str, size: int, age_s: float) -> Path:
    path = folder.path / (name * 64) / "photo.jpg"
    path.parent.mkdir()
    path.write_bytes(b"\0" * size)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_a_photo_goes_after_a_day_and_its_folder_later(folder: PhotoFolder) -> None:
    young, old = sent(folder, "a", MB, 86_000), sent(folder, "b", MB, 87_000)
    assert folder.sweep() == [old]
    assert not folder.sweep()
    assert old.parent.exists()  # the same photo may be on its way again
    for path in (young, old):
        os.utime(path.parent, (time.time() - 3_700,) * 2)
    assert not folder.sweep()
    assert young.exists()
    assert not old.parent.exists()


def test_the_oldest_go_when_all_together_are_too_much(folder: PhotoFolder) -> None:
    ages = {
        name: sent(folder, name, 3 * MB, age_s)
        for name, age_s in zip("abcde", (5, 1, 4, 2, 3), strict=True)
    }
    assert set(folder.sweep()) == {ages["a"], ages["c"]}
    assert [name for name, path in ages.items() if path.exists()] == ["b", "d", "e"]
    assert not folder.sweep()


def test_many_small_ones_are_too_much_as_well(tmp_path: Path) -> None:
    folder = PhotoFolder(tmp_path, most=5 * 16_384)
    for place, name in enumerate("0123456789abcdef"):
        sent(folder, name, 1, place)
    folder.sweep()
    assert sorted(one.parent.name[0] for one in tmp_path.glob("*/*")) == list("01234")


def test_whatever_is_no_upload_stays(folder: PhotoFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for place in (elsewhere, folder.path / "a folder", folder.path):
        place.mkdir(exist_ok=True)
        (place / "file").write_bytes(b"\0" * 20 * MB)
        os.utime(place / "file", (0, 0))
    (folder.path / ("c" * 64)).symlink_to(elsewhere)
    assert not folder.sweep()
    assert len(list(tmp_path.rglob("file"))) == 3


def test_a_sweep_is_due_after_a_tenth_of_what_may_stay(folder: PhotoFolder) -> None:
    assert not folder.arrived(MB)
    assert folder.arrived(1)
    folder.sweep()
    assert [folder.arrived(0) for _ in range(62)].count(True) == 1  # 16 KiB each at least


def test_a_sweep_is_due_after_an_hour(folder: PhotoFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not folder.arrived(1)
    later = time.monotonic() + 3_601
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert folder.arrived(1)


@pytest.mark.parametrize("name", ["photo.jpg", "photo.jpg/uploads"])
def test_a_file_is_no_place_for_them(tmp_path: Path, name: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    with pytest.raises(BadSettings, match=f"GRADIO_TEMP_DIR: .*{name} · name a folder"):
        PhotoFolder(tmp_path / name)


def test_other_people_of_this_machine_do_not_see_them(folder: PhotoFolder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
