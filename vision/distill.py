"""Trains a small backbone from random weights by matching a large one on unlabelled photos.

    python -m vision.distill --photos SHOP.csv --photos MORE/ --exclude TEST.txt \\
        --teacher 'timm:mobilenetv2_100' --student resnet18 --size 128 --out RUN --minutes 60

Every photo gives `--views` crops, some mixed or recoloured; the teacher says once what it
sees in each (kept in OUT/targets-*.npy), then the student is trained to say the same. No
label is read. The run writes OUT/checkpoint.pt every minute (`--resume` goes on from it)
and at the end OUT/<name>.safetensors (fp16, the network without the training's last layer)
and OUT/<name>.json, which together are a bundled backbone.
"""

import argparse
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from safetensors.torch import save_file

from vision.backbone import load_backbone
from vision.distill_teacher import Space, ToInput, fit_space, teach
from vision.distill_train import Batch, Recipe, State, Student, train
from vision.distill_views import Views, ahead, find_photos, read_excluded, read_photos
from vision.preprocess import IMAGENET_MEAN, IMAGENET_STD

# Views from which the teacher's mean and axes are estimated: 16 per dimension of 1,280.
SPACE_SAMPLE = 20_000
HELD_OUT_MAX = 256

_log = logging.getLogger(__name__)


class Deck:
    """The views of one group of photos and what the teacher says about them."""

    def __init__(self, views: Views, targets: np.ndarray) -> None:
        self.views = views
        self.targets = targets
        self.rows = views.training_rows(len(targets))


def distill(options: argparse.Namespace) -> Path:
    """The whole run; returns the path of the weights."""
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        minutes=options.minutes, batch=options.batch, lr=options.lr, threads=options.threads,
        relational=options.relational, half=options.half, seed=options.seed,
        checkpoint_s=options.checkpoint_seconds,
    )  # fmt: skip
    decks, space, held_out = _prepare(options)
    state = State.begin(build_student(options, space.matrix.shape[1]), recipe)
    checkpoint = options.out / "checkpoint.pt"
    if options.resume and checkpoint.is_file():
        state.load(checkpoint)
        _log.info("going on at step %d, %.1f minutes", state.step, state.elapsed_s / 60)
    batches = draw(decks, space, recipe, lambda: size_at(state, options), state.step)
    train(state, recipe, batches, ToInput(IMAGENET_MEAN, IMAGENET_STD), held_out, checkpoint)
    return export(state, recipe, options)


def build_student(options: argparse.Namespace, target_size: int) -> Student:
    """Random weights, always: `pretrained` is not an option."""
    network: Any = timm.create_model(
        options.student, pretrained=False, num_classes=0, **options.student_options
    )
    network = network.to(memory_format=torch.channels_last)
    return Student(network, network.head_hidden_size, target_size)


def _prepare(options: argparse.Namespace) -> tuple[list[Deck], Space, Batch]:
    teacher = load_backbone(options.teacher)
    excluded = read_excluded(options.exclude)
    decks, plain, features = [], [], []
    for number, sources in enumerate(options.photos):
        views = Views(read_photos(find_photos(sources, excluded)), options.seed)
        _log.info("deck %d: %d photos", number, len(views.photos))
        rows = len(views.photos) * options.views
        targets = teach(teacher, views, rows, options.out / f"targets-{number}.npy")
        decks.append(Deck(views, targets))
        held = views.held_out[:HELD_OUT_MAX]
        plain += [views.plain(photo, options.size) for photo in held]
        seen = [teacher.preprocess(views.photos[photo]) for photo in held]
        features += [teacher.features(pixels[None]) for pixels in seen]
    sample = np.concatenate([deck.targets[: SPACE_SAMPLE // len(decks)] for deck in decks])
    space = fit_space(sample, min(options.dim, teacher.feature_size), options.whiten)
    return decks, space, (np.stack(plain), space(np.concatenate(features)))


def size_at(state: State, options: argparse.Namespace) -> int:
    """From --start-size to --size in steps of 16 px, the last reached at 70 % of the time."""
    first, last = options.start_size or options.size, options.size
    progress = min(1.0, state.elapsed_s / (options.minutes * 60) / 0.7)
    return last if progress == 1 else first + int((last - first) * progress) // 16 * 16


def draw(
    decks: Sequence[Deck],
    space: Space,
    recipe: Recipe,
    size: Callable[[], int],
    start: int,
) -> Iterator[Batch]:
    """Batches for ever, from step `start` on: repeatable, each row once per shuffle of its deck."""
    every = [(deck, int(row)) for deck in decks for row in deck.rows]

    def read(step: int) -> Batch:
        chosen = [every[index] for index in _shuffled(len(every), step, recipe)]
        side = size()
        pixels = np.stack([deck.views.view(row, side) for deck, row in chosen])
        return pixels, space(np.stack([deck.targets[row] for deck, row in chosen]))

    return ahead(read, iter(range(start, 1 << 62)))


def _shuffled(count: int, step: int, recipe: Recipe) -> np.ndarray:
    """The indices of batch `step`; a batch may straddle two shuffles."""
    places = np.arange(step * recipe.batch, (step + 1) * recipe.batch)
    return np.concatenate(
        [
            np.random.default_rng((recipe.seed, int(epoch))).permutation(count)[
                places[places // count == epoch] % count
            ]
            for epoch in np.unique(places // count)
        ]
    )


def export(state: State, recipe: Recipe, options: argparse.Namespace) -> Path:
    """The averaged network as fp16 safetensors, and the json that names its architecture."""
    network = state.average.network
    tensors = {
        name: value.half().contiguous()
        for name, value in network.state_dict().items()
        if value.is_floating_point()
    }
    weights: Path = options.out / f"{options.name}.safetensors"
    save_file(tensors, weights)
    card: dict[str, Any] = {
        "architecture": options.student,
        "options": options.student_options,
        "size": options.serve_size or options.size,
        "mean": IMAGENET_MEAN,
        "std": IMAGENET_STD,
        "feature_size": network.head_hidden_size,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "sha256": sha256(weights.read_bytes()).hexdigest(),
        "trained_at": options.size,
        "steps": state.step,
        "held_out_cosine": round(state.history[-1][2], 4),
        "recipe": asdict(recipe)
        | {name: getattr(options, name) for name in ("views", "whiten", "dim", "start_size")},
    }
    weights.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")
    _log.info("wrote %s (%.2f MB)", weights, weights.stat().st_size / 1e6)
    return weights


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m vision.distill",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--photos",
        type=Path,
        nargs="+",
        action="append",
        required=True,
        metavar="DIR_OR_CSV",
        help="folders, or CSVs with an image column; repeat to add another deck of photos",
    )
    add("--exclude", type=Path, help="text file: one picture per line that must not be read")
    add("--teacher", required=True, metavar="SPEC", help="a backbone spec, as for train")
    add("--student", default="resnet18", metavar="ARCH", help="a timm architecture")
    add(
        "--student-options",
        type=json.loads,
        default={},
        metavar="JSON",
        help="for timm's factory, e.g. '{\"channels\": [48, 96, 192, 320]}'",
    )
    add("--size", type=int, default=128, help="side of the student's input in training, pixels")
    add("--start-size", type=int, help="a smaller side to begin with: more views in the time")
    add("--serve-size", type=int, help="side it is used at; a little more is often better")
    add("--out", type=Path, required=True, metavar="DIR")
    add("--name", default="student", help="name of the files written")
    add("--minutes", type=float, default=60, help="of training, the teacher's part not counted")
    add("--views", type=int, default=10, help="crops per photo that the teacher looks at")
    add("--dim", type=int, default=512, help="principal axes of the teacher that are matched")
    add("--whiten", type=float, default=0.5, help="0: teacher's own scale, 1: all axes alike")
    add("--relational", type=float, default=1.0, help="weight of the pairwise term")
    add("--batch", type=int, default=128)
    add("--lr", type=float, default=2e-3)
    add("--threads", type=int, default=2)
    add(
        "--half",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="bfloat16 arithmetic in training",
    )
    add("--checkpoint-seconds", type=float, default=60.0)
    add("--seed", type=int, default=0)
    add("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    return parser.parse_args(arguments)  # fmt: skip


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    distill(parse())
