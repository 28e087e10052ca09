"""The trial of threads and batches: when it is worth it, what it chooses, what it leaves alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ingest.trial import BATCH, WORTH, Pace, pace_of
from vision.embedder import Embedder
from vision.processors import processors


class Network:
    """Takes `call` seconds for a batch and `one` for each picture in it."""

    def __init__(self, call: float, one: float) -> None:
        self.call, self.one = call, one
        self.batches: list[int] = []
        self.inside = False
        self.backbone = SimpleNamespace(preprocess=SimpleNamespace(size=4), device="cpu")

    @contextmanager
    def threads(self) -> Iterator[None]:
        self.inside = True
        yield
        self.inside = False

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        assert pixels.dtype == np.uint8
        return pixels.astype(np.float32)

    def features(self, batch: np.ndarray) -> np.ndarray:
        assert self.inside
        self.batches.append(len(batch))
        time.sleep(self.call + self.one * len(batch))
        return np.zeros((len(batch), 2), np.float32)


@pytest.mark.parametrize("pictures", [None, 0, WORTH - 1])
def test_few_pictures_or_nobody_knows_how_many_are_not_worth_a_trial(pictures: int | None) -> None:
    network: Any = Network(0.01, 0)
    assert pace_of(network, pictures) == Pace(processors(), BATCH)
    assert network.batches == []


def test_what_is_given_stays_and_is_not_tried() -> None:
    network: Any = Network(0.01, 0)
    assert pace_of(network, WORTH, threads=3, batch=5) == Pace(3, 5)
    assert network.batches == []


def test_a_network_whose_calls_are_dear_gets_large_batches() -> None:
    network: Any = Network(0.002, 0)
    chosen = pace_of(network, WORTH, threads=2)
    assert (chosen.threads, chosen.batch) == (2, 32)
    assert chosen.rate is not None
    assert chosen.rate > 0
    assert chosen.seconds < 5
    assert "2 threads × batches of 32: " in str(chosen)


def test_a_given_batch_is_tried_with_no_other() -> None:
    network: Any = Network(0.001, 0)
    assert pace_of(network, WORTH, batch=3).batch == 3
    assert set(network.batches) == {1, 3}


def test_a_slow_network_is_left_alone() -> None:
    network: Any = Network(0, 0.2)
    chosen = pace_of(network, WORTH)
    assert (chosen.batch, chosen.rate) == (BATCH, None)
    assert set(network.batches) == {1}
    assert str(chosen).endswith(f"× batches of {BATCH}")


def test_a_real_network_is_tried(tiny: Embedder) -> None:
    assert pace_of(tiny, WORTH).batch in (4, 8, 16, 32)
