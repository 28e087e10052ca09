"""A head for one catalog, learned on frozen features: seconds on two cores.

The classifier begins as a multinomial logistic regression, the strongest simple baseline on
frozen features, and grows a hidden layer only as far as validation photos approve. The projection
begins as the features' principal axes, so that an untrained one is all but the raw backbone.

The photos are cut into folds. Each fold's head judges photos that it never saw: they say when to
stop, how sure the model may sound, and how much the class probabilities should count in the
embedding. The head that is kept learns from all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vision.calibrate import Held, calibrate, check, fit_temperature, likelihood_loss
from vision.calibration import Calibration
from vision.classes import LEAST_PHOTOS
from vision.errors import BadTraining
from vision.head import Head, softmax, tempered, unit
from vision.loop import Course, Lessons, learn
from vision.network import HeadNetwork
from vision.objective import Objective, draw_mix
from vision.parts import Part
from vision.progress import Progress, unwatched
from vision.recipe import Recipe
from vision.sampling import Sampler, kin
from vision.split import split, split_in_order

# L2 strengths of the logistic regression that are tried: many classes with few photos each want
# less of it (fashion .001, clothing .01 to .03).
L2 = (1e-3, 3e-3, 1e-2, 3e-2)
# A feature that is constant on the training photos keeps its scale.
_LEAST_SPREAD = 1e-6
# Random directions in which novelty is measured: the distance is within 9 % of the full one.
_NOVELTY_DIRECTIONS = 256
# Photos by which an epoch is judged where there is no classifier.
_JUDGED = 2000
# Added to the features' covariance: few photos leave most of its axes unknown.
_RIDGE = 0.1


# (rest, judged) rows of each fold
Rows = Sequence[int] | np.ndarray
Folds = Sequence[tuple[Rows, Rows]]


@dataclass(frozen=True)
class Trained:
    """A head, how far its word goes, and how it was learned."""

    head: Head
    calibration: Calibration
    course: Course
    """Of the first fold, or of the tuning."""
    validation: dict[str, float]
    """`check` of photos that were judged by a head that never saw them."""


def fit_head(
    part: Part,
    category_of: np.ndarray,
    recipe: Recipe | None = None,
    progress: Progress = unwatched,
    folds: Folds | None = None,
) -> Trained:
    """A head for K classes of which class k lies in category `category_of[k]`, -1 for none.

    K may be 0: then the head knows no categories. `folds` are drawn unless they are given. Raises
    BadTraining when there are fewer than two classes, or two groups, with photos to learn from.
    """
    recipe = recipe or Recipe()
    check_part(part, len(category_of))
    held, courses = [], []
    folds = folds or _folds(part, recipe)
    l2 = strength(part, len(category_of), folds, recipe)
    for number, (rest, rows) in enumerate(folds, start=1):
        learner, judged = Learner(part.take(rest), category_of, recipe, l2), part.take(rows)
        courses.append(learner.learn(judged, partial(progress, f"fold {number} of {len(folds)}")))
        held.append(Held(learner.head(), learner.part, judged))
    calibrated = calibrate(held)
    epochs = _best_epoch(courses) if courses else recipe.epochs
    learner = Learner(part, category_of, replace(recipe, epochs=epochs), l2)
    learner.learn(None, partial(progress, "head"))
    head = calibrated.apply(learner.head())
    validation = check([one.with_head(calibrated.apply(one.head)) for one in held],
                       calibrated.calibration)  # fmt: skip
    course = courses[0] if courses else Course()
    return Trained(head, calibrated.calibration, course, validation)


def start_head(part: Part, category_of: np.ndarray, recipe: Recipe, l2: float) -> Head:
    """What a run begins from: principal axes, logistic regression, novelty; no step taken."""
    standard, mean, scale = _standardised(part.features, recipe.power)
    weight, bias = _logistic_regression(standard, part.targets.classes, len(category_of), l2)
    plain = np.array_equal(category_of, np.arange(len(category_of)))
    matrix, centre = familiar(part.features, recipe.seed)
    return Head(
        mean, scale, _principal_axes(standard, min(recipe.dim, standard.shape[1])), weight, bias,
        category_of=None if plain else category_of.astype(np.float32),
        power=recipe.power, whitening=matrix, centre=centre,
    )  # fmt: skip


class Learner:
    """One run on one set of features."""

    def __init__(
        self, part: Part, category_of: np.ndarray, recipe: Recipe, l2: float = L2[-2]
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.part, self._recipe = part, recipe
        self.start = start_head(part, category_of, recipe, l2)
        self.network = HeadNetwork(self.start, recipe.hidden, recipe.dropout)

    def learn(self, judged: Part | None, progress: Callable[[int, int, str], None]) -> Course:
        targets, recipe = self.part.targets, self._recipe
        sampler = Sampler(kin(targets), recipe.batch, recipe.seed)
        offset = sampler.offset(targets.classes, self.start.weight.shape[1])
        objective = Objective(targets, recipe, offset)
        features = torch.from_numpy(self.part.features)

        def loss(network: nn.Module, rows: list[int]) -> Tensor:
            assert isinstance(network, HeadNetwork)  # noqa: S101 - for the type checker
            batch = torch.tensor(rows)
            mix = draw_mix(len(rows), recipe.mixup)
            return objective(network, mix(network.standard(features[batch])), batch, mix)

        def judge(network: nn.Module) -> float:
            assert isinstance(network, HeadNetwork)  # noqa: S101 - for the type checker
            assert judged is not None  # noqa: S101 - for the type checker
            return score(self.head(network), self.part, judged)

        lessons = Lessons(sampler.__iter__, sampler.steps, loss, judge if judged else None)
        groups = [{"params": list(self.network.parameters()), "lr": recipe.rate}]
        return learn(self.network, groups, lessons, recipe, progress)

    def head(self, network: HeadNetwork | None = None) -> Head:
        """What was learned, or what `network` would be."""
        return (network or self.network).to_head(
            category_of=self.start.category_of,
            whitening=self.start.whitening,
            centre=self.start.centre,
        )


def score(head: Head, known: Part, judged: Part) -> float:
    """Share of `judged` photos named right; without classes, whose nearest known one is kin."""
    truth = judged.targets.classes
    named = truth >= 0
    if head.weight.shape[1] and named.any():
        logits = head.logits(head.standard(judged.features[named]))
        return float((logits.argmax(axis=1) == truth[named]).mean())
    asked = np.flatnonzero(judged.targets.groups >= 0)
    known, judged = known.searched(), judged.take(asked).sample(_JUDGED)
    if not len(judged):
        return 0.0
    nearest = (head(judged.features).vectors @ head(known.features).vectors.T).argmax(axis=1)
    return float((known.targets.groups[nearest] == judged.targets.groups).mean())


def _standardised(features: np.ndarray, power: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, F) → tempered and standardised (N, F), with the mean and the scale (F,)."""
    spread = tempered(features, power)
    mean, scale = spread.mean(axis=0), spread.std(axis=0)
    scale[scale < _LEAST_SPREAD] = 1.0
    return (spread - mean) / scale, mean, scale


def strength(part: Part, classes: int, folds: Folds, recipe: Recipe) -> float:
    """The L2 strength with which the first fold's photos are judged most likely."""
    if not classes or not folds:
        return L2[-2]
    rest, rows = folds[0]
    known, judged = part.take(rest), part.take(rows)
    standard, mean, scale = _standardised(known.features, recipe.power)
    named = judged.targets.classes >= 0
    asked = ((tempered(judged.features, recipe.power) - mean) / scale)[named]
    truth = judged.targets.classes[named]

    def loss(l2: float) -> float:
        weight, bias = _logistic_regression(standard, known.targets.classes, classes, l2)
        logits = asked @ weight + bias
        return likelihood_loss(softmax(logits / fit_temperature(logits, truth)), truth)

    return min(L2, key=loss) if named.any() else L2[-2]


def _best_epoch(courses: Sequence[Course]) -> int:
    """The epoch with the best mean score of all folds: one fold's scores are too noisy."""
    shortest = min(len(course.history) for course in courses)
    scores = [[one["val_score"] for one in course.history[:shortest]] for course in courses]
    return int(np.mean(scores, axis=0).argmax())


def check_part(part: Part, classes: int) -> None:
    """Raises BadTraining unless two classes, where there are any, and two groups have photos."""
    known, together = (
        len(np.unique(numbers[numbers >= 0]))
        for numbers in (part.targets.classes, part.targets.groups)
    )
    if classes and known < 2:
        raise BadTraining(
            f"only {known} categories have training photos, and two are needed; "
            "check the category column (--map category=COLUMN)"
        )
    if together >= 2:
        return
    if not classes:
        raise BadTraining(
            f"no two categories have {LEAST_PHOTOS} photos or more, and no two products have two; "
            "check the category column (--map category=COLUMN), or give --photos"
        )
    # Categories would be groups enough: these are products.
    few = "only one product has" if together else "no product has"
    raise BadTraining(f"{few} two photos to learn from: give --photos, or --label category")


def _folds(part: Part, recipe: Recipe) -> Folds:
    """(rest, judged) rows of each fold; every photo is judged once.

    A product's photos stay together, except where products are what is told apart: there they
    are cut in their order. Where the gallery is a part of the photos, it is always known, and the
    others are judged.
    """
    classes, products = part.targets.classes, part.products
    asked = np.ones(len(part), bool) if part.gallery is None else ~part.gallery
    parts = (1,) * recipe.folds
    if _one_product_each(classes, products):
        # By kin: products of one photo, taught as one class, must not all fall into one fold.
        folds = split_in_order([str(one) for one in kin(part.targets)], parts)
    else:
        groups = [str(one) for one in products]
        folds = split(groups, [str(one) for one in classes], recipe.seed, parts)
    every = set(range(len(classes)))
    judged = [[row for row in fold if asked[row]] for fold in folds]
    pairs = [(sorted(every - set(fold)), fold) for fold in judged]
    # One photo has no principal axes.
    return [(rest, fold) for rest, fold in pairs if len(rest) > 1 and fold and recipe.folds > 1]


def _one_product_each(classes: np.ndarray, products: np.ndarray) -> bool:
    """True when most classes are one product, or when there are no classes: only products."""
    known = classes >= 0
    if not known.any():
        return True
    pairs = np.unique(np.stack([classes[known], products[known]]), axis=1)
    return bool(np.median(np.unique(pairs[0], return_counts=True)[1]) == 1)


def _logistic_regression(
    features: np.ndarray, classes: np.ndarray, count: int, l2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Full-batch L-BFGS: deterministic, no learning rate. (N, F), (N,) → (F, K), (K,)."""
    weight = torch.zeros(features.shape[1], count, requires_grad=True)
    bias = torch.zeros(count, requires_grad=True)
    known = classes >= 0
    if not count or not known.any():
        return weight.detach().numpy(), bias.detach().numpy()
    inputs, truth = torch.from_numpy(features[known]), torch.from_numpy(classes[known])
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=100, history_size=10, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.cross_entropy(inputs @ weight + bias, truth) + l2 * weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight.detach().numpy(), bias.detach().numpy()


def _principal_axes(features: np.ndarray, dim: int) -> np.ndarray:
    """(N, F) → (F, dim): the directions of most variance, orthonormal."""
    _, axes = np.linalg.eigh(np.cov(features, rowvar=False))
    return np.ascontiguousarray(axes[:, ::-1][:, :dim], np.float32)


def familiar(features: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, F) features of the taught photos → `Head.whitening` (F, W) and `Head.centre` (W,)."""
    directions = unit(features)
    mean = directions.mean(axis=0)
    # One scale for all: features that hardly vary stay quiet.
    scale = float(directions.std(axis=0).mean()) or 1.0
    size = features.shape[1]
    covariance = np.cov(directions, rowvar=False) / scale**2 + _RIDGE * np.eye(size)
    variances, axes = np.linalg.eigh(covariance)
    drawn = np.random.default_rng(seed).normal(size=(size, min(_NOVELTY_DIRECTIONS, size)))
    matrix = (axes / np.sqrt(variances)) @ drawn / np.sqrt(size) / scale
    return matrix.astype(np.float32), (mean @ matrix).astype(np.float32)
