"""A minute-sized distillation: a tiny student, a random teacher, pictures made here."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vision.backbone import load_backbone
from vision.distill import distill, parse
from vision.distill_teacher import fit_space, teach
from vision.distill_train import loss_of
from vision.distill_views import Views, ahead, find_photos, read_excluded, read_photos

TEACHER = "timm:test_resnet?pretrained=false&size=32"
TINY = json.dumps({"channels": [8, 8, 8, 8], "layers": [1, 1, 1, 1]})


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve pictures, each of its own colour and pattern."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(7)
    for number in range(12):
        coarse = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((60, 48)).save(folder / f"{number:02}.png")
    return folder


def options(photos: Path, out: Path, *more: str) -> Sequence[str]:
    return [
        "--photos", str(photos), "--teacher", TEACHER, "--student", "resnet10t",
        "--student-options", TINY, "--size", "32", "--out", str(out), "--views", "8",
        "--batch", "16", "--dim", "16", "--no-half", *more,
    ]  # fmt: skip


def history(out: Path) -> list[tuple[float, float, float]]:
    saved = torch.load(out / "checkpoint.pt", weights_only=True)
    return [tuple(entry) for entry in saved["history"]]


def test_a_run_lowers_the_loss_and_writes_a_loadable_backbone(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    weights = distill(
        parse(options(photos, out, "--minutes", "0.06", "--checkpoint-seconds", "0.4"))
    )
    losses = [loss for _, loss, _ in history(out)]
    assert losses[-1] < losses[0] - 0.05
    card = json.loads((out / "student.json").read_text())
    assert weights.stat().st_size < 1e5
    channels = json.dumps(card["options"]["channels"])
    assert channels == "[8, 8, 8, 8]"
    assert card["feature_size"] == 8
    assert card["size"] == 32


def test_what_is_written_loads_and_gives_the_students_features(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    distill(parse(options(photos, out, "--minutes", "0.01", "--name", "tiny")))
    monkeypatch.setattr("vision.backbone._BUNDLED", out)
    backbone = load_backbone("snapshelf:tiny")
    assert backbone.preprocess.size == 32
    assert backbone.feature_size == 8
    picture = backbone.preprocess(read_photos(find_photos([photos]))[0])
    assert np.isfinite(backbone.features(picture[None])).all()


def test_a_resumed_run_goes_on_where_it_stood(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    distill(parse(options(photos, out, "--minutes", "0.01")))
    before = torch.load(out / "checkpoint.pt", weights_only=True)
    distill(parse(options(photos, out, "--minutes", "0.03", "--resume")))
    after = torch.load(out / "checkpoint.pt", weights_only=True)
    assert after["step"] > before["step"]
    assert after["history"][: len(before["history"])] == before["history"]
    assert after["elapsed_s"] > before["elapsed_s"]


def test_excluded_files_are_not_read(photos: Path, tmp_path: Path) -> None:
    (photos / "03.png").write_bytes(b"never opened: would be logged as unreadable")
    listing = tmp_path / "test.txt"
    listing.write_text(f"photos/03.png\n{photos / '05.png'}\n")
    found = find_photos([photos], read_excluded(listing))
    assert [path.stem for path in found if path.stem in ("03", "05")] == []
    assert len(found) == 10


def test_an_exclusion_that_matches_nothing_is_an_error(photos: Path, tmp_path: Path) -> None:
    listing = tmp_path / "test.txt"
    listing.write_text("photos/99.png\n")
    with pytest.raises(FileNotFoundError, match=r"99\.png"):
        read_excluded(listing)


def test_csv_photos_are_relative_to_the_csv(photos: Path) -> None:
    table = photos.parent / "shop.csv"
    table.write_text("id,image\n1,photos/01.png\n2,photos/02.png\n")
    assert [path.name for path in find_photos([table])] == ["01.png", "02.png"]


def test_an_unreadable_photo_is_left_out_and_named(
    photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (photos / "04.png").write_bytes(b"no picture")
    assert len(read_photos(find_photos([photos]))) == 11
    assert "04.png" in caplog.text


def test_a_view_is_the_same_every_time_and_shows_no_held_out_photo(photos: Path) -> None:
    views = Views(read_photos(find_photos([photos])), seed=3)
    again = Views(read_photos(find_photos([photos])), seed=3)
    assert np.array_equal(views.batch(range(9), 24), again.batch(range(9), 24))
    assert not np.array_equal(views.view(1, 24), Views(views.photos, seed=4).view(1, 24))
    assert 0 in views.held_out
    assert not {0, 12, 24} & set(views.training_rows(36).tolist())


def test_the_teacher_is_asked_once_and_again_for_other_photos(photos: Path, tmp_path: Path) -> None:
    teacher = load_backbone(TEACHER)
    views = Views(read_photos(find_photos([photos])), seed=0)
    path = tmp_path / "targets.npy"
    first = np.array(teach(teacher, views, 12, path))
    stamp = path.stat().st_mtime_ns
    assert np.array_equal(teach(teacher, views, 12, path), first)
    assert path.stat().st_mtime_ns == stamp
    other = teach(teacher, Views(views.photos, seed=1), 12, path)
    assert not np.array_equal(other, first)


def test_teacher_targets_are_the_backbones_own_features(photos: Path, tmp_path: Path) -> None:
    teacher = load_backbone(TEACHER)
    views = Views(read_photos(find_photos([photos])), seed=0)
    targets = teach(teacher, views, 4, tmp_path / "targets.npy")
    wanted = teacher.features(
        np.stack([teacher.preprocess(Image.fromarray(views.view(row, 32))) for row in range(4)])
    )
    # OpenVINO may compute in bfloat16: 8 bits of mantissa
    assert np.allclose(targets, wanted, atol=0.02 * np.abs(wanted).max())


def test_whitening_makes_the_axes_alike() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4000, 6)) * [9, 5, 3, 2, 1, 0.5] + 4
    white = fit_space(features, 6, power=1.0)
    turned = (features - white.mean) @ white.matrix
    assert np.allclose(turned.std(axis=0), 1, atol=0.05)
    assert np.allclose(np.linalg.norm(white(features), axis=1), 1, atol=1e-5)


def test_the_loss_is_zero_for_a_perfect_guess_and_only_then() -> None:
    target = torch.nn.functional.normalize(torch.randn(8, 5, generator=torch.manual_seed(0)), dim=1)
    assert loss_of(target, target, relational=1.0).item() == pytest.approx(0, abs=1e-6)
    assert loss_of(target.flip(0), target, relational=1.0).item() > 0.5
    turned = target @ torch.linalg.qr(torch.randn(5, 5))[0]
    # A rotation keeps every similarity: the relational term alone does not see it.
    both, point = loss_of(turned, target, 1.0), loss_of(turned, target, 0.0)
    assert both.item() == pytest.approx(point.item(), abs=1e-5)


def test_work_ahead_keeps_order_and_runs_no_further_than_its_window() -> None:
    begun: list[int] = []

    def note(item: int) -> int:
        begun.append(item)
        return item * 10

    results = ahead(note, range(100), window=3)
    assert [next(results), next(results)] == [0, 10]
    assert len(begun) <= 5
    results.close()


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    text = capsys.readouterr().out
    assert "--exclude" in text
    assert "No\nlabel is read" in text or "No label is read" in text
    assert os.environ.get("HOME", "/nowhere") not in text
