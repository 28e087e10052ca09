"""The name of a backbone: `library:model?option=value&…`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vision.errors import BadSpec

# What a fresh machine without any network has.
BUNDLED_MODEL = "snapshelf:mini-1"
LIBRARIES = ("open_clip", "timm", "torchvision", "snapshelf")
# The options that are ours; all others go to the library's own factory.
_OURS = ("weights", "size", "mean", "std", "flip")
EXAMPLES = (
    "snapshelf:mini-1, timm:mobilenetv2_100, torchvision:resnet50, "
    "open_clip:ViT-B-32/laion2b_s34b_b79k, open_clip:hf-hub:Marqo/marqo-ecommerce-embeddings-B"
)


@dataclass(frozen=True)
class Spec:
    """A parsed backbone spec."""

    library: str
    model: str
    """For open_clip with `/<pretrained>` or `hf-hub:` kept in it."""
    weights: Path | None = None
    """A local safetensors file or weights-only state dict; None: the library's hub."""
    size: int | None = None
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    flip: bool | None = None
    """Features are the mean over the picture and its mirror image: twice the time."""
    factory: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        given = {name: getattr(self, name) for name in _OURS if getattr(self, name) is not None}
        options = {name: _text(value) for name, value in (given | self.factory).items()}
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"{self.library}:{self.model}" + (f"?{query}" if query else "")


def parse_spec(text: str) -> Spec:
    """Raises BadSpec with examples when `text` is none."""
    name, _, query = text.partition("?")
    library, _, model = name.partition(":")
    if library not in LIBRARIES or not model:
        raise BadSpec(
            f"no backbone spec: {text!r}; it is <library>:<model> with a library of "
            f"{', '.join(LIBRARIES)}, e.g. {EXAMPLES}"
        )
    # Not a URL query: a weights path may hold "+" and "%", which stay as they are.
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    options = {key: value for key, _, value in pairs}
    try:
        return Spec(
            library=library,
            model=model,
            weights=Path(options.pop("weights")) if "weights" in options else None,
            size=_side(options.pop("size")) if "size" in options else None,
            mean=_three(options.pop("mean")) if "mean" in options else None,
            std=_spread(options.pop("std")) if "std" in options else None,
            flip=_truth(options.pop("flip")) if "flip" in options else None,
            factory={key: _value(value) for key, value in options.items()},
        )
    except ValueError as error:
        raise BadSpec(f"an option of {text!r} is wrong: {error}") from error


def _three(text: str) -> tuple[float, float, float]:
    """One number for all channels, or three with commas."""
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) not in (1, 3):
        raise ValueError(f"{text!r} is neither one number nor three with commas")
    red, green, blue = numbers * 3 if len(numbers) == 1 else numbers
    return red, green, blue


def _spread(text: str) -> tuple[float, float, float]:
    numbers = _three(text)
    if min(numbers) <= 0:
        raise ValueError(f"std is {text}; it must be greater than 0")
    return numbers


def _side(text: str) -> int:
    if not 8 <= int(text) <= 2048:
        raise ValueError(f"size is {text}; it must lie between 8 and 2048 pixels")
    return int(text)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"flip is {text!r}; it must be true or false")
    return text.lower() == "true"


def _value(text: str) -> object:
    """Factory options keep their type: true/false, numbers, else text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(repr, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
