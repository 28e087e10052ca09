"""Which of its exports a model folder serves with, and the fingerprint of its vectors then."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vision.errors import BadArtefact
from vision.exported import Precision

_FILE = "serves.json"


@dataclass(frozen=True)
class Serving:
    """A choice that is not the usual one, fp32 under the artefact's own fingerprint."""

    precision: Precision
    fingerprint: str
    """Of the embedder, as it stands in an index."""


def read_serving(export: Path) -> Serving | None:
    """What was chosen in an export's folder; None: the usual. Raises BadArtefact."""
    try:
        told = json.loads((export / _FILE).read_text(encoding="utf-8"))
        if told["precision"] not in ("fp32", "int8"):
            raise ValueError(f"its precision is {told['precision']!r}")
        return Serving(told["precision"], str(told["fingerprint"]))
    except FileNotFoundError:
        return None
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BadArtefact(
            f"{export / _FILE} cannot be read ({type(error).__name__}: {error}); choose again with "
            "`snapshelf model use`"
        ) from error


def write_serving(export: Path, chosen: Serving) -> None:
    """The usual one leaves no file."""
    if chosen.precision == "fp32":
        (export / _FILE).unlink(missing_ok=True)
        return
    written = export / f".{_FILE}"
    written.write_text(json.dumps(asdict(chosen), indent=2) + "\n", encoding="utf-8")
    written.replace(export / _FILE)
