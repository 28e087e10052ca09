"""What there is to narrow an answer by: filters with counts that follow the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from search.result import Region, SearchResult
from ui.page.language import Language
from ui.page.question import Question
from vision.colours import SWATCHES, plain_name

# Values that are shown at once; the others are one click away.
SHOWN = 7
_ATTRIBUTE = "attributes."
# Of each colour's swatches: the one that a person would paint it with.
_PAINTED = {
    "black": "1a1a1a", "white": "ffffff", "grey": "8c8c8c", "beige": "d2b48c", "brown": "80502c",
    "red": "c22030", "orange": "ff8c00", "yellow": "ffd700", "green": "228b22",
    "turquoise": "20b2aa", "blue": "3068c8", "purple": "703090", "pink": "f080a0",
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One value to choose, and how many look-alikes have it."""

    value: str
    label: str
    count: int
    checked: bool = False
    paint: str | None = None
    """Of a colour, as CSS; None where nobody knows what the word looks like."""


@dataclass(frozen=True)
class Group:
    """One key with its values."""

    key: str
    """`brands`, `colors`, or the filter key of an attribute."""
    label: str
    values: tuple[Value, ...]

    @property
    def first(self) -> Sequence[Value]:
        return self.values[:SHOWN]

    @property
    def others(self) -> Sequence[Value]:
        return self.values[SHOWN:]

    @property
    def chosen(self) -> int:
        return sum(value.checked for value in self.values)


@dataclass(frozen=True)
class Part:
    """A part of the photo that may be worth a search of its own."""

    label: str
    box: tuple[float, float, float, float] | None
    """None: the whole photo."""
    pressed: bool = False


@dataclass(frozen=True)
class Narrow:
    """The whole menu."""

    groups: tuple[Group, ...]
    attributes: tuple[Group, ...]
    price: tuple[float, float] | None
    """Lowest and highest of the look-alikes; None: none has a price."""
    available: int | None
    """Look-alikes that can be had now; None: the catalog does not say what can be had."""
    chosen: int
    """Filters that are set."""
    parts: tuple[Part, ...] = ()


def narrow(
    result: SearchResult, question: Question, regions: Sequence[Region], say: Language
) -> Narrow:
    facets = result.facets
    brands = _group("brands", say("filter.brand"), facets.get("brand", {}), question.brands)
    colors = _group("colors", say("filter.color"), facets.get("colors", {}), question.colors, say)
    attributes = [
        _group(key, key.removeprefix(_ATTRIBUTE).strip('"'), facets.get(key, {}),
               question.attributes.get(key, ()))
        for key in dict.fromkeys([*(k for k in facets if k.startswith(_ATTRIBUTE)),
                                  *question.attributes])
    ]  # fmt: skip
    price = facets.get("price")
    return Narrow(
        groups=tuple(group for group in (brands, colors) if group.values),
        # what all have in common narrows nothing
        attributes=tuple(group for group in attributes if len(group.values) > 1 or group.chosen),
        price=(price["min"], price["max"]) if price else None,
        available=_available(facets.get("available"), question),
        chosen=question.filters,
        parts=tuple(_parts(question, regions, say)),
    )


def _group(
    key: str,
    label: str,
    counts: Mapping[str, float],
    chosen: Sequence[str],
    say: Language | None = None,
) -> Group:
    """A chosen value that no look-alike has (any more) is shown too, so that it can be left."""
    values = {**counts, **{value: counts.get(value, 0) for value in chosen}}
    return Group(
        key,
        label,
        tuple(
            Value(
                value,
                say.color(value) if say else value,
                int(n),
                value in chosen,
                _paint(value) if say else None,
            )
            for value, n in values.items()
        ),
    )


def _available(counts: Mapping[str, float] | None, question: Question) -> int | None:
    if not counts and not question.available:
        return None
    return int((counts or {}).get("true", 0))


def _parts(question: Question, regions: Sequence[Region], say: Language) -> list[Part]:
    if not regions:
        return []
    found = [Part(say("photo.whole"), None, question.crop is None)]
    for number, region in enumerate(regions, start=1):
        box = (region.box.left, region.box.top, region.box.right, region.box.bottom)
        guess = region.guesses[0].name if region.guesses else say("photo.part", n=number)
        found.append(Part(guess, box, question.crop == box))
    return found


@cache
def _paint(word: str) -> str | None:
    name = plain_name(word)
    return None if name is None else f"#{_PAINTED.get(name) or SWATCHES[name].split()[0]}"
