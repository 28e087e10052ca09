"""Two models answer the same photo: a sample of the index's thumbnails, as each of them sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from catalog.errors import CatalogError
from catalog.store import Hit
from catalog.thumbs import Thumbs
from lab.sides import encoded
from search.match import Match, match
from ui.build import Target, features_of
from ui.known_models import KnownModel
from ui.sample import has_picture, sample
from vision.embedder import Embedder, open_embedder
from vision.extract import extract
from vision.progress import Progress

# Products that both models search: embedded within seconds, and enough for nine good answers.
MOST = 1000
SHOWN = 9
_GUESSES = 3


@dataclass(frozen=True)
class Answer:
    """What one model says of a photo."""

    model: KnownModel
    guesses: tuple[tuple[str, float], ...]
    """The likeliest categories with their probabilities; none: it knows no categories."""
    hits: tuple[Hit, ...]
    """Nearest first."""
    matches: tuple[Match | None, ...]
    """How alike each is; None: the model has not measured what its scores mean."""
    milliseconds: float
    """From the decoded photo to the answer."""


@dataclass(frozen=True)
class Comparison:
    """Two answers to one photo."""

    answers: tuple[Answer, Answer]

    @property
    def shared(self) -> frozenset[str]:
        """Point ids that both have found."""
        first, second = ({hit.id for hit in one.hits} for one in self.answers)
        return frozenset(first & second)


@dataclass(frozen=True)
class Stand:
    """One model, and the sample as it sees it: (N, D) unit vectors."""

    model: KnownModel
    embedder: Embedder
    vectors: np.ndarray

    def answer(self, photo: bytes, products: Sequence[Hit], without: str | None) -> Answer:
        """Over all of `products` but the point `without`. Raises UnreadableImage."""
        image = self.embedder.decode(photo)
        begun = perf_counter()
        said = self.embedder.encode([image])
        cosines = self.vectors @ said.vectors[0]
        order = [n for n in np.argsort(-cosines, kind="stable") if products[n].id != without]
        best = order[:SHOWN]
        took = 1000 * (perf_counter() - begun)
        hits = tuple(replace(products[n], score=float(np.clip(cosines[n], -1, 1))) for n in best)
        calibration = self.embedder.calibration
        scores = calibration.matches if calibration else None
        matches = tuple(match(hit.score, scores) for hit in hits)
        return Answer(self.model, self._guesses(said.probabilities[0]), hits, matches, took)

    def _guesses(self, probabilities: np.ndarray) -> tuple[tuple[str, float], ...]:
        best = np.argsort(-probabilities, kind="stable")[:_GUESSES]
        return tuple((self.embedder.labels[n], float(probabilities[n])) for n in best)


@dataclass(frozen=True)
class Pair:
    """Two models that are ready to be asked."""

    products: Sequence[Hit]
    """The sample, in the order of the stands' vectors."""
    stands: tuple[Stand, Stand]

    def compare(self, photo: bytes, without: str | None = None) -> Comparison:
        """`without`: a point that is no answer. Raises UnreadableImage."""
        first, second = (one.answer(photo, self.products, without) for one in self.stands)
        return Comparison((first, second))


def prepare(models: tuple[KnownModel, KnownModel], target: Target, progress: Progress) -> Pair:
    """Opens both models and shows them the sample; what was seen before is remembered.

    Raises CatalogError when no product has a thumbnail here.
    """
    thumbs = Thumbs(target.settings.thumbs)
    with target.open() as store:
        products = sample(store, MOST, lambda hit: has_picture(thumbs, hit.stamp.image_sha256))
    if not products:
        raise CatalogError(
            "none of the index's products has a thumbnail in this data folder · "
            f"{target.settings.thumbs} · ingest the catalog on this machine"
        )
    embedders = [open_embedder(one.where) for one in models]
    paths = [thumbs.path(hit.stamp.image_sha256) or Path() for hit in products]
    seen = []
    for name, embedder in zip("AB", embedders, strict=True):
        with features_of(embedder, target.settings) as cache:
            counted = partial(_counted, progress, name, len(paths))
            reads = [path.read_bytes for path in paths]
            seen.append(extract(reads, embedder.backbone, cache, counted))
            # the first picture by itself takes several times as long as those after it
            size = embedder.backbone.preprocess.size
            embedder.features(np.zeros((1, 3, size, size), np.float32))
    # thumbnails are ours and readable; one that was damaged since is left out of both
    kept = sorted(set(seen[0].kept) & set(seen[1].kept))
    stands = []
    for model, embedder, found in zip(models, embedders, seen, strict=True):
        rows = [found.kept.index(n) for n in kept]
        stands.append(Stand(model, embedder, encoded(embedder, found.values[rows]).vectors))
    return Pair([products[n] for n in kept], (stands[0], stands[1]))


def _counted(progress: Progress, name: str, total: int, done: int) -> None:
    progress(f"model {name}", done, total)
