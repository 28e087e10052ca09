"""A head for one catalog, learned on frozen features: minutes on two cores.

The classifier is a multinomial logistic regression, the strongest simple baseline on frozen
features. The projection starts as the features' principal axes (so that an untrained one is
all but the raw backbone) and learns to bring photos of one class together with a cosine
classifier that is thrown away afterwards (normalised softmax: Zhai & Wu, "Classification is a
Strong Baseline for Deep Metric Learning", BMVC 2019, arXiv 1811.12649).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vision.calibrate import fit_temperature, negative_log_likelihood
from vision.errors import BadTraining
from vision.head import Head

# L2 strengths tried for the classifier; the one with the least validation loss is taken.
L2_CANDIDATES = (1e-3, 3e-3, 1e-2, 3e-2)
# A feature that is constant on the training photos keeps its scale.
_LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Recipe:
    """How the projection learns; defaults chosen on validation photos (docs/experiments.md)."""

    dim: int = 256
    """Length of the embedding, at most the backbone's feature size."""
    epochs: int = 20
    batch: int = 256
    rate: float = 1e-3
    """Peak learning rate of the projection (AdamW, cosine to zero); proxies learn 10 x faster."""
    dropout: float = 0.2
    smoothing: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Part:
    """Features of one part of the split, with what is known of them; rows belong together."""

    features: np.ndarray
    """(N, F) float32."""
    classes: np.ndarray
    """(N,) int: the class whose members are to lie together; -1 unknown."""
    categories: np.ndarray
    """(N,) int: number of the category in the labels; -1 unknown."""


def fit_head(
    train: Part,
    validation: Part,
    labels: Sequence[str],
    recipe: Recipe | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Head:
    """A head for `labels`; without labels one that knows no categories.

    Rows with class or category -1 teach nothing there. Raises BadTraining when there are fewer
    than two categories, or classes, with photos to learn from.
    """
    recipe = recipe or Recipe()
    known, grouped = train.categories >= 0, train.classes >= 0
    for what, numbers in (
        ("categories", train.categories[known]),
        ("classes", train.classes[grouped]),
    ):
        if len(np.unique(numbers)) < 2 and (labels or what == "classes"):
            raise BadTraining(
                f"only {len(np.unique(numbers))} {what} have training photos, and two are needed; "
                "check the category column (--map category=COLUMN)"
            )
    mean = train.features.mean(axis=0)
    scale = train.features.std(axis=0)
    scale[scale < _LEAST_SPREAD] = 1.0

    def standard(part: Part) -> Tensor:
        return torch.from_numpy((part.features - mean) / scale)

    torch.manual_seed(recipe.seed)
    weight, bias = np.zeros((len(mean), 0), np.float32), np.zeros(0, np.float32)
    temperature = 1.0
    if labels:
        weight, bias = _classifier(
            standard(train)[known],
            train.categories[known],
            validation,
            standard,
            len(labels),
            progress,
        )
        judged = validation.categories >= 0
        logits = (standard(validation).numpy() @ weight + bias)[judged]
        temperature = fit_temperature(logits, validation.categories[judged])
    projection = _projection(standard(train)[grouped], train.classes[grouped], recipe, progress)
    return Head(mean, scale, projection, weight, bias, temperature)


def _classifier(
    features: Tensor,
    truth: np.ndarray,
    validation: Part,
    standard: Callable[[Part], Tensor],
    count: int,
    progress: Callable[[str, int, int], None],
) -> tuple[np.ndarray, np.ndarray]:
    """The (F, C) weight and (C,) bias whose L2 strength suits the validation photos best."""
    known = validation.categories >= 0
    held_out, held_truth = standard(validation).numpy()[known], validation.categories[known]
    best, least = None, math.inf
    for done, l2 in enumerate(L2_CANDIDATES, start=1):
        weight, bias = _logistic_regression(features, torch.from_numpy(truth), count, l2)
        logits = held_out @ weight + bias
        # Each at its own best temperature, as it will be used.
        fitted = logits / fit_temperature(logits, held_truth)
        loss = negative_log_likelihood(fitted, held_truth) if len(held_truth) else float(done)
        if loss < least:
            best, least = (weight, bias), loss
        progress("classifier", done, len(L2_CANDIDATES))
    assert best is not None  # noqa: S101 - there is at least one candidate
    return best


def _logistic_regression(
    features: Tensor, truth: Tensor, count: int, l2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Full-batch L-BFGS: deterministic, no learning rate. (N, F), (N,) → (F, C), (C,)."""
    weight = torch.zeros(features.shape[1], count, requires_grad=True)
    bias = torch.zeros(count, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=100, history_size=10, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.cross_entropy(features @ weight + bias, truth) + l2 * weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight.detach().numpy(), bias.detach().numpy()


def _projection(
    features: Tensor,
    classes: np.ndarray,
    recipe: Recipe,
    progress: Callable[[str, int, int], None],
) -> np.ndarray:
    """(N, F) standardised features → (F, D); its rows' order is the features'."""
    dim = min(recipe.dim, features.shape[1])
    weight = _principal_axes(features, dim).requires_grad_()
    target = torch.from_numpy(np.unique(classes, return_inverse=True)[1])
    scale = _cosine_scale(int(target.max()) + 1)
    with torch.no_grad():
        proxies = _class_means(F.normalize(features @ weight), target)
    proxies.requires_grad_()
    optimiser = torch.optim.AdamW(
        [{"params": [weight], "lr": recipe.rate}, {"params": [proxies], "lr": 10 * recipe.rate}],
        weight_decay=0.0,
    )
    batches = math.ceil(len(features) / recipe.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs * batches)
    for epoch in range(recipe.epochs):
        for rows in torch.randperm(len(features)).split(recipe.batch):
            inputs = F.dropout(features[rows], recipe.dropout)
            cosines = F.normalize(inputs @ weight) @ F.normalize(proxies).T
            loss = F.cross_entropy(scale * cosines, target[rows], label_smoothing=recipe.smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        progress("projection", epoch + 1, recipe.epochs)
    return weight.detach().numpy()


def _cosine_scale(classes: int) -> float:
    """How far cosines are stretched into logits: √2·ln(C-1), the fixed scale of AdaCos.

    Zhang et al., CVPR 2019, arXiv 1905.00292. A larger one is satisfied too early: with 17
    classes and 10 in place of 3.9, neighbours of the same category were 2 points fewer, and
    with 3 classes the projection learned to hide the difference. Two classes need some scale.
    """
    return max(math.sqrt(2) * math.log(max(classes - 1, 1)), 2.0)


def _principal_axes(features: Tensor, dim: int) -> Tensor:
    """(N, F) → (F, dim): the directions of most variance, orthonormal."""
    centred = features - features.mean(dim=0)
    _, axes = torch.linalg.eigh(centred.T @ centred)
    return axes[:, -dim:].flip(1).contiguous()


def _class_means(vectors: Tensor, target: Tensor) -> Tensor:
    """(N, D), (N,) → (C, D): where each class starts."""
    sums = torch.zeros(int(target.max()) + 1, vectors.shape[1])
    return F.normalize(sums.index_add(0, target, vectors))
