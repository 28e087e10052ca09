"""Similarity that is learned from what a catalog says."""

import numpy as np

from vision.likeness import learn_likeness


def shop(count: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Features whose first number tells the kind; the others are noise."""
    random = np.random.default_rng(0)
    kind = np.arange(count) % 4
    features = random.normal(size=(count, 8)).astype(np.float32)
    features[:, 0] = kind * 2 + random.normal(size=count) * 0.2
    return features, kind


def test_it_says_what_it_was_taught() -> None:
    features, kind = shop()
    network = learn_likeness(features, kind, lambda a, b: (kind[a] == kind[b]).astype(float))
    said = network.similarity(features, features)
    same = kind[:, None] == kind[None]
    assert said.shape == (120, 120)
    assert said.min() >= 0
    assert said.max() <= 1
    assert said[same].mean() > said[~same].mean() + 0.4


def test_it_is_symmetric_and_the_same_every_time() -> None:
    features, kind = shop(40)

    def learned() -> np.ndarray:
        network = learn_likeness(features, kind, lambda a, b: np.full(len(a), 0.5), seed=3)
        return network.similarity(features[:5], features[:5])

    assert np.allclose(learned(), learned().T, atol=1e-6)
    assert np.array_equal(learned(), learned())


def test_half_of_the_pairs_are_kin() -> None:
    features, kind = shop(40)
    seen: list[float] = []

    def likeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        seen.extend(kind[one] == kind[other])
        return np.zeros(len(one))

    learn_likeness(features, kind, likeness)
    # half by drawing, and of the rest a quarter by chance
    assert 0.55 < np.mean(seen) < 0.7
