"""A model taught on the page: from a catalog that was ingested, measured beside the served one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ingest.known import Known
from lab.errors import LabError
from ui.build import Target, Warn
from ui.known_models import KnownModel, known_models, trained_folder
from ui.measuring import Report, measure, put_aside
from vision.errors import BadSpec
from vision.progress import Progress
from vision.recipe import Recipe, Tune
from vision.spec import EXAMPLES, parse_spec

# Train, validation, test: as on the command line.
_PARTS = (8, 1, 1)
# Texts among a factory's options that name no file.
_HARMLESS = ("same",)


@dataclass(frozen=True)
class Wish:
    """What is to be taught."""

    catalog: Known
    backbone: str
    """A spec."""
    label: Literal["category", "product_id"] = "category"
    """What is to lie together: one category, or one product."""
    exclude: tuple[str, ...] = ()
    """Categories that are not learned."""
    tune: Tune = "head"


@dataclass(frozen=True)
class Taught:
    """A model that was taught and kept."""

    model: KnownModel
    report: Report | None
    """Its measurement, with that of the model which served then."""
    unmeasured: str = ""
    """Why there is no report, for people."""


def check_backbone(spec: str) -> None:
    """Raises BadSpec for one that could name a file of this machine: that is for its own users."""
    parsed = parse_spec(spec)
    name = parsed.model.removeprefix("hf-hub:").removeprefix("hf_hub:")
    texts = [one for one in parsed.factory.values() if isinstance(one, str)]
    if (
        parsed.weights is not None
        or not set(texts) <= set(_HARMLESS)
        or name.startswith((".", "/"))
        or ".." in name
        or name.count("/") > 1
        or ":" in name
    ):
        raise BadSpec(
            f"this backbone is not offered on the page: {spec!r}; take a name such as {EXAMPLES}, "
            "without files of this machine, which only `snapshelf train` reads"
        )


def train(wish: Wish, target: Target, progress: Progress, warn: Warn) -> Taught:
    """Into a folder of its own. Whatever `progress` raises ends it, and then nothing is kept."""
    from ui.teach import teach  # which loads torch: the page starts without it

    settings = target.settings
    # by date and time, for people; what is written in the same second gets another name
    out = _free(trained_folder(settings) / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}")
    summary = teach(
        wish.catalog.open(), None, wish.backbone, out, settings, label=wish.label,
        exclude=wish.exclude, parts=_PARTS, recipe=Recipe.of(wish.tune), progress=progress,
        warn=warn,
    )  # fmt: skip
    known = known_models(target)
    model = next(one for one in known if one.fingerprint == summary["fingerprint"])
    served = next((one for one in known if one.role == "served"), None)
    return _measured(model, served, [wish.catalog], target, progress, warn)


def _measured(
    model: KnownModel,
    served: KnownModel | None,
    catalogs: Sequence[Known],
    target: Target,
    progress: Progress,
    warn: Warn,
) -> Taught:
    aside = put_aside(model, catalogs)
    if aside is None:
        return Taught(model, None)
    try:
        report = measure(model, aside, target.settings, progress, warn, baseline=served)
    except LabError as error:  # it is taught all the same
        return Taught(model, None, str(error))
    return Taught(model, report)


def _free(folder: Path) -> Path:
    numbered = (folder.with_name(f"{folder.name}-{n}") for n in range(2, 1000))
    return folder if not folder.exists() else next(one for one in numbered if not one.exists())


def numbers_of(report: Report, name: str) -> dict[str, Any] | None:
    """The lab's row of "this model" or "previous model"."""
    rows = report.numbers.get("models") or []
    return next((dict(row) for row in rows if row.get("name") == name), None)
