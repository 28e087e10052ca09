"""Teach a model on a catalog, and see its numbers beside those of the one that serves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ui.known_models import KnownModel
from ui.measuring import unseen
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_scene import Scene
from ui.page.model_section import Section, Told
from ui.page.model_words import Measure, Tile, compared, named, whole_name
from ui.training import Taught, Wish, check_backbone, numbers_of, train
from vision.progress import Progress
from vision.recipe import Tune
from vision.spec import BUNDLED_MODEL

_TUNES: dict[str, Tune] = {"head": "head", "last": "last", "full": "full"}
_LABELS: dict[str, Literal["category", "product_id"]] = {
    "category": "category", "product_id": "product_id",
}  # fmt: skip
_FOLD = re.compile(r"fold (\d+) of (\d+)")


@dataclass(frozen=True)
class Result:
    """What was taught last."""

    model: KnownModel
    name: str
    tiles: tuple[Tile, ...]
    measures: Sequence[Measure]
    """Beside the model that served then; none where nothing could be compared."""
    photos: int
    """That both were measured by."""
    fair: bool
    """The served model has not learned from them."""
    unmeasured: str
    serves: bool
    """By now."""
    link: str | None
    """Of the lab's report."""


class Train(Section):
    """Into a folder of the data folder; nothing that serves is touched."""

    name = "train"
    events = ("train",)
    kinds = frozenset({"train", "reindex", "rollback"})

    def draw(self, say: Language) -> str:
        scene = self.scene
        job = self.office.jobs.last("train")
        taught = job.result if job is not None else None
        result = self._result(taught, scene, say) if isinstance(taught, Taught) else None
        gone = [one.source for one in scene.catalogs if not one.there]
        return draw(
            "model_train", say, catalogs=[one.source for one in scene.catalogs if one.there],
            gone=gone, categories=scene.categories, own=scene.served.backbone,
            bundled=BUNDLED_MODEL, result=result,
        )  # fmt: skip

    def train(self, told: Told, say: Language) -> None:
        scene, office = self.scene, self.office
        catalog = scene.catalog(told.text("catalog"))
        if catalog is None:
            raise ValueError(say("train.no_catalog"))
        wish = Wish(
            catalog,
            _backbone(told, scene.served),
            _LABELS.get(told.text("label"), "category"),
            tuple(name for name in told.texts("exclude") if name in scene.categories),
            _TUNES.get(told.text("tune"), "head"),
        )
        office.jobs.start("train", lambda job: train(wish, office.target, steps(job), job.warn))

    def _result(self, taught: Taught, scene: Scene, say: Language) -> Result:
        report = taught.report
        numbers = report.numbers if report else {}
        old = numbers_of(report, "previous model") if report else None
        then = scene.model(old["fingerprint"]) if old else None
        return Result(
            taught.model,
            whole_name(taught.model, say),
            named(taught.model, report, say).numbers,
            compared(numbers, say),
            int(numbers["data"]["queries"]) if report else 0,
            then is not None and unseen(taught.model, then),
            taught.unmeasured,
            taught.model.fingerprint == scene.served.fingerprint,
            self.office.files.link(report.path) if report else None,
        )


def steps(job: Job) -> Progress:
    """The job's progress, with the folds of a training as one step."""

    def progress(what: str, done: int, total: int, detail: str = "") -> None:
        fold = _FOLD.fullmatch(what)
        if fold:
            number, folds = map(int, fold.groups())
            what, done, total = "folds", (number - 1) * total + done, folds * total
        job.stoppable(what, done, total, detail)

    return progress


def _backbone(told: Told, served: KnownModel) -> str:
    """Raises BadSpec for one that may not be named here."""
    choice = told.text("backbone")
    if choice == "other":
        check_backbone(told.text("spec").strip())
        return told.text("spec").strip()
    return served.backbone if choice == "own" else BUNDLED_MODEL
