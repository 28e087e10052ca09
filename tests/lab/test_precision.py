"""The rule: int8 serves where it loses at most half a point, measured on photos enough."""

from dataclasses import replace

import numpy as np
import pytest

import lab.precision
from lab.precision import LEAST_PHOTOS, Cost, speed

EVEN = Cost(
    200,
    {"p_at_9": 0.8, "top1": 0.9, "raw_p_at_9": 0.6},
    {"p_at_9": 0.8, "top1": 0.9, "raw_p_at_9": 0.6},
    {"least": 0.98, "mean": 0.99},
    {"1": 1.5, "8": 2.0},
)


def test_nothing_speaks_against_a_loss_of_half_a_point_or_a_gain() -> None:
    assert EVEN.objections() == []
    assert (
        replace(EVEN, int8={"p_at_9": 0.795, "top1": 0.895, "raw_p_at_9": 0.595}).objections() == []
    )
    assert replace(EVEN, int8={"p_at_9": 0.9, "top1": 1.0, "raw_p_at_9": 0.7}).objections() == []


@pytest.mark.parametrize(
    ("name", "said"), [("p_at_9", "P@9"), ("top1", "top-1"), ("raw_p_at_9", "alone")]
)
def test_a_larger_loss_of_any_does_in_numbers(name: str, said: str) -> None:
    (objection,) = replace(EVEN, int8={**EVEN.int8, name: 0.5}).objections()
    assert said in objection
    assert "0.5 are allowed" in objection


def test_a_model_without_categories_is_judged_by_what_it_finds() -> None:
    bare = replace(EVEN, fp32={"p_at_9": 0.8, "top1": None}, int8={"p_at_9": 0.8, "top1": None})
    assert bare.objections() == []
    assert len(replace(bare, int8={"p_at_9": 0.7, "top1": None}).objections()) == 1


def test_a_handful_of_photos_judges_nothing() -> None:
    (objection,) = replace(EVEN, photos=LEAST_PHOTOS - 1).objections()
    assert str(LEAST_PHOTOS - 1) in objection
    assert replace(EVEN, photos=LEAST_PHOTOS).objections() == []


def test_speed_is_told_by_batch_as_how_many_times_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    clock = [0.0]
    monkeypatch.setattr(lab.precision, "perf_counter", lambda: clock[0])

    def work(batch: np.ndarray, seconds: float) -> np.ndarray:
        seen.append(batch.shape)
        clock[0] += seconds * len(batch)
        return batch

    told = speed(lambda batch: work(batch, 2), lambda batch: work(batch, 5), 32)
    assert told == {"1": 2.5, "8": 2.5}
    assert set(seen) == {(1, 3, 32, 32), (8, 3, 32, 32)}
