"""The catalog doctor's page: one HTML file that asks no other place for anything."""

import heapq
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from itertools import count
from pathlib import Path

from catalog.thumbs import Thumbs
from ingest.findings import ADVICE, KINDS, Finding, Kind
from ingest.glance import Glance
from lab import page
from vision.errors import UnreadableImage
from vision.image import decode

# Findings of one kind, and categories with a sheet: with their pictures about 3 MB.
SHOWN, SHEETS = 24, 40
# Twice the size at which a picture is shown.
_PICTURE_SIDE = 144
_JPEG_QUALITY = 75
_TITLES: Mapping[Kind, tuple[str, str]] = {
    "placeholder": (
        "One picture on many products",
        "The very same file under different titles: a stand-in, a logo, “no image”.",
    ),
    "same_picture": (
        "Products with the same file",
        "Byte for byte one picture: a product entered twice, or variants that share a photo.",
    ),
    "near_duplicate": (
        "Products with the same photo",
        "Other bytes, one photo: saved again, resized or shifted a little.",
    ),
    "wrong_category": (
        "Probably in the wrong category",
        "What the picture shows speaks against the label: the model, where it predicts categories, "
        "and the nearest products agree on another one.",
    ),
    "wrong_colour": (
        "Colours that the picture does not show",
        "Nothing in the product comes near any of the row’s colour words.",
    ),
    "blank": ("Blank pictures", "One flat colour, or nearly."),
    "tiny": ("Tiny pictures", "Too small to see, or to search by."),
    "blurred": ("Blurred pictures", "Not one sharp edge."),
    "dead_link": ("Dead links", "Pictures that could not be had when they were asked for."),
}


class Strongest:
    """The findings that a page has room for, and the number of all, by kind."""

    def __init__(self, room: int = SHOWN) -> None:
        self.counts: Counter[Kind] = Counter()
        self._room = room
        self._kept: dict[Kind, list[tuple[float, int, Finding]]] = {kind: [] for kind in KINDS}
        self._order = count(0, -1)

    def add(self, finding: Finding) -> None:
        self.counts[finding.kind] += 1
        kept = self._kept[finding.kind]
        # of equally strong ones the earlier stays
        heapq.heappush(kept, (finding.score, next(self._order), finding))
        if len(kept) > self._room:
            heapq.heappop(kept)

    def of(self, kind: Kind) -> list[Finding]:
        """The strongest first."""
        return [finding for _, _, finding in sorted(self._kept[kind], reverse=True)]


def write_doctor_page(glance: Glance, found: Strongest, thumbs: Thumbs, path: Path) -> None:
    """Replaces the file at `path` as a whole; pictures without a thumbnail are left out."""
    shown = {kind: found.of(kind) for kind in KINDS if found.counts[kind]}
    sheets = glance.shelves[:SHEETS]
    wanted = {sha for shelf in sheets for sha in shelf.samples}
    wanted |= {sha for some in shown.values() for one in some for sha in _pictures(one)}
    html = page.template("doctor.html.jinja").render(
        glance=glance,
        sheets=sheets,
        counts=found.counts,
        shown=shown,
        titles=_TITLES,
        advice=ADVICE,
        pictures=_encoded(sorted(wanted), thumbs),
        style=page.style("report.css", "doctor.css"),
    )
    page.write_whole(path, html)


def _pictures(finding: Finding) -> Sequence[str]:
    return [sha for sha in (finding.picture, finding.other_picture) if sha]


def _encoded(hashes: Iterable[str], thumbs: Thumbs) -> dict[str, str]:
    """sha256 → a small JPEG in base64."""
    found = ((sha, _small(sha, thumbs)) for sha in hashes)
    return {sha: b64encode(data).decode() for sha, data in found if data is not None}


def _small(sha256: str, thumbs: Thumbs) -> bytes | None:
    path = thumbs.path(sha256)
    try:
        if path is None:
            return None
        image = decode(path.read_bytes(), min_side=_PICTURE_SIDE // 2)
    except (UnreadableImage, OSError):
        return None
    image.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
