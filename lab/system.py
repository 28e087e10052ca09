"""A whole system as a recipe file describes it: what sees, what learns, how it is searched."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from lab.errors import LabError
from vision.recipe import Tune
from vision.schooling import Schooling
from vision.student import Plan, Start

Learns = Literal["nothing", "top", "everything"]
_STRICT = ConfigDict(strict=True, extra="forbid")
RECIPES = Path(__file__).with_name("recipes")


@dataclass(frozen=True, config=_STRICT)
class Network(Plan):
    """A student's network and what of it learns."""

    learns: Learns = "top"


@dataclass(frozen=True, config=_STRICT)
class Training(Schooling):
    """How it learns."""


@dataclass(frozen=True, config=_STRICT)
class Retrieval:
    """How the system searched: one cell of the grid that is measured."""

    features: str
    similarity: str
    scope: str


@dataclass(frozen=True, config=_STRICT)
class Published:
    """Test accuracy as published, on other data."""

    low: float
    high: float


@dataclass(frozen=True, config=_STRICT)
class Shop:
    """A Snapshelf model."""

    backbone: str
    tune: Tune = "head"


@dataclass(frozen=True, config=_STRICT)
class System:
    """One recipe file."""

    key: str
    """The file's name without its ending."""
    row: str
    name: str
    system: str
    """As published, in a sentence."""
    retrieval: Retrieval
    kind: Literal["student", "pairs", "tree", "snapshelf"] = "student"
    unknown: str = ""
    """What is not known of it, and what was chosen in its place."""
    base: str = ""
    """The system whose features it works on."""
    network: Network | None = None
    training: Training | None = None
    random: Mapping[str, Any] | None = None
    """What is done otherwise from random weights; names of `network` and `training`."""
    snapshelf: Shop | None = None
    published: Published | None = None

    def started(self, start: Start, epochs: int | None) -> "System":
        """With the changes of a start from random weights, and at most `epochs`."""
        given = dict(self.random or {}) if start == "random" else {}
        network, training = self.network, self.training
        if network is not None:
            network = replace(network, **_named(Network, given))
        if training is not None:
            training = replace(training, **_named(Training, given))
            training = replace(training, epochs=min(training.epochs, epochs or training.epochs))
        return replace(self, network=network, training=training)

    def changes(self, run: "System") -> list[str]:
        """What `run`, made by `started`, does otherwise, in words."""
        pairs = ((self.network, run.network), (self.training, run.training))
        return [
            f"{_title(one.name)}: {getattr(was, one.name)} became {getattr(now, one.name)}"
            for was, now in pairs
            if was is not None and now is not None
            for one in fields(was)
            if getattr(was, one.name) != getattr(now, one.name)
        ]


def known_systems() -> list[System]:
    """All recipes that come along, in the order of their rows."""
    return [read_system(path) for path in sorted(RECIPES.glob("*.toml"))]


def read_system(path: Path) -> System:
    """Raises LabError, which names the file, the key and what it may be."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        # as JSON: strict about Python's own values, a table would have to be the class already
        told = json.dumps({"key": path.stem, **values}, default=str)
        system = TypeAdapter(System).validate_json(told)
        system.started("random", None)  # what [random] changes must be of the right kind, too
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LabError(f"{path} is no recipe: {error}") from error
    except ValidationError as error:
        raise LabError(f"{path}: {_told(error)}") from error
    needed = {"student": "network", "pairs": "base", "tree": "base", "snapshelf": "snapshelf"}
    if not getattr(system, needed[system.kind]):
        raise LabError(f"{path}: a system of the kind {system.kind!r} needs {needed[system.kind]}")
    trained = system.network is not None and system.network.learns != "nothing"
    if (trained or system.kind == "tree") and system.training is None:
        raise LabError(f"{path}: what learns needs [training]")
    given = set(system.random or {})
    if wrong := given - {one.name for kind in (Network, Training) for one in fields(kind)}:
        raise LabError(f"{path}: [random] has {min(wrong)!r}, which is nothing of a network's")
    return system


def _told(error: ValidationError) -> str:
    """The first fault: where, what is wrong, and the value."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']} · {first['input']!r}"


def _title(name: str) -> str:
    return name.replace("_", " ")


def _named(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    return {one.name: values[one.name] for one in fields(kind) if one.name in values}
