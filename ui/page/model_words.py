"""Models and what was measured of them, in words of a language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_percent

from ui.known_models import KnownModel
from ui.measuring import Report
from ui.page.language import Language
from vision.spec import BUNDLED_MODEL

# The lab's measures that a manager decides by, with where they stand in its numbers.
_CATEGORY = {"top1": ("category", "top1"), "top3": ("category", "top3")}
_BY_CATEGORY = {
    **_CATEGORY,
    "none": ("retrieval", "none", "p_at_9"),
    "hard": ("retrieval", "hard", "p_at_9"),
    "routed": ("retrieval", "routed", "p_at_9"),
    "ten": ("retrieval", "routed", "recall_at_10"),
}
# Of one product, nine results can never hold nine right ones: there the first one counts.
_BY_PRODUCT = {
    **_CATEGORY,
    "first_none": ("retrieval", "none", "recall_at_1"),
    "first_hard": ("retrieval", "hard", "recall_at_1"),
    "first": ("retrieval", "routed", "recall_at_1"),
    "ten": ("retrieval", "routed", "recall_at_10"),
}
# Of its comparison of models, all without any filter.
_COMPARED = ("top1", "top3", "p_at_9", "recall_at_1", "recall_at_10")


@dataclass(frozen=True)
class Tile:
    """One number with what it means."""

    value: str
    label: str
    meaning: str = ""


@dataclass(frozen=True)
class Measure:
    """One number of two models; `better` is "new", "old" or "" for about the same."""

    label: str
    new: str
    old: str
    better: str


@dataclass(frozen=True)
class Named:
    """A model as a list shows it."""

    model: KnownModel
    name: str
    made: str
    """When it was trained; "" for a bare backbone."""
    numbers: tuple[Tile, ...]
    """The main ones; none where nothing was measured."""
    reported: bool
    """Whether the numbers are the lab's, and a report is kept."""


def named(model: KnownModel, report: Report | None, say: Language) -> Named:
    numbers = _main(report, say) if report else _own(model, say)
    return Named(model, name_of_model(model, say), made(model, say), numbers, report is not None)


def name_of_model(model: KnownModel, say: Language) -> str:
    """For a list; models of one name differ by their date and fingerprint."""
    if catalog := model.training.get("catalog"):
        by = "product" if model.training.get("label") == "product_id" else "category"
        return say(f"model.taught_by_{by}", catalog=catalog)
    if model.where == BUNDLED_MODEL:
        return say("model.bundled")
    return say("model.bare" if not model.folders else "model.unnamed", backbone=model.backbone)


def whole_name(model: KnownModel, say: Language) -> str:
    """For a sentence: no other model is called so."""
    return " · ".join(filter(None, (name_of_model(model, say), made(model, say), model.short)))


def option_of_model(model: KnownModel, say: Language) -> str:
    """For a menu, where nothing stands beside it."""
    role = [] if model.role == "other" else [say(f"model.{model.role}")]
    return " · ".join([whole_name(model, say), *role])


def made(model: KnownModel, say: Language) -> str:
    try:
        return when(datetime.fromisoformat(model.created_at), say)
    except ValueError:
        return ""


def when(moment: datetime, say: Language) -> str:
    """In the server's own time."""
    return str(format_datetime(moment.astimezone(), "medium", locale=say.locale))


def share(value: object, say: Language) -> str:
    """Of a share in [0, 1], to a tenth of a per cent: models differ by little; else a dash."""
    if not isinstance(value, int | float) or not isfinite(value):
        return "–"
    return str(format_percent(value, "#,##0.0%", locale=say.locale))


def headline(report: Report, say: Language) -> list[Tile]:
    """The numbers of a report that are measured."""
    return [
        Tile(share(value, say), say(f"number.{name}"), say(f"number.{name}_means"))
        for name, path in _measures(report).items()
        if (value := _at(report.numbers, path)) is not None
    ]


def compared(numbers: Mapping[str, Any], say: Language) -> list[Measure]:
    """The measured model beside the one that served then; empty where there was none."""
    rows = {row.get("name"): row for row in numbers.get("models") or []}
    new, old = rows.get("this model"), rows.get("previous model")
    if not new or not old:
        return []
    return [
        _measure(name, new.get(name), old.get(name), say)
        for name in _COMPARED
        if new.get(name) is not None
    ]


def _measure(name: str, new: object, old: object, say: Language) -> Measure:
    shown = share(new, say), share(old, say)
    better = ""
    if isinstance(new, int | float) and isinstance(old, int | float) and shown[0] != shown[1]:
        better = "new" if new > old else "old"
    return Measure(say(f"number.{name}"), *shown, better)


def _main(report: Report, say: Language) -> tuple[Tile, ...]:
    measures = _measures(report)
    names = ("top1", "first" if "first" in measures else "routed")
    values = ((name, _at(report.numbers, measures[name])) for name in names)
    return tuple(
        Tile(share(value, say), say(f"number.{name}"))
        for name, value in values
        if value is not None
    )


def _measures(report: Report) -> Mapping[str, tuple[str, ...]]:
    by_product = _at(report.numbers, ("data", "relevant_by")) == "product_id"
    return _BY_PRODUCT if by_product else _BY_CATEGORY


def _own(model: KnownModel, say: Language) -> tuple[Tile, ...]:
    """What training itself has measured."""
    measured = model.measured
    return tuple(
        Tile(share(measured[name], say), say(f"number.{name}"))
        for name in ("top1", "top3")
        if name in measured
    )


def _at(numbers: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = numbers
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
