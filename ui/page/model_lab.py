"""The lab's report of a model: written on demand, kept, and shown in a frame of its own."""

from dataclasses import dataclass

from ingest.known import Known
from ui.known_models import KnownModel
from ui.measuring import PutAside, measure, put_aside, report_of, unseen
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_scene import Scene
from ui.page.model_section import Section, Told
from ui.page.model_words import Tile, headline, option_of_model, when, whole_name

ASIDE = "aside:"
"""Before the fingerprint of the model whose teaching has put them aside."""
SECOND = "second:"
"""Before a catalog's name."""


@dataclass(frozen=True)
class Shown:
    """A report that is kept."""

    link: str
    made: str
    photos: int
    tiles: tuple[Tile, ...]


class Lab(Section):
    """Measures a model on photos of its own, or on a second photo of each product."""

    name = "lab"
    events = ("choose", "measure")
    kinds = frozenset({"measure", "train", "reindex", "rollback"})

    def draw(self, say: Language) -> str:
        scene = self.scene
        job = self.office.jobs.last("measure")
        latest = scene.model(job.result) if job is not None else None
        return self._drawn(say, scene, latest or scene.served)

    def choose(self, told: Told, say: Language) -> str:
        """Another model's report, and the photos that can measure that one."""
        scene = self.scene
        return self._drawn(say, scene, scene.model(told.text("model")) or scene.served)

    def measure(self, told: Told, say: Language) -> None:
        scene, office = self.scene, self.office
        model = scene.model(told.text("model")) or scene.served
        photos = _photos(told.text("photos"), model, scene)
        if photos is None:
            raise ValueError(say("lab.no_photos"))

        def work(job: Job) -> str:
            job.result = model.fingerprint
            measure(model, photos, office.target.settings, job.stoppable, job.warn)
            return model.fingerprint

        office.jobs.start("measure", work)

    def _drawn(self, say: Language, scene: Scene, model: KnownModel) -> str:
        report = report_of(model, self.office.target.settings)
        shown = None
        if report is not None:
            shown = Shown(
                self.office.files.link(report.path),
                when(report.made_at, say),
                int(report.numbers["data"]["queries"]),
                tuple(headline(report, say)),
            )
        return draw(
            "model_lab", say,
            models=[(one.fingerprint, option_of_model(one, say)) for one in scene.models],
            model=model, photos=_choices(model, scene, say), shown=shown,
        )  # fmt: skip


def _choices(model: KnownModel, scene: Scene, say: Language) -> list[tuple[str, str]]:
    """What was put aside for it; for a bare backbone, which learned from none, for any model."""
    found = []
    for one in [model] if model.training else scene.models:
        if aside := put_aside(one, scene.catalogs):
            whose = "own" if one is model else "their"
            told = say(f"lab.{whose}_photos", n=aside.photos, name=whole_name(one, say))
            found.append((ASIDE + one.fingerprint, told))
    there = [one.source for one in scene.catalogs if one.there]
    return found + [(SECOND + name, say("lab.second_photos", catalog=name)) for name in there]


def _photos(choice: str, model: KnownModel, scene: Scene) -> PutAside | Known | None:
    if choice.startswith(ASIDE):
        one = scene.model(choice.removeprefix(ASIDE))
        return put_aside(one, scene.catalogs) if one and unseen(one, model) else None
    return scene.catalog(choice.removeprefix(SECOND))
