"""Where systems are built and run: their networks, their features, their training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import numpy as np

from lab.errors import LabError
from lab.material import Material
from lab.outcome import Outcome
from lab.system import Network, System
from vision.cache import FeatureCache
from vision.errors import BadSpec
from vision.extract import extract
from vision.head import softmax
from vision.pictures import store_pictures
from vision.progress import Progress
from vision.schooling import Photos, answers, school
from vision.spec import parse_spec
from vision.student import PIXELS, Plan, Start, Student, build_student, count, frozen_trunk, seen

Init = Literal["auto", "weights", "random"]


@dataclass
class Workshop:
    """Tools and choices that all systems of a comparison share."""

    material: Material
    open_cache: Callable[[str], FeatureCache]
    """The feature cache of a backbone's fingerprint."""
    folder: Path
    """For decoded pictures."""
    progress: Progress
    warn: Callable[[str], None]
    init: Init = "auto"
    """What networks start from; auto: their weights where they can be had, else random ones."""
    networks: Sequence[str] = ()
    """Specs that take the place of a recipe's own spec of the same model."""
    epochs: int | None = None
    """At most so many."""
    seed: int = 0
    _done: dict[str, Outcome] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def run(self, system: System) -> Outcome:
        """A student system; once, however many systems build on it. Raises LabError, BadSpec."""
        if system.key not in self._done:
            self._done[system.key] = self._run(system)
        return self._done[system.key]

    def spec(self, model: str) -> str:
        """The spec given for this model, else `model` itself."""
        if model == PIXELS:
            return model
        wanted = parse_spec(model)
        for given in map(parse_spec, self.networks):
            names = (given.model.partition("/")[0], wanted.model.partition("/")[0])
            if given.library == wanted.library and names[0] == names[1]:
                return str(given)
        return model

    def start_of(self, model: str, load: Callable[[], Any]) -> Start:
        """Whether its weights can be had; where they must be and cannot, BadSpec."""
        if self.init == "random":
            return "random"
        try:
            load()
        except BadSpec as error:
            if self.init == "weights":
                raise
            if model not in self._told:
                self.warn(f"{model} starts from random weights: {error}")
                self._told.add(model)
            return "random"
        return "weights"

    def _run(self, system: System) -> Outcome:
        assert system.network is not None  # noqa: S101 - read_system has looked
        labels = self.material.labels
        plan = replace(system.network, model=self.spec(system.network.model))
        start: Start = "random"
        if plan.model != PIXELS:
            load = partial(build_student, plan, len(labels), "weights")
            start = self.start_of(plan.model, load)
        given = replace(system, network=plan)
        run = given.started(start, self.epochs)
        assert run.network is not None  # noqa: S101
        student = build_student(run.network, len(labels), start, self.seed)
        begun = monotonic()
        photos = self._seen(run, run.network, student)
        looked = monotonic()
        learner = student if run.network.learns == "everything" else student.top
        history = self._taught(run, run.network, learner, photos)
        learned = monotonic()
        features, probabilities = _said(student, photos, run.network)
        return Outcome(
            features,
            probabilities,
            {
                "starts_from": _start(plan, start),
                "learns": _learns(run.network, student),
                "differs": [*([system.unknown] if system.unknown else []), *given.changes(run)],
                "parameters": _parameters(student, run.network, learner),
                "size": run.network.size,
                "epochs": len(history) or None,
                "history": history,
                "seconds": {
                    "features": round(looked - begun, 1),
                    "training": round(learned - looked, 1),
                },
            },
        )

    def _taught(
        self, run: System, network: Network, learner: Any, photos: np.ndarray
    ) -> list[dict[str, Any]]:
        """The course of the training; empty where nothing learns."""
        if run.training is None or network.learns == "nothing":
            return []
        truth = self.material.truth()
        known, judged = (
            Photos(photos[rows], truth[rows])
            for rows in (self.material.rows(part) for part in ("train", "val"))
        )
        return school(learner, known, judged, run.training, seen(network), self.seed,
                      partial(self.progress, run.name))  # fmt: skip

    def _seen(self, run: System, network: Network, student: Student) -> np.ndarray:
        """What the learning part looks at: pictures, or the trunk's features."""
        readers = [one.read for one in self.material.photos]
        done = partial(_counted, self.progress, f"photos for {run.name}", len(readers))
        if network.learns == "everything":
            path = self.folder / f"{self.material.digest[:16]}-{network.size}px.npy"
            return store_pictures(readers, network.size, path, done, margin=1.0)
        trunk = frozen_trunk(student, network)
        with self.open_cache(trunk.fingerprint) as cache:
            found = extract(readers, trunk, cache, done)
        if found.unreadable:
            raise LabError(f"{run.key}: a photo vanished meanwhile: {found.unreadable[0][1]}")
        return found.values


def _said(
    student: Student, photos: np.ndarray, network: Network
) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
    """Each set of features that the network has, and the probabilities of categories."""
    preprocess, trunk = seen(network), photos
    if network.learns == "everything":
        trunk = answers(student.trunk, photos, preprocess)
    pooled = answers(student.pooled, trunk, preprocess)
    if network.learns == "nothing":
        return {"pool": pooled}, None
    named = {"softmax": softmax(answers(student.top, trunk, preprocess))}
    if student.layers > 1:
        named["fc"] = answers(student.hidden, trunk, preprocess)
    return named | {"pool": pooled}, named["softmax"]


def _parameters(student: Student, network: Network, learner: Any) -> dict[str, int | None]:
    if network.learns == "nothing":
        return {"all": count(student.trunk), "learned": 0, "with_1000_classes": None}
    return {
        "all": count(student),
        "learned": count(learner),
        "with_1000_classes": student.parameters_with(1000),
    }


def _start(plan: Plan, start: Start) -> str:
    if plan.model == PIXELS:
        return "nothing to start from"
    return "ImageNet weights" if start == "weights" else "random weights"


def _learns(network: Network, student: Student) -> str:
    if network.learns != "top":
        return network.learns
    return "the fully connected layers" if student.layers > 1 else "the last layer"


def _counted(progress: Progress, name: str, total: int, done: int) -> None:
    progress(name, done, total)
