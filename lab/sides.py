"""The two sides of a measurement, gallery and queries, encoded by one model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import numpy as np

from catalog.product import Product
from lab.errors import LabError
from search.sought import Sought
from vision.cache import FeatureCache
from vision.embedder import Embedder
from vision.extract import Features, Read, extract
from vision.head import Encoded
from vision.progress import Progress

# Rows of one block: 20 MB of an ImageNet backbone's features.
_AT_ONCE = 4096


@dataclass(frozen=True)
class Sample:
    """One picture of the gallery or one query photo."""

    product: Product
    read: Read


@dataclass(frozen=True)
class Side:
    """The readable samples of one side; rows of all fields belong together."""

    name: str
    samples: list[Sample]
    hashes: list[str]
    """sha256 of each picture's bytes."""
    features: np.ndarray
    """(N, F) float32."""
    encoded: Encoded
    excluded: int
    unreadable: int

    def sought(self, index: int, own: Sequence[str] = ()) -> Sought:
        """Row `index` as a query; `own` are point ids that are no answer to it."""
        said = self.encoded
        return Sought(said.vectors[index], said.probabilities[index], own=tuple(own))


def one_per_id(samples: Sequence[Sample]) -> list[Sample]:
    """As in an index: of several samples with one point id the first stays."""
    return list({one.product.point_id: one for one in reversed(samples)}.values())[::-1]


def encode_side(
    name: str,
    samples: Sequence[Sample],
    embedder: Embedder,
    cache: FeatureCache,
    excluded: Collection[str],
    progress: Progress,
) -> Side:
    """Without samples of an excluded label. Raises LabError when no picture can be read."""
    wanted = [one for one in samples if one.product.category not in excluded]
    found = _features(name, wanted, embedder, cache, progress)
    if not found.kept:
        if not wanted:
            raise LabError(
                f"the {name} have no pictures: there is no row in their file, or all rows have a "
                "label that is left out; a model taught with --photos has its test photos in "
                "split/photos-test.csv"
            )
        raise LabError(
            f"none of the {len(wanted)} pictures of the {name} can be used: "
            f"{found.unreadable[0][1]}; check the file, and the folder that its paths begin at "
            "(--image-root where the command has it)"
        )
    return Side(
        name,
        [wanted[index] for index in found.kept],
        found.hashes,
        found.values,
        encoded(embedder, found.values),
        excluded=len(samples) - len(wanted),
        unreadable=len(found.unreadable),
    )


def encode_again(
    side: Side, embedder: Embedder, cache: FeatureCache, progress: Progress
) -> Encoded:
    """The same rows as another model sees them. Raises LabError when a picture is gone."""
    found = _features(f"{side.name} (baseline)", side.samples, embedder, cache, progress)
    if found.unreadable:
        raise LabError(
            f"{len(found.unreadable)} pictures of the {side.name} could be read for the model but "
            f"not for the baseline: {found.unreadable[0][1]}; run the evaluation again"
        )
    return encoded(embedder, found.values)


def encoded(embedder: Embedder, features: np.ndarray) -> Encoded:
    """What the model says of (N, F) features; in blocks, because a head copies what it is given."""
    parts = [embedder.head(features[n : n + _AT_ONCE]) for n in range(0, len(features), _AT_ONCE)]
    names = [one.name for one in fields(Encoded)]
    return Encoded(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _features(
    name: str,
    samples: Sequence[Sample],
    embedder: Embedder,
    cache: FeatureCache,
    progress: Progress,
) -> Features:
    return extract(
        [one.read for one in samples],
        embedder.backbone,
        cache,
        lambda done: progress(name, done, len(samples)),
    )
