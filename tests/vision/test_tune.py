"""Tuning a tiny network: it learns what frozen features cannot show, and is saved whole."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from made import TINY
from PIL import Image
from safetensors.torch import save_file

from vision import loop
from vision.artefact import Artefact, save_artefact
from vision.backbone import Backbone, load_backbone
from vision.cache import FeatureCache
from vision.embedder import open_embedder
from vision.errors import BadTraining, UnreadableImage, VisionError
from vision.extract import Read, extract
from vision.head import bare_head
from vision.image import decode
from vision.network import HeadNetwork
from vision.parts import Part, Targets
from vision.progress import unwatched
from vision.recipe import Recipe
from vision.train import Trained, start_head
from vision.tune import FROZEN, TuneNetwork, _freeze, _Lessons
from vision.tuned import Lesson, fit_tuned

# A network of random weights has more to learn than a pretrained one: larger steps.
RECIPE = Recipe.of("full", batch=16, epochs=20, backbone_rate=3e-3, rate=3e-3, hidden=8, dim=8,
                   mixup=0.0, average=0.8, dropout=0.0, patience=30, smoothing=0.0,
                   metric=0.0)  # fmt: skip
COUNT = 96


@cache
def photo(number: int) -> bytes:
    """Stripes in any two colours: those of odd numbers lie, those of even ones stand."""
    random = np.random.default_rng(number)
    across, down = np.meshgrid(np.arange(64), np.arange(64))
    along = down if number % 2 else across
    wave = np.sin(along / random.uniform(1.5, 3) + random.uniform(0, 6))
    one, other = random.uniform(0, 255, (2, 3))
    image = np.where(wave[..., None] > 0, one, other) + random.normal(size=(64, 64, 3)) * 20
    buffer = BytesIO()
    Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


PHOTOS: list[Read] = [partial(photo, number) for number in range(COUNT)]
ROWS = (np.arange(0, 64), np.arange(64, COUNT))


def opened(tmp_path: Path) -> Callable[[str], FeatureCache]:
    return lambda fingerprint: FeatureCache(tmp_path / f"{fingerprint[:8]}.db")


def lesson_on(backbone: Backbone, tmp_path: Path, classes: np.ndarray) -> Lesson:
    with opened(tmp_path)(backbone.fingerprint) as cache_:
        features = extract(PHOTOS, backbone, cache_).values
    groups = np.arange(COUNT) % 2
    part = Part(features, Targets(classes, groups), np.arange(COUNT))
    return Lesson(PHOTOS, part, np.arange(int(classes.max(initial=-1)) + 1))


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(TINY)


@pytest.fixture(scope="module")
def tuned(
    backbone: Backbone, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Backbone, Trained, np.ndarray]:
    folder = tmp_path_factory.mktemp("tuned")
    lesson = lesson_on(backbone, folder, np.arange(COUNT) % 2)
    return fit_tuned(backbone, lesson, ROWS, RECIPE, opened(folder), folder / "training")


def test_the_backbone_learns_what_its_frozen_features_do_not_show(
    tuned: tuple[Backbone, Trained, np.ndarray],
) -> None:
    history = tuned[1].course.history
    head = [one["val_score"] for one in history if one["stage"] == "head"]
    both = [one["val_score"] for one in history if one["stage"] == "backbone"]
    assert max(both) > max(head) + 0.05
    assert history[tuned[1].course.best]["val_score"] == max(both)
    assert tuned[1].validation["photos"] == len(ROWS[1])


def test_the_features_it_gives_are_those_of_the_tuned_network(
    tuned: tuple[Backbone, Trained, np.ndarray], tmp_path: Path
) -> None:
    network, _, features = tuned
    with FeatureCache(tmp_path / "other.db") as cache_:
        found = extract(PHOTOS, network, cache_).values
    np.testing.assert_allclose(features, found, rtol=2e-3, atol=1e-3)


def test_the_given_backbone_is_not_touched(
    backbone: Backbone, tuned: tuple[Backbone, Trained, np.ndarray]
) -> None:
    assert tuned[0].fingerprint != backbone.fingerprint
    state = load_backbone(TINY).network.state_dict()
    assert all(torch.equal(one, state[name]) for name, one in backbone.network.state_dict().items())
    assert tuned[0].network.state_dict().keys() == state.keys()


def test_the_lowest_layers_and_the_statistics_stay_as_they_were(
    backbone: Backbone, tuned: tuple[Backbone, Trained, np.ndarray]
) -> None:
    before, after = (one.network.get_submodule("network") for one in (backbone, tuned[0]))
    # The stem's last normalisation follows several convolutions, so it is not folded.
    states = [one.get_submodule("bn1").state_dict() for one in (before, after)]
    assert torch.equal(states[0]["running_mean"], states[1]["running_mean"])
    assert torch.equal(states[0]["running_var"], states[1]["running_var"])
    # 2 % of the weights are the stem's convolutions: folded and unfolded, they say the same.
    pixels = torch.rand(2, 3, 64, 64)
    stems = [one.get_submodule("conv1")(pixels) for one in (before, after)]
    torch.testing.assert_close(*stems, rtol=1e-3, atol=1e-4)
    above = [one.get_submodule("bn1")(stems[0]) for one in (before, after)]
    assert (above[0] - above[1]).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["full", "last"])
def test_only_what_lies_above_the_frozen_share_learns(backbone: Backbone, kind: str) -> None:
    network = load_backbone(TINY).network
    learning = {id(one) for one in _freeze(network, backbone, Recipe.of(kind))}  # type: ignore[arg-type]
    # The classifier that features pass by is not among them.
    parameters = [one for name, one in network.named_parameters() if ".fc." not in name]
    sizes = np.array([one.numel() for one in parameters])
    free = np.array([id(one) in learning for one in parameters])
    assert list(free) == sorted(free)  # from some place on, all
    frozen = sizes[~free].sum() / sizes.sum()
    assert frozen <= FROZEN[kind] < frozen + sizes[free.argmax()] / sizes.sum()
    assert all(one.requires_grad == lit for one, lit in zip(parameters, free, strict=True))


def test_statistics_of_a_network_that_cannot_be_folded_do_not_move_while_it_trains() -> None:
    body = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.AdaptiveAvgPool2d(1),
                               torch.nn.Flatten())  # fmt: skip
    part = Part(np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32),
                Targets(np.arange(8) % 2, np.arange(8) % 2), np.arange(8))  # fmt: skip
    head = HeadNetwork(start_head(part, np.arange(2), RECIPE, 1e-2), 4, 0.5)
    network = TuneNetwork(body, head).train()
    network.head.logits(network.head.standard(network.backbone(torch.rand(4, 3, 8, 8))))
    assert network.head.training
    assert torch.equal(body[0].running_mean, torch.zeros(3))  # type: ignore[arg-type]


def test_a_saved_model_gives_the_same_vectors_and_needs_no_other_file(tmp_path: Path) -> None:
    import timm

    weights = tmp_path / "original.safetensors"
    torch.manual_seed(1)
    save_file(timm.create_model("test_resnet", pretrained=False).state_dict(), weights)
    backbone = load_backbone(f"timm:test_resnet?weights={weights}&size=64")
    lesson = lesson_on(backbone, tmp_path, np.arange(COUNT) % 2)
    quick = replace(RECIPE, epochs=2)
    network, trained, features = fit_tuned(
        backbone, lesson, ROWS, quick, opened(tmp_path), tmp_path / "training"
    )
    state = {name: one.numpy() for name, one in network.network.state_dict().items()}
    made = Artefact(network.spec, network.fingerprint, ("narrow", "wide"), trained.head, {},
                    trained.calibration, state)  # fmt: skip
    save_artefact(made, tmp_path / "model")
    weights.unlink()
    embedder = open_embedder(tmp_path / "model")
    assert embedder.fingerprint == made.fingerprint
    assert embedder.backbone.fingerprint == network.fingerprint
    encoded = embedder.encode([decode(photo(number), min_side=64) for number in range(4)])
    expected = trained.head(features[:4])
    np.testing.assert_allclose(encoded.vectors, expected.vectors, atol=5e-3)
    assert embedder.calibration == trained.calibration


class Killed(Exception):
    """The process is gone."""


def test_a_killed_tuning_goes_on_and_ends_as_one_that_was_not(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.0)
    quick = replace(RECIPE, epochs=3, mixup=0.2, dropout=0.3, metric=0.2)
    lesson = lesson_on(backbone, tmp_path, np.arange(COUNT) % 2)
    whole, first, _ = fit_tuned(backbone, lesson, ROWS, quick, opened(tmp_path), tmp_path / "a")

    def dies(what: str, done: int, total: int, detail: str = "") -> None:
        if what == "backbone" and done > total * 0.8:
            raise Killed

    def again(progress: object = unwatched) -> tuple[Backbone, Trained, np.ndarray]:
        return fit_tuned(backbone, lesson, ROWS, quick, opened(tmp_path), tmp_path / "b", progress)  # type: ignore[arg-type]

    with pytest.raises(Killed):
        again(dies)
    left = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert left == ["checkpoint.pt", "training pictures.npy", "validation pictures.npy"]
    resumed, second, _ = again()
    assert resumed.fingerprint == whole.fingerprint
    tensors = second.head.tensors()
    assert all(np.array_equal(one, tensors[name]) for name, one in first.head.tensors().items())


def test_a_model_that_lost_its_tuned_weights_is_refused(tmp_path: Path) -> None:
    backbone = load_backbone(TINY)
    state = {name: one.numpy() for name, one in backbone.network.state_dict().items()}
    made = Artefact(TINY, backbone.fingerprint, (), bare_head(backbone.feature_size), tuned=state)
    save_artefact(made, tmp_path / "model")
    assert open_embedder(tmp_path / "model").fingerprint == made.fingerprint
    (tmp_path / "model" / "backbone.safetensors").unlink()
    with pytest.raises(VisionError, match=r"backbone\.safetensors"):
        open_embedder(tmp_path / "model")


def test_another_recipe_never_takes_up_this_ones_checkpoint(
    backbone: Backbone, tmp_path: Path
) -> None:
    lesson = lesson_on(backbone, tmp_path, np.arange(COUNT) % 2)
    digests = {
        lesson.digest(backbone, ROWS, RECIPE),
        lesson.digest(backbone, ROWS, replace(RECIPE, rate=1.0)),
        lesson.digest(backbone, ROWS[::-1], RECIPE),
        replace(lesson, part=replace(lesson.part, features=lesson.part.features + 1)).digest(
            backbone, ROWS, RECIPE
        ),
    }
    assert len(digests) == 4


def test_without_classes_the_judged_photos_are_to_find_their_kin(
    backbone: Backbone, tmp_path: Path
) -> None:
    lesson = lesson_on(backbone, tmp_path, np.full(COUNT, -1))
    quick = replace(RECIPE, epochs=1)
    kin = replace(quick, metric=0.2)
    _, trained, _ = fit_tuned(backbone, lesson, ROWS, kin, opened(tmp_path), tmp_path / "training")
    assert trained.head.weight.shape[1] == 0
    assert 0 < trained.course.history[-1]["val_score"] <= 1


def test_a_class_that_only_judged_photos_have_is_no_error(
    backbone: Backbone, tmp_path: Path
) -> None:
    classes = np.where(np.arange(COUNT) == COUNT - 1, 2, np.arange(COUNT) % 2)
    lesson = lesson_on(backbone, tmp_path, classes)
    quick = replace(RECIPE, epochs=1)
    _, trained, _ = fit_tuned(
        backbone, lesson, ROWS, quick, opened(tmp_path), tmp_path / "training"
    )
    assert trained.head.weight.shape[1] == 3


def test_a_photo_that_vanished_never_shifts_the_features_of_the_others(
    backbone: Backbone, tmp_path: Path
) -> None:
    lesson = lesson_on(backbone, tmp_path, np.arange(COUNT) % 2)

    def gone() -> bytes:
        raise UnreadableImage("not_found", "gone meanwhile")

    # Neither learned from nor judged, but its features are asked for.
    shorter = (ROWS[0], ROWS[1][:-1])
    torn, none = replace(lesson, photos=[*PHOTOS[:-1], gone]), replace(RECIPE, epochs=0)
    with pytest.raises(UnreadableImage, match="gone meanwhile"):
        fit_tuned(backbone, torn, shorter, none, opened(tmp_path), tmp_path / "training")


def test_one_category_cannot_be_tuned_on(backbone: Backbone, tmp_path: Path) -> None:
    lesson = lesson_on(backbone, tmp_path, np.zeros(COUNT, int))
    with pytest.raises(BadTraining, match="only 1 categories"):
        fit_tuned(backbone, lesson, ROWS, RECIPE, opened(tmp_path), tmp_path / "training")


def test_pixels_of_training_and_of_judging_are_those_the_backbone_expects(
    backbone: Backbone, tmp_path: Path
) -> None:
    lesson = lesson_on(backbone, tmp_path, np.arange(COUNT) % 2)
    album = lesson.album(np.arange(6), 64, tmp_path / "p.npy", unwatched)
    head = HeadNetwork(start_head(lesson.part, np.arange(2), RECIPE, 1e-2), 4, 0.0)
    network = TuneNetwork(backbone.network, head)
    with torch.inference_mode():
        found = _Lessons(backbone, album, album, RECIPE, 2)._features(network, album.pictures)
    direct = lesson.part.features[:6]
    cosines = (found.numpy() * direct).sum(1) / (
        np.linalg.norm(found, axis=1) * np.linalg.norm(direct, axis=1)
    )
    assert cosines.min() > 0.95
