"""Training curves: a picture of every history there is, and no picture of none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lab.curves import draw_curves
from lab.errors import LabError


def history(*stages: str) -> list[dict[str, float | str]]:
    return [
        {"epoch": place + 1, "loss": 2 / (place + 1), "val_score": 0.8 - 0.05 * abs(place - 3),
         "stage": stage}
        for place, stage in enumerate(stages)
    ]  # fmt: skip


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"))


def test_a_history_becomes_a_picture_in_a_new_folder(tmp_path: Path) -> None:
    draw_curves(history(*["head"] * 4, *["backbone"] * 4), tmp_path / "model" / "curves.png")
    drawn = pixels(tmp_path / "model" / "curves.png")
    assert drawn.shape == (5 * 150, 7 * 150, 3)
    for colour in ((0xA8, 0x4B, 0x2C), (0x2F, 0x6F, 0x8F)):  # score, loss
        assert (drawn == colour).all(axis=2).sum() > 100


def test_where_a_stage_begins_and_what_is_best_can_be_seen(tmp_path: Path) -> None:
    pictures = []
    for name, one in (
        ("one", history(*["head"] * 8)),
        ("two", history(*["head"] * 4, *["backbone"] * 4)),
        ("best", [row | {"val_score": 0.1 * place}  # the last epoch instead of the fourth
                  for place, row in enumerate(history(*["head"] * 8))]),
    ):  # fmt: skip
        draw_curves(one, tmp_path / f"{name}.png")
        pictures.append(pixels(tmp_path / f"{name}.png"))
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[0] != pictures[2]).any()


def test_one_epoch_without_a_stage_is_drawn(tmp_path: Path) -> None:
    draw_curves([{"epoch": 1, "loss": 1.0, "val_score": 0.5}], tmp_path / "curves.png")
    assert (pixels(tmp_path / "curves.png") == (0xA8, 0x4B, 0x2C)).all(axis=2).any()


def test_no_epoch_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no epoch was trained"):
        draw_curves([], tmp_path / "curves.png")
    assert list(tmp_path.iterdir()) == []
