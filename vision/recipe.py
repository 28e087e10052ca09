"""The numbers of a training run; defaults chosen on validation photos (docs/experiments.md)."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

Tune = Literal["head", "last", "full"]
Optimiser = Literal["adamw", "adam", "sgd", "rmsprop"]
OPTIMISERS: tuple[Optimiser, ...] = get_args(Optimiser)


@dataclass(frozen=True)
class Recipe:
    """How a head, and the backbone under it, learn."""

    tune: Tune = "head"
    """What learns: the head alone, also the backbone's last stage, or all of it."""
    dim: int = 256
    """Length of the projection, at most the backbone's feature size."""
    hidden: int = 512
    """Width of the classifier's hidden layer; 0: a linear classifier."""
    power: float = 0.5
    """Features are tempered to sign(f)·|f|^power."""
    epochs: int = 30
    batch: int = 256
    rate: float = 1e-3
    """Peak learning rate of the head; it rises for a tenth of the steps and falls to zero."""
    backbone_rate: float = 5e-4
    """The same for the backbone, where it learns."""
    optimiser: Optimiser = "adamw"
    weight_decay: float = 0.05
    dropout: float = 0.5
    smoothing: float = 0.2
    """Label smoothing (Szegedy et al., CVPR 2016)."""
    mixup: float = 0.2
    """Alpha of mixed pairs of features (Verma et al., "Manifold Mixup", ICML 2019); 0: none."""
    metric: float = 0.2
    """Weight of the supervised contrastive loss on the projection."""
    average: float = 0.95
    """Decay of the running average of the weights, which is what is judged and kept."""
    patience: int = 30
    """Epochs without a better validation score before training stops."""
    folds: int = 3
    """Parts into which photos are cut so that each is judged by a head that never saw it."""
    seed: int = 0

    @classmethod
    def of(cls, tune: Tune = "head", **chosen: Any) -> "Recipe":
        """The defaults of that kind of training; `chosen` values that are not None replace them."""
        base = cls(tune=tune, **(_TUNING if tune != "head" else {}))
        names = {one.name for one in fields(cls)}
        given = {name: value for name, value in chosen.items() if value is not None}
        assert given.keys() <= names, given.keys() - names  # noqa: S101 - the caller's own typing
        return replace(base, **given)


# Pixels are costly: fewer, smaller steps, from a head that is already there. No stop before the
# end: scores fall while the rate is high and rise as it falls (docs/experiments.md).
_TUNING: dict[str, Any] = {"epochs": 10, "batch": 32, "dropout": 0.3, "average": 0.995,
                           "patience": 10, "smoothing": 0.1}  # fmt: skip
