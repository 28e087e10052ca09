"""Augmented pictures: in range, each in its own way, still the picture they were."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made import picture
from torch import Tensor

from vision import augment as module
from vision.augment import augment, blur, hide, reframe, relight
from vision.errors import UnreadableImage
from vision.image import decode
from vision.pictures import MARGIN, store_pictures


def pictures(count: int, size: int = 48) -> Tensor:
    """(count, 3, size, size) of blocks of colour."""
    torch.manual_seed(7)
    return (
        torch.rand(count, 3, 4, 4).repeat_interleave(size // 4, 2).repeat_interleave(size // 4, 3)
    )


def squeezed(colours: Tensor, size: int = 4) -> Tensor:
    """(B, 3, S, S) → (B, n): what is left of pictures from afar, without their mean."""
    small = torch.nn.functional.interpolate(colours, [size] * 2, mode="area").flatten(1)
    return torch.nn.functional.normalize(small - small.mean(dim=1, keepdim=True))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.sampled_from([16, 33, 48]), st.integers(0, 999))
def test_pictures_keep_their_shape_and_range(count: int, size: int, seed: int) -> None:
    torch.manual_seed(seed)
    seen = augment(torch.rand(count, 3, 38, 38), size)
    assert seen.shape == (count, 3, size, size)
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 1


def test_each_picture_changes_in_its_own_way_and_the_source_stays() -> None:
    same = pictures(1).repeat(8, 1, 1, 1)
    before = same.clone()
    torch.manual_seed(0)
    seen = augment(same, 48)
    assert torch.equal(same, before)
    for one in range(8):
        for other in range(one):
            assert (seen[one] - seen[other]).abs().mean() > 0.01


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    originals = pictures(6)

    def seen(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return augment(originals, 40)

    assert torch.equal(seen(1), seen(1))
    assert not torch.equal(seen(1), seen(2))


def test_a_picture_is_still_nearer_to_itself_than_to_others() -> None:
    originals = pictures(30)
    torch.manual_seed(0)
    seen = augment(originals.clone(), 48)
    mirrored = squeezed(seen.flip(3))
    cosines = torch.maximum(squeezed(seen) @ squeezed(originals).T,
                            mirrored @ squeezed(originals).T)  # fmt: skip
    found = (cosines.argmax(dim=1) == torch.arange(30)).float().mean()
    assert found > 0.8  # by chance: 1 in 30


def test_a_whole_upright_frame_is_the_picture_or_its_mirror_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("AREA", (1, 1)), ("RATIO", (1, 1)), ("TILT_DEGREES", 0.0)):
        monkeypatch.setattr(module, name, value)
    originals = pictures(40)
    torch.manual_seed(0)
    seen = reframe(originals, 48)
    upright = (seen - originals).abs().amax(dim=(1, 2, 3)) < 1e-3
    mirrored = (seen.flip(3) - originals).abs().amax(dim=(1, 2, 3)) < 1e-3
    assert bool((upright ^ mirrored).all())
    assert 10 <= int(mirrored.sum()) <= 30  # half of 40 and three standard errors


def test_a_tilted_picture_keeps_its_lengths_and_angles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("AREA", (1, 1)), ("RATIO", (1, 1)), ("TILT_DEGREES", 20.0)):
        monkeypatch.setattr(module, name, value)
    side = 65
    steps = torch.linspace(-1, 1, side)
    # A round blob beside the middle: tilted, it stays round and as far from the middle.
    blob = torch.exp(-((steps[None] - 0.4) ** 2 + steps[:, None] ** 2) / 0.02)
    torch.manual_seed(3)
    seen = reframe(blob.expand(12, 3, side, side).contiguous(), side)[:, 0]
    weight = seen.sum(dim=(1, 2))
    across = (seen * steps).sum(dim=(1, 2)) / weight
    down = (seen * steps[:, None]).sum(dim=(1, 2)) / weight
    distance = torch.hypot(across, down)
    torch.testing.assert_close(distance, torch.full((12,), 0.4), rtol=0, atol=0.02)
    angles = torch.atan2(down, across.abs()).rad2deg()
    assert 5 < float(angles.std()) < 40
    torch.testing.assert_close(weight, blob.sum().expand(12), rtol=0.05, atol=0)


def test_light_changes_colours_but_not_shapes() -> None:
    originals = pictures(20) * 0.4 + 0.3  # nothing is clipped hard
    torch.manual_seed(0)
    seen = relight(originals)
    assert ((seen - originals).abs().mean(dim=(1, 2, 3)) > 0.005).float().mean() > 0.9
    grey, before = squeezed(seen.mean(1, keepdim=True)), squeezed(originals.mean(1, keepdim=True))
    assert float((grey * before).sum(dim=1).median()) > 0.9
    # A flat picture stays flat.
    assert float(relight(torch.full((9, 3, 8, 8), 0.4)).std(dim=(2, 3)).max()) < 1e-6


def test_some_pictures_lose_detail_and_none_its_brightness() -> None:
    noise = torch.rand(400, 3, 16, 16)
    torch.manual_seed(0)
    seen = blur(noise.clone())
    changed = (seen != noise).flatten(1).any(dim=1)
    error = math.sqrt(module.BLURRED * (1 - module.BLURRED) / 400)
    assert abs(changed.float().mean() - module.BLURRED) < 4 * error
    assert (seen[changed].std(dim=(2, 3)) < 0.8 * noise[changed].std(dim=(2, 3))).all()
    torch.testing.assert_close(seen.mean((2, 3)), noise.mean((2, 3)), rtol=0, atol=0.05)


def test_a_hidden_patch_is_one_grey_rectangle_of_bounded_size() -> None:
    size = 40
    coloured = torch.full((400, 3, size, size), 2.0)  # no grey value is 2
    torch.manual_seed(0)
    hidden = hide(coloured) != 2
    areas = hidden[:, 0].sum(dim=(1, 2))
    error = math.sqrt(module.HIDDEN * (1 - module.HIDDEN) / 400)
    assert abs((areas > 0).float().mean() - module.HIDDEN) < 4 * error
    for one in hidden[areas > 0][:, 0]:
        rows, columns = one.any(dim=1), one.any(dim=0)
        assert int(one.sum()) == int(rows.sum()) * int(columns.sum())
        assert 0.15 * size - 1 <= int(rows.sum()) <= 0.45 * size
        assert 0.15 * size - 1 <= int(columns.sum()) <= 0.45 * size


def test_stored_pictures_are_the_decoded_ones_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "pictures.npy"
    photos = [lambda seed=seed: picture(seed) for seed in range(9)]
    done: list[int] = []
    stored = store_pictures(photos, 40, path, done.append)
    side = round(40 * MARGIN)
    assert stored.shape == (9, side, side, 3)
    assert stored.dtype == np.uint8
    assert done == list(range(1, 10))
    for seed in range(9):
        whole = decode(picture(seed), min_side=side).resize((side, side))
        difference = np.abs(stored[seed].astype(int) - np.asarray(whole).astype(int))
        assert np.median(difference) <= 2
    assert np.array_equal(np.load(path, mmap_mode="r"), stored)


def test_a_photo_that_vanished_is_not_passed_over(tmp_path: Path) -> None:
    def gone() -> bytes:
        raise UnreadableImage("not_found", "gone")

    with pytest.raises(UnreadableImage, match="gone"):
        store_pictures([lambda: picture(0), gone], 40, tmp_path / "p.npy", lambda done: None)
