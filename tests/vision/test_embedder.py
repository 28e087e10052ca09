"""Head, artefact, cache and embedder: the same bytes give the same vector on every way."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY, picture

from vision.artefact import Artefact, load_artefact, save_artefact
from vision.cache import FeatureCache
from vision.embedder import Embedder, open_embedder
from vision.errors import BadArtefact, BadCache, UnreadableImage
from vision.extract import extract
from vision.head import Head, bare_head, softmax

LABELS = ("Hat", "Shoes")


def random_head(features: int, dim: int = 8, seed: int = 0) -> Head:
    random = np.random.default_rng(seed)
    return Head(
        mean=random.normal(size=features).astype(np.float32),
        scale=np.full(features, 2.0, np.float32),
        projection=random.normal(size=(features, dim)).astype(np.float32),
        weight=random.normal(size=(features, 2)).astype(np.float32),
        bias=np.zeros(2, np.float32),
        temperature=1.5,
    )


@pytest.fixture
def artefact(tiny: Embedder) -> Artefact:
    head = random_head(tiny.backbone.feature_size)
    return Artefact(TINY, tiny.backbone.fingerprint, LABELS, head, {"note": "ü"})


def test_threads_that_embed_at_the_same_time_compute_alone_and_alike(tiny: Embedder) -> None:
    pixels = [np.full((2, 3, 64, 64), shade, np.float32) for shade in range(4)]
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with tiny.threads(), ThreadPoolExecutor(4) as pool:
        assert {pool.submit(torch.get_num_threads).result() for _ in range(8)} == {1}
        found = list(pool.map(tiny.features, pixels))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    for one, alone in zip(found, map(tiny.features, pixels), strict=True):
        np.testing.assert_allclose(one, alone, atol=1e-3)


def test_vectors_have_length_one_and_probabilities_sum_to_one(tiny: Embedder) -> None:
    embedder = Embedder(tiny.backbone, random_head(tiny.backbone.feature_size), LABELS)
    encoded = embedder.encode([embedder.decode(picture(seed)) for seed in range(3)])
    assert encoded.vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(encoded.vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(encoded.probabilities.sum(axis=1), 1, atol=1e-6)


def test_a_bare_backbone_is_its_own_embedding_and_knows_no_category(tiny: Embedder) -> None:
    image = tiny.decode(picture(1))
    features = tiny.features(tiny.preprocess(image)[None])
    encoded = tiny.encode([image])
    np.testing.assert_allclose(encoded.vectors, features / np.linalg.norm(features), atol=1e-6)
    assert encoded.probabilities.shape == (1, 0)


def test_a_cached_feature_gives_exactly_the_vector_of_a_fresh_one(
    tiny: Embedder, tmp_path: Path
) -> None:
    readers = [lambda: picture(1), lambda: picture(2), lambda: picture(1)]
    with FeatureCache(tmp_path / "f.sqlite") as cache:
        fresh = extract(readers, tiny.backbone, cache)
        known = extract(readers, tiny.backbone, cache)
    assert np.array_equal(fresh.values, known.values)
    assert np.array_equal(fresh.values[0], fresh.values[2])
    alone = tiny.features(tiny.preprocess(tiny.decode(picture(2)))[None])[0]
    np.testing.assert_allclose(alone, fresh.values[1], rtol=2e-3, atol=1e-4)


def test_the_second_time_nothing_passes_through_the_network(tiny: Embedder, tmp_path: Path) -> None:
    with FeatureCache(tmp_path / "f.sqlite") as cache:
        extract([lambda: picture(1)], tiny.backbone, cache)

        class Dead:
            preprocess = tiny.backbone.preprocess
            feature_size = tiny.backbone.feature_size

            def features(self, batch: np.ndarray) -> np.ndarray:
                raise AssertionError("embedded twice")

        found = extract([lambda: picture(1)] * 40, Dead(), cache)  # type: ignore[arg-type]
    assert found.kept == list(range(40))


def test_a_damaged_feature_cache_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "f.sqlite").write_text("no database, but long enough to be read as one" * 9)
    with pytest.raises(BadCache, match="delete it"):
        FeatureCache(tmp_path / "f.sqlite")


def test_an_unreadable_photo_never_shifts_the_others(tiny: Embedder, tmp_path: Path) -> None:
    def broken() -> bytes:
        raise UnreadableImage("not_found", "gone")

    readers = [lambda: picture(0), broken, lambda: picture(2), lambda: b"", lambda: picture(4)]
    with FeatureCache(tmp_path / "f.sqlite") as cache:
        found = extract(readers, tiny.backbone, cache)
        assert found.kept == [0, 2, 4]
        assert [(index, error.reason) for index, error in found.unreadable] == [
            (1, "not_found"),
            (3, "empty_body"),
        ]
        for row, seed in enumerate(found.kept):
            alone = extract([lambda seed=seed: picture(seed)], tiny.backbone, cache)
            assert np.array_equal(found.values[row], alone.values[0])


def test_an_artefact_comes_back_as_it_was_saved(artefact: Artefact, tmp_path: Path) -> None:
    save_artefact(artefact, tmp_path / "model")
    loaded = load_artefact(tmp_path / "model")
    assert loaded.fingerprint == artefact.fingerprint
    assert loaded.labels == LABELS
    assert loaded.notes["note"] == "ü"
    embedder = open_embedder(tmp_path / "model")
    assert embedder.fingerprint == artefact.fingerprint
    assert embedder.labels == LABELS


@pytest.mark.parametrize("changed", ["labels", "weight", "temperature"])
def test_all_that_changes_an_answer_changes_the_fingerprint(
    artefact: Artefact, changed: str
) -> None:
    head = artefact.head
    other = {
        "labels": replace(artefact, labels=("Shoes", "Hat")),
        "weight": replace(artefact, head=replace(head, weight=head.weight + 1)),
        "temperature": replace(artefact, head=replace(head, temperature=2.0)),
    }[changed]
    assert other.fingerprint != artefact.fingerprint
    assert replace(artefact, notes={}).fingerprint == artefact.fingerprint


def test_a_model_folder_without_its_head_is_refused(artefact: Artefact, tmp_path: Path) -> None:
    save_artefact(artefact, tmp_path / "model")
    (tmp_path / "model" / "head.safetensors").unlink()
    with pytest.raises(BadArtefact, match="snapshelf train"):
        load_artefact(tmp_path / "model")


def test_a_model_folder_that_was_edited_is_refused(artefact: Artefact, tmp_path: Path) -> None:
    save_artefact(artefact, tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    data = json.loads(config.read_text())
    config.write_text(json.dumps({**data, "labels": ["Shoes", "Hat"]}))
    with pytest.raises(BadArtefact, match="changed after training"):
        load_artefact(tmp_path / "model")


def test_a_head_with_values_that_are_no_numbers_is_refused(
    artefact: Artefact, tmp_path: Path
) -> None:
    artefact.head.weight[0, 0] = np.nan
    save_artefact(artefact, tmp_path / "model")
    with pytest.raises(BadArtefact, match="no numbers"):
        load_artefact(tmp_path / "model")


def test_a_folder_that_holds_something_else_is_never_overwritten(
    artefact: Artefact, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "config.json").write_text("{}")
    (tmp_path / "photos" / "a.jpg").write_bytes(picture(0))
    with pytest.raises(BadArtefact, match="something else"):
        save_artefact(artefact, tmp_path / "photos")
    assert (tmp_path / "photos" / "a.jpg").exists()


def test_a_head_on_another_backbone_is_refused(tiny: Embedder, tmp_path: Path) -> None:
    other = Artefact(TINY, "0" * 64, LABELS, random_head(tiny.backbone.feature_size))
    save_artefact(other, tmp_path / "model")
    with pytest.raises(BadArtefact, match="has changed"):
        open_embedder(tmp_path / "model")


def test_a_missing_folder_is_told_apart_from_a_spec() -> None:
    with pytest.raises(BadArtefact, match="no model folder models/cloth"):
        open_embedder("models/cloth")


def test_softmax_of_no_classes_is_nothing() -> None:
    assert softmax(np.zeros((3, 0))).shape == (3, 0)


def test_a_bare_head_changes_only_the_length() -> None:
    features = np.array([[3.0, 4.0]], np.float32)
    np.testing.assert_allclose(bare_head(2)(features).vectors, [[0.6, 0.8]], atol=1e-7)
