"""What the doctor found, in a manager's words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.thumbs import Thumbs
from ingest.findings import KINDS, Finding
from lab.doctor_page import Strongest
from ui.page.language import Language
from ui.page.samples import has

# Of one kind at first; the others are one click away.
_SHOWN = 6


@dataclass(frozen=True)
class Shot:
    """A picture of a product."""

    product: str
    picture: str | None
    """sha256 of the thumbnail; None when there is none on disk."""


@dataclass(frozen=True)
class Case:
    """One finding: the product, and the one it is held against, if any."""

    shots: tuple[Shot, ...]
    detail: str


@dataclass(frozen=True)
class Chapter:
    """All findings of one kind."""

    kind: str
    count: int
    first: Sequence[Case]
    others: Sequence[Case]
    """As far as they are kept: the CSV has all."""


def chapters(found: Strongest, thumbs: Thumbs, say: Language) -> Iterator[Chapter]:
    """Kind by kind, the strongest first; without those of which nothing was found."""
    for kind in KINDS:
        if count := found.counts[kind]:
            cases = [_case(one, thumbs, say) for one in found.of(kind)]
            yield Chapter(kind, count, cases[:_SHOWN], cases[_SHOWN:])


def _case(one: Finding, thumbs: Thumbs, say: Language) -> Case:
    shown = [(one.product_id, one.picture), (one.other_product, one.other_picture)]
    shots = tuple(
        Shot(product, sha256 if has(thumbs, sha256) else None)
        for product, sha256 in shown
        if sha256
    )
    return Case(shots or (Shot(one.product_id, None),), _detail(one, say))


def _detail(one: Finding, say: Language) -> str:
    if one.kind == "dead_link":
        return one.detail
    key = f"finding.{one.kind}_detail"
    if one.kind == "placeholder":
        return say(key, n=round(one.score))
    if one.kind == "wrong_category":
        return say(key, says=one.says, shows=one.shows, percent=say.percent(one.score))
    if one.kind == "wrong_colour":
        colors = [say.color(word) for word in one.shows.split(", ")]
        return say(key, says=one.says, shows=colors)
    return say(key, other=one.other_product, size=one.shows)
