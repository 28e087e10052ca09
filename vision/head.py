"""The head: backbone features to a unit vector and category probabilities. Plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

# Below this length a vector has no direction; only a dead backbone gives one.
_TINY = 1e-12
# Keeps the slope of a root within bounds at 0, where a tuned backbone's gradient passes.
SOFT = 1e-4
# Taken away before places are told apart; not all, for a hit may be just what the photo is.
_COMMON = 0.8


@dataclass(frozen=True)
class Encoded:
    """What the model says of N images, row order kept."""

    vectors: np.ndarray
    """(N, D) float32, unit norm."""
    probabilities: np.ndarray
    """(N, C) float32, rows sum to 1; C is 0 for a head without a classifier."""
    novelty: np.ndarray
    """(N,) float32, >= 0, about 1 for photos like those the head was taught; 0 for a bare head."""


def _none(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@dataclass(frozen=True)
class Head:
    """A projection of the features, and a classifier beside it; both make the embedding.

    Features are first tempered, sign(f)·|f|^power (Perronnin et al., "Improving the Fisher
    Kernel", ECCV 2010: a power below 1 keeps a few loud features from drowning the others), and
    standardised. The classifier tells K classes apart (products, or categories) and is linear
    plus one hidden layer; a category's probability is the sum over its classes.

    The embedding joins the unit projection with the square roots of the class probabilities, so
    that a cosine is a mixture, (1-share)·cosine of the projections + share·Σ√(p·q): the second
    term, the Bhattacharyya coefficient, is 1 for two pictures that the classifier sees alike. It
    is a category filter that never cuts off. Without classes and with power 1, mean 0, scale 1 and
    the identity as projection, the embedding is the untouched backbone.
    """

    mean: np.ndarray
    """(F,)"""
    scale: np.ndarray
    """(F,), > 0"""
    projection: np.ndarray
    """(F, P)"""
    weight: np.ndarray
    """(F, K)"""
    bias: np.ndarray
    """(K,)"""
    hidden: np.ndarray = field(default_factory=lambda: _none(0, 0))
    """(F, H), followed by ReLU; H may be 0."""
    hidden_bias: np.ndarray = field(default_factory=lambda: _none(0))
    """(H,)"""
    hidden_weight: np.ndarray = field(default_factory=lambda: _none(0, 0))
    """(H, K)"""
    category_of: np.ndarray | None = None
    """(K,) number of each class's category, -1 for none; None: the classes are the categories."""
    temperature: float = 1.0
    """Logits are divided by it; > 0, fitted on validation photos."""
    share: float = 0.0
    """Of the class probabilities in the embedding, [0, 1)."""
    power: float = 1.0
    """(0, 1]"""
    whitening: np.ndarray = field(default_factory=lambda: _none(0, 0))
    """(F, W): takes unit features, less `centre`, to values whose mean square over photos like the
    taught ones is 1: novelty is the Mahalanobis distance of unit features (Mueller & Hein,
    "Mahalanobis++", ICML 2025, arXiv 2505.18032) in W random directions. W may be 0."""
    centre: np.ndarray = field(default_factory=lambda: _none(0))
    """(W,) where `whitening` takes the mean; empty: the origin."""

    @property
    def dim(self) -> int:
        return self.projection.shape[1] + (self.weight.shape[1] if self.share else 0)

    def __call__(self, features: np.ndarray) -> Encoded:
        """(N, F) float32 → Encoded."""
        standard = self.standard(features)
        classes = softmax(self.logits(standard) / np.float32(self.temperature))
        return Encoded(
            self.vectors(standard, classes), self.categories(classes), self.novelty(features)
        )

    def standard(self, features: np.ndarray) -> np.ndarray:
        """(N, F) → (N, F): tempered and standardised."""
        return (tempered(features, self.power) - self.mean) / self.scale

    def logits(self, standard: np.ndarray) -> np.ndarray:
        """(N, F) standardised → (N, K), before the temperature."""
        logits = standard @ self.weight + self.bias
        if self.hidden.size:
            lit = np.maximum(standard @ self.hidden + self.hidden_bias, 0)
            logits = logits + lit @ self.hidden_weight
        return logits

    def vectors(self, standard: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """(N, F) standardised and (N, K) class probabilities → (N, D) float32, unit norm."""
        projected = unit(standard @ self.projection)
        if not self.share:
            return projected
        parts = (np.sqrt(1 - self.share) * projected, np.sqrt(self.share * classes))
        return np.concatenate(parts, axis=1).astype(np.float32)

    def words(self, features: np.ndarray, centre: np.ndarray | None) -> np.ndarray:
        """(N, F) features of texts → (N, D) float32, unit norm, beside photos that they describe.

        `centre` (F,) is the mean of tempered text features. Texts and photos of a two-tower model
        lie apart by a constant (Liang et al., "Mind the Gap", NeurIPS 2022, arXiv 2203.02053), so
        each kind is held against its own mean, then weighed as photos are. None: nothing is known
        of other texts, and nothing taken away. The part of the classifier stays empty, for it
        has only ever seen photos.
        """
        away = tempered(features, self.power) - (0 if centre is None else centre)
        projected = unit((away / self.scale) @ self.projection)
        empty = _none(len(features), self.dim - projected.shape[1])
        return np.concatenate((projected, empty), axis=1)

    def direction(self, features: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """(F,) features of a photo and (D,) an embedding → (F,): what each adds to nearness.

        The product of both, summed, is the cosine of the projections up to a factor and a
        constant, once most of what the photo as a whole has in common with the embedding is taken
        away: that lies everywhere. What the classifier adds is left out: it has no place.
        """
        own = unit(self.standard(features[None]) @ self.projection)[0]
        other = unit(vector[None, : len(own)])[0]
        distinct = other - _COMMON * (other @ own) * own
        bent = 1 if self.power == 1 else (np.abs(features) + np.float32(SOFT)) ** (self.power - 1)
        return (self.projection @ distinct) / self.scale * bent

    def categories(self, classes: np.ndarray) -> np.ndarray:
        """(N, K) class probabilities → (N, C); classes without a category are left out."""
        if self.category_of is None:
            return classes
        known = np.flatnonzero(self.category_of >= 0)
        member = np.zeros((len(self.category_of), int(self.category_of.max()) + 1), np.float32)
        member[known, self.category_of[known].astype(int)] = 1
        sums = classes @ member
        return sums / np.maximum(sums.sum(axis=1, keepdims=True), _TINY)

    def novelty(self, features: np.ndarray) -> np.ndarray:
        """(N, F) as the backbone gives them → (N,)."""
        if not self.whitening.size:
            return _none(len(features))
        away = unit(features) @ self.whitening
        away = away - self.centre if self.centre.size else away
        return np.sqrt(np.square(away).mean(axis=1)).astype(np.float32)

    def tensors(self) -> dict[str, np.ndarray]:
        """What a file holds, all float32."""
        names = (
            "mean", "scale", "projection", "weight", "bias", "hidden", "hidden_bias",
            "hidden_weight", "whitening", "centre",
        )  # fmt: skip
        arrays = {name: getattr(self, name) for name in names}
        arrays["numbers"] = np.array([self.temperature, self.share, self.power])
        if self.category_of is not None:
            arrays["category_of"] = self.category_of
        return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, np.ndarray]) -> "Head":
        """The reverse of `tensors`. Raises KeyError or TypeError for other tensors."""
        arrays = dict(tensors)
        temperature, share, power = (float(number) for number in arrays.pop("numbers"))
        return cls(**arrays, temperature=temperature, share=share, power=power)


def bare_head(feature_size: int) -> Head:
    """The untouched backbone: identity projection, no classifier."""
    return Head(
        mean=np.zeros(feature_size, np.float32),
        scale=np.ones(feature_size, np.float32),
        projection=np.eye(feature_size, dtype=np.float32),
        weight=_none(feature_size, 0),
        bias=_none(0),
    )


def tempered(features: np.ndarray, power: float) -> np.ndarray:
    """sign(f)·(|f| + SOFT)^power, float32; unchanged for power 1."""
    if power == 1:
        return features
    return np.sign(features) * (np.abs(features) + np.float32(SOFT)) ** np.float32(power)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of (N, D) scaled to length 1, float32."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, _TINY)).astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis of (N, C), float32; (N, 0) stays (N, 0)."""
    if logits.shape[1] == 0:
        return logits.astype(np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
