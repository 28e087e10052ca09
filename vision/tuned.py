"""A backbone tuned for one catalog: the head on frozen features, the tuning, the calibration."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np

from vision.backbone import Backbone
from vision.cache import FeatureCache
from vision.calibrate import Held, calibrate, check
from vision.extract import Read, extract
from vision.loop import Course
from vision.parts import Part
from vision.pictures import store_pictures
from vision.progress import Progress, unwatched
from vision.recipe import Recipe
from vision.train import Learner, Trained, check_part, familiar, strength
from vision.tune import Album, tune


@dataclass(frozen=True)
class Lesson:
    """Photos to tune on."""

    photos: Sequence[Read]
    part: Part
    """With the frozen backbone's features."""
    category_of: np.ndarray
    """(K,) the category of each class, -1 for none."""

    def album(self, rows: np.ndarray, size: int, path: Path, progress: Progress) -> Album:
        done = partial(_counted, progress, path.stem, len(rows))
        pictures = store_pictures([self.photos[row] for row in rows], size, path, done)
        return Album(pictures, self.part.take(rows).targets)

    def digest(self, backbone: Backbone, rows: Sequence[np.ndarray], recipe: Recipe) -> str:
        """Of all that a run's pictures and checkpoint depend on."""
        words = json.dumps([backbone.fingerprint, [some.tolist() for some in rows],
                            asdict(recipe)])  # fmt: skip
        targets = self.part.targets
        parts = (self.part.features, targets.classes, targets.groups, *targets.levels,
                 self.category_of)  # fmt: skip
        return sha256(words.encode() + b"".join(one.tobytes() for one in parts)).hexdigest()[:16]


def fit_tuned(
    backbone: Backbone,
    lesson: Lesson,
    rows: tuple[np.ndarray, np.ndarray],
    recipe: Recipe,
    open_cache: Callable[[str], FeatureCache],
    folder: Path,
    progress: Progress = unwatched,
) -> tuple[Backbone, Trained, np.ndarray]:
    """Tunes on the first of `rows`; the second choose the epoch and calibrate.

    Returns the tuned backbone, its head, and the (N, F) features of all photos. `open_cache`
    gives the feature cache of a backbone's fingerprint. Pictures and the checkpoint lie in
    `folder`, named by `Lesson.digest`: a run of the same arguments that was killed goes on where
    it was. The caller removes it when the result is safe. Raises BadTraining when
    there is too little to learn from, UnreadableImage when a photo vanished meanwhile.
    """
    known, judged = lesson.part.take(rows[0]), lesson.part.take(rows[1])
    check_part(known, len(lesson.category_of))
    folder.mkdir(parents=True, exist_ok=True)
    gentle = Recipe.of("head", seed=recipe.seed, dim=recipe.dim)
    every = np.concatenate(rows)
    fold = (np.arange(len(rows[0])), np.arange(len(rows[0]), len(every)))
    l2 = strength(lesson.part.take(every), len(lesson.category_of), [fold], gentle)
    warm = Learner(known, lesson.category_of, gentle, l2)
    first = warm.learn(judged, partial(progress, "head"))
    size = backbone.preprocess.size
    study = lesson.album(rows[0], size, folder / "training pictures.npy", progress)
    trial = lesson.album(rows[1], size, folder / "validation pictures.npy", progress)
    tuned, head, second = tune(
        backbone, warm.network, study, trial, recipe, partial(progress, "backbone"),
        folder / "checkpoint.pt",
    )  # fmt: skip
    with open_cache(tuned.fingerprint) as cache:
        total = len(lesson.photos)
        counted = partial(_counted, progress, "tuned features", total)
        found = extract(lesson.photos, tuned, cache, counted)
    for _, error in found.unreadable:
        raise error
    features = found.values
    seen = replace(lesson.part, features=features)
    known, judged = seen.take(rows[0]), seen.take(rows[1])
    matrix, centre = familiar(known.features, recipe.seed)
    head = replace(head, category_of=warm.start.category_of, whitening=matrix, centre=centre)
    calibrated = calibrate([Held(head, known, judged)])
    head = calibrated.apply(head)
    validation = check([Held(head, known, judged)], calibrated.calibration)
    course = Course(
        [{**one, "stage": "head"} for one in first.history]
        + [{**one, "stage": "backbone"} for one in second.history],
        len(first.history) + second.best,
    )
    return tuned, Trained(head, calibrated.calibration, course, validation), features


def _counted(progress: Progress, what: str, total: int, done: int) -> None:
    progress(what, done, total)
