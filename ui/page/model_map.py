"""The map of the index: each product a mark of its category, near to what looks like it."""

from dataclasses import dataclass

from lab.overlap import NEIGHBOURS, Overlap
from ui.atlas import Atlas, atlas, draw_atlas
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_section import Section, Told

# Of the style sheet's `--sf-map-…` and of the script's shapes: a category has one of each, and no
# two of the largest MARKS categories the same two.
COLORS, SHAPES = 8, 6
MARKS = COLORS * SHAPES
# Below and above these shares of like among look-alikes a category is called scattered, or tight.
_SCATTERED, _TIGHT = 0.5, 0.8
# A category is said to overlap with another that has so many of its look-alikes.
_OVERLAPS = 0.15


@dataclass(frozen=True)
class Mark:
    """How a category's products are drawn; `color` None: grey, like those without a category."""

    category: str
    color: int | None
    shape: int


@dataclass(frozen=True)
class Row:
    """One category of the map in words."""

    category: str
    products: int
    told: str
    """How close together it lies: a key of the language."""
    own: str
    overlap: str
    """With which other category, in a sentence; "": with none."""


class Map(Section):
    """Drawn on demand, and kept until the index changes."""

    name = "map"
    events = ("chart",)
    kinds = frozenset({"map", "reindex", "rollback"})

    def draw(self, say: Language) -> str:
        found = atlas(self.office.target)
        if found is None:
            return draw("model_map", say, atlas=None)
        return draw(
            "model_map", say, atlas=found, neighbours=NEIGHBOURS,
            link=self.office.files.link(found.path), rows=rows(found, say),
            marks=[mark(name, place) for place, name in enumerate(found.categories)],
        )  # fmt: skip

    def chart(self, told: Told, say: Language) -> None:
        def work(job: Job) -> None:
            draw_atlas(self.office.target, job.stoppable)

        self.office.jobs.start("map", work)


def mark(category: str, place: int) -> Mark:
    """Of the category that is the `place`th by size."""
    if place >= MARKS:
        return Mark(category, None, 0)
    # the next one differs in both: colour-blind people have the shapes
    return Mark(category, place % COLORS, (place % COLORS + place // COLORS) % SHAPES)


def rows(found: Atlas, say: Language) -> list[Row]:
    """The text beside the map, the category that mixes most first."""
    return [
        Row(one.category, one.products, say(f"map.{_told(one)}"), say.percent(one.own),
            _overlap(one, say))
        for one in found.overlaps
    ]  # fmt: skip


def _told(one: Overlap) -> str:
    if one.own >= _TIGHT:
        return "tight"
    return "scattered" if one.own < _SCATTERED else "mixed"


def _overlap(one: Overlap, say: Language) -> str:
    if one.other is None or one.share < _OVERLAPS:
        return ""
    return say("map.overlaps", name=one.other, percent=say.percent(one.share))
