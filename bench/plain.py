"""What anyone gets in an afternoon: the plain training that Snapshelf's own must beat.

    python -m bench.plain --taught train.csv val.csv --asked test.csv [--gallery train.csv]
        [--image-root DIR] [--relevant-by category|product_id] [--exclude-label NAME]
        [--backbone SPEC] [--tune] [--seed 0]

Give it the split that `snapshelf train` has written, and compare with what `snapshelf evaluate`
says of the same photos. Its head: frozen features, 1280-512-256 with batch normalisation and
dropout, a cosine classifier, label smoothing. `--tune`: the whole network for six epochs at the
size the backbone's spec says (`size=160`), random crops, mirroring, brightness, AdamW on one cycle,
frozen statistics of batch normalisation, the mean of the picture and its mirror image at test.
Prints JSON.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms import v2

from ingest.readers import open_catalog
from lab.evaluate import Sample
from ui.build import samples_of
from vision.backbone import Backbone, load_backbone
from vision.pictures import store_pictures

MODEL = "snapshelf:mini-1"
HEAD_EPOCHS, TUNE_EPOCHS = 60, 6
HEAD_BATCH, TUNE_BATCH = 256, 32
HEAD_RATE, TUNE_RATE = 1e-3, 3e-4
SMOOTHING, SCALE = 0.1, 16.0


@dataclass(frozen=True)
class Set:
    """Photos and what each shows."""

    pixels: np.ndarray
    """(N, S, S, 3) uint8."""
    labels: np.ndarray
    """(N,) str."""


class Plain(nn.Module):
    """Features (B, F) → unit embeddings (B, 256); cosine classifier on top."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(features), nn.Linear(features, 512), nn.BatchNorm1d(512), nn.ReLU(),
            nn.Dropout(0.3), nn.Linear(512, 256), nn.BatchNorm1d(256),
        )  # fmt: skip
        self.classes = nn.Parameter(torch.randn(classes, 256))

    def forward(self, features: Tensor) -> Tensor:
        return F.normalize(self.layers(features))

    def logits(self, embedding: Tensor) -> Tensor:
        return SCALE * embedding @ F.normalize(self.classes).T


def fit(
    modules: Sequence[nn.Module],
    loss: Callable[[Tensor], Tensor],
    photos: int,
    epochs: int,
    batch: int,
    rates: Sequence[float],
) -> None:
    """One cycle of AdamW over `photos` rows."""
    groups = [{"params": list(one.parameters()), "lr": rate}
              for one, rate in zip(modules, rates, strict=True)]  # fmt: skip
    optimiser = torch.optim.AdamW(groups, weight_decay=0.05)
    steps = epochs * (photos // batch)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, list(rates), total_steps=steps)
    for _ in range(epochs):
        for rows in torch.randperm(photos)[: photos // batch * batch].split(batch):
            optimiser.zero_grad()
            loss(rows).backward()
            optimiser.step()
            cycle.step()


def features(backbone: Backbone, pixels: np.ndarray, mirrored: bool) -> Tensor:
    """(V, N, F): of the pictures and, `mirrored`, of their mirror images."""
    size = backbone.preprocess.size
    normal = v2.Normalize(backbone.preprocess.mean, backbone.preprocess.std)

    def of(batch: np.ndarray) -> Tensor:
        clear = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
        clear = normal(F.interpolate(clear, [size] * 2, mode="bicubic", antialias=True))
        views = [clear, clear.flip(3)] if mirrored else [clear]
        return torch.stack([backbone.network(one) for one in views])

    with torch.inference_mode():
        return torch.cat([of(pixels[at : at + 64]) for at in range(0, len(pixels), 64)], dim=1)


def tune(backbone: Backbone, head: Plain, known: Set, truth: Tensor) -> None:
    """The whole network; batch normalisation of the backbone keeps its statistics."""
    seen = backbone.preprocess
    view = v2.Compose([
        v2.RandomResizedCrop(seen.size, (0.5, 1.0), antialias=True), v2.RandomHorizontalFlip(),
        v2.ColorJitter(brightness=0.3), v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(seen.mean, seen.std),
    ])  # fmt: skip

    def loss(rows: Tensor) -> Tensor:
        some = torch.from_numpy(known.pixels[rows.numpy()]).permute(0, 3, 1, 2)
        inputs = torch.stack([view(one) for one in some])
        said = head.logits(head(backbone.network(inputs)))
        return F.cross_entropy(said, truth[rows], label_smoothing=SMOOTHING)

    backbone.network.requires_grad_(True)
    rates = [TUNE_RATE, HEAD_RATE]
    fit([backbone.network, head], loss, len(truth), TUNE_EPOCHS, TUNE_BATCH, rates)


def train_head(head: Plain, known: Tensor, truth: Tensor) -> None:
    def loss(rows: Tensor) -> Tensor:
        return F.cross_entropy(head.logits(head(known[rows])), truth[rows],
                               label_smoothing=SMOOTHING)  # fmt: skip

    fit([head], loss, len(truth), HEAD_EPOCHS, HEAD_BATCH, [HEAD_RATE])


def measure(
    backbone: Backbone, known: Set, gallery: Set, asked: Set, tuned: bool
) -> dict[str, float]:
    names, truth = np.unique(known.labels, return_inverse=True)
    seen = features(backbone, known.pixels, mirrored=False)[0]
    head = Plain(seen.shape[1], len(names))
    train_head(head, seen.clone(), torch.from_numpy(truth))
    if tuned:
        tune(backbone, head, known, torch.from_numpy(truth))
    head.eval()

    def embed(some: Set) -> np.ndarray:
        views = features(backbone, some.pixels, mirrored=tuned)
        return F.normalize(torch.stack([head(one) for one in views]).mean(dim=0)).numpy()

    with torch.inference_mode():
        queries, shelf = embed(asked), embed(gallery)
        said = names[head.logits(torch.from_numpy(queries)).argsort(1, descending=True).numpy()]
    right = gallery.labels[np.argsort(-(queries @ shelf.T), axis=1)] == asked.labels[:, None]
    inside = gallery.labels[None] == said[:, :1]
    hard = np.argsort(-np.where(inside, queries @ shelf.T, -math.inf), axis=1)[:, :9]
    return {
        "queries": len(queries),
        "top1": float((said[:, 0] == asked.labels).mean()),
        "top3": float((said[:, :3] == asked.labels[:, None]).any(axis=1).mean()),
        "p_at_9": float(right[:, :9].mean()),
        "p_at_9_hard": float((gallery.labels[hard] == asked.labels[:, None]).mean()),
        **{f"recall_at_{k}": float(right[:, :k].any(axis=1).mean()) for k in (1, 5, 9)},
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.plain", description=__doc__.split("\n")[0])
    parser.add_argument("--taught", type=Path, nargs="+", required=True)
    parser.add_argument("--asked", type=Path, required=True)
    parser.add_argument("--gallery", type=Path, nargs="+", help="by default the taught ones")
    parser.add_argument("--image-root", type=Path)
    parser.add_argument("--relevant-by", choices=("category", "product_id"), default="category")
    parser.add_argument("--exclude-label", action="append", default=[])
    parser.add_argument("--backbone", default=MODEL)
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    torch.manual_seed(options.seed)
    backbone = load_backbone(options.backbone)

    def label(sample: Sample) -> str | None:
        return str(getattr(sample.product, options.relevant_by) or "") or None

    with tempfile.TemporaryDirectory() as folder:

        def read(paths: Sequence[Path]) -> Set:
            catalogs = [open_catalog(one, image_root=options.image_root) for one in paths]
            samples = [one for catalog in catalogs for one in samples_of(catalog, print)]
            samples = [one for one in samples if label(one) not in (None, *options.exclude_label)]
            path = Path(folder) / f"{paths[0].parent.name}-{paths[0].stem}-{len(paths)}.npy"
            pixels = store_pictures([one.read for one in samples], backbone.preprocess.size, path,
                                    lambda done: None)  # fmt: skip
            return Set(pixels, np.array([label(one) for one in samples]))

        known, asked = read(options.taught), read([options.asked])
        gallery = read(options.gallery) if options.gallery else known
        print(json.dumps(measure(backbone, known, gallery, asked, options.tune), indent=2))


if __name__ == "__main__":
    main()
