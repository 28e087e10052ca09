"""How far a model's word goes, learned from photos that no weight was fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision.calibration import VOTERS, Calibration, MatchScores, vote
from vision.head import Head, softmax
from vision.parts import Part

# Temperatures tried: an eighth to eight, in steps of 2 %.
_TEMPERATURES = np.exp(np.arange(-np.log(8), np.log(8), 0.02)).astype(np.float32)
# Targets for which a category set's threshold is kept.
COVERAGES = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
# Shares of the class probabilities in the embedding that are tried; the least that is within
# _WORTH of the best precision is taken: what it leaves to the projection is the product's detail.
SHARES = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8)
_WORTH = 0.002
_WEIGHTS = np.round(np.arange(0.3, 1.01, 0.1), 2)
_SHARPNESS = (5.0, 10.0, 20.0, 40.0)
_POWERS = np.round(np.arange(0.7, 2.01, 0.05), 2)
# Neighbours that a shopper sees.
_SHOWN = 9
# Of true photos that may be called strange; the promise is 5 %, the rest is for bad luck.
_REFUSED = 0.03
# Least precision of the hits that get each label.
_VERY_SIMILAR, _SAME_STYLE = 0.9, 0.7
# "Same product" is said above what this share of photos finds among other products.
_OTHERS_BELOW = 0.98
# Photos judged for each fold; more would only cost time and memory.
_MOST_PHOTOS = 4000
# Searched at once: a block of cosines to 100,000 pictures is 200 MB.
_BLOCK = 500
# Fewer photos say nothing about tails.
_LEAST_PHOTOS = 20


@dataclass(frozen=True)
class Held:
    """Photos that `head` never saw, and the ones among which it would search for them."""

    head: Head
    known: Part
    judged: Part

    def with_head(self, head: Head) -> "Held":
        return replace(self, head=head)


@dataclass(frozen=True)
class Calibrated:
    """Everything that held-out photos decided."""

    temperature: float
    share: float
    calibration: Calibration

    def apply(self, head: Head) -> Head:
        return replace(head, temperature=self.temperature, share=self.share)


def calibrate(folds: Sequence[Held]) -> Calibrated:
    """Temperature, share of the classes in the embedding, and the `Calibration`.

    Each photo is judged by its own fold's head, so that a head trained on all of them afterwards
    is at least as good as promised (cross-conformal prediction: Vovk, Annals of Mathematics and
    Artificial Intelligence 2015).
    """
    temperature = _temperature(folds)
    shares = SHARES if folds and folds[0].head.weight.shape[1] else (0.0,)
    views = {
        share: [
            _view(one.with_head(replace(one.head, temperature=temperature, share=share)))
            for one in folds
        ]
        for share in shares
    }
    precisions = {
        share: np.mean([view.precision() for view in tried] or [0.0])
        for share, tried in views.items()
    }
    enough = max(precisions.values()) - _WORTH
    best = min(share for share, precision in precisions.items() if precision >= enough)
    return Calibrated(temperature, best, _calibration(views[best]))


def check(
    held: Sequence[Held], calibration: Calibration, coverage: float = 0.95
) -> dict[str, float]:
    """What calibrated heads are worth on photos that they never saw.

    photos, top1, top3 of the blended categories, coverage and mean_set of their category sets,
    refused: the share called strange. Without known categories only photos and refused.
    """
    views = [_view(one) for one in held]
    novelty = np.concatenate([view.novelty for view in views] or [np.zeros(0)])
    found: dict[str, float] = {"photos": len(novelty)}
    if calibration.strange is not None and len(novelty):
        found["refused"] = round(float((novelty > calibration.strange).mean()), 4)
    truth = np.concatenate([view.categories for view in views] or [np.zeros(0, int)])
    known = truth >= 0
    if not known.any():
        return found
    said = np.concatenate([view.probabilities for view in views])[known]
    voted = _voted(views, calibration.vote_sharpness, said.shape[1])[known]
    chances, truth = calibration.blend(said, voted), truth[known]
    own = chances[np.arange(len(truth)), truth]
    ranks = (chances > own[:, None]).sum(axis=1)
    found |= {f"top{k}": round(float((ranks < k).mean()), 4) for k in (1, 3)}
    least = calibration.threshold(coverage)
    if least is not None:
        floor = np.minimum(least, chances.max(axis=1))
        found["coverage"] = round(float((own >= floor).mean()), 4)
        found["mean_set"] = round(float((chances >= floor[:, None]).sum(axis=1).mean()), 3)
    return found


@dataclass(frozen=True)
class _View:
    """One fold as a shopper's search would see it."""

    probabilities: np.ndarray
    """(N, C)"""
    novelty: np.ndarray
    categories: np.ndarray
    """(N,) the truth, -1 unknown."""
    cosines: np.ndarray
    """(N, V) of the nearest gallery photos, best first."""
    near: np.ndarray
    """(N, V) their categories, -1 none."""
    same: np.ndarray
    """(N, V) bool: the same product."""
    random: np.ndarray
    """(N,) cosine to a gallery photo drawn at random."""

    def precision(self) -> float:
        """Of the first hits: by product where the gallery has the photo's, else by category."""
        if self.same.any(axis=1).mean() > 0.5:
            return float(self.same[:, 0].mean())
        known = self.categories >= 0
        right = self.near[known, :_SHOWN] == self.categories[known, None]
        return float(right.mean()) if known.any() else 0.0


def _view(held: Held) -> _View:
    head, known = held.head, held.known.searched()
    judged = held.judged.sample(_MOST_PHOTOS)
    asked, shelf = head(judged.features), head(known.features)
    cosines, nearest = _nearest(asked.vectors, shelf.vectors, min(VOTERS, len(known)))
    drawn = np.random.default_rng(0).integers(len(known), size=len(judged))
    return _View(
        probabilities=asked.probabilities,
        novelty=asked.novelty,
        categories=categories_of(head, judged.targets.classes),
        cosines=cosines,
        near=categories_of(head, known.targets.classes)[nearest],
        same=known.products[nearest] == judged.products[:, None],
        random=(asked.vectors * shelf.vectors[drawn]).sum(axis=1),
    )


def _nearest(asked: np.ndarray, shelf: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) and (G, D) unit vectors → (N, k) cosines, best first, and their places in G."""
    found = []
    for start in range(0, len(asked), _BLOCK):
        cosines = asked[start : start + _BLOCK] @ shelf.T
        some = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        best = np.take_along_axis(cosines, some, axis=1)
        order = np.argsort(-best, axis=1, kind="stable")
        found.append(
            (np.take_along_axis(best, order, axis=1), np.take_along_axis(some, order, axis=1))
        )
    cosines, places = zip(*found, strict=True) if found else ((), ())
    shape = (0, k)
    return (
        np.concatenate([np.zeros(shape, np.float32), *cosines]),
        np.concatenate([np.zeros(shape, int), *places]),
    )


def categories_of(head: Head, classes: np.ndarray) -> np.ndarray:
    """(N,) class numbers → category numbers, -1 where there is none."""
    if head.category_of is None:
        return classes
    return np.where(classes >= 0, head.category_of.astype(int)[np.maximum(classes, 0)], -1)


def _calibration(views: Sequence[_View]) -> Calibration:
    photos = sum(len(view.novelty) for view in views)
    if photos < _LEAST_PHOTOS:
        return Calibration(photos)
    novelty = np.concatenate([view.novelty for view in views])
    return replace(
        _blend(views, photos),
        matches=_matches(views),
        strange=float(np.quantile(novelty, 1 - _REFUSED)) if novelty.any() else None,
    )


def _blend(views: Sequence[_View], photos: int) -> Calibration:
    """The weight of the neighbours and the sets' thresholds, from photos of known category."""
    truth = np.concatenate([view.categories for view in views])
    known = truth >= 0
    if known.sum() < _LEAST_PHOTOS or not views[0].probabilities.shape[1]:
        return Calibration(photos)
    said = np.concatenate([view.probabilities for view in views])[known]
    truth = truth[known]
    voted = {sharp: _voted(views, sharp, said.shape[1])[known] for sharp in _SHARPNESS}

    def loss(tried: Calibration) -> float:
        return likelihood_loss(tried.blend(said, voted[tried.vote_sharpness]), truth)

    mixed = min((Calibration(photos, {}, float(weight), sharp)
                 for weight in _WEIGHTS for sharp in _SHARPNESS), key=loss)  # fmt: skip
    best = min((replace(mixed, blend_power=float(power)) for power in _POWERS), key=loss)
    chances = best.blend(said, voted[best.vote_sharpness])[np.arange(len(truth)), truth]
    return replace(best, set_thresholds=set_thresholds(chances))


def _voted(views: Sequence[_View], sharpness: float, count: int) -> np.ndarray:
    """(N, C) the neighbours' shares for each photo of all folds."""
    return np.array([
        vote(cosines, near, count, sharpness)
        for view in views for cosines, near in zip(view.cosines, view.near, strict=True)
    ])  # fmt: skip


def set_thresholds(chances: np.ndarray) -> dict[str, float]:
    """Least probability of a set's members for each target coverage.

    (N,) probabilities that held-out photos gave their true category. Split-conformal prediction
    with the score 1 - p (Sadinle et al., "Least Ambiguous Set-Valued Classifiers", JASA 2019):
    the ⌊(N+1)(1-coverage)⌋-th smallest, so that a new photo's truth is in its set with at least
    that probability.
    """
    ordered = np.sort(chances)
    ranks = {target: int((len(ordered) + 1) * (1 - target) + 1e-9) for target in COVERAGES}
    return {
        str(target): float(ordered[rank - 1]) if rank else 0.0 for target, rank in ranks.items()
    }


def _matches(views: Sequence[_View]) -> MatchScores | None:
    """Least cosines of the labels; None where nothing is known of the neighbours."""
    cosines = np.concatenate([view.cosines[:, :_SHOWN] for view in views])
    same = np.concatenate([view.same[:, :_SHOWN] for view in views])
    alike = np.concatenate([_alike(view)[:, :_SHOWN] for view in views])
    random = np.concatenate([view.random for view in views])
    others = np.where(same, -1.0, cosines).max(axis=1)
    # A photo can be judged by its category, or by its product where the gallery has that.
    judged = np.concatenate([view.categories >= 0 for view in views]) | same.any(axis=1)
    if not judged.any():
        return None
    product = float(np.quantile(others, _OTHERS_BELOW))
    similar = least_score(cosines[judged], alike[judged], _VERY_SIMILAR)
    style = max(least_score(cosines[judged], alike[judged], _SAME_STYLE),
                float(np.quantile(random, 0.9)))  # fmt: skip
    similar = min(similar, product)
    return MatchScores(product, similar, min(style, similar))


def _alike(view: _View) -> np.ndarray:
    return view.same | (view.near == view.categories[:, None])


def least_score(scores: np.ndarray, right: np.ndarray, precision: float) -> float:
    """The least score such that of all hits at or above it that share is right; 1 if none is."""
    order = np.argsort(-scores, axis=None)
    ordered = scores.ravel()[order]
    shares = np.cumsum(right.ravel()[order]) / np.arange(1, right.size + 1)
    # Equal scores are in or out together.
    last = np.append(ordered[1:] < ordered[:-1], True)[: right.size]
    good = np.flatnonzero((shares >= precision) & last)
    return float(ordered[good[-1]]) if len(good) else 1.0


def _temperature(folds: Sequence[Held]) -> float:
    logits, truth = [], []
    for fold in folds:
        judged = fold.judged.sample(_MOST_PHOTOS)
        named = np.flatnonzero(judged.targets.classes >= 0)
        logits.append(fold.head.logits(fold.head.standard(judged.features[named])))
        truth.append(judged.targets.classes[named])
    if not folds or not logits[0].shape[1]:
        return 1.0
    return fit_temperature(np.concatenate(logits), np.concatenate(truth))


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood on held-out photos.

    (N, K) logits and (N,) class numbers, from photos that no weight was fitted on. Guo et
    al., "On Calibration of Modern Neural Networks", ICML 2017 (arXiv 1706.04599). Dividing
    logits by it leaves their order, so no accuracy changes. 1.0 when there is nothing to fit.
    """
    if len(truth) == 0:
        return 1.0
    losses = [likelihood_loss(softmax(logits / t), truth) for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def likelihood_loss(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Mean negative log-likelihood over N rows, in nats."""
    chances = probabilities[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())
