"""The learning network and the plain head are one function; the embedding by arithmetic."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.head import Head, bare_head, softmax, unit
from vision.network import HeadNetwork
from vision.parts import Part, Targets
from vision.recipe import Recipe
from vision.train import start_head

FEATURES, CLASSES = 12, 4


def photos(seed: int, count: int = 60) -> Part:
    random = np.random.default_rng(seed)
    classes = np.arange(count) % CLASSES
    features = random.normal(size=(count, FEATURES)).astype(np.float32)
    features[np.arange(count), classes] += 2
    return Part(features, Targets(classes, classes), np.arange(count))


@cache
def start(power: float = 0.5, dim: int = 5) -> Head:
    return start_head(photos(0), np.arange(CLASSES), Recipe(power=power, dim=dim), 1e-2)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([0.3, 0.5, 1.0]), st.integers(1, 9), st.integers(0, 99))
def test_the_head_gives_what_the_network_gave(power: float, hidden: int, seed: int) -> None:
    torch.manual_seed(seed)
    network = HeadNetwork(start(power), hidden, dropout=0.5).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    head, features = network.to_head(), photos(seed + 1).features
    with torch.no_grad():
        standard = network.standard(torch.from_numpy(features))
        logits, vectors = network.logits(standard), network.project(standard)
    np.testing.assert_allclose(head.standard(features), standard, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(head.logits(head.standard(features)), logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(head(features).vectors, vectors, atol=1e-5)
    np.testing.assert_allclose(head(features).probabilities, logits.softmax(1), atol=1e-5)


def test_a_head_is_a_copy_that_further_learning_does_not_touch() -> None:
    network = HeadNetwork(start(), 3, 0.0)
    head = network.to_head()
    before = {name: tensor.copy() for name, tensor in head.tensors().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1)
    assert all(np.array_equal(head.tensors()[name], one) for name, one in before.items())


def test_a_network_begins_as_its_start_whatever_its_hidden_layer() -> None:
    begun, features = start(), photos(1).features
    network = HeadNetwork(begun, 7, 0.0).to_head()
    np.testing.assert_allclose(network(features).vectors, begun(features).vectors, atol=1e-6)
    np.testing.assert_allclose(
        network(features).probabilities, begun(features).probabilities, atol=1e-6
    )


def test_an_untrained_projection_of_all_axes_keeps_the_cosines_of_the_features() -> None:
    part = photos(0)
    head = start(power=1.0, dim=FEATURES)
    spread = (part.features - part.features.mean(0)) / part.features.std(0)
    raw = spread / np.linalg.norm(spread, axis=1, keepdims=True)
    vectors = head(part.features).vectors
    np.testing.assert_allclose(vectors @ vectors.T, raw @ raw.T, atol=1e-5)


def test_a_feature_that_never_changes_does_no_harm() -> None:
    part = photos(0)
    part.features[:, 3] = 5.0
    head = start_head(part, np.arange(CLASSES), Recipe(dim=5), 1e-2)
    encoded = head(part.features)
    assert np.isfinite(encoded.vectors).all()
    assert np.isfinite(encoded.novelty).all()


def test_the_cosine_of_two_embeddings_mixes_projection_and_classes_by_the_share() -> None:
    features = photos(1).features[:2]
    plain = replace(start(), temperature=1.5)
    mixed = replace(plain, share=0.3)
    (first, second), classes = plain(features).vectors, plain(features).probabilities
    bhattacharyya = np.sqrt(classes[0] * classes[1]).sum()
    one, other = mixed(features).vectors
    assert mixed.dim == len(one) == 5 + CLASSES
    assert one @ other == pytest.approx(0.7 * first @ second + 0.3 * bhattacharyya, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.95), st.floats(0.2, 5.0), st.integers(0, 20))
def test_embeddings_have_length_one_at_any_share(share: float, hot: float, seed: int) -> None:
    head = replace(start(), share=share, temperature=hot)
    vectors = head(photos(seed).features * 10).vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors.shape[1] == head.dim
    assert vectors.dtype == np.float32


def test_the_temperature_divides_the_logits() -> None:
    features = photos(1).features
    head = start()
    np.testing.assert_allclose(
        replace(head, temperature=2.0)(features).probabilities,
        softmax(head.logits(head.standard(features)) / 2),
        atol=1e-6,
    )


def test_a_category_is_as_probable_as_its_classes_together() -> None:
    classes = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    two = replace(start(), category_of=np.array([1, 0, 1, 1], np.float32))
    np.testing.assert_allclose(two.categories(classes), [[0.2, 0.1 + 0.3 + 0.4]], atol=1e-7)
    # What has no category is left out, and the others fill its room.
    some = replace(start(), category_of=np.array([0, 1, -1, 1], np.float32))
    np.testing.assert_allclose(some.categories(classes), [[0.1 / 0.7, 0.6 / 0.7]], atol=1e-6)
    none = replace(start(), category_of=np.full(4, -1, np.float32))
    assert none.categories(classes).shape == (1, 0)


def test_tempering_keeps_signs_and_softens_what_is_loud() -> None:
    head = replace(bare_head(2), power=0.5)
    ratio = np.divide(*np.abs(head.standard(np.array([[-16.0, 1.0]], np.float32))[0]))
    assert ratio == pytest.approx(4, rel=1e-3)
    assert head.standard(np.array([[-16.0, 1.0]], np.float32))[0, 0] < 0


def test_novelty_is_about_one_for_the_known_however_loud() -> None:
    head = start(power=1.0)
    known = head(photos(3, 400).features).novelty
    assert np.sqrt(np.square(known).mean()) == pytest.approx(1, abs=0.15)
    stranger = photos(3, 40).features
    # as loud as ever: only where the features point counts
    np.testing.assert_allclose(head(stranger * 4).novelty, head(stranger).novelty, rtol=1e-4)
    assert bare_head(FEATURES)(stranger).novelty.max() == 0


def test_novelty_sees_features_that_break_their_habit() -> None:
    random = np.random.default_rng(0)
    one = random.normal(size=(500, 40))
    features = np.concatenate([one, one + random.normal(size=(500, 40)) * 0.1], axis=1)
    classes = np.arange(500) % 2
    part = Part(features.astype(np.float32), Targets(classes, classes), np.arange(500))
    head = start_head(part, np.arange(2), Recipe(power=1.0), 1e-2)
    habit = random.normal(size=(1, 40))
    asked = np.concatenate([[[*habit[0], *habit[0]]], [[*habit[0], *-habit[0]]]])
    usual, odd = head(asked.astype(np.float32)).novelty
    assert odd > 2 * usual


def test_a_head_comes_back_from_its_tensors() -> None:
    head = replace(start(), share=0.35, category_of=np.array([0, 1, 1, 0], np.float32))
    back = Head.from_tensors(head.tensors())
    features = photos(1).features
    np.testing.assert_allclose(back(features).vectors, head(features).vectors, atol=1e-6)
    assert np.array_equal(back(features).probabilities, head(features).probabilities)
    assert np.array_equal(back(features).novelty, head(features).novelty)


def test_a_vector_without_a_direction_stays_finite() -> None:
    assert np.array_equal(unit(np.zeros((1, 3))), np.zeros((1, 3)))
