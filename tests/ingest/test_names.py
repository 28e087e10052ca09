"""What a stranger calls a file, as a name that any disk takes."""

import pytest

from ingest.names import MAX_BYTES, is_device, safe_name


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("shop.csv", "shop.csv"),
        ("Thu Đông 2026.csv", "Thu Đông 2026.csv"),
        ("../x.csv", "x.csv"),
        ("..\\..\\x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\shop.csv", "shop.csv"),
        (".hidden.csv", "hidden.csv"),
        ("-rf.csv", "rf.csv"),
        ("a\0b\n\x1b[31m.csv", "ab[31m.csv"),
        ('<img src="x">.csv', "img src=x.csv"),
        ("shop\u202ecsv.exe", "shopcsv.exe"),
        ("shop.csv. . ", "shop.csv"),
        ("  many   blanks.csv", "many blanks.csv"),
        ("CON", "_CON"),
        ("nul.csv", "_nul.csv"),
        ("Lpt9.tar.gz", "_Lpt9.tar.gz"),
        ("console.csv", "console.csv"),
        ("", "catalog"),
        ("...", "catalog"),
        ("/", "catalog"),
        ("\ud800", "catalog"),
    ],
)
def test_a_name_loses_what_a_disk_or_a_shell_minds(given: str, made: str) -> None:
    assert safe_name(given) == made


@pytest.mark.parametrize("letter", ["a", "đ", "商", "😀"])
def test_a_long_name_is_cut_keeps_its_kind_and_stays_its_own(letter: str) -> None:
    one, two = (safe_name(letter * 300 + end + ".csv.gz") for end in ("1", "2"))
    assert one != two
    for name in (one, two):
        assert name.endswith(".csv.gz")
        assert name.startswith(letter)
        assert len(name.encode()) <= MAX_BYTES


def test_a_suffix_without_end_does_not_save_a_name_from_being_cut() -> None:
    assert len(safe_name("a." + "b" * 300).encode()) <= MAX_BYTES


def test_two_ways_to_write_one_letter_are_one_name() -> None:
    assert safe_name("caf\u00e9.csv") == safe_name("cafe\u0301.csv")


def test_devices_are_known_whatever_their_case_and_suffix() -> None:
    assert all(map(is_device, ("con", "AUX.txt", "com1", "NUL .csv")))
    assert not any(map(is_device, ("conan", "com10", "")))
