"""One look gives vectors and maps; words and photos of a two-tower model lie in one space."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import open_clip
import pytest
from made import TINY, picture
from made_towers import TOWERS, add_towers
from PIL import Image, ImageDraw

from vision.box import Box
from vision.embedder import Embedder, open_embedder
from vision.errors import UnreadableImage
from vision.head import Head, unit


@pytest.fixture(scope="module", autouse=True)
def small_towers(tmp_path_factory: pytest.TempPathFactory) -> None:
    add_towers(tmp_path_factory.mktemp("configs"))


@pytest.fixture(scope="module")
def towers(small_towers: None) -> Embedder:
    return open_embedder(TOWERS)


@pytest.mark.parametrize(
    ("spec", "side"),
    [
        ("snapshelf:mini-1", 4),
        (TINY, 2),
        (f"{TINY}&flip=true", 2),
        ("timm:test_vit?pretrained=false", 10),
        ("timm:test_vit?pretrained=false&global_pool=avg", 10),
        ("timm:test_convnext?pretrained=false&size=128", 4),
        ("timm:mobilenetv3_small_050?pretrained=false&size=96", 3),
        ("torchvision:resnet18?pretrained=false&size=96", 3),
        (TOWERS, 4),
        ("open_clip:snapshelf-tiny-resnet?pretrained=false", 2),
        ("open_clip:snapshelf-tiny-timm?pretrained=false", 10),
    ],
)
def test_a_look_gives_the_vectors_of_encode_and_a_map_of_their_space(spec: str, side: int) -> None:
    embedder = open_embedder(spec)
    images = [embedder.decode(picture(seed)) for seed in range(2)]
    look = embedder.look(images)
    assert np.array_equal(look.encoded.vectors, embedder.encode(images).vectors)
    assert look.maps is not None
    assert look.maps.shape == (2, side, side, embedder.backbone.feature_size)
    assert look.maps.dtype == np.float32
    assert np.isfinite(look.maps).all()
    hot = embedder.heat(look.maps[0], look.encoded.vectors[0])
    assert hot.shape == (side, side)
    assert 0 <= hot.min() <= hot.max() <= 1


@pytest.mark.parametrize(
    "spec", ["snapshelf:mini-1", "timm:mobilenetv3_small_050?pretrained=false"]
)
def test_where_features_are_pooled_they_are_the_mean_of_their_places(spec: str) -> None:
    embedder = open_embedder(spec)
    batch = embedder.preprocess(embedder.decode(picture(1)))[None]
    features, maps = embedder.backbone.look(batch)
    assert maps is not None
    cosine = unit(features)[0] @ unit(maps.mean(axis=(1, 2)))[0]
    assert cosine > 0.999


def test_a_place_of_the_map_is_that_place_of_the_photo() -> None:
    embedder = open_embedder("snapshelf:mini-1")
    plain = Image.new("RGB", (128, 128), "white")
    marked = plain.copy()
    ImageDraw.Draw(marked).rectangle((96, 0, 127, 31), fill="red")
    maps = embedder.look([plain, marked]).maps
    assert maps is not None
    changed = np.linalg.norm(maps[1] - maps[0], axis=-1)
    assert np.unravel_index(changed.argmax(), changed.shape) == (0, 3)


@pytest.mark.parametrize(
    "spec",
    ["torchvision:mobilenet_v3_small?pretrained=false", "torchvision:alexnet?pretrained=false"],
)
def test_a_backbone_without_a_map_of_its_features_space_says_so(spec: str) -> None:
    embedder = open_embedder(f"{spec}&size=96")
    images = [embedder.decode(picture(0))]
    look = embedder.look(images)
    assert look.maps is None
    assert np.array_equal(look.encoded.vectors, embedder.encode(images).vectors)


def test_looks_at_the_same_time_never_see_each_others_photos() -> None:
    embedder = open_embedder("torchvision:resnet18?pretrained=false&size=64")
    images = [embedder.decode(picture(seed)) for seed in range(8)]
    alone = [embedder.look([image]).maps for image in images]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda image: embedder.look([image]).maps, images * 3))
    for index, maps in enumerate(found):
        expected = alone[index % 8]
        assert maps is not None
        assert expected is not None
        np.testing.assert_allclose(maps, expected, rtol=1e-3, atol=1e-3)


def test_a_photos_small_part_is_decoded_as_sharp_as_the_whole(tiny: Embedder) -> None:
    stripes = Image.new("RGB", (2000, 1600), "white")
    draw = ImageDraw.Draw(stripes)
    for left in range(0, 200, 8):
        draw.rectangle((left, 0, left + 3, 159), fill="black")
    buffer = BytesIO()
    stripes.save(buffer, "JPEG", quality=95)
    part = tiny.decode(buffer.getvalue(), Box(0, 0, 0.1, 0.1))
    assert min(part.size) >= 2 * tiny.backbone.preprocess.size
    assert np.asarray(part.convert("L")).std() > 100
    assert max(tiny.decode(buffer.getvalue()).size) < 600


def test_a_part_of_a_broken_photo_is_refused_like_the_whole(tiny: Embedder) -> None:
    with pytest.raises(UnreadableImage):
        tiny.decode(b"no picture", Box(0, 0, 0.5, 0.5))


def test_words_are_the_models_own_text_features(towers: Embedder) -> None:
    vector = towers.words("a red hat")
    assert towers.reads_words
    assert vector is not None
    assert vector.dtype == np.float32
    assert vector.shape == (towers.dim,)
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = open_clip.create_model("snapshelf-tiny", load_weights=False).eval()
    tokens = open_clip.get_tokenizer("snapshelf-tiny")(["a red hat"])
    with torch.inference_mode():
        expected = model.encode_text(tokens, normalize=True)[0].numpy()
    np.testing.assert_allclose(vector, expected, atol=1e-5)
    other = towers.words("a blue shoe")
    assert other is not None
    assert vector @ other < 0.999


@pytest.mark.parametrize("text", ["", "  \n"])
def test_no_words_have_no_vector(towers: Embedder, text: str) -> None:
    assert towers.words(text) is None


@pytest.mark.parametrize(
    "text", ["hat " * 100_000, "\x00\ud800", "帽子 🎩", "<|endoftext|>", "a" * 10**6]
)
def test_odd_words_cost_little_and_break_nothing(towers: Embedder, text: str) -> None:
    vector = towers.words(text)
    assert vector is not None
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_model_for_pictures_only_reads_no_words(tiny: Embedder) -> None:
    assert not tiny.reads_words
    assert tiny.words("hat") is None


def test_a_model_used_for_pictures_carries_no_text_tower(towers: Embedder) -> None:
    keys = towers.backbone.network.state_dict()
    assert not [key for key in keys if "token_embedding" in key or "text" in key]


def test_threads_that_bring_the_first_words_load_one_tower(monkeypatch: pytest.MonkeyPatch) -> None:
    import vision.backbone

    loads = []
    load = vision.backbone.load_towers
    embedder = open_embedder(TOWERS)
    monkeypatch.setattr(
        vision.backbone, "load_towers", lambda spec: loads.append(spec) or load(spec)
    )
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(embedder.words, ["hat"] * 8))
    assert len(loads) == 1
    assert all(np.array_equal(one, found[0]) for one in found)


def test_a_text_tower_that_cannot_be_loaded_is_said_once_and_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import vision.backbone

    def gone(spec: object) -> None:
        raise OSError("the hub is far away")

    embedder = open_embedder(TOWERS)
    monkeypatch.setattr(vision.backbone, "load_towers", gone)
    with caplog.at_level(logging.WARNING, "vision.words"):
        assert [embedder.words("hat"), embedder.words("shoe")] == [None, None]
    assert len([one for one in caplog.records if one.name == "vision.words"]) == 1
    assert "the hub is far away" in caplog.text
    assert not embedder.reads_words


def taught(photos: np.ndarray) -> Head:
    """A head as training begins it: standardised by the photos' own mean and spread."""
    size = photos.shape[1]
    return Head(
        mean=photos.mean(axis=0), scale=photos.std(axis=0),
        projection=np.eye(size, dtype=np.float32),
        weight=np.ones((size, 3), np.float32), bias=np.zeros(3, np.float32),
    )  # fmt: skip


def test_words_find_their_photos_through_a_trained_head_for_each_kind_has_its_own_mean() -> None:
    random = np.random.default_rng(0)
    concepts = random.normal(size=(60, 64))
    photos = unit(concepts + 4 * random.normal(size=64) + 0.3 * random.normal(size=(60, 64)))
    texts = unit(concepts + 4 * random.normal(size=64))  # the same, a modality gap away
    head = taught(photos)
    shelf = head(photos).vectors

    def found(words: np.ndarray) -> float:
        return float(((words @ shelf.T).argmax(axis=1) == np.arange(60)).mean())

    assert found(head.words(texts, texts.mean(axis=0))) > 0.95
    assert found(head.words(texts, head.mean)) < 0.9, "or the photos' mean would do as well"


def test_words_say_nothing_to_the_classifiers_part_of_the_embedding() -> None:
    head = replace(
        taught(np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)), share=0.4
    )
    words = head.words(np.ones((2, 8), np.float32), None)
    assert words.shape == (2, head.dim) == (2, 11)
    assert not words[:, 8:].any()
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=1e-6)


def test_labels_tell_where_texts_lie(small_towers: None) -> None:
    bare = open_embedder(TOWERS)
    head = taught(np.random.default_rng(0).normal(size=(9, bare.dim)).astype(np.float32))
    embedder = Embedder(bare.backbone, head, ("hat", "shoe", "bag"))
    texts = [bare.words(text) for text in embedder.labels]
    centre = np.mean([one for one in texts if one is not None], axis=0)
    hat = embedder.words("hat")
    assert hat is not None
    assert texts[0] is not None
    np.testing.assert_allclose(hat, unit(((texts[0] - centre) / head.scale)[None])[0], atol=1e-4)


def test_a_tuned_image_tower_has_left_its_words_behind(towers: Embedder, tmp_path: Path) -> None:
    import torch

    from vision.backbone import load_backbone

    torch.save(towers.backbone.network.state_dict(), tmp_path / "tuned.pt")
    tuned = load_backbone(TOWERS, tmp_path / "tuned.pt")
    embedder = Embedder(tuned, towers._head)
    assert not embedder.reads_words
    assert embedder.words("hat") is None
