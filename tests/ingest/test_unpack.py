"""ZIPs of catalogs: honest ones are unpacked, hostile ones leave nothing behind."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made import picture

from ingest.errors import BadCatalog
from ingest.readers import open_catalog
from ingest.records import Record
from ingest.unpack import Limits, is_zip, unpack

TABLE = "id,image\nA,pics/a.jpg\nB,pics/b.jpg\n"
PHOTO = picture(1)


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """A ZIP of these files, by name."""

    def made(files: dict[str, str | bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "sent.zip"
        with zipfile.ZipFile(path, "w", kind) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return path

    return made


def refused(archive: Path, folder: Path, why: str, limits: Limits | None = None) -> None:
    """With these words, and without a trace."""
    beside = sorted(folder.parent.rglob("*"))
    with pytest.raises(BadCatalog, match=why):
        unpack(archive, folder, limits or Limits())
    assert sorted(folder.parent.rglob("*")) == beside


def test_a_catalog_and_its_pictures_can_be_ingested_as_they_lie(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"shop/list.csv": TABLE, "shop/pics/a.jpg": PHOTO, "shop/pics/b.jpg": PHOTO})
    assert is_zip(archive)
    found = unpack(archive, tmp_path / "out")
    assert found == tmp_path / "out" / "shop" / "list.csv"
    rows = list(open_catalog(found))
    assert [row.product_id for row in rows if isinstance(row, Record)] == ["A", "B"]
    assert (found.parent / "pics" / "a.jpg").read_bytes() == PHOTO


def test_folders_of_pictures_are_a_catalog_too_without_the_folder_around_them(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"shop/Hats/a.jpg": PHOTO, "shop/Shoes/b.png": PHOTO})
    found = unpack(archive, tmp_path / "out")
    rows = [row for row in open_catalog(found) if isinstance(row, Record)]
    assert [(row.product_id, row.product.category) for row in rows] == [
        ("Hats/a.jpg", "Hats"), ("Shoes/b.png", "Shoes"),
    ]  # fmt: skip


def test_a_single_category_is_not_mistaken_for_the_folder_around(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    found = unpack(pack({"Hats/a.jpg": PHOTO, "Hats/b.jpg": PHOTO}), tmp_path / "out")
    rows = [row for row in open_catalog(found) if isinstance(row, Record)]
    assert {row.product.category for row in rows} == {"Hats"}


def test_what_is_neither_picture_nor_catalog_stays_packed(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack(
        {
            "list.csv": TABLE, "a.jpg": PHOTO, "run.sh": "rm", "page.html": "<script>",
            "README.txt": "how to", "__MACOSX/._a.jpg": b"x", ".DS_Store": b"x", "Thumbs.db": b"x",
        }
    )  # fmt: skip
    found = unpack(archive, tmp_path / "out")
    assert sorted(path.name for path in found.parent.iterdir()) == ["a.jpg", "list.csv"]


def test_paths_of_old_packers_are_paths_all_the_same(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    found = unpack(pack({"list.csv": TABLE, "pics\\a.jpg": PHOTO}), tmp_path / "out")
    assert (found.parent / "pics" / "a.jpg").read_bytes() == PHOTO


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "pics/../../a.jpg", "/tmp/a.jpg", "..\\a.jpg", "C:\\a.jpg", "\\\\host\\a.jpg"],
)
def test_a_path_that_leads_out_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    refused(pack({"list.csv": TABLE, name: PHOTO}), tmp_path / "out", "leads out")


@pytest.mark.parametrize(
    "name", ["con.jpg", "a\nb.jpg", "a/./b.jpg", "x" * 250 + ".jpg", "a//b.jpg"]
)
def test_a_name_that_not_every_disk_takes_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    refused(pack({"list.csv": TABLE, name: PHOTO}), tmp_path / "out", "a name that not every disk")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_a_device_refuses_the_whole(tmp_path: Path, kind: int) -> None:
    archive = tmp_path / "sent.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("list.csv", TABLE)
        entry = zipfile.ZipInfo("a.jpg")
        entry.external_attr = (kind | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    refused(archive, tmp_path / "out", "a link or a device")


@pytest.mark.parametrize("name", ["more.zip", "more.tar.gz", "more.7z", "pics/more.ZIP"])
def test_an_archive_within_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    refused(pack({"list.csv": TABLE, name: b"PK"}), tmp_path / "out", "another archive")


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh9"])
def test_an_archive_that_calls_itself_a_table_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path, start: bytes
) -> None:
    refused(pack({"list.csv": start + bytes(100)}), tmp_path / "out", "another archive")


def test_a_spreadsheet_is_told_from_a_zip_of_pictures(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    refused(archive, tmp_path / "out", "save its table as CSV")


def test_two_catalogs_are_one_too_many_and_none_too_few(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    refused(pack({"a.csv": TABLE, "b.csv": TABLE}), tmp_path / "out", "a.csv, b.csv")
    refused(pack({"run.sh": "x"}), tmp_path / "out", "neither a catalog nor pictures")
    refused(pack({}), tmp_path / "out", "neither a catalog nor pictures")


def test_two_files_of_one_name_refuse_the_whole(tmp_path: Path) -> None:
    archive = tmp_path / "sent.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("list.csv", TABLE)
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("list.csv", "id,image\n")
    refused(archive, tmp_path / "out", "two of one name")


def test_a_name_that_is_both_file_and_folder_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"list.csv": TABLE, "a.jpg": PHOTO, "a.jpg/b.jpg": PHOTO})
    refused(archive, tmp_path / "out", "cannot be unpacked")


def test_sizes_are_held_against_the_limits_before_anything_is_written(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    many = pack({"list.csv": TABLE} | {f"{n}.jpg": PHOTO for n in range(5)})
    refused(many, tmp_path / "out", "too many files", Limits(files=5))
    bomb = pack({"list.csv": TABLE, "a.jpg": bytes(3_000_000)})
    assert bomb.stat().st_size < 10_000
    refused(bomb, tmp_path / "out", "a picture in the ZIP", Limits(picture_bytes=1_000_000))
    refused(bomb, tmp_path / "out", "unpacked, the ZIP has", Limits(total_bytes=2_000_000))
    refused(bomb, tmp_path / "out", "too many files", Limits(directory_bytes=50))


@pytest.mark.parametrize("told", [1000, 4_000_000])
def test_a_file_that_lies_about_its_size_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path, told: int
) -> None:
    archive = pack({"a.jpg": bytes(3_000_000), "list.csv": TABLE})
    data = bytearray(archive.read_bytes())
    for start in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        assert struct.unpack_from("<I", data, start)[0] == 3_000_000
        struct.pack_into("<I", data, start, told)
    archive.write_bytes(data)
    refused(archive, tmp_path / "out", r"larger than it says|smaller than it says|cannot be")


def test_a_file_with_a_password_or_a_rare_compression_refuses_the_whole(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"list.csv": TABLE})
    data = bytearray(archive.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    refused(archive, tmp_path / "out", "a password")
    refused(pack({"list.csv": TABLE}, zipfile.ZIP_LZMA), tmp_path / "out", "rare compression")


def test_a_long_directory_is_refused_before_it_is_read(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    archive = pack({"list.csv": TABLE})
    data = archive.read_bytes()
    end = data.rfind(b"PK\x05\x06")
    # the 64-bit kind tells another length than the usual one
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    archive.write_bytes(data[:end] + record + locator + data[end:])
    refused(archive, tmp_path / "out", "too many files")


@pytest.mark.parametrize("cut", [4, 30, 200])
def test_a_torn_zip_is_refused(pack: Callable[..., Path], tmp_path: Path, cut: int) -> None:
    archive = pack({"list.csv": TABLE, "a.jpg": PHOTO})
    archive.write_bytes(archive.read_bytes()[:-cut])
    refused(archive, tmp_path / "out", "no whole ZIP|cannot be unpacked")


def test_damaged_bytes_are_refused(pack: Callable[..., Path], tmp_path: Path) -> None:
    archive = pack({"a.jpg": PHOTO, "list.csv": TABLE})
    data = bytearray(archive.read_bytes())
    data[60:90] = bytes(30)
    archive.write_bytes(data)
    refused(archive, tmp_path / "out", "cannot be unpacked|says")


def test_a_folder_that_is_there_already_is_left_alone(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    kept = tmp_path / "out" / "kept"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(FileExistsError):
        unpack(pack({"list.csv": TABLE}), tmp_path / "out")
    assert kept.read_text() == "mine"
