"""What the benches tell of their bounds; what they measure is their own business."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from bench.__main__ import bounds_of, main
from bench.bounds import Bound, told
from bench.contenders import CONTENDERS
from bench.encoder import _room
from bench.material import Material, distinct, files, lay
from bench.peak import network_flops
from ingest.drawn.catalog import draw_catalog

MET = Bound("speed", 12.0, 10.0, "images/s")
MISSED = Bound("wait", 12.0, 10.0, "ms", at_most=True)
EXCUSED = Bound("speed", 2.0, 10.0, "×", excuse="the peak is 3 ×")


def test_only_a_bound_that_could_have_been_met_fails_a_bench() -> None:
    assert told([MET, EXCUSED]) == 0
    assert told([MET, EXCUSED, MISSED]) == 1


def test_a_bound_that_is_met_needs_no_excuse() -> None:
    assert Bound("speed", 12.0, 10.0, excuse="the peak is 3 ×").verdict == "met"


def test_the_summary_finds_the_bounds_among_all_that_a_bench_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told([MET, MISSED, EXCUSED])
    printed = capsys.readouterr().out.splitlines()
    found = bounds_of(["| a | table |", "|---|---|", "| with | numbers |", *printed])
    assert [one.split(" | ")[-1] for one in found] == [
        "met", "missed", "out of reach here: the peak is 3 ×",
    ]  # fmt: skip


def test_a_bench_that_is_not_there_is_told_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = draw_catalog(tmp_path / "drawn", products=2)
    assert main(["never", "--catalog", str(catalog), "--out", str(tmp_path / "out")]) == 0
    assert "| never | 0.0 | there is no such bench |" in capsys.readouterr().out
    assert "there is no such bench" in (tmp_path / "out" / "summary.md").read_text()


def test_a_bench_that_breaks_is_told_with_its_code(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("id,image\n")
    # it wants a folder
    assert main(["screens", "--catalog", str(catalog), "--out", str(tmp_path)]) == 1
    assert "| broke with code 2 |" in (tmp_path / "summary.md").read_text()


def test_nothing_can_be_much_faster_than_what_is_near_the_peak() -> None:
    assert "67%" in _room(0.67)
    assert _room(0.3) == ""


def test_flops_are_counted_in_attention_too() -> None:
    attention = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    picture = torch.nn.Sequential(torch.nn.Flatten(2), torch.nn.Linear(16, 8), attention)
    # three rows: into 8 numbers, 3 projections and one out, scores and mixture, two layers of 16
    assert network_flops(picture, 4) == 2 * (
        3 * 16 * 8 + 4 * 3 * 8 * 8 + 2 * 3 * 3 * 8 + 2 * 3 * 8 * 16
    )


def test_contenders_get_each_photo_once_under_the_name_that_the_catalog_has(tmp_path: Path) -> None:
    for number in range(3):
        Image.effect_noise((64, 64), 10 + number).convert("RGB").save(tmp_path / f"{number}.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    shown = ["0.jpg", "1.jpg", "0.jpg", "broken.jpg", "2.jpg"]
    rows = [f"p{number},{name}" for number, name in enumerate(shown)]
    (tmp_path / "catalog.csv").write_text("\n".join(["id,image", *rows]))
    pictures = list(distinct(tmp_path / "catalog.csv"))
    assert len(pictures) == 3
    lay(tmp_path / "photos", pictures)
    names = [photo.name for photo in files(tmp_path / "photos")]
    catalog = (tmp_path / "photos" / "catalog.csv").read_text().split()
    assert catalog[1:] == [f"{name},{name}" for name in names]


def test_snapshelf_as_a_contender_finds_the_photo_that_it_indexed(tmp_path: Path) -> None:
    lay(tmp_path / "photos", list(distinct(draw_catalog(tmp_path / "drawn", products=4))))
    ours = CONTENDERS["snapshelf"](Material(tmp_path), "snapshelf:mini-1")
    ours.load()
    ours.index(tmp_path / "photos", tmp_path / "home")
    ours.open(tmp_path / "photos", tmp_path / "home")
    known = files(tmp_path / "photos")[2]
    assert ours.ask(known)[0] == known.name
