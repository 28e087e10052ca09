"""The models that there are: the one that serves, with all that is known of it, and the others."""

from dataclasses import dataclass

from ui.known_models import KnownModel
from ui.measuring import report_of
from ui.page.draw import draw
from ui.page.language import Language
from ui.page.model_section import Section
from ui.page.model_words import Named, Tile, headline, named, share
from ui.page.office import Office


@dataclass(frozen=True)
class Served:
    """The model that serves, looked at closely."""

    named: Named
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    """The lab's numbers, else training's own."""
    curves: str | None
    """The address of the drawing of its training."""


class Models(Section):
    """Only to be read: each other part offers what it does with a model."""

    name = "list"
    events = ()
    kinds = frozenset({"measure", "train", "reindex", "rollback", "cleanup"})

    def draw(self, say: Language) -> str:
        scene, settings = self.scene, self.office.target.settings
        rows = [named(one, report_of(one, settings), say) for one in scene.models]
        served = _served(rows[0], self.office, scene.pictures, say)
        return draw("model_list", say, served=served, rows=rows)


def _served(row: Named, office: Office, pictures: int, say: Language) -> Served:
    model = row.model
    report = report_of(model, office.target.settings)
    curves = model.beside("curves.png")
    return Served(
        row,
        tuple(_facts(model, row, pictures, say)),
        tuple(headline(report, say)) if report else _own(model, say),
        office.files.link(curves) if curves else None,
    )


def _facts(model: KnownModel, row: Named, pictures: int, say: Language) -> list[tuple[str, str]]:
    facts = [
        (say("model.short"), model.short),
        (say("model.backbone"), model.backbone),
        (say("model.searches"), say("model.pictures", n=pictures)),
    ]
    if row.made:
        facts.append((say("model.made"), row.made))
    if model.labels:
        facts.append((say("model.categories"), say.number(len(model.labels))))
    if model.seconds is not None:
        facts.append((say("model.took"), say("job.seconds", n=round(model.seconds))))
    return facts


def _own(model: KnownModel, say: Language) -> tuple[Tile, ...]:
    measured = model.measured
    names = [name for name in ("top1", "top3", "coverage") if name in measured]
    return tuple(
        Tile(share(measured[name], say), say(f"number.{name}"), say(f"number.{name}_means"))
        for name in names
    )
